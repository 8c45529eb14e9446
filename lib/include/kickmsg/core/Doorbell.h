/// The doorbell of a region: wakes its sleeping subscribers, by one system call however many they are, and costs a publisher one
/// load when nobody sleeps. Subscribers sleep on one word; a bit for each ring says who is about to.
///
///   subscriber of ring r                    publisher
///   sleepers |= r         (seq_cst)         entry = message       (seq_cst), ring after ring
///   r1 = entry            (seq_cst)         r2 = sleepers         (seq_cst), once
///
/// The same with `news` in place of an entry, for who puts another region in the place of this one.
///
/// Forbidden: r1 = empty and r not in r2, a subscriber asleep with a message that nobody rings for. Weaker orders allow it
/// (each store may pass the load below it), so all four are seq_cst.
/// Proof: lib/test/Wait_test.cc, lib/test/Interleaving_test.cc; models wait_wake, wait_wake_one, wait_two_publishers, wait_two_sleepers, wait_given_up, wait_called_away; sweep receive_blocking, set_look, set_sleep, set_sleep_in_vain, set_leave_unread; budget send/copy
#pragma once

#include "kickmsg/core/Structures.h"

namespace kickmsg {
namespace core {

template <class P, class L>
class Doorbell {
public:
    explicit Doorbell(L& layout) noexcept : layout_(layout) {}

    /// By the publisher, after its last delivery. `rings`: those that it has delivered to, a bit each.
    void ring(uint32_t rings) noexcept
    {
        // edge WAIT (seq_cst): the subscriber's mark, or the subscriber sees the delivery
        if ((layout_.sleepers().load(std::memory_order_seq_cst) & rings) != 0) {
            wake(rings);
        }
    }

    /// By the subscriber of `ring`: announces that it is about to sleep. Returns: the value to sleep on.
    uint32_t arm(uint32_t ring) noexcept
    {
        // relaxed: edge WAIT orders it. A ring that is counted here already is for a delivery that the subscriber sees below; one that
        // takes the mark set next is counted after this load
        uint32_t const rung = layout_.doorbell().load(std::memory_order_relaxed);
        // edge WAIT (seq_cst): the publisher sees the mark, or this subscriber sees its delivery
        layout_.sleepers().fetch_or(bit(ring), std::memory_order_seq_cst);
        return rung;
    }

    /// By a process that has put another region in the place of this one: wakes all, to follow. `news`: a word that says so.
    void call_away(typename P::template atomic<uint64_t>& news) noexcept
    {
        // edge NEWS (seq_cst): the sleeper's mark is seen below, or the sleeper sees the news
        news.fetch_add(1, std::memory_order_seq_cst);
        ring(~uint32_t{0});
    }

    /// By the subscriber, after arm(). Returns: the word of call_away(); it does not sleep where that has changed.
    static uint64_t news(typename P::template atomic<uint64_t> const& word) noexcept
    {
        // edge NEWS (seq_cst): see call_away()
        return word.load(std::memory_order_seq_cst);
    }

    /// By the subscriber of `ring`, or its next owner: it sleeps no more.
    void disarm(uint32_t ring) noexcept
    {
        // relaxed: the mark is this subscriber's own, others only take it. A publisher that still sees it rings for nothing
        if ((layout_.sleepers().load(std::memory_order_relaxed) & bit(ring)) != 0) {
            // relaxed: as above
            layout_.sleepers().fetch_and(~bit(ring), std::memory_order_relaxed);
        }
    }

private:
    static uint32_t bit(uint32_t ring) noexcept
    {
        return 1U << ring;
    }

    /// Only the publisher that takes a mark pays for the system call: a dead or stopped sleeper costs one, not one a message.
    KICKMSG_COLD void wake(uint32_t rings) noexcept
    {
        // edge WAIT (acquire): the sleeper's mark, so that its look at the bell comes before this ring, and does not count it
        uint32_t const taken = layout_.sleepers().fetch_and(~rings, std::memory_order_acquire) & rings;
        if (taken == 0) {
            return;
        }
        // relaxed: as in arm()
        layout_.doorbell().fetch_add(1, std::memory_order_relaxed);
        P::wake(layout_.doorbell(), taken);
    }

    L& layout_;
};

} // namespace core
} // namespace kickmsg
