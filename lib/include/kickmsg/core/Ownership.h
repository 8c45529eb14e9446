/// Owner words: which participant owns a ring, a participant record or the schema slot.
///
/// Rule: every transition out of a state that somebody else may own is one compare-and-swap from the exact word. With
/// an incarnation in it, never reused, a word read long ago cannot name a newcomer.
/// Proof: lib/test/Seats_test.cc, lib/test/Participants_test.cc; models churn_one_ring, incarnations_ring, incarnations_record, adopt, adopt_debt, schema_death, death_of_leaver; sweep open, close, join; budget none (not on the path of a message)
#pragma once

#include "kickmsg/core/Structures.h"

namespace kickmsg {
namespace core {

template <class P>
class Ownership {
public:
    explicit Ownership(typename P::template atomic<uint64_t>& word) noexcept : word_(word) {}

    uint64_t read() const noexcept
    {
        // edge OWNER (acquire) <- Ownership::change: what the owner before has finished
        return word_.load(std::memory_order_acquire);
    }

    /// Returns: whether the word was still `from`, and is now (state, self).
    bool change(uint64_t from, OwnerWord::State state, Self self) noexcept
    {
        uint64_t const to = OwnerWord::make(state, self.record, self.incarnation);
        // edge OWNER (acq_rel): what this owner has finished, to the next one. Failure relaxed: the caller lets go
        return word_.compare_exchange_strong(from, to, std::memory_order_acq_rel, std::memory_order_relaxed);
    }

    bool change(OwnerWord::State from, OwnerWord::State to, Self self) noexcept
    {
        return change(OwnerWord::make(from, self.record, self.incarnation), to, self);
    }

    /// Returns: whether `self` owned the word in `state`, and it is now free.
    bool release(OwnerWord::State state, Self self) noexcept
    {
        return change(OwnerWord::make(state, self.record, self.incarnation), OwnerWord::Free, Self{});
    }

private:
    typename P::template atomic<uint64_t>& word_;
};

/// A search through owner words while others change places behind it. Two scans that see the same words, none of them
/// free, prove that none was free between them (the double collect of Y. Afek et al., "Atomic snapshots of shared memory",
/// 1993; incarnations make a word that comes again impossible, but for "free").
class StableScan {
public:
    explicit StableScan(uint32_t count) noexcept : count_(count) {}

    /// `take(index, seen)` says what stood in a word and tries to take it. Returns: whether one was taken.
    /// Progress: bounded; where words change in every scan, somebody else has got what was free.
    template <class Take>
    bool run(Take take) noexcept
    {
        uint64_t before = 0;
        for (uint32_t scan = 0; scan <= scans_limit; ++scan) {
            uint64_t digest = 1;
            bool     moved  = false;
            for (uint32_t index = 0; index < count_; ++index) {
                uint64_t seen = 0;
                if (take(index, seen)) {
                    return true;
                }
                moved  = moved || OwnerWord::state(seen) == OwnerWord::Free; // it was, and somebody was faster
                digest = (digest ^ seen) * 0x100000001b3U; // FNV-1a, by words: a collision is a needless "none"
            }
            if (digest == before && !moved) {
                return false;
            }
            before = digest;
        }
        return false;
    }

private:
    static constexpr uint32_t scans_limit = 64;

    uint32_t count_;
};

/// Participant records: where an attachment announces itself. Its proof of life is held before, and until after.
template <class P, class L>
class Registry {
public:
    explicit Registry(L& layout) noexcept : layout_(layout) {}

    /// Returns: a number that no attachment to this region had or will have. Never 0.
    uint64_t draw_incarnation() noexcept
    {
        uint64_t drawn = 0;
        while (drawn == 0) { // the second time at the latest; in range even when the counter was overwritten
            // relaxed: only the number matters
            drawn = OwnerWord::incarnation(layout_.incarnations().fetch_add(1, std::memory_order_relaxed) + 1);
        }
        return drawn;
    }

    /// Takes a free record of [first, first + count). Returns: false when there was a moment at which none was free.
    bool enroll(uint32_t first, uint32_t count, Self& self) noexcept
    {
        return StableScan(count).run([&](uint32_t index, uint64_t& seen) noexcept {
            Ownership<P> owner(layout_.record(first + index).owner);
            seen = owner.read();
            Self const mine{first + index, self.incarnation};
            if (OwnerWord::state(seen) != OwnerWord::Free || !owner.change(seen, OwnerWord::Active, mine)) {
                return false;
            }
            self = mine;
            return true;
        });
    }

    /// Takes the record of a dead participant, where no other is left: `env` proves the death. The sweep that is owed
    /// for the dead is noted before the record forgets them. Returns: false when nobody is dead.
    template <class Env>
    bool adopt(uint32_t first, uint32_t count, Self& self, Env& env) noexcept
    {
        for (uint32_t record = first; record < first + count; ++record) {
            Ownership<P>   owner(layout_.record(record).owner);
            uint64_t const word = owner.read();
            Self const     mine{record, self.incarnation};
            if (OwnerWord::state(word) == OwnerWord::Free || env.is_alive(OwnerWord::incarnation(word))) {
                continue;
            }
            owe_sweep();
            if (owner.change(word, OwnerWord::Draining, mine)) {
                clear_notes(record);
                owner.change(OwnerWord::Draining, OwnerWord::Active, mine);
                self = mine;
                return true;
            }
        }
        return false;
    }

    void leave(Self self) noexcept
    {
        Ownership<P>(layout_.record(self.record).owner).release(OwnerWord::Active, self);
    }

    /// The claim and the hold map of a record, by the participant that has taken it over from the dead.
    void clear_notes(uint32_t record) noexcept
    {
        // relaxed: published by the change of the owner word that follows (edge OWNER)
        layout_.record(record).claim.store(0, std::memory_order_relaxed);
        // edge PUBLISH (release) -> Sweep::read_publishing: as the dead would have cleared it; its death was proven to
        // this thread, which therefore passes its deliveries on
        layout_.record(record).publishing.store(0, std::memory_order_release);
        for (SlotIndex slot = 0; record < layout_.subscriber_count() && slot < layout_.pool_size(); ++slot) {
            // relaxed: as above
            layout_.hold(record, slot).store(0, std::memory_order_relaxed);
        }
    }

    /// Returns: the number of the debt.
    uint64_t owe_sweep() noexcept
    {
        // edge OWED (release) -> Recovery::run: the death was proven before
        return layout_.sweeps_owed().fetch_add(1, std::memory_order_release) + 1;
    }

private:
    L& layout_;
};

} // namespace core
} // namespace kickmsg
