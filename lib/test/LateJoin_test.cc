/// Regions that keep a history: what a subscriber gets that comes late, and what it costs those that are there.
#include "support.h"

#include "kickmsg/Inspect.h"
#include "kickmsg/Node.h"
#include "kickmsg/WaitSet.h"

#include <cerrno>
#include <cstring>
#include <numeric>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::ErrorCode;
using kickmsg::Node;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using kickmsg::channel::Config;

namespace {

using Values = std::vector<uint64_t>;

Config remembering(uint32_t history, uint32_t pool = 64, uint32_t capacity = 8, uint32_t subscribers = 4)
{
    Config cfg         = small_config(pool, capacity, subscribers);
    cfg.max_publishers = 2;
    cfg.history        = history;
    return cfg;
}

Values from_to(uint64_t first, uint64_t last)
{
    Values values(last - first + 1);
    std::iota(values.begin(), values.end(), first);
    return values;
}

void send_all(Publisher& publisher, Values const& values)
{
    for (uint64_t const value : values) {
        send(publisher, value);
    }
}

int32_t try_send(Publisher& publisher, uint64_t value)
{
    return publisher.try_send(&value, sizeof(value));
}

/// Nobody is there, and nothing but the last messages is held.
void expect_only_history(SharedRegion const& region, uint64_t slots, uint64_t remembered)
{
    auto const stats = region.stats();
    EXPECT_EQ(stats.pool_history, remembered);
    EXPECT_EQ(stats.pool_free + stats.pool_history, slots) << "a slot is lost, or one too many is held";
    EXPECT_EQ(stats.corrupt, 0U);
    auto const health = region.diagnose();
    EXPECT_EQ(health.orphaned_slots + health.dead_participants, 0U);
    auto const report = kickmsg::inspect(region.name());
    ASSERT_TRUE(report.pool);
    EXPECT_EQ(report.pool->history, remembered);
    EXPECT_EQ(report.pool->free, slots - remembered);
    EXPECT_EQ(report.pool->orphaned, 0U);
}

} // namespace

TEST(LateJoin, TheLastMessagesComeFirstAndThenAll)
{
    Name const name;
    auto const region = make(name, remembering(3));
    Publisher  publisher(region);
    send_all(publisher, from_to(1, 5));
    Subscriber subscriber(region);
    EXPECT_EQ(receive_all(subscriber), from_to(3, 5));
    send_all(publisher, from_to(6, 7));
    EXPECT_EQ(receive_all(subscriber), from_to(6, 7));
    EXPECT_EQ(subscriber.lost(), 0U);
}

TEST(LateJoin, FewerComeWhereFewerWereSent)
{
    Name const name;
    auto const region = make(name, remembering(3));
    Subscriber early(region);
    EXPECT_FALSE(early.try_receive()) << "nobody has sent";
    Publisher publisher(region);
    send(publisher, 1);
    Subscriber late(region);
    EXPECT_EQ(receive_all(late), from_to(1, 1));
    EXPECT_EQ(receive_all(early), from_to(1, 1));
}

TEST(LateJoin, OutlivesItsPublishers)
{
    Name const name;
    auto const region = make(name, remembering(2));
    {
        Publisher publisher(region);
        send_all(publisher, from_to(1, 5));
    }
    expect_only_history(region, 66, 2);
    for (int turn = 0; turn < 3; ++turn) {
        Subscriber subscriber(region);
        EXPECT_EQ(receive_all(subscriber), from_to(4, 5));
    }
    expect_only_history(region, 66, 2);
}

TEST(LateJoin, OneMessageIsEnoughForTheLatestValue)
{
    Name const name;
    auto const region = make(name, remembering(1));
    Publisher  publisher(region);
    for (uint64_t value = 1; value <= 20; ++value) {
        send(publisher, value);
        Subscriber subscriber(region);
        EXPECT_EQ(receive_all(subscriber), from_to(value, value));
    }
}

TEST(LateJoin, AllocatedMessagesAreRemembered)
{
    Name const name;
    auto const region    = make(name, remembering(2));
    Publisher  publisher = Publisher(region);
    for (uint64_t value = 1; value <= 3; ++value) {
        void* const memory = publisher.allocate(sizeof(value));
        ASSERT_NE(memory, nullptr);
        std::memcpy(memory, &value, sizeof(value));
        EXPECT_EQ(publisher.publish(sizeof(value)), 0U) << "nobody is there";
    }
    ASSERT_NE(publisher.allocate(8), nullptr);
    EXPECT_EQ(publisher.publish(9), 0U) << "longer than what was allocated";
    publisher.abandon();
    EXPECT_EQ(publisher.publish(), 0U) << "nothing is allocated";
    Subscriber subscriber(region);
    EXPECT_EQ(receive_all(subscriber), from_to(2, 3));
    EXPECT_EQ(publisher.sent(), 3U);
}

