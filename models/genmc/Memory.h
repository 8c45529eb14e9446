/// The shared memory that the algorithms see (core/Structures.h), as arrays of a fixed shape, and the participants' proofs of life.
#pragma once

#include "Atomic.h"

#include "kickmsg/core/Receiver.h"
#include "kickmsg/core/Recovery.h"
#include "kickmsg/core/ReliableSender.h"

namespace kickmsg_genmc {

namespace core = kickmsg::core;
using core::OwnerWord;
using core::Self;
using core::SlotIndex;

/// `capacity`: 1 or 2. The first `subscribers` of the records have a hold map.
template <uint32_t slots, uint32_t records, uint32_t subscribers = 1, uint32_t rings = 1,
          uint32_t capacity_of_rings = 1>
class Memory {
public:
    template <class T>
    using atomic = Atomic<T>;

    atomic<uint64_t>& head() noexcept
    {
        return head_;
    }
    atomic<uint64_t>& live_set() noexcept
    {
        return live_set_;
    }
    atomic<uint64_t>& incarnations() noexcept
    {
        return incarnations_;
    }
    atomic<uint64_t>& sweeps_owed() noexcept
    {
        return sweeps_owed_;
    }
    atomic<uint64_t>& sweeps_done() noexcept
    {
        return sweeps_done_;
    }
    atomic<uint64_t>& schema_owner() noexcept
    {
        return schema_owner_;
    }
    atomic<uint32_t>& sleepers() noexcept
    {
        return sleepers_;
    }
    atomic<uint32_t>& doorbell() noexcept
    {
        return doorbell_;
    }
    core::SlotHeader<Policy>& slot(SlotIndex index) noexcept
    {
        return slots_[index];
    }
    core::RingHeader<Policy>& ring(uint32_t index) noexcept
    {
        return rings_[index];
    }
    atomic<uint64_t>& entry(uint32_t ring, uint64_t position) noexcept
    {
        return entries_[ring * capacity_of_rings + (position & (capacity_of_rings - 1))];
    }
    core::Record<Policy>& record(uint32_t index) noexcept
    {
        return records_[index];
    }
    atomic<uint32_t>& hold(uint32_t record, SlotIndex slot) noexcept
    {
        return holds_[record * slots + slot];
    }
    uint32_t pool_size() const noexcept
    {
        return slots;
    }
    uint32_t ring_count() const noexcept
    {
        return rings;
    }
    uint32_t capacity() const noexcept
    {
        return capacity_of_rings;
    }
    unsigned capacity_log2() const noexcept
    {
        return capacity_of_rings - 1;
    }
    uint32_t record_count() const noexcept
    {
        return records;
    }
    uint32_t subscriber_count() const noexcept
    {
        return subscribers;
    }
    void report_corruption() noexcept
    {
        REQUIRE(false, "a word is out of range or a slot has two owners (report_corruption)");
    }

    // --- for set-ups, while no thread runs
    /// All slots free, the lowest on top; no ring is open.
    void make_free()
    {
        head_.plain() = core::TaggedSlot<Policy>::make(0, core::no_slot);
        for (uint32_t slot = slots; slot != 0; --slot) {
            slots_[slot - 1].link.plain() = head_.plain();
            head_.plain()                 = core::TaggedSlot<Policy>::make(slots - slot + 1, slot - 1);
        }
    }
    /// A ring that the subscriber `self` has joined.
    void open(uint32_t ring, Self self)
    {
        live_set_.plain() |= uint64_t{1} << ring;
        rings_[ring].owner.plain()          = OwnerWord::make(OwnerWord::Live, self.record, self.incarnation);
        rings_[ring].seat.plain()           = rings_[ring].owner.plain();
        rings_[ring].tail.plain()           = first_position;
        rings_[ring].oldest.plain()         = first_position;
        rings_[ring].position.plain()       = first_position;
        records_[self.record].ring.plain()  = ring;
        records_[self.record].owner.plain() = OwnerWord::make(OwnerWord::Active, self.record, self.incarnation);
        for (uint32_t i = 0; i < capacity_of_rings; ++i) {
            entry(ring, i).plain() = core::EntryWord<Policy>::make_consumed(1);
        }
    }
    void enroll(Self self)
    {
        records_[self.record].owner.plain() = OwnerWord::make(OwnerWord::Active, self.record, self.incarnation);
    }
    static constexpr uint64_t first_position = 2 * capacity_of_rings;

