/// Overflow, exact losses, isolation and pressure.
#include "support.h"

#include "Lifecycle.h"

#include <numeric>

using namespace kickmsg_test;
using kickmsg::Publisher;
using kickmsg::Subscriber;

namespace {

std::vector<uint64_t> numbers(uint64_t first, uint64_t end)
{
    std::vector<uint64_t> all(end - first);
    std::iota(all.begin(), all.end(), first);
    return all;
}

void send_range(Publisher& publisher, uint64_t first, uint64_t end)
{
    for (uint64_t i = first; i < end; ++i) {
        send(publisher, i);
    }
}

} // namespace

TEST(Ring, KeepsTheNewestMessagesAndCountsTheOthersAsLost)
{
    for (uint64_t sent : {0, 1, 7, 8, 9, 15, 16, 17, 100}) {
        Name const name;
        auto       region = make(name);
        Publisher  publisher(region);
        Subscriber subscriber(region);
        send_range(publisher, 0, sent);
        uint64_t const kept = sent < 8 ? sent : 8;
        EXPECT_EQ(receive_all(subscriber), numbers(sent - kept, sent)) << sent << " sent";
        EXPECT_EQ(subscriber.lost(), sent - kept) << sent << " sent";
    }
}

TEST(Ring, LossesAddUpOverSeveralLaps)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber subscriber(region);
    uint64_t   next = 0;
    for (uint64_t lap = 1; lap <= 20; ++lap) {
        send_range(publisher, next, next + 8 + lap);
        next += 8 + lap;
        EXPECT_EQ(receive_all(subscriber), numbers(next - 8, next));
        EXPECT_EQ(subscriber.lost(), lap * (lap + 1) / 2);
    }
}

TEST(Ring, PositionsRiseByOneAndAGapIsTheLoss)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber subscriber(region);
    send_range(publisher, 0, 2);
    uint64_t const first = subscriber.try_receive()->ring_pos();
    EXPECT_EQ(subscriber.try_receive()->ring_pos(), first + 1);
    send_range(publisher, 0, 11);
    EXPECT_EQ(subscriber.try_receive()->ring_pos(), first + 2 + 3);
    EXPECT_EQ(subscriber.lost(), 3U);
}

TEST(Ring, OfTwoEntriesWorks)
{
    Name const name;
    auto       region = make(name, small_config(64, 2));
    Publisher  publisher(region);
    Subscriber subscriber(region);
    for (uint64_t i = 0; i < 100; ++i) {
        send(publisher, 2 * i);
        send(publisher, 2 * i + 1);
        EXPECT_EQ(receive_all(subscriber), numbers(2 * i, 2 * i + 2));
    }
    send_range(publisher, 0, 5);
    EXPECT_EQ(receive_all(subscriber), numbers(3, 5));
    EXPECT_EQ(subscriber.lost(), 3U);
}

TEST(Ring, WrapsItsLapsWithoutLosingAMessage)
{
    Name const name;
    auto       region = make(name);
    // The lap before the last of 2^38, as if the ring had been used that long.
    auto const direct = kickmsg::detail::open_region(name, nullptr);
    auto&      layout = direct->mapping().layout();
    for (uint32_t ring = 0; ring < layout.ring_count(); ++ring) {
        uint64_t const lap = (uint64_t{1} << 38) - 4;
        layout.ring(ring).tail.store(lap * layout.capacity(), std::memory_order_relaxed);
        for (uint32_t i = 0; i < layout.capacity(); ++i) {
            using Entry = kickmsg::core::EntryWord<kickmsg::detail::Policy>;
            layout.entry(ring, i).store(Entry::make_consumed(lap) | Entry::sealed, std::memory_order_relaxed);
        }
    }
    Publisher  publisher(region);
    Subscriber subscriber(region);
    for (uint64_t i = 0; i < 64; i += 4) {
        send_range(publisher, i, i + 4);
        EXPECT_EQ(receive_all(subscriber), numbers(i, i + 4));
    }
    send_range(publisher, 0, 20);
    EXPECT_EQ(receive_all(subscriber), numbers(12, 20));
    EXPECT_EQ(subscriber.lost(), 12U);
}

