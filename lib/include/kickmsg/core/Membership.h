/// Joining and leaving a ring. A ring goes Free -> Joining -> Live -> Draining -> Free, each step by its owner.
/// Proof: lib/test/Seats_test.cc, lib/test/Interleaving_test.cc; models churn_join, churn_join_leave, churn_one_ring, churn_two_subscribers, ring_reopen, death_of_joiner, death_of_leaver; sweep join, leave_unread, leave_with_view, drop_after_leaving; budget none (not on the path of a message)
#pragma once

#include "kickmsg/core/LiveSet.h"
#include "kickmsg/core/Newcomer.h"
#include "kickmsg/core/Ownership.h"
#include "kickmsg/core/Ring.h"

namespace kickmsg {
namespace core {

/// A ring that has been joined.
struct Seat {
    uint32_t ring  = 0;
    uint64_t start = 0; ///< first position
    bool     taken = false;
};

template <class P, class L>
class Membership {
public:
    Membership(L& layout, Self self) noexcept : layout_(layout), self_(self) {}

    /// Takes a free ring and opens it to publishers. Returns: a seat that is not taken when there was a moment at which
    /// no ring was free.
    Seat join() noexcept
    {
        Seat seat;
        StableScan(layout_.ring_count()).run([&](uint32_t index, uint64_t& seen) noexcept {
            Ownership<P> owner(layout_.ring(index).owner);
            seen       = owner.read();
            seat.taken = OwnerWord::state(seen) == OwnerWord::Free && owner.change(seen, OwnerWord::Joining, self_) &&
                         open(index, seat);
            return seat.taken;
        });
        return seat;
    }

    /// Closes the ring and gives up what is unread. Views may still be out: the ring is not free yet.
    void leave(uint32_t index) noexcept
    {
        if (Ownership<P>(layout_.ring(index).owner).change(OwnerWord::Live, OwnerWord::Draining, self_)) {
            close(index);
        }
    }

    /// After leave(), when the last view is gone.
    void free(uint32_t index) noexcept
    {
        Ownership<P>(layout_.ring(index).owner).release(OwnerWord::Draining, self_);
    }

    /// Takes over a ring from `word`, whose owner is dead, closes it as its owner would have, and frees it.
    /// Returns: false when somebody else took it over. `sealed`: entries that the dead had sealed.
    bool take_over(uint32_t index, uint64_t word, uint32_t& sealed) noexcept
    {
        if (!Ownership<P>(layout_.ring(index).owner).change(word, OwnerWord::Draining, self_)) {
            return false;
        }
        sealed = close(index);
        free(index);
        return true;
    }

private:
    /// Returns: false when the ring was taken over meanwhile.
    bool open(uint32_t index, Seat& seat) noexcept
    {
        // relaxed: published with the first take (edge TAKE), read by a participant that sees a hold mark
        layout_.record(self_.record).ring.store(index, std::memory_order_relaxed);
        seat.ring = index;
        seat.start =
            Ring<P, L>(layout_, index).reopen(OwnerWord::make(OwnerWord::Live, self_.record, self_.incarnation));
        if (!Ownership<P>(layout_.ring(index).owner).change(OwnerWord::Joining, OwnerWord::Live, self_)) {
            return false;
        }
        if constexpr (keeps_history<L>) {
            if (layout_.history() != 0) {
                seat.start -= Newcomer<P, L>(layout_, self_, index).arrive(seat.start);
                return true;
            }
        }
        LiveSet<P, L>(layout_).add(index);
        return true;
    }

    uint32_t close(uint32_t index) noexcept
    {
        LiveSet<P, L>(layout_).remove(index);
        Claims<P>      claims(layout_.record(self_.record));
        Ring<P, L>     ring(layout_, index);
        uint32_t const sealed = ring.seal();
        ring.drain(claims);
        return sealed;
    }

    L&   layout_;
    Self self_;
};

} // namespace core
} // namespace kickmsg
