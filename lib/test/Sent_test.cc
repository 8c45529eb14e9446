/// Counts of messages sent: of a region and of each publisher, over joins, leaves, deaths and recoveries.
#include "small_world.h"
#include "support.h"

#include "kickmsg/Discovery.h"
#include "kickmsg/Node.h"
#include "kickmsg/TypedPublisher.h"
#include "kickmsg/core/ReliableSender.h"

#include <cerrno>

using namespace kickmsg_test;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;

namespace {

using ReliableSender = core::ReliableSender<Policy, Layout>;
using SentCount      = core::SentCount<Policy>;

kickmsg::channel::Config of_publishers(uint32_t most)
{
    auto cfg           = small_config();
    cfg.max_publishers = most;
    return cfg;
}

void send_many(Publisher& publisher, uint64_t count)
{
    for (uint64_t i = 0; i < count; ++i) {
        send(publisher, i);
    }
}

/// What stats() and list() say that the participant `incarnation` has sent; all ones where it is not listed.
uint64_t own_sent(SharedRegion const& region, uint64_t incarnation)
{
    uint64_t   in_stats = ~uint64_t{0};
    uint64_t   in_list  = ~uint64_t{0};
    auto const note     = [incarnation](auto const& participants, uint64_t& sent) {
        for (auto const& participant : participants) {
            sent = participant.incarnation == incarnation ? participant.sent : sent;
        }
    };
    note(region.stats().participants, in_stats);
    auto const listed = kickmsg::list(region.name());
    EXPECT_EQ(listed.size(), 1U);
    for (auto const& entry : listed) {
        note(entry.participants, in_list);
    }
    auto const single = region.participant(incarnation);
    EXPECT_EQ(single.has_value(), in_stats != ~uint64_t{0});
    EXPECT_EQ(in_stats, in_list);
    EXPECT_EQ(single ? single->sent : in_stats, in_stats);
    return in_stats;
}

/// What stats() and list() say that was sent into the region.
uint64_t all_sent(SharedRegion const& region)
{
    uint64_t const sent   = region.stats().sent;
    auto const     listed = kickmsg::list(region.name());
    EXPECT_EQ(listed.size(), 1U);
    for (auto const& entry : listed) {
        EXPECT_EQ(entry.sent, sent);
    }
    return sent;
}

/// Two rings, both with a receiver; record 2 sends.
struct Ends : SmallWorld {
    Ends() : one(join(0)), other(join(1)), sender(layout, self(2), 2)
    {
        enroll(2);
        enroll(3);
    }
    uint64_t count()
    {
        return SentCount(layout.record(2)).total();
    }

    Receiver       one, other;
    ReliableSender sender;
};

} // namespace

TEST(Sent, CountsGoOnOverJoinsAndLeavesOfPublishers)
{
    Name const name;
    auto const region = make(name, of_publishers(1));
    EXPECT_EQ(all_sent(region), 0U);
    uint64_t all = 0;
    for (uint64_t turn = 1; turn <= 3; ++turn) { // each in the record of the one before
        Publisher publisher(region);
        EXPECT_EQ(all_sent(region), all) << "joining changed it";
        EXPECT_EQ(own_sent(region, publisher.incarnation()), 0U) << "it has what the one before has sent";
        EXPECT_EQ(publisher.sent(), 0U);
        send_many(publisher, turn);
        all += turn;
        EXPECT_EQ(all_sent(region), all);
        EXPECT_EQ(own_sent(region, publisher.incarnation()), turn);
        EXPECT_EQ(publisher.sent(), turn);
    }
    EXPECT_EQ(all_sent(region), all) << "leaving changed it";
}

TEST(Sent, CountsOfSeveralPublishersAreTheirOwn)
{
    Name const name;
    auto const region = make(name);
    Publisher  one(region);
    send_many(one, 2);
    Subscriber const subscriber(region);
    Publisher        other(region);
    send_many(other, 5);
    send_many(one, 1);
    EXPECT_EQ(own_sent(region, one.incarnation()), 3U);
    EXPECT_EQ(own_sent(region, other.incarnation()), 5U);
    EXPECT_EQ(all_sent(region), 8U);
    for (auto const& participant : region.stats().participants) {
        EXPECT_TRUE(participant.kind == "publisher" || participant.sent == 0) << participant.kind;
    }
}

