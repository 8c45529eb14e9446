/// Recoveries that handles begin by themselves, and recoveries of several threads through one handle.
#include "Lifecycle.h"
#include "raw_region.h"
#include "support.h"

#include "kickmsg/os/Time.h"

#include <condition_variable>
#include <thread>

using namespace kickmsg_test;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;

namespace {

constexpr uint32_t pool = 4;

KICKMSG_CHILD(holds_every_slot)
{
    auto                                opened = SharedRegion::open(texts[0]);
    Subscriber                          subscriber(opened);
    std::vector<Subscriber::SampleView> views;
    self.pause();
    while (auto view = subscriber.try_receive_view()) {
        views.push_back(std::move(*view));
    }
    self.pause();
    return views.size() == pool ? 0 : 1;
}

KICKMSG_CHILD(publishes_and_waits)
{
    auto            opened = SharedRegion::open(texts[0]);
    Publisher const publisher(opened);
    self.pause();
    return 0;
}

/// A gate that one thread stands in until another opens it.
class Gate {
public:
    void stand()
    {
        std::unique_lock<std::mutex> lock(mutex_);
        arrived_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    void wait_for_arrival()
    {
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait(lock, [this] { return arrived_; });
    }
    void open()
    {
        std::lock_guard<std::mutex> const lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }

private:
    std::mutex              mutex_;
    std::condition_variable changed_;
    bool                    arrived_ = false;
    bool                    open_    = false;
};

} // namespace

TEST(AutomaticRecovery, WhatOnlyTheDeadHoldIsNotRefusedHoweverLatelyRecoveryRan)
{
    Name      name;
    auto      region = make(name, small_config(pool, 8, 2));
    Publisher publisher(region);
    Child     holder(holds_every_slot, {name});
    holder.wait_ready();
    for (uint64_t i = 0; i < pool; ++i) {
        send(publisher, i);
    }
    holder.go_on();
    holder.wait_ready();
    uint64_t const value = 7;
    EXPECT_EQ(publisher.send(&value, sizeof(value)), -EAGAIN) << "a living process holds every slot";
    RawRegion raw(name);
    holder.kill();
    raw.header().last_recovery.store(kickmsg::monotonic_ns()); // as lately as can be
    EXPECT_EQ(publisher.send(&value, sizeof(value)), static_cast<int32_t>(sizeof(value)));
    EXPECT_EQ(publisher.dropped(), 1U);
}

TEST(AutomaticRecovery, WhileThereAreMessagesToGiveUpItIsPacedByTheCostOfTheLastOne)
{
    struct Case {
        uint64_t ago, pause;
        bool     runs;
    };
    constexpr uint64_t ms = 1000000, s = 1000 * ms;
    for (Case const& c : {Case{10 * ms, 0, false}, Case{30 * s, 0, true}, Case{30 * s, 60 * s, false},
                          Case{61 * s, 60 * s, true}, Case{30 * s, 61 * s, true}, Case{30 * s, ~uint64_t{0}, true},
                          Case{0 - 10 * s, 60 * s, true}, Case{30 * s, 1, true}}) {
        Name       name;
        auto       region = make(name, small_config(pool, 8, 2));
        Publisher  publisher(region);
        Subscriber subscriber(region);
        Child      victim(publishes_and_waits, {name});
        victim.wait_ready();
        for (uint64_t i = 0; i < pool; ++i) {
            send(publisher, i); // the pool is dry, and the next send gives up the oldest
        }
        victim.kill();
        RawRegion      raw(name);
        uint64_t const now = kickmsg::monotonic_ns();
        if (now < 62 * s) {
            GTEST_SKIP() << "this machine was started less than a minute ago";
        }
        raw.header().last_recovery.store(now - c.ago);
        raw.header().recovery_pause.store(c.pause);
        send(publisher, 9);
        EXPECT_EQ(region.diagnose().dead_participants, c.runs ? 0U : 2U) << c.ago << " ns ago, pause " << c.pause;
        EXPECT_EQ(receive_all(subscriber).size(), pool);
        if (c.runs) {
            uint64_t const pause = raw.header().recovery_pause.load();
            EXPECT_TRUE(pause >= 20 * ms && pause <= 60 * s) << pause;
        }
    }
}

TEST(AutomaticRecovery, RecoverWaitsForNoOtherThreadOfItsHandle)
{
    Name        name;
    auto        region = make(name);
    auto        direct = kickmsg::detail::open_region(name, nullptr);
    Gate        gate;
    auto        nothing = [](auto&, auto) { return 0; };
    std::thread stopped([&] {
        direct->repair([&](auto&, auto) {
            gate.stand();
            return 0;
        });
    });
    gate.wait_for_arrival();
    {
        Child victim(publishes_and_waits, {name});
        victim.wait_ready();
        victim.kill();
    }
    EXPECT_EQ(direct->recover().participants, 2U) << "through a record of its own";
    EXPECT_EQ(direct->repair(nothing), 0);
    std::size_t const records = region.stats().participants.size();
    gate.open();
    stopped.join();
    EXPECT_EQ(region.stats().participants.size(), records) << "the record of its own is free again";
}

TEST(AutomaticRecovery, RecoverOfASecondThreadWaitsOnlyWhereNoRecordIsFree)
{
    Name        name;
    auto        region = make(name, small_config(pool, 8, 1));
    auto        direct = kickmsg::detail::open_region(name, nullptr);
    Gate        gate;
    std::thread stopped([&] {
        direct->repair([&](auto&, auto) {
            gate.stand();
            return 0;
        });
    });
    gate.wait_for_arrival();
    std::vector<SharedRegion> all;
    try {
        while (true) {
            all.push_back(SharedRegion::open(name));
        }
    } catch (kickmsg::Error const& error) {
        EXPECT_EQ(error.code(), kickmsg::ErrorCode::NoFreeRecord);
    }
    std::thread second([&] { EXPECT_EQ(direct->recover().participants, 0U); });
    gate.open();
    second.join();
    stopped.join();
}
