/// Sending that overwrites nothing, call by call: what is refused, what is accepted, what is pending, and for how long a call waits.
#include "kickmsg/Node.h"
#include "kickmsg/os/Time.h"
#include "raw_region.h"
#include "support.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>
#include <thread>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Publisher;
using kickmsg::SharedMemory;
using kickmsg::Subscriber;

namespace {

constexpr uint32_t ring = 4; ///< messages that it has room for

/// A region with a publisher and two subscribers.
struct Channel {
    explicit Channel(kickmsg::channel::Config const& cfg = small_config(64, ring))
        : region(make(name, cfg)), publisher(region), one(region), other(region)
    {
    }

    int32_t try_send(uint64_t value)
    {
        return publisher.try_send(&value, sizeof(value));
    }
    bool write(uint64_t value)
    {
        void* const room = publisher.try_allocate(sizeof(value));
        if (room != nullptr) {
            std::memcpy(room, &value, sizeof(value));
        }
        return room != nullptr;
    }
    void fill()
    {
        for (uint64_t value = 1; value <= ring; ++value) {
            EXPECT_EQ(try_send(value), 8);
        }
    }
    /// The other subscriber has the values 1 to `ring`: its ring is full, and seems to have room, as where another publisher is faster.
    void fill_unseen()
    {
        fill();
        EXPECT_EQ(receive_all(one).size(), ring);
        RawRegion raw(name);
        raw.layout().ring(1).tail.store(uint64_t{1} << 20);
    }
    /// `value` is delivered to the first subscriber, and pending for the other one.
    void make_pending(uint64_t value)
    {
        fill_unseen();
        EXPECT_EQ(try_send(value), 8);
        EXPECT_EQ(publisher.pending(), 1U);
        EXPECT_EQ(receive_all(one), std::vector<uint64_t>{value});
    }

    Name                  name;
    kickmsg::SharedRegion region;
    Publisher             publisher;
    Subscriber            one;
    Subscriber            other;
};

std::vector<uint64_t> up_to(uint64_t last)
{
    std::vector<uint64_t> values;
    for (uint64_t value = 1; value <= last; ++value) {
        values.push_back(value);
    }
    return values;
}

int64_t since(std::chrono::steady_clock::time_point begin)
{
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin).count();
}

} // namespace

TEST(Reliable, RefusesWhereOneSubscriberHasNoRoomAndDeliversToNone)
{
    Channel c;
    c.fill();
    EXPECT_EQ(receive_all(c.one), up_to(ring));
    EXPECT_EQ(c.try_send(99), -EAGAIN);
    EXPECT_EQ(receive_all(c.one), std::vector<uint64_t>{});
    EXPECT_EQ(receive_all(c.other), up_to(ring));
    EXPECT_EQ(c.try_send(100), 8);
    EXPECT_EQ(receive_all(c.one), std::vector<uint64_t>{100});
    EXPECT_EQ(receive_all(c.other), std::vector<uint64_t>{100});
    EXPECT_EQ(c.one.lost() + c.other.lost(), 0U);
    EXPECT_EQ(c.publisher.dropped(), 0U);
    EXPECT_EQ(c.publisher.pending(), 0U);
}

TEST(Reliable, ToNobodyIsNoError)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    EXPECT_EQ(publisher.try_send("hello", 5), 5);
    EXPECT_EQ(publisher.send_until("hello", 5, 1h), 5);
    EXPECT_NE(publisher.try_allocate(5), nullptr);
    EXPECT_EQ(publisher.try_publish(), 0);
    EXPECT_EQ(publisher.flush_until(1h), 0);
    EXPECT_EQ(region.stats().pool_free, 63U) << "one slot is kept, none is lost";
}

TEST(Reliable, RefusesWhatCannotBeSent)
{
    Channel           c;
    std::string const large(257, 'x');
    EXPECT_EQ(c.publisher.try_send(large.data(), large.size()), -EMSGSIZE);
    EXPECT_EQ(c.publisher.send_until(large.data(), large.size(), 1h), -EMSGSIZE) << "at once";
    EXPECT_EQ(c.publisher.try_allocate(large.size()), nullptr);
    EXPECT_EQ(c.publisher.allocate_until(large.size(), 1h), nullptr) << "at once";
    EXPECT_EQ(c.publisher.try_publish(), -EINVAL);
    EXPECT_EQ(c.publisher.try_publish(0), -EINVAL);
    EXPECT_EQ(c.publisher.publish_until(1h), -EINVAL) << "at once";
    ASSERT_NE(c.publisher.try_allocate(8), nullptr);
    EXPECT_EQ(c.publisher.try_publish(9), -EMSGSIZE);
    EXPECT_EQ(c.publisher.publish_until(9, 1h), -EMSGSIZE);
    EXPECT_EQ(c.publisher.try_publish(8), 2);
}

