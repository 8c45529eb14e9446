/// One wait for many subscribers.
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

TEST(WaitSet, ReportsTheKeysOfAllThatAreReadyUntilTheyHaveBeenReadEmpty)
{
    Topics topics(5);
    EXPECT_EQ(topics.set.size(), 5U);
    EXPECT_FALSE(topics.set.wait(0ns));
    send(topics.publishers[1], 1);
    send(topics.publishers[4], 1);
    send(topics.publishers[4], 2);
    EXPECT_EQ(keys_of(topics.set.wait(for_ever)), (Keys{1, 4}));
    EXPECT_EQ(keys_of(topics.set.wait(0ns)), (Keys{1, 4}));
    EXPECT_TRUE(topics.subscribers[1].try_receive());
    EXPECT_TRUE(topics.subscribers[4].try_receive());
    EXPECT_EQ(keys_of(topics.set.wait(-1s)), Keys{4});
    EXPECT_TRUE(topics.subscribers[4].try_receive_view());
    EXPECT_FALSE(topics.set.wait(0ns));
}

TEST(WaitSet, LastsAtLeastItsTimeOut)
{
    Topics  topics(2);
    WaitSet empty;
    for (auto const timeout : {1ms, 19ms, 20ms, 45ms}) {
        auto const begin = std::chrono::steady_clock::now();
        EXPECT_FALSE(topics.set.wait(timeout));
        EXPECT_FALSE(empty.wait(timeout));
        EXPECT_GE(std::chrono::steady_clock::now() - begin, 2 * timeout);
    }
}

TEST(WaitSet, AMessageToAnyOfItsTopicsEndsASleepOfAll)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Topics          topics(11);
        for (uint64_t i = 0; i < 11; ++i) {
            bool is_rung = false;
            for (int attempt = 0; attempt < 100 && !is_rung; ++attempt) { // on a busy machine a slice may end first
                Sleeps const sleeps;
                Waiter       waiter(topics.set);
                sleeps.await();
                send(topics.publishers[i], i);
                EXPECT_EQ(waiter.join(), Keys{i}) << most << " words";
                EXPECT_EQ(receive_all(topics.subscribers[i]), Keys{i});
                is_rung = sleeps.are_rung();
            }
            EXPECT_TRUE(is_rung) << "topic " << i << " was found by the look at the end of a slice, " << most
                                 << " words";
        }
    }
}

TEST(WaitSet, ItsThreadsAreAtRestBetweenTwoWaits)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Topics          topics(11);
        EXPECT_FALSE(topics.set.wait(1ms));
        Sleeps const sleeps;
        for (uint64_t i = 0; i < 11; ++i) {
            send(topics.publishers[i], i);
        }
        EXPECT_EQ(topics.set.wait(for_ever).size(), 11U);
        topics.set.wake();
        kickmsg::sleep(20ms);
        EXPECT_LE(sleeps.count(), 24U) << "two for each thread";
        for (Subscriber& subscriber : topics.subscribers) {
            receive_all(subscriber);
        }
        Waiter         waiter(topics.set);
        uint32_t const before = sleeps.count();
        EXPECT_TRUE(waiter.join().empty() && waiter.woken);
        Waiter another(topics.set);
        sleeps.await(before + 1);
        send(topics.publishers[10], 1);
        EXPECT_EQ(another.join(), Keys{10});
        kickmsg::sleep(20ms);
        EXPECT_LE(sleeps.count(), before + 40);
    }
}

TEST(WaitSet, SleepsForMoreSubscribersThanOneCallOfTheSystemTakes)
{
    constexpr std::size_t    regions = 5, subscribers = 32;
    std::deque<Name>         names;
    std::deque<SharedRegion> opened;
    std::deque<Publisher>    publishers;
    std::deque<Subscriber>   all;
    WaitSet                  set;
    for (std::size_t i = 0; i < regions; ++i) {
        names.emplace_back("topic" + std::to_string(i));
        opened.push_back(make(names.back(), small_config(64, 8, subscribers)));
        publishers.emplace_back(opened.back());
        for (std::size_t k = 0; k < subscribers; ++k) {
            all.emplace_back(opened.back());
            set.add(all.back(), i);
        }
    }
    ASSERT_GT(set.size(), kickmsg::os::words_limit);
    for (uint64_t i = 0; i < regions; ++i) {
        Sleeps const sleeps;
        Waiter       waiter(set);
        sleeps.await();
        send(publishers[i], 1);
        Keys const keys = waiter.join();
        EXPECT_GE(keys.size(), 1U);
        for (uint64_t const key : keys) {
            EXPECT_EQ(key, i);
        }
        EXPECT_EQ(set.wait(0ns).size(), subscribers);
        for (std::size_t k = 0; k < subscribers; ++k) {
            EXPECT_EQ(receive_all(all[i * subscribers + k]).size(), 1U);
        }
    }
}

