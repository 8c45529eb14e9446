/// The subscribers of a wait set: what comes into it, leaves it, moves and ends.
#include "Lifecycle.h"
#include "kickmsg/Node.h"
#include "kickmsg/WaitSet.h"
#include "kickmsg/os/Time.h"
#include "sleeps.h"
#include "support.h"
#include "wait_sets.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <thread>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::ErrorCode;
using kickmsg::Node;
using kickmsg::Publisher;
using kickmsg::SharedMemory;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using kickmsg::WaitSet;
using std::chrono::nanoseconds;

TEST(WaitSet, WhatIsAddedDuringAWaitIsWaitedFor)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Topics          topics(6);
        Name const      name("late");
        auto            region = make(name);
        Publisher       publisher(region);
        Subscriber      subscriber(region), with_message(region);
        Sleeps const    sleeps;
        {
            Waiter waiter(topics.set);
            sleeps.await();
            topics.set.add(subscriber, 77);
            send(publisher, 1);
            EXPECT_EQ(waiter.join(), Keys{77});
            receive_all(subscriber);
        }
        Waiter waiter(topics.set, sleeps);
        topics.set.add(with_message, 78);
        EXPECT_EQ(waiter.join(), Keys{78}) << "what waits already is reported";
    }
}

TEST(WaitSet, WhatIsRemovedDuringAWaitIsNotWaitedFor)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Topics          topics(6);
        Sleeps const    sleeps;
        Waiter          waiter(topics.set);
        sleeps.await();
        topics.set.remove(topics.subscribers[5]);
        topics.set.remove(topics.subscribers[5]);
        topics.set.remove(topics.subscribers[0]);
        EXPECT_EQ(topics.set.size(), 4U);
        send(topics.publishers[5], 1);
        send(topics.publishers[0], 1);
        EXPECT_EQ(receive_all(topics.subscribers[5]).size(), 1U) << "it is this thread's from then on";
        topics.set.wake();
        EXPECT_EQ(waiter.join(), Keys{});
        topics.set.add(topics.subscribers[0], 9);
        EXPECT_EQ(keys_of(topics.set.wait(for_ever)), Keys{9});
    }
}

TEST(WaitSet, ASubscriberThatIsMovedStaysAndOneThatIsDestroyedLeaves)
{
    Topics                    topics(3);
    std::optional<Subscriber> moved(std::move(topics.subscribers[0]));
    send(topics.publishers[0], 1);
    EXPECT_EQ(keys_of(topics.set.wait(for_ever)), Keys{0});
    {
        Sleeps const sleeps;
        receive_all(*moved);
        Waiter waiter(topics.set);
        sleeps.await();
        Subscriber once_more(std::move(*moved));
        moved = std::move(once_more);
        send(topics.publishers[0], 2);
        EXPECT_EQ(waiter.join(), Keys{0});
    }
    {
        Sleeps const sleeps;
        receive_all(*moved);
        Waiter waiter(topics.set);
        sleeps.await();
        moved.reset();
        topics.subscribers[1] = Subscriber(topics.regions[1]);
        EXPECT_EQ(topics.set.size(), 1U) << "what was assigned over has left";
        send(topics.publishers[0], 3);
        send(topics.publishers[1], 3);
        topics.set.wake();
        EXPECT_EQ(waiter.join(), Keys{});
    }
    EXPECT_EQ(topics.regions[0].diagnose().live_rings, 0U);
    topics.set.add(topics.subscribers[1], 11);
    EXPECT_EQ(keys_of(topics.set.wait(for_ever)), Keys{11});
}

TEST(WaitSet, ItsEndLetsItsSubscribersGo)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Topics          topics(6);
        WaitSet         other;
        EXPECT_EQ(error_of([&] { other.add(topics.subscribers[0], 1); }).code(), ErrorCode::InUse);
        EXPECT_EQ(error_of([&] { topics.set.add(topics.subscribers[0], 1); }).code(), ErrorCode::InUse);
        other.remove(topics.subscribers[0]);
        EXPECT_EQ(topics.set.size(), 6U) << "it is of another set";
        EXPECT_FALSE(topics.set.wait(1ms));
        topics.set = std::move(other);
        EXPECT_FALSE(other); // NOLINT: what was moved from says so
        EXPECT_EQ(topics.set.size(), 0U);
        topics.set.add(topics.subscribers[0], 1);
        send(topics.publishers[0], 1);
        EXPECT_EQ(keys_of(topics.set.wait(for_ever)), Keys{1});
    }
}

