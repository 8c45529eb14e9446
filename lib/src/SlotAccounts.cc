#include "SlotAccounts.h"

#include "kickmsg/core/Claims.h"

#include <algorithm>

namespace kickmsg {
namespace detail {

namespace {

using core::ClaimWord;
using core::OwnerWord;
using Entry      = core::EntryWord<Policy>;
using References = core::References<Policy>;

constexpr uint64_t block        = 1U << 16; ///< bytes that are read at once
constexpr uint64_t copied_whole = 2048;     ///< bytes of a slot that are no dearer to read than its header

} // namespace

SlotAccounts::SlotAccounts(Inspection const& seen, Geometry const& geometry, LifeCheck& life)
    : seen_(seen), geometry_(geometry), life_(life), records_(geometry.record_count()), slots_(geometry.pool_size),
      unread_(geometry.max_subscribers), held_(geometry.max_subscribers)
{
    read_slots();
    read_records();
    note_publishing();
    read_entries();
    read_history();
    for (uint32_t record = 0; record < geometry_.max_subscribers; ++record) {
        if (OwnerWord::state(records_.word(record, offsetof(Record, owner))) != OwnerWord::Free) {
            read_holds(record, records_.half(record, offsetof(Record, ring)) & 31U);
        }
    }
    read_records();
    note_claims();
}

uint64_t SlotAccounts::offset_of(uint32_t slot) const noexcept
{
    return geometry_.slots_offset + slot * geometry_.slot_stride;
}

/// Small slots by the block; of large ones the headers alone.
void SlotAccounts::read_slots()
{
    bool const            alone     = geometry_.slot_stride > copied_whole;
    uint64_t const        stride    = alone ? sizeof(Slot) : geometry_.slot_stride;
    auto const            per_block = static_cast<uint32_t>(alone ? 1 : block / stride);
    std::vector<uint64_t> words(static_cast<std::size_t>(per_block * stride) / sizeof(uint64_t));
    for (uint32_t first = 0; first < geometry_.pool_size; first += per_block) {
        uint32_t const count = std::min(per_block, geometry_.pool_size - first);
        seen_.read(offset_of(first), words.data(), static_cast<std::size_t>(count * stride));
        for (uint32_t i = 0; i < count; ++i) {
            uint64_t const* const slot   = &words[static_cast<std::size_t>(i * stride) / sizeof(uint64_t)];
            slots_[first + i].references = slot[offsetof(Slot, references) / sizeof(uint64_t)];
            slots_[first + i].owner      = OwnerWord::incarnation(slot[offsetof(Slot, owner) / sizeof(uint64_t)]);
        }
    }
}

void SlotAccounts::read_records()
{
    seen_.read(geometry_.records_offset, records_.data(), records_.bytes());
}

bool SlotAccounts::is_living(uint32_t record) const
{
    uint64_t const word = records_.word(record, offsetof(Record, owner));
    return OwnerWord::state(word) == OwnerWord::Active && life_.is_alive(OwnerWord::incarnation(word));
}

void SlotAccounts::note_publishing()
{
    for (uint32_t record = 0; record < geometry_.record_count(); ++record) {
        uint64_t const note = records_.word(record, offsetof(Record, publishing));
        uint32_t const slot = ClaimWord::slot(note);
        if (slot >= geometry_.pool_size || !is_living(record)) {
            continue;
        }
        if (ClaimWord::kind(note) == ClaimWord::Publish) {
            slots_[slot].publishing = true;
        } else if (ClaimWord::kind(note) == ClaimWord::Adopt) {
            slots_[slot].rings |= 1U << (ClaimWord::ring(note) & 31U);
        }
    }
}

void SlotAccounts::read_entries()
{
    Copies<Ring> rings(geometry_.max_subscribers);
    seen_.read(geometry_.rings_offset, rings.data(), rings.bytes());
    std::vector<uint64_t> entries(geometry_.ring_capacity);
    for (uint32_t ring = 0; ring < geometry_.max_subscribers; ++ring) {
        uint64_t const owner = rings.word(ring, offsetof(Ring, owner));
        if (OwnerWord::state(owner) == OwnerWord::Free) {
            continue; // sealed and empty
        }
        dead_rings_ |= life_.is_alive(OwnerWord::incarnation(owner)) ? 0 : 1U << ring;
        std::size_t const bytes = entries.size() * sizeof(uint64_t);
        seen_.read(geometry_.entries_offset + ring * bytes, entries.data(), bytes);
        for (uint64_t const entry : entries) {
            unread_[ring] += Entry::is_full(entry) ? 1 : 0;
            if (Entry::is_full(entry) && Entry::slot(entry) < geometry_.pool_size) {
                slots_[Entry::slot(entry)].rings |= 1U << ring;
            }
        }
    }
}

void SlotAccounts::read_history()
{
    std::vector<uint64_t> entries(geometry_.hidden_capacity());
    if (entries.empty()) {
        return;
    }
    seen_.read(geometry_.hidden_offset + sizeof(Ring), entries.data(), entries.size() * sizeof(uint64_t));
    for (uint64_t const entry : entries) {
        if (Entry::is_full(entry) && Entry::slot(entry) < geometry_.pool_size) {
            slots_[Entry::slot(entry)].rings |= 1U << References::history;
        }
    }
}

void SlotAccounts::read_holds(uint32_t record, uint32_t ring)
{
    bool const            living = is_living(record);
    std::vector<uint32_t> marks(geometry_.pool_size);
    std::size_t const     bytes = marks.size() * sizeof(uint32_t);
    seen_.read(geometry_.holds_offset + record * bytes, marks.data(), bytes);
    for (uint32_t slot = 0; slot < geometry_.pool_size; ++slot) {
        uint32_t const mark = marks[slot];
        bool const     held = mark != 0 && (mark & core::HoldMap<Policy, Layout>::moving) == 0;
        held_[record] += held ? 1 : 0;
        slots_[slot].held = slots_[slot].held || held;
        slots_[slot].rings |= living && mark != 0 ? 1U << ring : 0;
    }
}

/// A claim to evict names a ring's reference; whatever else is claimed is on its way.
void SlotAccounts::note_claims()
{
    for (uint32_t record = 0; record < geometry_.record_count(); ++record) {
        uint64_t const claim = records_.word(record, offsetof(Record, claim));
        uint32_t const slot  = ClaimWord::slot(claim);
        if (ClaimWord::kind(claim) == ClaimWord::Evict && slot < geometry_.pool_size && is_living(record)) {
            slots_[slot].rings |= 1U << (ClaimWord::ring(claim) & 31U);
        }
    }
}

uint64_t SlotAccounts::references_now(uint32_t slot) const
{
    uint64_t word = 0;
    seen_.read(offset_of(slot) + offsetof(Slot, references), &word, sizeof(word));
    return word;
}

/// As Sweep::inspect() counts them: what lies in the rings of the dead is one, too.
bool SlotAccounts::is_orphaned(uint32_t slot) const
{
    Account const& account = slots_[slot];
    uint32_t const rings   = References::rings(account.references);
    uint64_t       orphan  = account.publishing ? 0 : rings & ~account.rings;
    orphan |= rings & dead_rings_;
    orphan |= (account.references & References::kept) != 0 && !life_.is_alive(account.owner) ? References::kept : 0;
    return orphan != 0 && references_now(slot) == account.references;
}

/// Of the history; none in a region that keeps none, where it is the bit of a ring as any other.
uint64_t SlotAccounts::history_bit() const noexcept
{
    return geometry_.history != 0 ? References::ring(References::history) : 0;
}

PoolReport SlotAccounts::pool() const
{
    PoolReport report;
    for (uint32_t slot = 0; slot < geometry_.pool_size; ++slot) {
        Account const& account = slots_[slot];
        uint64_t const holders = References::holders(account.references);
        if (holders == 0) {
            ++report.free;
            continue;
        }
        bool const remembered = (holders | References::kept) == (References::kept | history_bit());
        uint64_t&  use        = holders == References::kept ? report.kept
                                : remembered                ? report.history
                                : account.held              ? report.held
                                                            : report.unread;
        ++use;
        report.orphaned += is_orphaned(slot) ? 1 : 0;
    }
    return report;
}

uint64_t SlotAccounts::kept(uint64_t incarnation) const noexcept
{
    return static_cast<uint64_t>(std::count_if(slots_.begin(), slots_.end(), [&](Account const& slot) noexcept {
        return (slot.references & References::kept) != 0 && slot.owner == incarnation;
    }));
}

} // namespace detail
} // namespace kickmsg
