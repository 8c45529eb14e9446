/// What others do between two steps of an algorithm, chosen step by step: on plain arrays, under an observed policy.
#include "array_layout.h"
#include "observed.h"

#include <gtest/gtest.h>

using kickmsg_test::Observer;
using Policy     = kickmsg_test::ObservedPolicy;
using Layout     = kickmsg_test::ArrayLayout<Policy>;
using Membership = kickmsg::core::Membership<Policy, Layout>;
using Receiver   = kickmsg::core::Receiver<Policy, Layout>;
using Sender     = kickmsg::core::Sender<Policy, Layout>;
using Claims     = kickmsg::core::Claims<Policy>;
using Ring       = kickmsg::core::Ring<Policy, Layout>;
using kickmsg::core::OwnerWord;

namespace {

constexpr uint32_t capacity = 8;

/// A subscriber that a publisher overtakes by two laps, and again each time it has caught up, `floods` times at most.
struct Race {
    explicit Race(uint32_t floods) : receiver(layout, seat.ring, 0, seat.start), left(floods)
    {
        send(2 * capacity);
    }

    void send(uint32_t messages)
    {
        for (uint32_t i = 0; i < messages; ++i) {
            ASSERT_TRUE(sender.borrow());
            ASSERT_EQ(sender.publish(++sent), 1U);
        }
    }
    /// Returns: whether a message was taken. It carries its number as its length.
    bool take()
    {
        Observer const publisher([&](void const* word, bool) {
            if (word == &layout.ring(0).lost && left > 0) {
                --left;
                send(2 * capacity);
            }
        });
        auto const     taken = receiver.take();
        if (taken) {
            last = layout.slot(taken.slot).length.load(std::memory_order_relaxed);
            receiver.drop_by_receiver(taken);
            ++received;
        }
        return static_cast<bool>(taken);
    }

    Layout              layout{1, capacity, 4 * capacity, 3};
    kickmsg::core::Seat seat = Membership(layout, {0, 1}).join();
    Sender              sender{layout, {1, 2}, true};
    Receiver            receiver;
    uint32_t            left;
    uint32_t            sent     = 0;
    uint32_t            last     = 0;
    uint64_t            received = 0;
};

/// How many messages a subscriber still gets that was overtaken `floods` times more while it caught up.
uint64_t received_after(uint32_t floods)
{
    Race race(floods);
    while (race.take()) {
    }
    EXPECT_EQ(race.left, 0U);
    EXPECT_EQ(race.last, race.sent) << "the newest message is the last one";
    EXPECT_EQ(race.received + race.receiver.lost(), race.sent);
    EXPECT_EQ(Ring(race.layout, 0).unread(), capacity - race.received)
        << "what was passed over stays until overwritten";
    return race.received;
}

} // namespace

TEST(Interleaving, ASubscriberThatIsOvertakenGoesOnAtTheOldestMessageAndFromTheThirdTimeAtTheMiddle)
{
    EXPECT_EQ(received_after(0), capacity);
    EXPECT_EQ(received_after(1), capacity);
    EXPECT_EQ(received_after(2), capacity / 2);
    EXPECT_EQ(received_after(5), capacity / 2);
}

TEST(Interleaving, ASubscriberThatIsOvertakenAgainAndAgainAnswersNoneInsteadOfChasing)
{
    constexpr uint32_t endless = 1000;
    Race               race(endless);
    EXPECT_FALSE(race.take());
    EXPECT_EQ(endless - race.left, 16U) << "as often as it caught up";
    race.left = 0;
    while (race.take()) {
    }
    EXPECT_EQ(race.last, race.sent);
    EXPECT_EQ(race.received + race.receiver.lost(), race.sent);
}

TEST(Interleaving, ASubscriberWhoseMessagesAreGivenUpBeforeItsEyesAnswersNoneInTheEnd)
{
    Race race(0);
    while (race.take()) {
    }
    race.send(capacity / 2);
    Claims   claims(race.layout.record(1));
    Ring     ring(race.layout, 0);
    uint32_t evicted = 0;
    {
        Observer const evictor([&](void const* word, bool exchange) {
            for (uint32_t i = 0; i < capacity && exchange; ++i) {
                if (word == &race.layout.entry(0, i)) { // about to take the oldest message
                    evicted += ring.evict_oldest(claims) ? 1 : 0;
                    race.send(1);
                }
            }
        });
        EXPECT_FALSE(race.receiver.take());
    }
    EXPECT_EQ(evicted, (capacity + 16) / 2) << "two turns for each: to try, and to pass over";
    while (race.take()) {
    }
    EXPECT_EQ(race.last, race.sent);
    EXPECT_EQ(race.received + race.receiver.lost(), race.sent);
    EXPECT_FALSE(ring.evict_oldest(claims)) << "nothing is left";
}

