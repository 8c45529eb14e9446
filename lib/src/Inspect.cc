/// inspect(): one region, looked at closely from outside.
#include "kickmsg/Inspect.h"

#include "Guarded.h"
#include "Listing.h"
#include "Reported.h"
#include "SlotAccounts.h"

#include <algorithm>
#include <cstring>

namespace kickmsg {

using core::OwnerWord;
using detail::Copies;
using detail::Geometry;
using detail::Inspection;
using detail::LifeCheck;
using detail::public_state;
using detail::Record;
using detail::Ring;
using detail::sent_by;
using detail::SlotAccounts;

namespace {

/// A region of that geometry, read in one go.
class Reading {
public:
    Reading(Inspection const& seen, InspectDepth depth)
        : seen_(seen), geometry_(seen.examine()), life_(seen.memory()), records_(geometry_.record_count()),
          rings_(geometry_.max_subscribers)
    {
        if (depth == InspectDepth::Slots) {
            slots_.emplace(seen_, geometry_, life_);
        }
        seen_.read(geometry_.records_offset, records_.data(), records_.bytes());
        seen_.read(geometry_.rings_offset, rings_.data(), rings_.bytes());
    }

    void fill_in(RegionReport& report)
    {
        report.slot_bytes = geometry_.slot_stride;
        fill_in_header(report);
        fill_in_subscribers(report);
        fill_in_publishers(report);
        if (slots_) {
            report.pool           = slots_->pool();
            report.leftover_files = seen_.memory().count_abandoned();
        }
    }

private:
    uint64_t word_at(uint64_t offset) const
    {
        uint64_t word = 0;
        seen_.read(offset, &word, sizeof(word));
        return word;
    }

    /// Whether the participant of `word`, read from `offset`, is alive; nothing when it has left: it gives up the word first.
    std::optional<bool> life_of(uint64_t word, uint64_t offset)
    {
        if (life_.is_alive(OwnerWord::incarnation(word))) {
            return true;
        }
        return word_at(offset) == word ? std::optional<bool>(false) : std::nullopt;
    }

    void fill_in_header(RegionReport& report)
    {
        uint64_t const owner = word_at(offsetof(detail::RegionHeader, schema_owner));
        if (OwnerWord::state(owner) == OwnerWord::Set) { // set for good: what is read after the word is all there
            SchemaInfo info;
            seen_.read(offsetof(detail::RegionHeader, schema), &info, sizeof(info));
            info.name[sizeof(info.name) - 1] = '\0';
            report.schema                    = info;
        }
        report.schema_stuck = OwnerWord::state(owner) == OwnerWord::Claiming &&
                              life_of(owner, offsetof(detail::RegionHeader, schema_owner)) == false;
        report.corrupt    = word_at(offsetof(detail::RegionHeader, corrupt));
        report.sweep_owed = word_at(offsetof(detail::RegionHeader, sweeps_owed)) !=
                            word_at(offsetof(detail::RegionHeader, sweeps_done));
    }

    void fill_in_subscribers(RegionReport& report)
    {
        for (uint32_t index = 0; index < geometry_.max_subscribers; ++index) {
            uint64_t const owner  = rings_.word(index, offsetof(Ring, owner));
            uint64_t const offset = geometry_.rings_offset + index * sizeof(Ring) + offsetof(Ring, owner);
            if (public_state(owner) == RingState::Free) {
                continue;
            }
            if (auto const alive = life_of(owner, offset)) {
                report.subscribers.push_back({ring_stats(index, owner), OwnerWord::incarnation(owner), *alive});
                if (report.last_length == 0) {
                    report.last_length = length_of_newest(index);
                }
            }
        }
    }