TEST(Reliable, AnUnusableHandleSaysSoAtOnce)
{
    Channel         c;
    Publisher const usable(std::move(c.publisher));
    EXPECT_EQ(c.publisher.try_send("hello", 5), -EBADF); // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(c.publisher.send_until("hello", 5, std::chrono::nanoseconds::max()), -EBADF);
    EXPECT_EQ(c.publisher.try_allocate(5), nullptr);
    EXPECT_EQ(c.publisher.allocate_until(5, 1ns), nullptr);
    EXPECT_EQ(c.publisher.try_publish(), -EBADF);
    EXPECT_EQ(c.publisher.publish_until(1h), -EBADF);
    EXPECT_EQ(c.publisher.flush_until(1h), -EBADF);
    EXPECT_EQ(c.publisher.pending(), 0U);
}

TEST(Reliable, ASlotThatIsRefusedStaysAllocatedWithWhatWasWritten)
{
    Channel c;
    c.fill();
    ASSERT_TRUE(c.write(42));
    EXPECT_EQ(c.publisher.try_publish(), -EAGAIN);
    EXPECT_EQ(c.publisher.publish_until(1ms), -EAGAIN);
    EXPECT_EQ(receive_all(c.one), up_to(ring));
    EXPECT_EQ(receive_all(c.other), up_to(ring));
    EXPECT_EQ(c.publisher.publish_until(1h), 2);
    EXPECT_EQ(receive_all(c.one), std::vector<uint64_t>{42});
    EXPECT_EQ(receive_all(c.other), std::vector<uint64_t>{42});
    EXPECT_EQ(c.publisher.try_publish(), -EINVAL);
}

TEST(Reliable, OnAnEmptyPoolGivesUpNoUnreadMessage)
{
    Channel c(small_config(4, 8));
    for (uint64_t value = 1; value <= 4; ++value) {
        EXPECT_EQ(c.try_send(value), 8);
    }
    EXPECT_EQ(c.try_send(5), -EAGAIN);
    EXPECT_FALSE(c.write(5));
    EXPECT_EQ(c.publisher.allocate_until(8, 1ms), nullptr);
    EXPECT_EQ(c.publisher.dropped(), 0U) << "a refusal that was asked for";
    EXPECT_EQ(receive_all(c.one), up_to(4));
    EXPECT_EQ(receive_all(c.other), up_to(4));
    EXPECT_EQ(c.one.lost() + c.other.lost(), 0U);
    EXPECT_NE(c.publisher.allocate_until(8, 1h), nullptr);
}

TEST(Reliable, WaitsAsLongAsItWasGivenAndNoLessInAnyUnit)
{
    Channel c;
    c.fill();
    uint64_t const value = 5;
    auto           begin = std::chrono::steady_clock::now();
    EXPECT_EQ(c.publisher.send_until(&value, 8, 30ms), -EAGAIN);
    EXPECT_GE(since(begin), 30000);
    begin = std::chrono::steady_clock::now();
    EXPECT_EQ(c.publisher.send_until(&value, 8, std::chrono::duration<double>(0.03)), -EAGAIN);
    EXPECT_GE(since(begin), 30000);
    EXPECT_EQ(c.publisher.send_until(&value, 8, 0s), -EAGAIN) << "a look";
    EXPECT_EQ(c.publisher.send_until(&value, 8, std::chrono::hours::min()), -EAGAIN) << "a look";
    EXPECT_EQ(c.publisher.send_until(&value, 8, std::chrono::nanoseconds::min()), -EAGAIN) << "a look";
    receive_all(c.one);
    receive_all(c.other);
    EXPECT_EQ(c.publisher.send_until(&value, 8, std::chrono::nanoseconds::min()), 8) << "a look finds room";
}