TEST(WaitSet, OneThatWasMovedFromIsUnusable)
{
    Topics     topics(1);
    WaitSet    set;
    WaitSet    taken(std::move(set));
    Subscriber inert(std::move(topics.subscribers[0]));
    EXPECT_TRUE(taken);
    EXPECT_FALSE(set); // NOLINT
    auto const begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(set.wait(5ms));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 5ms);
    set.wait(for_ever);
    set.wake();
    set.remove(inert);
    EXPECT_EQ(set.size(), 0U);
    EXPECT_EQ(error_of([&] { set.add(inert, 1); }).code(), ErrorCode::InvalidHandle);
    EXPECT_EQ(error_of([&] { taken.add(topics.subscribers[0], 1); }).code(), ErrorCode::InvalidHandle);
    topics.set.remove(topics.subscribers[0]);
}

TEST(WaitSet, ASubscriberWhoseNameLeadsElsewhereIsReadyAndMovesWithItsNextReceive)
{
    Name const stem{"follow"};
    Node       driver("driver", stem.str().substr(1)), logger("logger", stem.str().substr(1));
    for (bool const by_hand : {false, true}) {
        WaitSet    set;
        Publisher  before     = driver.advertise("imu", small_config());
        Subscriber subscriber = logger.subscribe("imu");
        set.add(subscriber, 5);
        Sleeps const sleeps;
        Waiter       waiter(set);
        sleeps.await();
        if (by_hand) {
            ASSERT_TRUE(SharedMemory::unlink(driver.topic_region("imu")));
        } else {
            driver.unlink_topic("imu");
        }
        Publisher after = driver.advertise("imu", small_config());
        EXPECT_EQ(waiter.join(), Keys{5});
        EXPECT_EQ(subscriber.moves(), 0U) << "it moves when it is used";
        EXPECT_FALSE(subscriber.try_receive());
        EXPECT_EQ(subscriber.moves(), 1U);
        EXPECT_FALSE(set.wait(1ms));
        Waiter again(set, sleeps);
        send(after, 2);
        EXPECT_EQ(again.join(), Keys{5}) << "it is in the set with its new region";
        EXPECT_EQ(receive_all(subscriber), Keys{2});
        driver.unlink_topic("imu");
    }
}

TEST(WaitSet, TwoSubscribersOfOneRegionAreBothReportedAndRungFor)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Name const      name;
        auto            region = make(name);
        Publisher       publisher(region);
        Subscriber      one(region), other(region);
        WaitSet         set;
        set.add(one, 1);
        set.add(other, 2);
        Sleeps sleeps;
        for (uint64_t value = 1; value <= 20; ++value) {
            Waiter waiter(set, sleeps);
            send(publisher, value);
            Keys keys = waiter.join();
            for (std::size_t got = keys.size(); got < 2;) { // the other thread may look before the second delivery
                keys = keys_of(set.wait(for_ever));
                got  = keys.size();
            }
            EXPECT_EQ(keys, (Keys{1, 2})) << most << " words";
            EXPECT_EQ(receive_all(one), std::vector<uint64_t>{value});
            EXPECT_EQ(receive_all(other), std::vector<uint64_t>{value});
        }
    }
}

TEST(WaitSet, ASubscriberThatEndsRightAfterItWasAddedLeavesAWaitThatRuns)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Topics          topics(3);
        Name const      name("short");
        auto            region = make(name);
        Publisher       publisher(region);
        Waiter          waiter(topics.set);
        for (uint64_t turn = 0; turn < 200; ++turn) {
            Subscriber briefly(region);
            topics.set.add(briefly, 77);
            if (turn % 2 != 0) {
                topics.set.remove(briefly);
            }
        }
        EXPECT_EQ(topics.set.size(), 3U);
        send(topics.publishers[1], 1);
        EXPECT_EQ(waiter.join(), Keys{1}) << most << " words";
        send(publisher, 1); // to nobody
        EXPECT_EQ(topics.set.wait(0ns).size(), 1U);
    }
}
