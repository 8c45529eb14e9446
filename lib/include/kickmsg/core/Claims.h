/// Claims and hold marks: a participant's notes of what it is in the middle of, which are all that recovery needs to
/// know of the living. A death respects program order and nothing else: "note it, then do it" needs the compiler to
/// keep the order, and towards the living the operation's own release half publishes the note.
/// Proof: lib/test/LeftBehind_test.cc, lib/test/Accounting_test.cc; models death_of_popper, death_of_publisher, death_of_subscriber, death_in_recovery; sweep send_to_one, send_evicting, receive_view, drop_view; budget send, receive
#pragma once

#include "kickmsg/core/Structures.h"

namespace kickmsg {
namespace core {

/// The working claim of one participant, and beside it the PUBLISH note, the slot that it is delivering, or of a newcomer the ADOPT note, the slot of
/// the history that it is taking into its ring. Threads: its owner sets and clears; anybody reads.
template <class P>
class Claims {
public:
    explicit Claims(Record<P>& record) noexcept : claim_(record.claim), publishing_(record.publishing) {}

    void pop(SlotIndex slot) noexcept
    {
        set(ClaimWord::make(ClaimWord::Pop, 0, slot));
    }
    void evict(uint32_t ring, SlotIndex slot) noexcept
    {
        set(ClaimWord::make(ClaimWord::Evict, ring, slot));
    }
    void drop(SlotIndex slot) noexcept
    {
        set(ClaimWord::make(ClaimWord::Drop, 0, slot));
    }

    void clear() noexcept
    {
        // edge CLAIM (release) -> Sweep::claim_of: a sweep that sees the claim gone sees done what it covered
        claim_.store(0, std::memory_order_release);
    }

    /// Before a slot's ring bits are set; published by the store that sets them (edge KEPT).
    void publish(SlotIndex slot) noexcept
    {
        // edge PUBLISH (release) -> Sweep::read_publishing: who reads this in place of the clearing before it must see
        // the deliveries that came before that
        publishing_.store(ClaimWord::make(ClaimWord::Publish, 0, slot), std::memory_order_release);
        P::program_order();
    }

    /// By a newcomer, before it sets its ring's bit of a slot of the history; published by the exchange that sets it (edge KEPT).
    void adopt(uint32_t ring, SlotIndex slot) noexcept
    {
        // edge PUBLISH (release) -> Sweep::read_publishing: who reads this in place of the clearing before it must see
        // the place that was filled before that
        publishing_.store(ClaimWord::make(ClaimWord::Adopt, ring, slot), std::memory_order_release);
        P::program_order();
    }

    /// After the last delivery, and after the bits of rings that were found closed are cleared.
    void published() noexcept
    {
        // edge PUBLISH (release) -> Sweep::read_publishing: who sees it gone sees the deliveries
        publishing_.store(0, std::memory_order_release);
    }

private:
    void set(uint64_t claim) noexcept
    {
        // edge CLAIM (release) -> Sweep::claim_of: a sweep that reads this claim in place of the clearing before it must
        // see done what that one covered (a later relaxed store is no part of a release sequence in C++20)
        claim_.store(claim, std::memory_order_release);
        P::program_order();
    }

    typename P::template atomic<uint64_t>& claim_;
    typename P::template atomic<uint64_t>& publishing_;
};

/// The slots that one subscriber has taken, each with a mark of that take: never 0, different at each take, so that a
/// view dropped late by another thread cannot erase the mark of the next take of the same slot.
///
/// The top bit says that the mark is in motion: the take may fail, or the reference may be gone already. A sweep that
/// meets an orphan under such a mark looks again; under a firm mark there is a reference.
template <class P, class L>
class HoldMap {
public:
    static constexpr uint32_t moving = 1U << 31;

    HoldMap(L& layout, uint32_t record) noexcept : layout_(layout), record_(record) {}

    /// Before a take, and before a drop. The owner of the reference owns the mark: nobody else writes it meanwhile.
    void set_moving(SlotIndex slot, uint32_t mark) noexcept
    {
        // relaxed: the take or drop that follows publishes it (edges TAKE, DROP)
        layout_.hold(record_, slot).store(mark | moving, std::memory_order_relaxed);
        P::program_order();
    }

    /// After a take that is going to last.
    void set_firm(SlotIndex slot, uint32_t mark) noexcept
    {
        // relaxed: a sweep that still sees it in motion only looks again
        layout_.hold(record_, slot).store(mark, std::memory_order_relaxed);
    }

    /// By the thread that receives: nobody else sets marks in between.
    void clear_by_receiver(SlotIndex slot) noexcept
    {
        // edge HOLD (release) -> Sweep::hold_of: a sweep that sees the mark gone sees the reference dropped
        layout_.hold(record_, slot).store(0, std::memory_order_release);
    }

    /// By any thread: only the mark of this very take is cleared.
    void clear(SlotIndex slot, uint32_t mark) noexcept
    {
        uint32_t own = mark | moving;
        // edge HOLD (release) -> Sweep::hold_of: as above. Failure relaxed: the next take's mark stands there and stays
        layout_.hold(record_, slot)
            .compare_exchange_strong(own, 0, std::memory_order_release, std::memory_order_relaxed);
    }

private:
    L&       layout_;
    uint32_t record_;
};

} // namespace core
} // namespace kickmsg