    // --- for oracles, while no thread runs
    /// Slots on the free stack; each is there once.
    uint32_t free_slots()
    {
        uint32_t found = 0;
        for (SlotIndex slot = core::TaggedSlot<Policy>::slot(head_.plain()); slot != core::no_slot; ++found) {
            REQUIRE(slot < slots && found < slots, "the free stack leads nowhere, or round in a circle");
            REQUIRE(core::References<Policy>::holders(slots_[slot].references.plain()) == 0, "a free slot is needed");
            slot = core::TaggedSlot<Policy>::slot(slots_[slot].link.plain());
        }
        return found;
    }
    /// Slots that something needs.
    uint32_t held_slots()
    {
        uint32_t found = 0;
        for (SlotIndex slot = 0; slot < slots; ++slot) {
            found += core::References<Policy>::holders(slots_[slot].references.plain()) != 0 ? 1 : 0;
        }
        return found;
    }
    uint32_t unread(uint32_t ring)
    {
        uint32_t found = 0;
        for (uint32_t i = 0; i < capacity_of_rings; ++i) {
            found += core::EntryWord<Policy>::is_full(entry(ring, i).plain()) ? 1 : 0;
        }
        return found;
    }
    /// Nothing is lost: a slot is free, or it lies unread in the one ring, or somebody keeps it.
    void expect_accounted()
    {
        REQUIRE(free_slots() + held_slots() == slots, "a slot is nowhere");
        uint32_t delivered = 0;
        for (SlotIndex slot = 0; slot < slots; ++slot) {
            uint64_t const bits = core::References<Policy>::rings(slots_[slot].references.plain());
            delivered += core::count_bits(bits);
        }
        uint32_t unread_messages = 0;
        for (uint32_t ring = 0; ring < rings; ++ring) {
            unread_messages += unread(ring);
        }
        REQUIRE(delivered == unread_messages, "the bits of the rings are not what lies in them");
    }

private:
    atomic<uint64_t>         head_, live_set_, incarnations_, sweeps_owed_, sweeps_done_, schema_owner_;
    atomic<uint32_t>         sleepers_, doorbell_;
    core::SlotHeader<Policy> slots_[slots];
    core::RingHeader<Policy> rings_[rings];
    atomic<uint64_t>         entries_[rings * capacity_of_rings];
    core::Record<Policy>     records_[records];
    atomic<uint32_t>         holds_[subscribers * slots];
};

/// The proof of life of the one participant of a driver that may die, `mortal`. All others live.
class Proof {
public:
    static constexpr uint64_t mortal = 1; ///< its incarnation

    bool is_alive(uint64_t incarnation) const noexcept
    {
        return incarnation != mortal || __atomic_load_n(&alive_, __ATOMIC_ACQUIRE) != 0;
    }
    void begin() noexcept
    {
        alive_ = 1;
    }
    uint32_t* word() noexcept
    {
        return &alive_;
    }

private:
    uint32_t alive_;
};

/// What recovery asks, as lib/src/LifeCheck.h: once in one call, an old "alive" is cautious.
class LifeCheck {
public:
    explicit LifeCheck(Proof const& proof) noexcept : proof_(proof) {}

    bool is_alive(uint64_t incarnation) noexcept
    {
        if (incarnation != Proof::mortal) {
            return true;
        }
        if (!asked_) {
            asked_ = true;
            alive_ = proof_.is_alive(incarnation);
        }
        return alive_;
    }

private:
    Proof const& proof_;
    bool         asked_ = false;
    bool         alive_ = true;
};

/// One recovery by a participant that lives. `notes`: one for each slot.
template <class Region>
void recover(Region& memory, core::Self self, Proof const& proof, core::SlotNote* notes)
{
    LifeCheck                                 lives(proof);
    core::Covers<Policy, Region>              covers;
    core::Recovery<Policy, Region, LifeCheck> recovery(memory, self, lives, &covers);
    recovery.run(notes);
}

} // namespace kickmsg_genmc
