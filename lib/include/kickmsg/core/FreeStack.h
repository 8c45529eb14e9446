/// The Treiber stack of free slots (R. K. Treiber, "Systems programming: coping with parallelism", 1986), with a tag
/// against ABA and, new here, the tag of the push in each link, which lets a walker tell an exact snapshot while others
/// push and pop (see Sweep).
///
/// Invariant: a free slot is on the stack, or named by the working claim or the hold map of a living participant.
/// Progress:  lock-free. Crash: a process that dies inside leaves at most one slot that is nowhere; Sweep finds it.
/// Proof: lib/test/LeftBehind_test.cc, lib/test/CorruptWords_test.cc; models free_stack, free_stack_long_sleep, death_of_popper, death_of_faster_popper, walk_against_pushers, adopt, deadly_traffic; sweep send_to_one, send_letting_go, receive, drop_view; budget send, receive
#pragma once

#include "kickmsg/core/Claims.h"

namespace kickmsg {
namespace core {

/// A slot that a publisher keeps, at a generation.
struct Loan {
    SlotIndex slot       = no_slot;
    uint64_t  generation = 0;

    explicit operator bool() const noexcept
    {
        return slot != no_slot;
    }
};

template <class P, class L>
class FreeStack {
public:
    explicit FreeStack(L& layout) noexcept : layout_(layout) {}

    /// Returns: a slot kept by `owner`, or none when the stack is empty.
    Loan pop(Claims<P>& claims, uint64_t owner) noexcept
    {
        for (uint32_t turn = 0; turn <= layout_.pool_size(); ++turn) {
            SlotIndex const slot = unlink_top(claims);
            if (slot == no_slot) {
                break;
            }
            Loan const loan = lend(slot, owner);
            claims.clear();
            if (loan) {
                return loan;
            }
        }
        claims.clear();
        return {};
    }

    /// Gives a slot back. The caller's claim or hold mark covers it.
    void push(SlotIndex slot) noexcept
    {
        auto& header = layout_.slot(slot);
        // relaxed: only the tag and the slot number are used, and the exchange below validates both
        uint64_t head = layout_.head().load(std::memory_order_relaxed);
        while (true) {
            uint64_t const pushed = Word::make(Word::tag(head) + 1, slot);
            // edge LINK (release) -> Sweep::walk: a walker that reads this link reads a head no older than the one it follows.
            // Poppers get it by the exchange below (edge FREE)
            header.link.store(Word::make(Word::tag(pushed), Word::slot(head)), std::memory_order_release);
            // edge FREE (release) -> FreeStack::unlink_top, Sweep::walk: the link, and every use of the slot before it was free.
            // Failure relaxed: the word read is only compared again
            if (layout_.head().compare_exchange_strong(head, pushed, std::memory_order_release,
                                                       std::memory_order_relaxed)) {
                return;
            }
        }
    }

private:
    using Word = TaggedSlot<P>;

    SlotIndex unlink_top(Claims<P>& claims) noexcept
    {
        // edge FREE (acquire) <- FreeStack::push: the link of the top slot, and the previous holder's last use of it
        uint64_t head = layout_.head().load(std::memory_order_acquire);
        while (true) {
            SlotIndex const slot = Word::slot(head);
            if (slot >= layout_.pool_size()) {
                if (slot != no_slot) {
                    report_broken_chain();
                }
                return no_slot;
            }
            claims.pop(slot);
            // relaxed: ordered by the acquire load of the head; stale or torn values fail at the tag
            uint64_t const link = layout_.slot(slot).link.load(std::memory_order_relaxed);
            // edge POP (release) -> Sweep::walk: the POP claim. Success acquires nothing: the tag makes this the very
            // write that was acquired when `head` was read. Failure acquire (edge FREE): the new top's link is read next
            if (layout_.head().compare_exchange_strong(head, Word::make(Word::tag(head) + 1, next_of(link)),
                                                       std::memory_order_release, std::memory_order_acquire)) {
                if (Word::slot(link) != next_of(link)) {
                    report_broken_chain();
                }
                return slot;
            }
        }
    }

    /// A link that leads nowhere ends the stack.
    SlotIndex next_of(uint64_t link) const noexcept
    {
        SlotIndex const next = Word::slot(link);
        return next < layout_.pool_size() ? next : no_slot;
    }

    /// A head that leads nowhere: the slots behind it are found by a sweep.
    void report_broken_chain() noexcept
    {
        layout_.report_corruption();
        // relaxed: nothing to publish but the debt itself (edge OWED continues through read-modify-writes)
        layout_.sweeps_owed().fetch_add(1, std::memory_order_relaxed);
    }

    Loan lend(SlotIndex slot, uint64_t owner) noexcept
    {
        auto& header = layout_.slot(slot);
        // relaxed: the slot is this thread's since the pop
        uint64_t const before = header.references.load(std::memory_order_relaxed);
        if (References<P>::holders(before) != 0) {
            layout_.report_corruption(); // somebody needs this slot: it was never free
            return {};
        }
        uint64_t const generation = (References<P>::generation(before) + 1) & low_bits(P::generation_bits);
        // relaxed: published by the store below (edge KEPT)
        header.owner.store(owner, std::memory_order_relaxed);
        // edge KEPT (release) -> Sweep::read_references: the owner of the kept bit
        header.references.store(References<P>::make(generation, References<P>::kept), std::memory_order_release);
        return Loan{slot, generation};
    }

    L& layout_;
};

/// Gives up `holders` (ring bits, the kept bit) of a slot; the caller that gives up the last one pushes it. The caller's claim or hold
/// mark covers the slot. Source of the one-bit-per-ring form: clearing a bit twice is harmless, a count is not.
/// Returns: whether the slot went back to the pool.
template <class P, class L>
bool release_references(L& layout, SlotIndex slot, uint64_t holders) noexcept
{
    // edge DROP (acq_rel): each dropper's use of the payload happens before the last dropper's push
    uint64_t const before = layout.slot(slot).references.fetch_and(~holders, std::memory_order_acq_rel);
    bool const     held   = (before & holders) != 0;
    if (!held || References<P>::holders(before & ~holders) != 0) {
        return false;
    }
    FreeStack<P, L>(layout).push(slot);
    return true;
}

} // namespace core
} // namespace kickmsg