KICKMSG_CHILD(sends_three_and_waits)
{
    auto      region = SharedRegion::open(texts[0]);
    Publisher publisher(region);
    send_many(publisher, 3);
    self.pause();
    return 0;
}

TEST(Sent, ADeathAndARecoveryChangeNoCount)
{
    Name const name;
    auto       region = make(name, of_publishers(1));
    Subscriber subscriber(region);
    Child      child(sends_three_and_waits, {name});
    child.wait_ready();
    kickmsg::SampleInfo info;
    ASSERT_TRUE(subscriber.try_receive(info));
    EXPECT_EQ(own_sent(region, info.publisher), 3U);
    child.kill();
    EXPECT_EQ(own_sent(region, info.publisher), 3U);
    EXPECT_EQ(all_sent(region), 3U);
    EXPECT_EQ(region.recover().participants, 2U) << "the publisher, and its open region";
    EXPECT_FALSE(region.participant(info.publisher).has_value());
    EXPECT_EQ(all_sent(region), 3U);
    Publisher next(region);
    EXPECT_EQ(own_sent(region, next.incarnation()), 0U);
    send_many(next, 2);
    EXPECT_EQ(own_sent(region, next.incarnation()), 2U);
    EXPECT_EQ(all_sent(region), 5U);
}

TEST(Sent, ANewcomerThatTakesTheRecordOfTheDeadHasSentNothing)
{
    SmallWorld w;
    Lives      env;
    w.enroll(2);
    {
        Sender sender(w.layout, SmallWorld::self(2), 0);
        w.send(sender);
        w.send(sender);
    }
    env.dead.insert(3);
    core::Self self{0, 77};
    ASSERT_TRUE(Registry(w.layout).adopt(2, 1, self, env));
    SentCount const count(w.layout.record(2));
    EXPECT_EQ(count.own(77), 0U) << "between its record and its first step";
    Sender sender(w.layout, self, 0);
    EXPECT_EQ(count.own(77), 0U);
    w.send(sender);
    EXPECT_EQ(count.own(77), 1U);
    EXPECT_EQ(count.own(3), 0U) << "that has no record any more";
    EXPECT_EQ(count.total(), 3U);
}

TEST(Sent, AMessageCountsBeforeItCanBeHad)
{
    Ends w;
    for (uint64_t number = 1; number <= 3; ++number) {
        ASSERT_TRUE(w.sender.borrow());
        Before const delivery(&w.layout.entry(0, number - 1), true, [&] { EXPECT_EQ(w.count(), number); });
        w.sender.publish(8);
    }
}

TEST(Sent, AMessageThatOverwritesNothingCountsWhenItCannotBeTakenBack)
{
    Ends w;
    ASSERT_TRUE(w.sender.borrow());
    {
        uint64_t       deliveries = 0;
        Observer const observer([&](void const* word, bool exchange) {
            if (exchange && (word == &w.layout.entry(0, 0) || word == &w.layout.entry(1, 0))) {
                EXPECT_EQ(w.count(), deliveries++) << "0 until one ring has it";
            }
        });
        EXPECT_EQ(w.sender.offer(8).rings, 2U);
        EXPECT_EQ(deliveries, 2U);
    }
    EXPECT_EQ(w.count(), 1U);
}

