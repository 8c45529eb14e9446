/// The live set: one word, bit r = ring r takes deliveries. One load tells a publisher all it needs, and rings that are
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
        layout_.live_set().fetch_or(uint64_t{1} << ring, std::memory_order_relaxed);
    }
    /// By the owner of the ring.
    void remove(uint32_t ring) noexcept
    {
        // relaxed: a publisher that still sees the bit finds the ring sealed
        layout_.live_set().fetch_and(~(uint64_t{1} << ring), std::memory_order_relaxed);
    }

private:
    L& layout_;
};

} // namespace core
} // namespace kickmsg