TEST(WaitSet, AQuietTopicIsReportedBesideLoudOnesAndFirstInItsTurn)
{
    Topics topics(4);
    send(topics.publishers[2], 1);
    std::vector<uint64_t> first;
    for (uint64_t i = 0; i < 8; ++i) {
        for (std::size_t const loud : {0U, 1U, 3U}) {
            send(topics.publishers[loud], i);
        }
        WaitSet::Ready const ready = topics.set.wait(for_ever);
        EXPECT_EQ(keys_of(ready), (Keys{0, 1, 2, 3}));
        first.push_back(*ready.begin());
    }
    for (uint64_t key = 0; key < 4; ++key) {
        EXPECT_EQ(std::count(first.begin(), first.end(), key), 2) << "served first as often as the others";
    }
}

TEST(WaitSet, AWakeEndsThePresentWaitOrTheNextOneAndOnlyThat)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Topics          topics(6);
        topics.set.wake();
        topics.set.wake();
        EXPECT_TRUE(topics.set.wait(for_ever).woken());
        EXPECT_FALSE(topics.set.wait(0ns));
        Sleeps const sleeps;
        Waiter       waiter(topics.set);
        sleeps.await();
        topics.set.wake();
        EXPECT_EQ(waiter.join(), Keys{});
        EXPECT_TRUE(waiter.woken);
        EXPECT_FALSE(topics.set.wait(1ms));
        send(topics.publishers[3], 1);
        topics.set.wake();
        WaitSet::Ready const both = topics.set.wait(for_ever);
        EXPECT_TRUE(both.woken() && keys_of(both) == Keys{3}) << "one does not hide the other";
    }
}

/// Each interleaving of one step of another with the moment before a sleep, step by step.
TEST(WaitSet, WhatComesJustBeforeASleepEndsIt)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Topics          topics(6);
        auto const      before_sleep = [&](std::function<void()> const& act) {
            bool const      all   = kickmsg::os::most_words() > 6; // else others sleep on the last ones
            bool            first = true;
            std::thread::id self  = std::this_thread::get_id();
            Sleeps const    sleeps([&] {
                if (self == std::this_thread::get_id() && std::exchange(first, false)) {
                    act();
                }
            });
            Keys const      keys = keys_of(topics.set.wait(for_ever));
            EXPECT_TRUE(sleeps.idle() == 0 || !all) << "asleep though something has changed";
            return keys;
        };
        auto const empty = [&](Keys const& keys) {
            for (uint64_t const key : keys) {
                receive_all(topics.subscribers[key]);
            }
        };
        topics.set.remove(topics.subscribers[1]);
        send(topics.publishers[1], 1);
        EXPECT_EQ(before_sleep([&] { topics.set.wake(); }), Keys{});
        EXPECT_EQ(before_sleep([&] { topics.set.add(topics.subscribers[1], 1); }), Keys{1});
        empty({1});
        for (uint64_t i = 0; i < 6; ++i) {
            EXPECT_EQ(before_sleep([&] { send(topics.publishers[i], 1); }), Keys{i});
            empty({i});
        }
        EXPECT_EQ(before_sleep([&] {
                      topics.set.remove(topics.subscribers[2]);
                      send(topics.publishers[3], 1);
                  }),
                  Keys{3});
        empty({3});
    }
}

/// The same with the moment between a look that finds nothing and the marks.
TEST(WaitSet, WhatComesBetweenALookAndTheMarksLetsNobodySleep)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Topics          topics(6);
        for (uint64_t i = 0; i < 6; ++i) {
            Sleeps const sleeps;
            Marks const  marks([&] { send(topics.publishers[i], 1); });
            EXPECT_EQ(keys_of(topics.set.wait(for_ever)), Keys{i});
            EXPECT_EQ(sleeps.idle(), 0U) << "asleep beside a message that nobody rings for";
            receive_all(topics.subscribers[i]);
        }
        Sleeps const sleeps;
        Marks const  marks([&] { topics.set.wake(); });
        EXPECT_TRUE(topics.set.wait(for_ever).woken());
        EXPECT_EQ(sleeps.idle(), 0U) << "asleep after the wake";
    }
}

TEST(WaitSet, SleepsInSlicesAndNoMoreOftenThanTheyEndOrSomebodyRings)
{
    Topics topics(3);
    topics.set.remove(topics.subscribers[2]);
    Sleeps const sleeps;
    EXPECT_FALSE(topics.set.wait(100ms));
    EXPECT_LE(sleeps.count(), 10U) << "20, 40 and 40 ms; a clock of coarse ticks may end one early";
    uint32_t const before = sleeps.count();
    std::thread    others([&] {
        for (uint64_t i = 0; i < 1000; ++i) {
            send(topics.publishers[2], i);
        }
    });
    EXPECT_FALSE(topics.set.wait(60ms));
    EXPECT_LE(sleeps.count(), before + 10) << "what is not waited for wakes nobody";
    others.join();
}
