/// A subscriber that comes to a region that keeps a history: how it becomes live, and takes the last messages from before into its ring.
///
///   1  announce itself; decide the cut of its ring (Cut); go live
///   2  from the cut backwards, newest first, until one cannot be had: ADOPT note; its ring's bit, in one exchange with the next
///      generation; the entry of the place before those that it has; note cleared
///   3  not arriving any more; it begins to read at the first of these places
///
/// Its places lie before the first position of its seat, in the lap that Ring::reopen() leaves out, so no such word was ever used. Publishers
/// overwrite them as any others, the oldest first.
/// Newest first: what is pushed out of the history meanwhile is the oldest, so that nothing is left out between the messages that it gets.
/// A bit of its ring that is there already is not its own: a publisher set it for whoever had the ring before, and is about to drop it.
/// It ends there, for it has nothing to wait for.
/// The generation: a sweep may have read the word while the subscriber before it had the message, found that one's take and drop, and not this
/// newcomer's note. Its exchange would succeed on the same word.
///
/// Threads:   the subscriber's.
/// Progress:  lock-free, bounded by the history but for others that take the same messages.
/// Crash:     dying before the bit nothing, between bit and entry an orphan, which a sweep finds; after it a place of a ring of the dead.
/// Proof: lib/test/History_test.cc, lib/test/LateJoin_test.cc, lib/test/LateJoinProcesses_test.cc; models history_join, history_join_two, history_rejoin, history_overrun, history_overtaken, history_two_newcomers, history_sweep, history_sweep_overrun, history_sweep_of_two_seats, history_death_of_newcomer; sweep join_late, join_late_overtaken; budget none (not on the path of a message)
#pragma once

#include "kickmsg/core/Claims.h"
#include "kickmsg/core/Cut.h"
#include "kickmsg/core/FreeStack.h"

namespace kickmsg {
namespace core {

template <class P, class L>
class Newcomer {
public:
    Newcomer(L& layout, Self self, uint32_t ring) noexcept
        : layout_(layout), claims_(layout.record(self.record)), ring_(ring)
    {
    }

    /// By a subscriber that has opened its ring at `start`, and is not live yet. Returns: how many messages lie before that.
    uint32_t arrive(uint64_t start) noexcept
    {
        LiveSet<P, L> live(layout_);
        live.announce(ring_);
        uint64_t const cut = Cut<P, L>(layout_, ring_).decide(start);
        live.add(ring_);
        uint32_t const most  = layout_.history() < layout_.capacity() ? layout_.history() : layout_.capacity();
        uint32_t       taken = 0;
        while (taken < most && adopt(cut - taken - 1, start - taken - 1)) {
            ++taken;
        }
        // relaxed: a hint for evictors, that there is something before it
        layout_.ring(ring_).oldest.store(start - taken, std::memory_order_relaxed);
        live.settle(ring_);
        return taken;
    }

private:
    using Entry      = EntryWord<P>;
    using References = core::References<P>;

    /// Takes what lies at position `from` of the history into the place `to`. Returns: whether it has it.
    bool adopt(uint64_t from, uint64_t to) noexcept
    {
        SlotIndex const slot = add_reader(from);
        bool const      done = slot != no_slot && place(slot, to);
        if (slot != no_slot && !done) {
            release_references<P, L>(layout_, slot, References::ring(ring_));
        }
        claims_.published();
        return done;
    }

    /// Returns: the slot that lies there, or none; then the note may stand.
    SlotIndex add_reader(uint64_t position) noexcept
    {
        auto& entry = layout_.hidden_entry(position);
        while (true) {
            // relaxed: it was filled before the cut, which whoever decided that has seen and passed on (edges TAIL, DELIVER, CUT)
            uint64_t const  message = entry.load(std::memory_order_relaxed);
            SlotIndex const slot    = Entry::slot(message);
            int64_t const   laps    = Entry::laps_after(message, position >> layout_.hidden_capacity_log2());
            if (laps != 0 || !Entry::is_full(message) || slot >= layout_.pool_size()) {
                return no_slot;
            }
            auto& references = layout_.slot(slot).references;
            // edge KEPT (acquire) <- HistorySender::publish_and_remember, HistorySender::offer_and_remember: where the slot has another message by now, that the entry
            // has changed
            uint64_t       seen = references.load(std::memory_order_acquire);
            uint64_t const kept = References::ring(References::history);
            if ((seen & (kept | References::ring(ring_))) != kept) {
                return no_slot;
            }
            // relaxed: no older than the acquire above; then the word read was that of this message
            if (entry.load(std::memory_order_relaxed) != message) {
                return no_slot;
            }
            claims_.adopt(ring_, slot);
            uint64_t const next =
                References::make(References::generation(seen) + 1, References::holders(seen) | References::ring(ring_));
            // edge KEPT (release) -> Sweep::read_references: the ADOPT note. It acquires nothing that is not known already.
            // Failure relaxed: looked at again
            if (references.compare_exchange_strong(seen, next, std::memory_order_release, std::memory_order_relaxed)) {
                return slot;
            }
        }
    }

    /// Returns: false when publishers have come that far.
    bool place(SlotIndex slot, uint64_t position) noexcept
    {
        uint64_t const lap   = position >> layout_.capacity_log2();
        uint64_t       empty = Entry::make_consumed(lap);
        // edge DELIVER (release) -> Ring::commit, Ring::remove: the reference. Failure relaxed: nothing is read
        return layout_.entry(ring_, position)
            .compare_exchange_strong(empty, Entry::make_full(lap, slot), std::memory_order_release,
                                     std::memory_order_relaxed);
    }

    L&        layout_;
    Claims<P> claims_;
    uint32_t  ring_;
};

} // namespace core
} // namespace kickmsg