    RingStats ring_stats(uint32_t index, uint64_t owner) const
    {
        auto const     word   = [&](std::size_t offset) { return rings_.word(index, offset); };
        uint32_t const record = OwnerWord::record(owner);
        RingStats      stats;
        stats.index              = index;
        stats.state              = public_state(owner);
        stats.position           = word(offsetof(Ring, tail));
        stats.pid                = record < geometry_.record_count() ? records_.word(record, offsetof(Record, pid)) : 0;
        stats.lost               = word(offsetof(Ring, lost));
        stats.views_refused      = word(offsetof(Ring, views_refused));
        uint64_t const start     = word(offsetof(Ring, start));
        uint64_t const taken     = word(offsetof(Ring, position));
        uint64_t const passed    = taken - start;
        stats.received           = passed > stats.lost ? passed - stats.lost : 0;
        stats.unread             = slots_ ? slots_->unread(index) : hinted_unread(index);
        stats.views              = slots_ && record < geometry_.max_subscribers ? slots_->held(record) : 0;
        uint64_t const delivered = stats.position - start;
        uint64_t const present   = stats.received + stats.unread;
        stats.evicted            = delivered > present ? delivered - present : 0;
        return stats;
    }

    /// As Ring::backlog() judges.
    uint64_t hinted_unread(uint32_t index) const noexcept
    {
        uint64_t const taken    = rings_.word(index, offsetof(Ring, position));
        uint64_t const given_up = rings_.word(index, offsetof(Ring, oldest));
        uint64_t const first    = static_cast<int64_t>(taken - given_up) > 0 ? taken : given_up;
        auto const     found    = static_cast<int64_t>(rings_.word(index, offsetof(Ring, tail)) - first);
        return found < 0 ? 0 : std::min<uint64_t>(static_cast<uint64_t>(found), geometry_.ring_capacity);
    }

    /// Of the message before the tail, where it still names a slot: a reader of it may have let the slot go since.
    uint64_t length_of_newest(uint32_t index) const
    {
        using Entry             = core::EntryWord<detail::Policy>;
        uint64_t const position = rings_.word(index, offsetof(Ring, tail)) - 1;
        uint64_t const place = uint64_t{index} * geometry_.ring_capacity + (position & (geometry_.ring_capacity - 1));
        uint64_t       entry = 0;
        seen_.read(geometry_.entries_offset + place * sizeof(uint64_t), &entry, sizeof(entry));
        if (Entry::is_sealed(entry) || Entry::slot(entry) >= geometry_.pool_size ||
            position + 1 == rings_.word(index, offsetof(Ring, start))) {
            return 0;
        }
        uint32_t length = 0;
        seen_.read(geometry_.slots_offset + Entry::slot(entry) * geometry_.slot_stride + offsetof(detail::Slot, length),
                   &length, sizeof(length));
        return std::min<uint64_t>(length, geometry_.max_payload_size);
    }

    void fill_in_publishers(RegionReport& report)
    {
        for (uint32_t i = 0; i < geometry_.max_publishers; ++i) {
            uint32_t const index  = geometry_.max_subscribers + i;
            uint64_t const owner  = records_.word(index, offsetof(Record, owner));
            uint64_t const offset = geometry_.records_offset + index * sizeof(Record) + offsetof(Record, owner);
            if (OwnerWord::state(owner) == OwnerWord::Free) {
                continue;
            }
            auto const alive = life_of(owner, offset);
            if (alive && word_at(offset) == owner) { // else the copy may be of two that have had the record
                uint64_t const incarnation = OwnerWord::incarnation(owner);
                uint64_t const note        = records_.word(index, offsetof(Record, publishing));
                report.publishers.push_back({records_.word(index, offsetof(Record, pid)), incarnation, *alive,
                                             core::ClaimWord::kind(note) == core::ClaimWord::Publish,
                                             sent_by(incarnation, records_, index),
                                             slots_ ? slots_->kept(incarnation) : 0});
            }
        }
    }

    Inspection const&           seen_;
    Geometry const              geometry_;
    LifeCheck                   life_;
    Copies<Record>              records_;
    Copies<Ring>                rings_;
    std::optional<SlotAccounts> slots_;
};

} // namespace

RegionReport inspect(std::string const& name, InspectDepth depth)
{
    return detail::guarded("inspect", [&] {
        std::string const checked = SharedMemory::checked_name(name);
        RegionReport      report;
        auto const        look = [&](Inspection const& seen) { Reading(seen, depth).fill_in(report); };
        auto              seen = detail::look_at(checked, true, look);
        if (!seen) {
            throw Error(ErrorCode::NotFound, checked, "there is no region of this name",
                        Remedy{"list() says which there are"});
        }
        if (seen->error) {
            report = RegionReport{};
        }
        report.region = std::move(*seen);
        return report;
    });
}

} // namespace kickmsg