TEST(Ring, IsFreshForItsNextSubscriber)
{
    Name const name;
    auto       region = make(name, small_config(64, 8, 1));
    Publisher  publisher(region);
    for (uint64_t round = 0; round < 10; ++round) {
        Subscriber subscriber(region);
        EXPECT_TRUE(receive_all(subscriber).empty());
        send_range(publisher, round, round + 11);
        EXPECT_EQ(receive_all(subscriber), numbers(round + 3, round + 11));
        EXPECT_EQ(subscriber.lost(), 3U);
        send_range(publisher, 0, round % 5); // left unread
    }
    EXPECT_EQ(allocatable(name), 64U - 4U) << "all but what the publisher keeps";
}

TEST(Ring, PositionsNeverComeAgainForALaterSubscriber)
{
    Name const name;
    auto       region = make(name, small_config(64, 8, 1));
    Publisher  publisher(region);
    uint64_t   used = 0;
    for (uint64_t round = 0; round < 10; ++round) {
        Subscriber subscriber(region);
        for (uint64_t i = 0; i <= round; ++i) {
            send(publisher, i);
            auto const sample = subscriber.try_receive();
            EXPECT_GT(sample->ring_pos(), used + 8) << "a whole lap is left out";
            used = i == round ? sample->ring_pos() : used;
        }
    }
}

TEST(Isolation, AStoppedSubscriberCostsARunningOneNothing)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber stopped(region), running(region);
    for (uint64_t i = 0; i < 1000; ++i) {
        send(publisher, i);
        EXPECT_EQ(receive_all(running), numbers(i, i + 1));
    }
    EXPECT_EQ(running.lost(), 0U);
    EXPECT_EQ(receive_all(stopped), numbers(992, 1000));
    EXPECT_EQ(stopped.lost(), 992U);
}

TEST(Isolation, HoldsWhenTheUnreadMessagesAreTheWholePool)
{
    Name const name;
    auto       region = make(name, small_config(4, 64));
    Publisher  publisher(region);
    Subscriber stopped(region), running(region);
    for (uint64_t i = 0; i < 1000; ++i) {
        send(publisher, i);
        EXPECT_EQ(receive_all(running), numbers(i, i + 1));
    }
    EXPECT_EQ(running.lost(), 0U);
    EXPECT_EQ(publisher.dropped(), 0U);
    EXPECT_EQ(receive_all(stopped), numbers(996, 1000));
    EXPECT_EQ(stopped.lost(), 996U);
    EXPECT_EQ(allocatable(name), 4U);
}

TEST(Isolation, PressureTakesOnlyAsMuchAsItNeedsFromTwoStoppedSubscribers)
{
    Name const name;
    auto       region = make(name, small_config(8, 64));
    Publisher  publisher(region);
    Subscriber one(region), two(region);
    send_range(publisher, 0, 9);
    EXPECT_EQ(receive_all(one), numbers(1, 9));
    EXPECT_EQ(receive_all(two), numbers(1, 9));
    EXPECT_EQ(one.lost(), 1U);
    EXPECT_EQ(two.lost(), 1U);
}

TEST(Isolation, AnIdlePublisherHoldsNoSlotOfASmallPool)
{
    Name const name;
    auto       region = make(name, small_config(4, 8));
    Publisher  idle(region), busy(region);
    Subscriber subscriber(region);
    send(idle, 1);
    EXPECT_EQ(receive_all(subscriber), numbers(1, 2));
    EXPECT_EQ(allocatable(name), 4U);
    send_range(busy, 0, 4);
    EXPECT_EQ(receive_all(subscriber), numbers(0, 4));
}

TEST(Isolation, RingsWithTheirMessagesAreReportedInStats)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber subscriber(region);
    send_range(publisher, 0, 11);
    subscriber.try_receive();
    auto const stats = region.stats();
    EXPECT_EQ(stats.rings.at(0).state, kickmsg::RingState::Live);
    EXPECT_EQ(stats.rings.at(0).received, 1U);
    EXPECT_EQ(stats.rings.at(0).lost, 3U);
    EXPECT_EQ(stats.rings.at(0).unread, 7U);
    EXPECT_EQ(stats.rings.at(0).evicted, 3U);
    EXPECT_EQ(stats.rings.at(1).state, kickmsg::RingState::Free);
    EXPECT_EQ(stats.pool_free, 64U - 7U) << "seven unread, four of them in slots that the publisher keeps";
    EXPECT_EQ(stats.pool_kept, 0U);
    EXPECT_EQ(stats.corrupt, 0U);
}
