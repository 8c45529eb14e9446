/// FakeClock: time-outs end when the test says so.
#include "support.h"

#include "kickmsg/WaitSet.h"

#include <atomic>
#include <thread>

using namespace kickmsg_kit;
using namespace std::chrono_literals;
using kickmsg::Publisher;
using kickmsg::Subscriber;
using kit::FakeClock;

namespace {

using Clock = Kit;

} // namespace

TEST_F(Clock, AWaitOfAnHourEndsWhenAnHourWasAdvancedAndNotBefore)
{
    auto              region = make("hour");
    Subscriber        subscriber(region);
    FakeClock         clock;
    std::atomic<bool> over{false};
    std::thread       waits([&] {
        EXPECT_FALSE(subscriber.receive(1h));
        over.store(true);
    });
    clock.await_sleep();
    clock.advance(1h - 1ns);
    clock.await_sleep(clock.sleeps() + 1); // it has looked again
    EXPECT_FALSE(over.load());
    clock.advance(1ns);
    waits.join();
}

TEST_F(Clock, AMessageEndsAWaitByAClockThatStandsStill)
{
    auto        region = make("message");
    Publisher   publisher(region);
    Subscriber  subscriber(region);
    FakeClock   clock;
    std::thread waits([&] { EXPECT_TRUE(subscriber.receive(1h)); });
    clock.await_sleep();
    send(publisher, "message");
    waits.join();
}

TEST_F(Clock, WaitsThatFindNothingEndAtOnceWhereTimePassesBySleeping)
{
    auto             region = make("passing");
    Publisher        publisher(region);
    Subscriber       subscriber(region);
    kickmsg::WaitSet set;
    set.add(subscriber, 1);
    FakeClock const clock(kit::Passing::BySleeping);
    uint64_t const  begin = clock.now_ns();
    EXPECT_FALSE(subscriber.receive(10min));
    EXPECT_FALSE(set.wait(10min));
    EXPECT_FALSE(node.wait_for_publisher("nobody", 10min));
    while (publisher.try_send("x", 1) == 1) {
    }
    EXPECT_EQ(publisher.send_until("x", 1, 10min), -EAGAIN);
    EXPECT_GE(clock.now_ns() - begin, 40ULL * 60 * 1000000000);
}

TEST_F(Clock, ThereIsOneAtATime)
{
    {
        FakeClock const clock;
        EXPECT_THROW(FakeClock(), kickmsg::Error);
    }
    FakeClock const another;
    EXPECT_EQ(another.sleeps(), 0U);
}

TEST_F(Clock, TheTimeOfTheSystemCountsAgainAfterwards)
{
    auto       region = make("after");
    Subscriber subscriber(region);
    {
        FakeClock clock;
        clock.advance(1h);
    }
    EXPECT_FALSE(subscriber.receive(1ms));
}
