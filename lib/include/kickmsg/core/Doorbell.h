/// The doorbell of a ring: wakes a sleeping subscriber, and costs a publisher one load when nobody sleeps.
///
///   subscriber                              publisher
///   waiting = 1           (seq_cst)         entry = message       (seq_cst)
///   r1 = entry            (seq_cst)         r2 = waiting          (seq_cst)
///
/// Forbidden: r1 = empty and r2 = 0, a subscriber asleep with a message that nobody rings for. Weaker orders allow it
/// (each store may pass the load below it), so all four are seq_cst.
/// Proof: lib/test/Wait_test.cc, lib/test/Interleaving_test.cc; models wait_wake, wait_wake_one, wait_two_publishers, wait_given_up; sweep receive_blocking; budget send/copy
#pragma once

#include "kickmsg/core/Structures.h"

namespace kickmsg {
namespace core {

template <class P>
class Doorbell {
public:
    explicit Doorbell(RingHeader<P>& ring) noexcept : ring_(ring) {}

    /// By the publisher, after its last delivery.
    void ring() noexcept
    {
        // edge WAIT (seq_cst): the subscriber's mark, or the subscriber sees the delivery
        if (ring_.waiting.load(std::memory_order_seq_cst) != 0) {
            wake();
        }
    }

    /// By the subscriber: announces that it is about to sleep. Returns: the value to sleep on.
    uint32_t arm() noexcept
    {
        // relaxed: edge WAIT orders it. A ring that this arming does not cause is counted before a delivery that the
        // subscriber sees; one that it causes is counted after this load
        uint32_t const rung = ring_.doorbell.load(std::memory_order_relaxed);
        // edge WAIT (seq_cst): the publisher sees the mark, or this subscriber sees its delivery
        ring_.waiting.store(1, std::memory_order_seq_cst);
        return rung;
    }

    void disarm() noexcept
    {
        // relaxed: a publisher that still sees the mark only rings for nothing
        ring_.waiting.store(0, std::memory_order_relaxed);
    }

private:
    /// Only the publisher that takes the mark pays for the system call: a dead or stopped sleeper costs one, not one a message.
    KICKMSG_COLD void wake() noexcept
    {
        // relaxed: only atomicity is needed, one of several publishers gets the mark
        if (ring_.waiting.exchange(0, std::memory_order_relaxed) == 0) {
            return;
        }
        // relaxed: as in arm()
        ring_.doorbell.fetch_add(1, std::memory_order_relaxed);
        P::wake(ring_.doorbell);
    }

    RingHeader<P>& ring_;
};

} // namespace core
} // namespace kickmsg