TEST(Reliable, WithoutEndWaitsUntilThereIsRoom)
{
    for (bool const infinite : {false, true}) {
        Channel c;
        c.fill();
        std::thread    reader([&c] {
            kickmsg::sleep(20ms);
            receive_all(c.one);
            receive_all(c.other);
        });
        uint64_t const value = 5;
        EXPECT_EQ(infinite ? c.publisher.send_until(
                                 &value, 8, std::chrono::duration<double>(std::numeric_limits<double>::infinity()))
                           : c.publisher.send_until(&value, 8, std::chrono::milliseconds::max()),
                  8);
        reader.join();
    }
}

TEST(Reliable, WhatIsPendingComesBeforeTheNextMessage)
{
    Channel c;
    c.make_pending(10);
    EXPECT_EQ(c.try_send(11), -EAGAIN);
    EXPECT_EQ(c.publisher.flush_until(0s), -EAGAIN);
    EXPECT_EQ(c.publisher.flush_until(1ms), -EAGAIN);
    EXPECT_EQ(receive_all(c.other), up_to(ring));
    EXPECT_EQ(c.try_send(11), 8) << "there is room for both";
    EXPECT_EQ(c.publisher.pending(), 0U);
    EXPECT_EQ(receive_all(c.other), (std::vector<uint64_t>{10, 11}));
    EXPECT_EQ(receive_all(c.one), std::vector<uint64_t>{11});
    EXPECT_EQ(c.one.lost() + c.other.lost(), 0U);
}

TEST(Reliable, WhatIsPendingIsFlushed)
{
    Channel c;
    c.make_pending(10);
    EXPECT_EQ(c.region.recover().references, 0U) << "a pending message is its publisher's";
    EXPECT_EQ(receive_all(c.other), up_to(ring));
    EXPECT_EQ(c.publisher.flush_until(1h), 0);
    EXPECT_EQ(receive_all(c.other), std::vector<uint64_t>{10});
    EXPECT_EQ(c.other.lost(), 0U);
}

TEST(Reliable, ACallThatMayWaitReturnsWhenNothingIsPendingAnyMore)
{
    Channel c;
    c.fill_unseen();
    std::vector<uint64_t> read;
    std::thread           reader([&] {
        kickmsg::sleep(20ms);
        read = receive_all(c.other);
    });
    uint64_t const        value = 10;
    EXPECT_EQ(c.publisher.send_until(&value, 8, 1h), 8);
    EXPECT_EQ(c.publisher.pending(), 0U);
    reader.join();
    for (uint64_t const late : receive_all(c.other)) {
        read.push_back(late);
    }
    EXPECT_EQ(read, (std::vector<uint64_t>{1, 2, 3, 4, 10}));
    EXPECT_EQ(c.other.lost(), 0U);
}

TEST(Reliable, ACallWhoseTimeIsOverWithItsMessagePendingHasSentIt)
{
    Channel c;
    c.fill_unseen();
    uint64_t const value = 10;
    EXPECT_EQ(c.publisher.send_until(&value, 8, 1ms), 8);
    EXPECT_EQ(c.publisher.pending(), 1U);
    EXPECT_EQ(receive_all(c.other), up_to(ring));
    EXPECT_EQ(c.publisher.flush_until(1h), 0);
    EXPECT_EQ(receive_all(c.other), std::vector<uint64_t>{10});
}

TEST(Reliable, ASlotMayBeWrittenWhileAMessageIsPending)
{
    Channel c;
    c.make_pending(10);
    ASSERT_TRUE(c.write(11));
    EXPECT_EQ(c.publisher.try_publish(), -EAGAIN);
    EXPECT_EQ(c.publisher.try_publish(9), -EMSGSIZE);
    EXPECT_EQ(receive_all(c.other), up_to(ring));
    EXPECT_EQ(c.publisher.try_publish(), 2);
    EXPECT_EQ(receive_all(c.other), (std::vector<uint64_t>{10, 11}));
    EXPECT_EQ(c.publisher.try_publish(), -EINVAL);
}

TEST(Reliable, PlainSendingOverwritesForWhatIsPendingFirst)
{
    Channel        c;
    uint64_t const next = 11;
    c.make_pending(10);
    std::string const large(257, 'x');
    EXPECT_EQ(c.publisher.send(large.data(), large.size()), -EMSGSIZE);
    EXPECT_EQ(c.publisher.publish(), 0U) << "nothing is allocated";
    EXPECT_EQ(c.publisher.publish(0), 0U) << "nothing is allocated";
    EXPECT_EQ(c.publisher.pending(), 1U) << "a refused call changes nothing";
    EXPECT_EQ(c.publisher.send(&next, 8), 8);
    EXPECT_EQ(receive_all(c.other), (std::vector<uint64_t>{3, 4, 10, 11}));
    EXPECT_EQ(c.other.lost(), 2U);
    EXPECT_EQ(receive_all(c.one), std::vector<uint64_t>{11});
}

