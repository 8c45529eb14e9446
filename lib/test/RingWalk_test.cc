/// Walks along a ring whose tail lags, and the choice of what to give up, in counted operations: neither grows with the capacity.
#include "array_layout.h"
#include "observed.h"

#include <gtest/gtest.h>

using namespace kickmsg_test;
using Policy     = ObservedPolicy;
using Layout     = ArrayLayout<Policy>;
using Claims     = kickmsg::core::Claims<Policy>;
using Entry      = kickmsg::core::EntryWord<Policy>;
using Membership = kickmsg::core::Membership<Policy, Layout>;
using Receiver   = kickmsg::core::Receiver<Policy, Layout>;
using Ring       = kickmsg::core::Ring<Policy, Layout>;
using Sender     = kickmsg::core::Sender<Policy, Layout>;
using kickmsg::core::no_slot;
using kickmsg::core::SlotIndex;

namespace {

constexpr uint32_t largest_ring = 1U << 20; // Config's limit

uint64_t operations(std::function<void()> const& work)
{
    uint64_t       counted = 0;
    Observer const counter([&](void const*, bool) { ++counted; });
    work();
    return counted;
}

/// A publisher, and subscribers of which each has read all but the last `unread` messages.
struct Scene {
    Scene(uint32_t capacity, uint32_t pool, uint32_t subscribers = 1)
        : layout(subscribers, capacity, pool, subscribers + 3), sender(layout, {subscribers, 100}, false),
          claims(layout.record(subscribers + 1))
    {
        for (uint32_t i = 0; i < subscribers; ++i) {
            auto const seat = Membership(layout, {i, i + 1}).join();
            receivers.emplace_back(layout, seat.ring, i, seat.start);
            start = seat.start;
        }
    }

    bool send()
    {
        bool const borrowed = sender.borrow() || sender.borrow_by_eviction();
        if (borrowed) {
            layout.slot(sender.slot()).length.store(++sent, std::memory_order_relaxed);
            sender.publish(sent);
        }
        return borrowed;
    }
    /// Returns: the number of the message, 0 when there is none.
    uint32_t receive(uint32_t subscriber = 0)
    {
        auto const taken = receivers[subscriber].take();
        if (!taken) {
            return 0;
        }
        uint32_t const number = layout.slot(taken.slot).length.load(std::memory_order_relaxed);
        receivers[subscriber].drop_by_receiver(taken);
        return number;
    }
    void pass(uint64_t messages)
    {
        for (uint64_t i = 0; i < messages; ++i) {
            ASSERT_TRUE(send());
            ASSERT_EQ(receive(), sent);
        }
    }

    Layout                layout;
    Sender                sender;
    Claims                claims;
    std::vector<Receiver> receivers;
    uint64_t              start = 0;
    uint32_t              sent  = 0;
};

} // namespace

TEST(RingWalk, APublisherStoppedBeforeItsTailForAWholeLapDeafensNoRingOfAnySize)
{
    for (uint32_t const capacity : {2U, 4U, 64U, largest_ring}) {
        for (uint64_t const lag :
             {uint64_t{capacity} - 1, uint64_t{capacity}, uint64_t{capacity} + 1, 3 * uint64_t{capacity} / 2}) {
            Scene scene(capacity, 4);
            scene.pass(lag + 1);
            scene.layout.ring(0).tail.store(scene.start + 1, std::memory_order_relaxed); // it continues
            uint64_t const cost = operations([&] { scene.pass(1); });
            EXPECT_LT(cost, 100U) << "capacity " << capacity << ", the tail " << lag << " behind";
            scene.pass(10);
            EXPECT_EQ(scene.receivers[0].lost() + scene.layout.corruptions, 0U);
        }
    }
}

TEST(RingWalk, ASubscriberThatWasLappedFindsTheOldestMessageThoughTheTailLags)
{
    constexpr uint32_t capacity = 1024;
    for (uint32_t const beyond : {1U, 2U, 500U, 1023U, 1024U, 1500U}) {
        Scene scene(capacity, 2 * capacity);
        for (uint32_t i = 0; i < capacity + beyond; ++i) {
            scene.send();
        }
        scene.layout.ring(0).tail.store(scene.start + capacity, std::memory_order_relaxed);
        uint32_t       first = 0;
        uint64_t const cost  = operations([&] { first = scene.receive(); });
        EXPECT_EQ(first, beyond + 1) << "the oldest that is there";
        EXPECT_LT(cost, 60U);
        EXPECT_EQ(scene.receivers[0].lost(), beyond);
    }
}

TEST(RingWalk, TheOldestMessageIsGivenUpWhereverTheTailWentBackTo)
{
    constexpr uint32_t capacity = 16, messages = 14;
    for (uint32_t back = 0; back <= messages; ++back) {
        Scene scene(capacity, 32);
        for (uint32_t i = 0; i < messages; ++i) {
            scene.send();
        }
        scene.layout.ring(0).tail.fetch_add(0 - uint64_t{back}, std::memory_order_relaxed);
        for (uint32_t expected = 1; expected <= messages; ++expected) {
            SlotIndex const slot = Ring(scene.layout, 0).evict_oldest(scene.claims).slot;
            ASSERT_NE(slot, no_slot) << back;
            EXPECT_EQ(scene.layout.slot(slot).length.load(std::memory_order_relaxed), expected) << back;
        }
        EXPECT_FALSE(Ring(scene.layout, 0).evict_oldest(scene.claims));
        EXPECT_EQ(scene.receive(), 0U);
        EXPECT_EQ(scene.receivers[0].lost(), messages);
        EXPECT_EQ(scene.layout.record(2).claim.load(std::memory_order_relaxed), 0U);
    }
}