TEST(LateJoin, AViewOfAnOldMessageStaysWhole)
{
    Name const name;
    auto const region = make(name, remembering(2));
    Publisher  publisher(region);
    send_all(publisher, from_to(1, 2));
    Subscriber subscriber(region);
    auto const view = subscriber.try_receive_view();
    ASSERT_TRUE(view);
    EXPECT_EQ(view->info().sequence, 1U);
    EXPECT_EQ(view->info().publisher, publisher.incarnation());
    send_all(publisher, from_to(3, 60));
    uint64_t value = 0;
    std::memcpy(&value, view->data(), sizeof(value));
    EXPECT_EQ(value, 1U) << "it was overwritten under its reader";
}

TEST(LateJoin, IsThereForAWaitSet)
{
    Name const name;
    auto const region = make(name, remembering(2));
    Publisher  publisher(region);
    send(publisher, 1);
    Subscriber       subscriber(region);
    kickmsg::WaitSet set;
    set.add(subscriber, 7);
    EXPECT_EQ(set.wait(0ns).size(), 1U);
}

TEST(LateJoin, FillsARingAndIsOverwrittenFirst)
{
    Name const name;
    auto const region = make(name, remembering(7));
    Publisher  publisher(region);
    send_all(publisher, from_to(1, 7));
    Subscriber subscriber(region);
    send_all(publisher, from_to(8, 10));
    EXPECT_EQ(receive_all(subscriber), from_to(3, 10));
    EXPECT_EQ(subscriber.lost(), 2U);
}

TEST(LateJoin, TheSlotsOfTheHistoryAreOnTopOfThePool)
{
    Name const name;
    Config     cfg    = remembering(5, 16);
    auto const region = make(name, cfg);
    EXPECT_EQ(region.stats().pool_free, 16U + 8U);
    EXPECT_EQ(region.info().pool_size, 16U);
    EXPECT_EQ(region.info().history, 5U);
    EXPECT_GT(region.info().footprint, kickmsg::channel::footprint(remembering(0, 16)));
    EXPECT_EQ(region.info().footprint, kickmsg::channel::footprint(cfg));
    cfg.history      = 4;
    auto const error = error_of([&] { SharedRegion::create_or_open(name, kickmsg::channel::PubSub, cfg); });
    EXPECT_EQ(error.code(), ErrorCode::Mismatch);
    EXPECT_NE(std::string(error.what()).find("history is 5, expected 4"), std::string::npos) << error.what();
}

TEST(LateJoin, AnEmptyPoolTakesFromTheHistoryLast)
{
    Name const name;
    auto const region = make(name, remembering(4, 4, 8, 2)); // eight slots
    Publisher  publisher(region);
    Subscriber slow(region);
    for (uint64_t value = 1; value <= 100; ++value) {
        send(publisher, value);
    }
    EXPECT_EQ(receive_all(slow), from_to(93, 100)) << "messages were given up in its ring for nothing";
    Subscriber late(region);
    EXPECT_EQ(receive_all(late), from_to(97, 100));
}

TEST(LateJoin, EverythingComesBackUnderPressure)
{
    Name const name;
    auto       region = make(name, remembering(4, 3, 8, 3));
    {
        Publisher one(region);
        Publisher other(region);
        for (uint64_t turn = 0; turn < 50; ++turn) {
            Subscriber first(region);
            send_all(one, from_to(3 * turn + 1, 3 * turn + 2));
            Subscriber second(region);
            send(other, 3 * turn + 3);
            Values const got = receive_all(second);
            ASSERT_FALSE(got.empty());
            EXPECT_EQ(got, from_to(3 * turn + 4 - got.size(), 3 * turn + 3));
            auto const view = first.try_receive_view();
            EXPECT_TRUE(view);
        }
    }
    expect_only_history(region, 7, 4);
    EXPECT_EQ(region.recover().slots, 0U);
}

TEST(LateJoin, WhatIsRefusedIsInNoHistory)
{
    Name const name;
    auto const region = make(name, remembering(2, 64, 4, 2));
    Publisher  publisher(region);
    Subscriber full(region);
    for (uint64_t value = 1; value <= 4; ++value) {
        EXPECT_EQ(try_send(publisher, value), 8);
    }
    EXPECT_EQ(try_send(publisher, 5), -EAGAIN);
    EXPECT_EQ(publisher.pending(), 0U);
    EXPECT_EQ(publisher.sent(), 4U);
    Subscriber late(region);
    EXPECT_EQ(receive_all(late), from_to(3, 4));
    EXPECT_EQ(receive_all(full), from_to(1, 4));
    EXPECT_EQ(try_send(publisher, 5), 8);
    EXPECT_EQ(receive_all(full), from_to(5, 5));
    EXPECT_EQ(receive_all(late), from_to(5, 5));
    EXPECT_EQ(full.lost() + late.lost(), 0U);
}