TEST(Reliable, PlainPublishingOverwritesForWhatIsPendingFirst)
{
    for (bool const shorter : {false, true}) {
        Channel c;
        c.make_pending(10);
        void* const room = c.publisher.allocate(shorter ? 16 : 8);
        ASSERT_NE(room, nullptr);
        uint64_t const value = 11;
        std::memcpy(room, &value, sizeof(value));
        EXPECT_EQ(c.publisher.allocate(257), nullptr);
        EXPECT_EQ(c.publisher.publish(17), 0U) << "more than was allocated";
        EXPECT_EQ(c.publisher.publish(static_cast<std::size_t>(-1)), 0U);
        EXPECT_EQ(c.publisher.pending(), 1U) << "a refused call changes nothing";
        EXPECT_EQ(shorter ? c.publisher.publish(8) : c.publisher.publish(), 2U);
        EXPECT_EQ(receive_all(c.other), (std::vector<uint64_t>{3, 4, 10, 11}));
        EXPECT_EQ(c.other.lost(), 2U);
    }
}

TEST(Reliable, APublisherThatLeavesOverwritesForWhatIsPending)
{
    Channel c;
    c.make_pending(10);
    {
        Publisher const last(std::move(c.publisher));
    }
    EXPECT_EQ(receive_all(c.other), (std::vector<uint64_t>{2, 3, 4, 10}));
    EXPECT_EQ(c.other.lost(), 1U);
    EXPECT_EQ(c.region.stats().pool_free, 64U);
}

TEST(Reliable, WhatIsPendingForASubscriberThatLeavesIsForgotten)
{
    Channel c;
    c.make_pending(10);
    {
        Subscriber const last(std::move(c.other));
    }
    EXPECT_EQ(c.publisher.flush_until(0s), 0);
    EXPECT_EQ(c.try_send(11), 8);
    EXPECT_EQ(receive_all(c.one), std::vector<uint64_t>{11});
}

TEST(Reliable, WhatIsPendingForASubscriberThatLeftIsNotForTheNextOneOfItsRing)
{
    Channel c;
    c.make_pending(10);
    {
        Subscriber const last(std::move(c.other));
    }
    Subscriber next(c.region);
    EXPECT_EQ(c.publisher.flush_until(0s), 0);
    EXPECT_EQ(receive_all(next), std::vector<uint64_t>{}) << "it was sent before that one came";
    EXPECT_EQ(c.try_send(11), 8);
    EXPECT_EQ(receive_all(next), std::vector<uint64_t>{11});
}

TEST(Reliable, APublisherFollowsItsNameWhenNothingIsPendingAnyMore)
{
    Name const                     stem;
    kickmsg::Node                  node("driver", stem.str().substr(1));
    std::string const              name      = node.topic_region("imu");
    kickmsg::channel::Config const config    = small_config(64, ring);
    Publisher                      publisher = node.advertise("imu", config);
    Subscriber                     one       = node.subscribe("imu");
    Subscriber                     other     = node.subscribe("imu");
    uint64_t                       value     = 0;
    while (publisher.try_send(&value, sizeof(value)) > 0) {
    }
    receive_all(one);
    RawRegion raw(name);
    raw.layout().ring(1).tail.store(uint64_t{1} << 20);
    EXPECT_EQ(publisher.try_send(&value, sizeof(value)), 8);
    EXPECT_EQ(publisher.pending(), 1U);
    node.unlink_topic("imu");
    Publisher const again = node.advertise("imu", config);
    EXPECT_EQ(publisher.try_send(&value, sizeof(value)), -EAGAIN);
    EXPECT_EQ(publisher.moves(), 0U);
    {
        Subscriber const last(std::move(other));
    }
    EXPECT_EQ(publisher.flush_until(0s), 0);
    EXPECT_EQ(receive_all(one).size(), 1U);
    EXPECT_EQ(publisher.try_send(&value, sizeof(value)), 8);
    EXPECT_EQ(publisher.moves(), 1U) << "and then it does";
    SharedMemory::unlink(name);
}