TEST(RingWalk, WhatIsGivenUpIsFoundByAsManyOperationsInEveryRing)
{
    for (uint32_t const capacity : {64U, 4096U, largest_ring}) {
        constexpr uint32_t pool = 64, stopped = 15;
        Scene              scene(capacity, pool, stopped);
        for (uint32_t i = 0; i < pool; ++i) {
            ASSERT_TRUE(scene.send()); // the pool is dry now
        }
        for (uint32_t i = 0; i < 3 * pool; ++i) {
            uint64_t const cost = operations([&] { ASSERT_TRUE(scene.send()); });
            ASSERT_LT(cost, 60U * stopped) << "message " << i << ", capacity " << capacity;
        }
        EXPECT_EQ(scene.receive(), scene.sent - pool + 1) << "the oldest were given up, in each ring";
        EXPECT_EQ(scene.receive(stopped - 1), scene.sent - pool + 1);
    }
}

TEST(RingWalk, AnEvictorThatWasStoppedSendsNobodyBack)
{
    constexpr uint32_t capacity = 4096;
    Scene              scene(capacity, 2 * capacity);
    for (uint32_t i = 0; i < capacity; ++i) {
        scene.send();
    }
    auto& oldest = scene.layout.ring(0).oldest;
    bool  once   = true;
    {
        Observer const stopped([&](void const* word, bool exchange) { // about to say what it has given up
            if (word == &oldest && exchange && std::exchange(once, false)) {
                for (uint32_t i = 0; i < capacity / 2; ++i) {
                    EXPECT_TRUE(Ring(scene.layout, 0).evict_oldest(scene.claims));
                }
            }
        });
        Ring(scene.layout, 0).evict_oldest(scene.claims);
    }
    EXPECT_FALSE(once);
    EXPECT_EQ(oldest.load(std::memory_order_relaxed), scene.start + 1 + capacity / 2);
    EXPECT_LT(operations([&] { Ring(scene.layout, 0).evict_oldest(scene.claims); }), 20U);
}

TEST(RingWalk, OverwrittenHintsOfWhatIsUnreadHideNoMessageFromAnEvictor)
{
    for (uint64_t const wrong : {uint64_t{1} << 20, uint64_t{1} << 42, uint64_t{1} << 50, ~uint64_t{0}}) {
        for (bool const of_subscriber : {true, false}) {
            Scene scene(16, 32);
            for (uint32_t i = 0; i < 10; ++i) {
                scene.send();
            }
            auto& ring = scene.layout.ring(0);
            (of_subscriber ? ring.position : ring.oldest).fetch_add(wrong, std::memory_order_relaxed);
            for (uint32_t i = 0; i < 10; ++i) {
                EXPECT_TRUE(Ring(scene.layout, 0).evict_oldest(scene.claims)) << wrong << of_subscriber << i;
            }
            EXPECT_FALSE(Ring(scene.layout, 0).evict_oldest(scene.claims));
        }
    }
}

TEST(RingWalk, LapsThatLeadRoundInACircleEndADelivery)
{
    constexpr uint32_t capacity = 4;
    Scene              scene(capacity, 8);
    scene.pass(5);
    uint64_t const third = uint64_t{1} << (Policy::lap_bits - 2);
    for (uint32_t i = 0; i < capacity; ++i) {
        scene.layout.entry(0, i).store(Entry::make_consumed((i + 1) * third), std::memory_order_relaxed);
    }
    uint64_t const cost = operations([&] {
        for (uint32_t i = 0; i < 8; ++i) {
            scene.send();
        }
    });
    EXPECT_LT(cost, 8U * 100);
    EXPECT_GE(scene.layout.corruptions, 1U);
}

TEST(RingWalk, WhatASubscriberPassedOverWhenItWasOvertakenCanBeGivenUp)
{
    Scene                             scene(8, 8);
    std::vector<kickmsg::core::Taken> views;
    for (uint32_t i = 0; i < 24; ++i) {
        scene.send();
    }
    uint32_t overtakings = 2;
    {
        Observer const faster([&](void const* word, bool) { // it counts what it has lost: overtaken twice more
            if (word == &scene.layout.ring(0).lost && overtakings > 0) {
                --overtakings;
                scene.send();
            }
        });
        views.push_back(scene.receivers[0].take());
    }
    while (auto const taken = scene.receivers[0].take()) {
        views.push_back(taken);
    }
    EXPECT_EQ(views.size(), 4U) << "it skipped half of the ring";
    EXPECT_EQ(Ring(scene.layout, 0).unread(), 4U) << "which stays full behind it";
    for (uint32_t i = 0; i < 4; ++i) {
        EXPECT_TRUE(scene.send()) << "not only views hold slots";
    }
}

TEST(RingWalk, AMessageIsNotGivenUpForOneThatHadItsSlotBefore)
{
    Scene  scene(4, 8, 2);
    Claims others(scene.layout.record(3));
    scene.send();
    auto const old = Ring(scene.layout, 0).evict_oldest(scene.claims);
    ASSERT_TRUE(old);
    EXPECT_EQ(scene.receive(1), 1U); // the slot is free
    scene.send();                    // and used again, as the stack's top
    uint64_t const again = scene.layout.slot(old.slot).references.load(std::memory_order_relaxed);
    ASSERT_NE(kickmsg::core::References<Policy>::rings(again), 0U);
    EXPECT_FALSE(Ring(scene.layout, 1).evict_oldest(others, old, 0));
    EXPECT_EQ(scene.receive(1), 2U) << "the newest message of a subscriber that was never behind";
}
