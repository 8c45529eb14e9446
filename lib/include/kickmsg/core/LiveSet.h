/// The live set: one word, bit r = ring r takes deliveries, bit 32 + r = its subscriber arrives (Newcomer). One load tells a publisher all it needs, and rings that are
/// not live cost nothing. It is a hint to publishers: a ring's seals are what keeps deliveries out.
/// Proof: lib/test/CorruptWords_test.cc, lib/test/Budget_test.cc; models publish_join_leave, churn_join, churn_join_leave; sweep join, leave_unread; budget send/copy
#pragma once

#include "kickmsg/core/Structures.h"

namespace kickmsg {
namespace core {

template <class P, class L>
class LiveSet {
public:
    explicit LiveSet(L& layout) noexcept : layout_(layout) {}

    uint32_t read() const noexcept
    {
        // relaxed: a hint. Before a publisher's first delivery to a new seat, edges TAIL and REOPEN show it all of the seat
        uint64_t const word = layout_.live_set().load(std::memory_order_relaxed);
        return static_cast<uint32_t>(word & low_bits(layout_.ring_count()));
    }
    /// By the owner of the ring.
    void add(uint32_t ring) noexcept
    {
        // relaxed: as read()
        layout_.live_set().fetch_or(bit(ring), std::memory_order_relaxed);
    }
    /// By the owner of the ring.
    void remove(uint32_t ring) noexcept
    {
        // relaxed: a publisher that still sees the bit finds the ring sealed
        layout_.live_set().fetch_and(~(bit(ring) | arriving(ring)), std::memory_order_relaxed);
    }

    /// The rings that are live, and those of subscribers that arrive.
    uint32_t read_with_arriving() const noexcept
    {
        // relaxed: whom a message has to reach is seen by its delivery into the history, before this (edge JOIN); others it may miss
        uint64_t const word = layout_.live_set().load(std::memory_order_relaxed);
        return static_cast<uint32_t>((word | word >> 32) & low_bits(layout_.ring_count()));
    }
    /// The rings of subscribers that arrive.
    uint32_t read_arriving() const noexcept
    {
        // relaxed: a hint
        uint64_t const word = layout_.live_set().load(std::memory_order_relaxed);
        return static_cast<uint32_t>(word >> 32 & low_bits(layout_.ring_count()));
    }
    /// Whether the ring is live, or its subscriber arrives.
    bool has(uint32_t ring) const noexcept
    {
        // edge ARRIVE (acquire) <- LiveSet::announce: the ring as it was opened, which whoever decides its cut passes on (edge JOIN)
        uint64_t const word = layout_.live_set().load(std::memory_order_acquire);
        return (word & (bit(ring) | arriving(ring))) != 0;
    }
    /// By the owner of the ring, that it arrives.
    void announce(uint32_t ring) noexcept
    {
        // edge ARRIVE (release) -> LiveSet::has: the ring is open, its cut undecided
        layout_.live_set().fetch_or(arriving(ring), std::memory_order_release);
    }
    /// By the owner of the ring, that it has arrived.
    void settle(uint32_t ring) noexcept
    {
        // relaxed: it is live already, and one word has no order
        layout_.live_set().fetch_and(~arriving(ring), std::memory_order_relaxed);
    }

private:
    static constexpr uint64_t bit(uint32_t ring) noexcept
    {
        return uint64_t{1} << ring;
    }
    static constexpr uint64_t arriving(uint32_t ring) noexcept
    {
        return bit(ring) << 32;
    }

    L& layout_;
};

} // namespace core
} // namespace kickmsg