TEST(Sent, AMessageThatWasTakenBackCountsNotAndGivesItsNumberToTheNext)
{
    Ends   w;
    Sender rival(w.layout, SmallWorld::self(3), 0);
    w.send(rival);
    w.send(rival);
    w.send(rival);
    ASSERT_TRUE(w.sender.borrow());
    {
        // the last place of both rings goes between look and delivery
        Before const race(&w.layout.slot(w.sender.slot()).references, false, [&] { w.send(rival); });
        EXPECT_NE(w.sender.offer(8).full, 0U);
    }
    EXPECT_EQ(w.count(), 0U);
    EXPECT_EQ(w.sender.sent(), 0U);
    for (Receiver* const receiver : {&w.one, &w.other}) {
        while (core::Taken const taken = receiver->take()) {
            receiver->drop_by_receiver(taken);
        }
    }
    EXPECT_EQ(w.sender.offer(8).rings, 2U);
    EXPECT_EQ(w.count(), 1U);
    core::Taken const taken = w.one.take();
    ASSERT_TRUE(taken);
    EXPECT_EQ(w.one.origin(taken.slot).sequence, 1U);
}

TEST(Sent, WhatIsRefusedIsNotCountedAndWhatNobodyHearsIs)
{
    Name const name;
    auto       region = make(name, small_config(64, 2));
    Publisher  publisher(region);
    send_many(publisher, 3);
    EXPECT_EQ(publisher.sent(), 3U) << "to nobody";
    EXPECT_EQ(publisher.try_send("x", 1), 1);
    EXPECT_EQ(publisher.sent(), 4U) << "to nobody";
    Subscriber        subscriber(region);
    std::string const long_one(257, 'x');
    EXPECT_EQ(publisher.send(long_one.data(), long_one.size()), -EMSGSIZE);
    EXPECT_EQ(publisher.try_send("x", 1), 1);
    EXPECT_EQ(publisher.try_send("x", 1), 1);
    EXPECT_EQ(publisher.try_send("x", 1), -EAGAIN);
    ASSERT_NE(publisher.allocate(1), nullptr);
    publisher.abandon();
    EXPECT_EQ(publisher.publish(), 0U);
    EXPECT_EQ(publisher.sent(), 6U);
    EXPECT_EQ(all_sent(region), 6U);
    kickmsg::SampleInfo info;
    ASSERT_TRUE(subscriber.try_receive(info));
    EXPECT_EQ(info.sequence, 5U);
    send_many(publisher, 1);
    ASSERT_TRUE(subscriber.try_receive(info));
    ASSERT_TRUE(subscriber.try_receive(info));
    EXPECT_EQ(info.sequence, 7U) << "a refused message took a number";
}

TEST(Sent, OfAPublisherThatFollowsItsNameIsTheSum)
{
    Name const    name("follow");
    kickmsg::Node node("node", name.str().substr(1));
    auto          publisher = node.advertise("t", small_config());
    send_many(publisher, 2);
    auto const first = publisher.incarnation();
    node.unlink_topic("t");
    auto subscriber = node.subscribe_or_create("t", small_config());
    for (int i = 0; i < 1000 && publisher.moves() == 0; ++i) {
        send_many(publisher, 1);
        kickmsg::sleep(std::chrono::milliseconds(1));
    }
    ASSERT_EQ(publisher.moves(), 1U);
    uint64_t const before = publisher.sent();
    send_many(publisher, 3);
    EXPECT_EQ(publisher.sent(), before + 3);
    (void)first; // a number of another region
    uint64_t            last = 0;
    kickmsg::SampleInfo info;
    while (subscriber.try_receive(info)) {
        last = info.sequence;
        EXPECT_EQ(info.publisher, publisher.incarnation());
    }
    EXPECT_GE(last, 3U);
    EXPECT_LT(last, publisher.sent()) << "its numbers begin anew";
    node.unlink_topic("t");
}

TEST(Sent, OfAHandleThatIsGoneIsNothing)
{
    Name const name;
    auto const region = make(name);
    Publisher  publisher(region);
    send_many(publisher, 1);
    Publisher moved = std::move(publisher);
    EXPECT_EQ(publisher.sent(), 0U); // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(publisher.incarnation(), 0U);
    EXPECT_EQ(moved.sent(), 1U);
    EXPECT_FALSE(region.participant(0).has_value());
    kickmsg::TypedPublisher<uint64_t> typed(region);
    EXPECT_EQ(typed.send(1), 8);
    EXPECT_EQ(typed.sent(), 1U);
    EXPECT_EQ(typed.incarnation(), typed.raw().incarnation());
}
