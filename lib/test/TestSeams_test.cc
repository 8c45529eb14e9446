/// What the testing kit may change of the waits of a process, and what it hears of calls on unusable handles.
#include "TestSeams.h"
#include "WaitBudget.h"
#include "support.h"

#include "kickmsg/Node.h"
#include "kickmsg/WaitSet.h"

#include <atomic>
#include <cerrno>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using kickmsg::detail::InertUses;
using kickmsg::detail::WaitSeam;

namespace {

std::atomic<uint64_t> time_ns{0};
std::atomic<uint64_t> sleeps{0};

/// Each sleep takes its whole time, and none of the real one.
WaitSeam const skipping{[]() noexcept -> uint64_t { return time_ns.load(); },
                        [](std::chrono::nanoseconds length) noexcept {
                            time_ns.fetch_add(static_cast<uint64_t>(length.count()));
                            sleeps.fetch_add(1);
                            return std::chrono::nanoseconds(0);
                        }};

class Skipping {
public:
    Skipping()
    {
        time_ns.store(1);
        sleeps.store(0);
        kickmsg::detail::set_wait_seam(&skipping);
    }
    Skipping(Skipping const&)            = delete;
    Skipping& operator=(Skipping const&) = delete;
    ~Skipping()
    {
        kickmsg::detail::set_wait_seam(nullptr);
    }
};

class Counting {
public:
    Counting()
    {
        kickmsg::detail::count_inert_uses(&uses);
    }
    Counting(Counting const&)            = delete;
    Counting& operator=(Counting const&) = delete;
    ~Counting()
    {
        kickmsg::detail::count_inert_uses(nullptr);
    }

    InertUses uses;
};

constexpr auto     a_while    = std::chrono::seconds(30);
constexpr uint64_t a_while_ns = 30ULL * 1000000000;

} // namespace

TEST(TestSeams, EachWaitOfHalfAMinuteEndsByTheClockThatATestGives)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber subscriber(region);

    kickmsg::WaitSet set;
    set.add(subscriber, 1);
    Skipping const skip;
    uint64_t       begin         = time_ns.load();
    auto const     expect_passed = [&begin](char const* what) {
        EXPECT_GE(time_ns.load() - begin, a_while_ns) << what;
        begin = time_ns.load();
    };
    EXPECT_FALSE(subscriber.receive(a_while));
    expect_passed("receive()");
    EXPECT_FALSE(set.wait(a_while));
    expect_passed("WaitSet::wait()");
    for (uint32_t i = 0; i < small_config().sub_ring_capacity; ++i) {
        send(publisher, i);
    }
    EXPECT_EQ(publisher.send_until("x", 1, a_while), -EAGAIN);
    expect_passed("send_until()");
    EXPECT_FALSE(kickmsg::Node("seams", prefix() + "_nobody").wait_for_publisher("topic", a_while));
    expect_passed("wait_for_publisher()");
    EXPECT_NE(region.recover(region.info().creator_pid, a_while).still_alive, 0U);
    expect_passed("recover()");
    Subscriber const taken(std::move(subscriber));
    EXPECT_FALSE(subscriber.receive(a_while)); // NOLINT(bugprone-use-after-move)
    expect_passed("receive() of what was moved from");
}

TEST(TestSeams, AWaitThatHasSomethingToDoAsksNeitherClockNorSleep)
{
    Name const     name;
    auto           region = make(name);
    Publisher      publisher(region);
    Subscriber     subscriber(region);
    Skipping const skip;
    send(publisher, 7);
    EXPECT_TRUE(subscriber.receive(a_while));
    EXPECT_EQ(sleeps.load(), 0U);
}

TEST(TestSeams, TheClockOfTheSystemIsBackAfterwards)
{
    {
        Skipping const skip;
        EXPECT_EQ(kickmsg::detail::wait_clock_ns(), 1U);
    }
    uint64_t const before = kickmsg::monotonic_ns();
    EXPECT_GE(kickmsg::detail::wait_clock_ns(), before);
    EXPECT_EQ(kickmsg::detail::sleep_length(5ms), 5ms);
}

TEST(TestSeams, CallsOnHandlesThatWereMovedFromAreCounted)
{
    Name const       name;
    auto             region = make(name);
    Publisher        publisher(region);
    Subscriber       subscriber(region);
    Publisher const  publishes(std::move(publisher));
    Subscriber const receives(std::move(subscriber));
    Counting         counting;
    // NOLINTBEGIN(bugprone-use-after-move)
    EXPECT_FALSE(publisher);
    EXPECT_FALSE(subscriber);
    EXPECT_EQ(counting.uses.moved_from.load(), 0U) << "a question is no use";
    EXPECT_EQ(publisher.send("x", 1), -EBADF);
    EXPECT_EQ(publisher.try_send("x", 1), -EBADF);
    EXPECT_EQ(publisher.allocate(1), nullptr);
    EXPECT_EQ(publisher.try_allocate(1), nullptr);
    EXPECT_EQ(publisher.publish(), 0U);
    EXPECT_EQ(publisher.publish(1), 0U);
    EXPECT_EQ(publisher.try_publish(), -EBADF);
    EXPECT_EQ(publisher.try_publish(1), -EBADF);
    EXPECT_EQ(counting.uses.moved_from.load(), 8U);
    EXPECT_FALSE(subscriber.try_receive());
    kickmsg::SampleInfo info;
    EXPECT_FALSE(subscriber.try_receive(info));
    EXPECT_FALSE(subscriber.try_receive_view());
    EXPECT_FALSE(subscriber.receive(0ms));
    EXPECT_FALSE(subscriber.receive(0ms, info));
    EXPECT_FALSE(subscriber.receive_view(0ms));
    // NOLINTEND(bugprone-use-after-move)
    EXPECT_EQ(counting.uses.moved_from.load(), 14U);
    EXPECT_EQ(counting.uses.inherited.load(), 0U);
}

#if !defined(_WIN32)
TEST(TestSeams, ACallOnAHandleThatCameThroughAForkIsCounted)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber subscriber(region);
    Child      child([&](Child&) {
        Counting   counting;
        bool const refused = publisher.send("x", 1) == -EBADF && !subscriber.try_receive();
        return refused && counting.uses.inherited.load() == 2 && counting.uses.moved_from.load() == 0 ? 0 : 1;
    });
    EXPECT_EQ(child.join(), 0);
}
#endif
