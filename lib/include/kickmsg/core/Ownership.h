/// Owner words: who owns a ring, a participant record or the schema slot.
///
/// Rule: every transition out of a state that somebody else may own is one compare-and-swap from the exact word. With
/// an incarnation in it, never reused, a word read long ago cannot name a newcomer.
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

/// Participant records: where an attachment announces itself. Its proof of life is held before, and until after.
template <class P, class L>
class Registry {
public:
    explicit Registry(L& layout) noexcept : layout_(layout) {}

    /// Returns: a number that no attachment to this region had or will have. Never 0.
    uint64_t draw_incarnation() noexcept
    {
        // relaxed: only the number matters
        return layout_.incarnations().fetch_add(1, std::memory_order_relaxed) + 1;
    }

    /// Takes a free record of [first, first + count). Returns: false when none is free.
    bool enroll(uint32_t first, uint32_t count, Self& self) noexcept
    {
        for (uint32_t record = first; record < first + count; ++record) {
            Ownership<P>   owner(layout_.record(record).owner);
            uint64_t const word = owner.read();
            Self const     mine{record, self.incarnation};
            if (OwnerWord::state(word) == OwnerWord::Free && owner.change(word, OwnerWord::Active, mine)) {
                self = mine;
                return true;
            }
        }
        return false;
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

    /// The claim and the hold map of a record, by who has taken it over from the dead.
    void clear_notes(uint32_t record) noexcept
    {
        // relaxed: published by the change of the owner word that follows (edge OWNER)
        layout_.record(record).claim.store(0, std::memory_order_relaxed);
        for (SlotIndex slot = 0; record < layout_.subscriber_count() && slot < layout_.pool_size(); ++slot) {
            // relaxed: as above
            layout_.hold(record, slot).store(0, std::memory_order_relaxed);
        }
    }

    void owe_sweep() noexcept
    {
        // edge OWED (release) -> Recovery::run: the death was proven before
        layout_.sweeps_owed().fetch_add(1, std::memory_order_release);
    }

private:
    L& layout_;
};

} // namespace core
} // namespace kickmsg