TEST(LateJoin, WhatWasTakenOverCountsAsUnreadForASenderThatOverwritesNothing)
{
    Name const name;
    auto const region = make(name, remembering(3, 64, 4, 2));
    Publisher  publisher(region);
    send_all(publisher, from_to(1, 3));
    Subscriber late(region);
    EXPECT_EQ(try_send(publisher, 4), 8);
    EXPECT_EQ(try_send(publisher, 5), -EAGAIN) << "three from before and one";
    EXPECT_EQ(receive_all(late), from_to(1, 4));
    EXPECT_EQ(late.lost(), 0U);
}

TEST(LateJoin, AllocationsThatOverwriteNothing)
{
    Name const name;
    auto const region = make(name, remembering(2, 64, 4, 2));
    Publisher  publisher(region);
    EXPECT_EQ(publisher.try_publish(), -EINVAL);
    for (uint64_t value = 1; value <= 3; ++value) {
        void* const memory = publisher.try_allocate(sizeof(value));
        ASSERT_NE(memory, nullptr);
        std::memcpy(memory, &value, sizeof(value));
        EXPECT_EQ(publisher.try_publish(sizeof(value)), 0);
    }
    Subscriber late(region);
    EXPECT_EQ(receive_all(late), from_to(2, 3));
    EXPECT_EQ(publisher.send_until("12345678", 8, 1s), 8);
    EXPECT_TRUE(late.try_receive());
}

TEST(LateJoin, OnABroadcastChannel)
{
    Node       node("late", prefix());
    auto const cfg = remembering(2);
    auto       one = node.join_broadcast("channel", cfg);
    send_all(one.pub, from_to(1, 3));
    auto other = node.join_broadcast("channel", cfg);
    EXPECT_EQ(receive_all(other.sub), from_to(2, 3));
    node.unlink_broadcast("channel");
}

TEST(LateJoin, IsRefusedForMailboxes)
{
    Node       node("late", prefix());
    auto const error = error_of([&] { node.create_mailbox("box", remembering(2)); });
    EXPECT_EQ(error.code(), ErrorCode::InvalidConfig);
    EXPECT_EQ(error.object(), "Config::history");
    EXPECT_NE(std::string(error.what()).find("expected 0 for a mailbox"), std::string::npos) << error.what();
}

TEST(LateJoin, ASubscriberThatMovesGetsTheHistoryOfWhereItMovesTo)
{
    Node       node("late", prefix());
    auto const cfg        = remembering(3);
    Subscriber subscriber = node.subscribe_or_create("moved"); // provisional, without a history
    Publisher  publisher  = node.advertise("moved", cfg);
    send_all(publisher, from_to(1, 2)); // before it has moved
    auto const first = subscriber.receive(10s);
    ASSERT_TRUE(first);
    EXPECT_EQ(receive_all(subscriber), from_to(2, 2));
    EXPECT_EQ(subscriber.moves(), 1U);
    node.unlink_topic("moved");
}

TEST(LateJoin, ARestartedPublisherKeepsTheHistoryWhereItJoins)
{
    Node       node("late", prefix());
    auto const cfg = remembering(3);
    {
        Publisher first = node.advertise("restarted", cfg);
        send_all(first, from_to(1, 2));
        auto const kept   = keep(node.topic_region("restarted"));
        first             = node.advertise_or_join("other", cfg); // the topic is nobody's
        Publisher  second = node.advertise_or_join("restarted", cfg);
        Subscriber late   = node.subscribe("restarted");
        EXPECT_EQ(receive_all(late), from_to(1, 2));
    }
    Publisher  anew = node.advertise("restarted", cfg); // nobody takes part in it: it is made anew
    Subscriber late = node.subscribe("restarted");
    EXPECT_TRUE(receive_all(late).empty());
    node.unlink_topic("restarted");
    node.unlink_topic("other");
}

TEST(LateJoin, APublisherFollowsItsNameBetweenMessages)
{
    Node       node("late", prefix());
    auto const cfg       = remembering(2);
    Publisher  publisher = node.advertise("followed", cfg);
    send(publisher, 1);
    void* const memory = publisher.allocate(8);
    ASSERT_NE(memory, nullptr);
    node.unlink_topic("followed");
    Subscriber     subscriber = node.subscribe_or_create("followed", cfg);
    uint64_t const value      = 2;
    std::memcpy(memory, &value, sizeof(value));
    publisher.publish(); // where it was allocated
    EXPECT_EQ(publisher.moves(), 0U);
    for (uint64_t i = 3; publisher.moves() == 0 && i < 100000; ++i) {
        send(publisher, i);
    }
    EXPECT_EQ(publisher.moves(), 1U);
    EXPECT_FALSE(receive_all(subscriber).empty());
    node.unlink_topic("followed");
}