TEST(Interleaving, OfTwoPublishersThatSeeASleeperOneRings)
{
    Race  race(0);
    auto& sleepers = race.layout.sleepers();
    auto& doorbell = race.layout.doorbell();
    sleepers.store(1, std::memory_order_relaxed);
    uint32_t const bell = doorbell.load(std::memory_order_relaxed);
    {
        Observer const faster([&](void const* word, bool exchange) {
            if (word == &sleepers && exchange) {
                sleepers.store(0, std::memory_order_relaxed);
            }
        });
        race.send(1);
    }
    EXPECT_EQ(doorbell.load(std::memory_order_relaxed), bell);
    sleepers.store(1, std::memory_order_relaxed);
    race.send(1);
    EXPECT_EQ(doorbell.load(std::memory_order_relaxed), bell + 1);
}

TEST(Interleaving, APublisherThatFindsAFullPlaceTakenTakesTheNextOne)
{
    Race   race(0); // its ring is full
    Sender other(race.layout, {2, 3}, true);
    bool   first = true;
    {
        Observer const faster([&](void const* word, bool exchange) {
            for (uint32_t i = 0; i < capacity && exchange && first; ++i) {
                if (word == &race.layout.entry(0, i)) {
                    first = false;
                    EXPECT_TRUE(other.borrow());
                    EXPECT_EQ(other.publish(++race.sent), 1U);
                }
            }
        });
        race.send(1);
    }
    EXPECT_FALSE(first);
    EXPECT_EQ(race.layout.record(1).claim.load(std::memory_order_relaxed), 0U);
    while (race.take()) {
    }
    EXPECT_EQ(race.received, capacity);
    EXPECT_EQ(race.received + race.receiver.lost(), race.sent);
}

TEST(Interleaving, APopAndAPushThatOthersAreFasterThanAreTriedAgain)
{
    using FreeStack = kickmsg::core::FreeStack<Policy, Layout>;
    Layout              layout(1, 2, 4, 2);
    FreeStack           stack(layout);
    Claims              claims(layout.record(0)), others(layout.record(1));
    kickmsg::core::Loan taken;
    uint32_t            before = 1;
    auto const          move   = [&](void const* word, bool exchange) {
        if (word == &layout.head() && exchange && before-- == 1) {
            taken = stack.pop(others, 2);
        }
    };
    kickmsg::core::Loan popped;
    {
        Observer const faster(move);
        popped = stack.pop(claims, 1);
    }
    EXPECT_EQ(taken.slot, 0U);
    EXPECT_EQ(popped.slot, 1U);
    before           = 1;
    auto& references = layout.slot(popped.slot).references;
    references.store(kickmsg::core::References<Policy>::make(popped.generation, 0), std::memory_order_relaxed);
    {
        Observer const faster(move);
        stack.push(popped.slot);
    }
    EXPECT_EQ(taken.slot, 2U);
    EXPECT_EQ(stack.pop(claims, 1).slot, 1U) << "it is on the stack, above what was left";
    EXPECT_EQ(stack.pop(claims, 1).slot, 3U);
    EXPECT_FALSE(stack.pop(claims, 1));
}

TEST(Interleaving, AJoinerWhoseRingIsTakenOverMeanwhileHasNoSeat)
{
    Layout         layout(1, capacity, 4, 2);
    uint64_t const other = OwnerWord::make(OwnerWord::Draining, 1, 2);
    {
        Observer const recoverer([&](void const* word, bool) {
            if (word == &layout.entry(0, capacity - 1)) { // the joiner opens it
                layout.ring(0).owner.store(other, std::memory_order_relaxed);
            }
        });
        EXPECT_FALSE(Membership(layout, {0, 1}).join().taken);
    }
    EXPECT_EQ(layout.ring(0).owner.load(std::memory_order_relaxed), other);
    EXPECT_EQ(layout.live_set().load(std::memory_order_relaxed), 0U);
    uint32_t sealed = 0;
    EXPECT_FALSE(Membership(layout, {0, 1}).take_over(0, other + 1, sealed))
        << "another word than the one that was judged";
    EXPECT_TRUE(Membership(layout, {0, 1}).take_over(0, other, sealed));
}

TEST(Interleaving, ASearchThroughWordsThatChangeInEachScanEnds)
{
    uint64_t looks = 0;
    EXPECT_FALSE(kickmsg::core::StableScan(2).run([&](uint32_t, uint64_t& seen) {
        seen = OwnerWord::make(OwnerWord::Live, 0, ++looks);
        return false;
    }));
    EXPECT_EQ(looks, 2U * 65U);
}

TEST(Interleaving, AMessageGoesToAllThirtyTwoRings)
{
    constexpr uint32_t rings = 32;
    Layout             layout(rings, 2, 4, rings + 1);
    for (uint32_t i = 0; i < rings; ++i) {
        EXPECT_TRUE(Membership(layout, {i, i + 1}).join().taken);
    }
    Sender sender(layout, {rings, rings + 1}, false);
    ASSERT_TRUE(sender.borrow());
    EXPECT_EQ(sender.publish(8), rings);
    for (uint32_t i = 0; i < rings; ++i) {
        EXPECT_EQ(Ring(layout, i).unread(), 1U) << i;
    }
}
