/// What it costs an evictor that another publisher keeps the slots of the oldest messages.
#include "small_world.h"

using namespace kickmsg_test;

namespace {

constexpr uint32_t capacity = 1024, pool = 64;

/// A subscriber that reads nothing, a publisher that sent two messages, and another one that sends on and on.
struct Unread {
    Unread() : layout(1, capacity, pool, 3), idle(layout, {1, 2}, 2), busy(layout, {2, 3}, 2)
    {
        Membership(layout, {0, 1}).join();
        send(idle);
        send(idle);
    }

    /// Returns: atomic operations.
    uint64_t send(Sender& sender)
    {
        uint64_t operations = 0;
        Observer counting([&operations](void const*, bool) { ++operations; });
        EXPECT_TRUE(sender.borrow() || sender.borrow_by_eviction());
        EXPECT_EQ(sender.publish(8), 1U);
        return operations;
    }

    Layout layout;
    Sender idle;
    Sender busy;
};

} // namespace

/// Were messages passed by however many there are, each eviction would look at all the places that were emptied behind them.
TEST(PassingBy, CostsNoMoreTheLongerItLasts)
{
    Unread unread;
    for (uint32_t i = 0; i < 2 * pool; ++i) {
        unread.send(unread.busy);
    }
    uint64_t const early = unread.send(unread.busy);
    for (uint32_t i = 0; i < capacity / 2; ++i) {
        unread.send(unread.busy);
    }
    EXPECT_LE(unread.send(unread.busy), 2 * early);
}
