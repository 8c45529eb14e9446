/// What SharedRegion reports of its region: diagnose(), stats(), info(). Read only, under live traffic.
#include "kickmsg/Region.h"

#include "Guarded.h"
#include "RegionState.h"
#include "Reported.h"
#include "kickmsg/core/SentCount.h"

#include <optional>

namespace kickmsg {

using core::OwnerWord;
using detail::Layout;
using detail::LifeCheck;
using detail::Policy;

namespace {

enum class Owner { Nobody, Living, Dead };

/// The participant that `word` names, read from `owner` before. One that leaves gives up the word first and the proof of life afterwards: a
/// word that is gone when the proof is was nobody's death.
Owner owner_of(Policy::atomic<uint64_t>& owner, uint64_t word, LifeCheck& life)
{
    if (OwnerWord::state(word) == OwnerWord::Free) {
        return Owner::Nobody;
    }
    if (life.is_alive(OwnerWord::incarnation(word))) {
        return Owner::Living;
    }
    return owner.load(std::memory_order_acquire) == word ? Owner::Dead : Owner::Nobody;
}

void diagnose_ring(Layout& layout, uint32_t index, LifeCheck& life, SharedRegion::HealthReport& report)
{
    uint64_t const word  = layout.ring(index).owner.load(std::memory_order_acquire);
    auto const     state = OwnerWord::state(word);
    Owner const    owner = owner_of(layout.ring(index).owner, word, life);
    if (owner != Owner::Dead) {
        report.live_rings += owner == Owner::Living && state == OwnerWord::Live ? 1 : 0;
        report.draining_rings += owner == Owner::Living && state == OwnerWord::Draining ? 1 : 0;
        return;
    }
    ++report.retired_rings; // the interface's word for a ring of the dead: the state Retired is a region's
    for (uint32_t i = 0; state != OwnerWord::Live && i < layout.capacity(); ++i) {
        uint64_t const entry = layout.entry(index, i).load(std::memory_order_relaxed);
        bool const     half  = state == OwnerWord::Joining || core::EntryWord<Policy>::is_sealed(entry);
        report.locked_entries += half ? 1 : 0;
    }
}

/// Looked at again where it has changed hands meanwhile: what was read would be of two participants.
std::optional<ParticipantStats> participant_at(Layout& layout, uint32_t index, LifeCheck& life)
{
    constexpr int   looks  = 4; // each repetition is a participant that has come or gone
    detail::Record& record = layout.record(index);
    for (int look = 0; look < looks; ++look) {
        uint64_t const word  = record.owner.load(std::memory_order_acquire);
        Owner const    owner = owner_of(record.owner, word, life);
        if (owner == Owner::Nobody) {
            break;
        }
        ParticipantStats found{index,
                               detail::kind_name(record.kind.load(std::memory_order_relaxed)),
                               record.pid.load(std::memory_order_relaxed),
                               OwnerWord::incarnation(word),
                               owner == Owner::Living,
                               core::SentCount<Policy>(record).own(OwnerWord::incarnation(word))};
        if (record.owner.load(std::memory_order_acquire) == word) {
            return found;
        }
    }
    return std::nullopt;
}

/// Of the subscriber with that record: messages that it has taken to hold, and not dropped.
uint64_t count_held(Layout& layout, uint32_t record) noexcept
{
    uint64_t count = 0;
    for (uint32_t slot = 0; slot < layout.pool_size(); ++slot) {
        uint32_t const mark = layout.hold(record, slot).load(std::memory_order_relaxed);
        count += mark != 0 && (mark & core::HoldMap<Policy, Layout>::moving) == 0 ? 1 : 0;
    }
    return count;
}

/// Whether the history has the slot, and no subscriber needs it.
bool is_only_remembered(Layout const& layout, uint64_t holders) noexcept
{
    using References       = core::References<Policy>;
    uint64_t const history = References::ring(References::history);
    return layout.history() != 0 && (holders | References::kept) == (References::kept | history);
}

RingStats ring_stats(Layout& layout, uint32_t index)
{
    detail::Ring&  ring  = layout.ring(index);
    uint64_t const owner = ring.owner.load(std::memory_order_acquire);
    RingStats      stats;
    stats.index    = index;
    stats.state    = detail::public_state(owner);
    stats.position = ring.tail.load(std::memory_order_relaxed);
    if (stats.state == RingState::Free) {
        return stats;
    }
    uint32_t const record = OwnerWord::record(owner);
    if (record < layout.record_count()) {
        stats.pid = layout.record(record).pid.load(std::memory_order_relaxed);
    }
    if (record < layout.subscriber_count()) {
        stats.views = count_held(layout, record);
    }
    uint64_t const start     = ring.start.load(std::memory_order_relaxed);
    uint64_t const passed    = ring.position.load(std::memory_order_relaxed) - start;
    stats.lost               = ring.lost.load(std::memory_order_relaxed);
    stats.received           = passed > stats.lost ? passed - stats.lost : 0;
    stats.unread             = core::Ring<Policy, Layout>(layout, index).unread();
    uint64_t const delivered = stats.position - start;
    uint64_t const present   = stats.received + stats.unread;
    stats.evicted            = delivered > present ? delivered - present : 0;
    stats.views_refused      = ring.views_refused.load(std::memory_order_relaxed);
    return stats;
}

} // namespace

SharedRegion::HealthReport SharedRegion::diagnose() const
{
    return detail::guarded("SharedRegion::diagnose", [this] {
        detail::Mapping& mapping = state().mapping();
        Layout&          layout  = mapping.layout();
        LifeCheck        life(mapping.memory());
        HealthReport     report;
        for (uint32_t ring = 0; ring < layout.ring_count(); ++ring) {
            diagnose_ring(layout, ring, life, report);
        }
        for (uint32_t record = 0; record < layout.record_count(); ++record) {
            uint64_t const word = layout.record(record).owner.load(std::memory_order_acquire);
            report.dead_participants += owner_of(layout.record(record).owner, word, life) == Owner::Dead ? 1 : 0;
        }
        report.schema_stuck   = core::SchemaSlot<Policy, Layout>(layout).is_stuck(life);
        report.unlinked       = !mapping.memory().is_linked();
        report.leftover_files = mapping.memory().count_abandoned();

        detail::SweepNotes notes(layout.pool_size());
        report.orphaned_slots =
            static_cast<std::size_t>(detail::RegionSweep(layout, life, notes.data()).inspect().orphans);
        return report;
    });
}

RegionStats SharedRegion::stats() const
{
    return detail::guarded("SharedRegion::stats", [this] {
        detail::Mapping& mapping = state().mapping();
        Layout&          layout  = mapping.layout();
        LifeCheck        life(mapping.memory());
        RegionStats      stats;
        for (uint32_t ring = 0; ring < layout.ring_count(); ++ring) {
            stats.rings.push_back(ring_stats(layout, ring));
        }
        for (uint32_t index = 0; index < layout.record_count(); ++index) {
            stats.sent += core::SentCount<Policy>(layout.record(index)).total();
            if (auto participant = participant_at(layout, index, life)) {
                stats.participants.push_back(std::move(*participant));
            }
        }
        for (uint32_t slot = 0; slot < layout.pool_size(); ++slot) {
            uint64_t const references = layout.slot(slot).references.load(std::memory_order_relaxed);
            uint64_t const holders    = core::References<Policy>::holders(references);
            stats.pool_free += holders == 0 ? 1 : 0;
            stats.pool_kept += holders == core::References<Policy>::kept ? 1 : 0;
            stats.pool_history += is_only_remembered(layout, holders) ? 1 : 0;
        }
        stats.corrupt     = mapping.header().corrupt.load(std::memory_order_relaxed);
        stats.provisional = detail::is_provisional(mapping.header());
        return stats;
    });
}

std::optional<ParticipantStats> SharedRegion::participant(uint64_t incarnation) const
{
    return detail::guarded("SharedRegion::participant", [&]() -> std::optional<ParticipantStats> {
        detail::Mapping& mapping = state().mapping();
        LifeCheck        life(mapping.memory());
        for (uint32_t index = 0; index < mapping.layout().record_count(); ++index) {
            uint64_t const word = mapping.layout().record(index).owner.load(std::memory_order_acquire);
            if (OwnerWord::state(word) == OwnerWord::Active && OwnerWord::incarnation(word) == incarnation) {
                auto found = participant_at(mapping.layout(), index, life);
                return found && found->incarnation == incarnation ? found : std::nullopt;
            }
        }
        return std::nullopt;
    });
}

RegionInfo SharedRegion::info() const
{
    return detail::guarded("SharedRegion::info", [this] {
        detail::Mapping&        mapping  = state().mapping();
        detail::Geometry const& geometry = mapping.geometry();
        detail::RegionHeader&   header   = mapping.header();
        detail::Identity const  identity = detail::identity_of(header);
        RegionInfo              info;
        info.name              = mapping.name();
        info.user_name         = identity.owner.empty() ? identity.text : identity.owner + "/" + identity.text;
        info.kind              = identity.kind_name();
        info.creator           = identity.creator;
        info.creator_pid       = header.creator_pid;
        info.created_ns        = header.created_ns;
        info.type              = static_cast<channel::Type>(header.type);
        info.layout_version    = header.version;
        info.max_subscribers   = geometry.max_subscribers;
        info.sub_ring_capacity = geometry.ring_capacity;
        info.pool_size         = geometry.config().pool_size;
        info.history           = geometry.history;
        info.max_payload_size  = static_cast<std::size_t>(geometry.max_payload_size);
        info.max_publishers    = geometry.max_publishers;
        info.payload_alignment = geometry.payload_alignment;
        info.max_views         = geometry.max_views;
        info.send_time         = geometry.send_time != 0;
        info.footprint         = static_cast<std::size_t>(geometry.total_size);
        return info;
    });
}

} // namespace kickmsg
