/// One wait for many subscribers.
#include "Lifecycle.h"
#include "kickmsg/Node.h"
#include "kickmsg/WaitSet.h"
#include "kickmsg/os/Time.h"
#include "sleeps.h"
#include "support.h"

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

namespace {

constexpr nanoseconds for_ever = nanoseconds::max();

std::vector<uint64_t> keys_of(WaitSet::Ready const& ready)
{
    std::vector<uint64_t> keys(ready.begin(), ready.end());
    std::sort(keys.begin(), keys.end());
    return keys;
}

using Keys = std::vector<uint64_t>;

/// Some topics, each with a publisher and a subscriber that is in `set` under its number.
struct Topics {
    explicit Topics(std::size_t count)
    {
        for (std::size_t i = 0; i < count; ++i) {
            names.emplace_back("topic" + std::to_string(i));
            regions.push_back(make(names.back()));
            publishers.emplace_back(regions.back());
            subscribers.emplace_back(regions.back());
            set.add(subscribers.back(), i);
        }
    }

    std::deque<Name>         names;
    std::deque<SharedRegion> regions;
    std::deque<Publisher>    publishers;
    std::deque<Subscriber>   subscribers;
    WaitSet                  set;
};

/// What a wait without end finds that another thread makes.
struct Waiter {
    explicit Waiter(WaitSet& set)
        : thread([this, &set] {
              WaitSet::Ready const ready = set.wait(for_ever);
              keys                       = keys_of(ready);
              woken                      = ready.woken();
          })
    {
    }
    Keys join()
    {
        thread.join();
        return keys;
    }

    Keys        keys;
    bool        woken = false;
    std::thread thread;
};

} // namespace

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
        Waiter         waiter(topics.set);
        uint32_t const before = sleeps.count();
        sleeps.await(before + 1);
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
        uint32_t const before_sleep = sleeps.count();
        Waiter         again(set);
        sleeps.await(before_sleep + 1);
        send(after, 2);
        EXPECT_EQ(again.join(), Keys{5}) << "it is in the set with its new region";
        EXPECT_EQ(receive_all(subscriber), Keys{2});
        driver.unlink_topic("imu");
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
