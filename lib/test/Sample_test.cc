/// What a message says of itself: its publisher, its number, the time at which it was sent.
#include "small_world.h"
#include "support.h"

#include "kickmsg/Discovery.h"
#include "kickmsg/SequenceTracker.h"
#include "kickmsg/TypedPublisher.h"
#include "kickmsg/TypedSubscriber.h"
#include "kickmsg/os/Liveness.h"
#include "kickmsg/os/Time.h"

#include <cstdint>
#include <cstring>
#include <map>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::monotonic_ns;
using kickmsg::Publisher;
using kickmsg::SampleInfo;
using kickmsg::SequenceTracker;
using kickmsg::Subscriber;

namespace {

kickmsg::channel::Config timed_config(uint32_t alignment = 32)
{
    auto cfg              = small_config();
    cfg.send_time         = true;
    cfg.payload_alignment = alignment;
    return cfg;
}

/// What a subscriber got of each publisher.
struct Got {
    uint64_t count = 0;
    uint64_t last  = 0; ///< number
};

/// Receives all there is, by turns as a copy and in place.
void receive_into(std::map<uint64_t, Got>& got, Subscriber& subscriber, SequenceTracker& tracker)
{
    for (bool more = true; more;) {
        SampleInfo info;
        more = static_cast<bool>(subscriber.try_receive(info));
        for (int turn = 0; turn < 2 && more; ++turn) {
            Got& of = got[info.publisher];
            EXPECT_GT(info.sequence, of.last) << "out of order";
            EXPECT_EQ(tracker.note(info), of.count == 0 ? 0 : info.sequence - of.last - 1);
            of.last = info.sequence;
            ++of.count;
            if (turn == 0) {
                auto const view = subscriber.try_receive_view();
                more            = view.has_value();
                info            = view ? view->info() : info;
            }
        }
    }
}

struct NarrowPolicy : ObservedPolicy {
    static constexpr unsigned sequence_bits = 2;
};

} // namespace

TEST(Sample, NamesItsPublisherAndItsNumber)
{
    for (uint32_t const pool : {6U, 64U}) { // of a small one no slot is kept
        Name const name;
        auto       region = make(name, small_config(pool, 8));
        Subscriber subscriber(region);
        Publisher  one(region), other(region);
        for (uint64_t number = 1; number <= 20; ++number) {
            send(one, number);
            SampleInfo info;
            ASSERT_TRUE(subscriber.try_receive(info));
            EXPECT_EQ(info.publisher, one.incarnation());
            EXPECT_EQ(info.sequence, number);
            EXPECT_FALSE(info.sent_ns.has_value()) << "a time in a region without";
            void* const room = other.allocate(1);
            ASSERT_NE(room, nullptr);
            other.publish();
            auto const view = subscriber.receive_view(1h);
            ASSERT_TRUE(view);
            EXPECT_EQ(view->info().publisher, other.incarnation());
            EXPECT_EQ(view->info().sequence, number);
        }
        auto const participant = region.participant(other.incarnation());
        ASSERT_TRUE(participant);
        EXPECT_EQ(participant->kind, "publisher");
        EXPECT_EQ(participant->pid, kickmsg::os::process_id());
        EXPECT_TRUE(participant->alive);
    }
}

TEST(Sample, InfoStaysAsItIsWhereThereIsNoMessage)
{
    Name const name;
    auto       region = make(name);
    Subscriber subscriber(region);
    SampleInfo info{7, 8, 9};
    EXPECT_FALSE(subscriber.try_receive(info));
    EXPECT_FALSE(subscriber.receive(1ms, info));
    EXPECT_EQ(info.publisher + info.sequence + *info.sent_ns, 24U);
    Publisher publisher(region);
    send(publisher, 1);
    auto view  = subscriber.try_receive_view();
    auto moved = std::move(*view);
    EXPECT_EQ(moved.info().sequence, 1U);
    EXPECT_EQ(view->info().sequence, 0U); // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(view->info().publisher, 0U);
}

TEST(Sample, GapsInTheNumbersOfEachPublisherAreWhatWasLostOfIt)
{
    Name const      name;
    auto            region = make(name, small_config(64, 8));
    Subscriber      subscriber(region);
    Publisher       one(region), other(region);
    SequenceTracker tracker;
    send(one, 0);
    send(other, 0);
    std::map<uint64_t, Got> got;
    receive_into(got, subscriber, tracker);
    for (uint64_t round = 1; round < 40; ++round) {
        for (uint64_t i = 0; i < round % 7; ++i) {
            send(one, i);
        }
        for (uint64_t i = 0; i < round % 5; ++i) {
            send(other, i);
        }
        if (round % 3 == 0) {
            receive_into(got, subscriber, tracker);
        }
    }
    send(one, 0); // the last of each is there
    send(other, 0);
    receive_into(got, subscriber, tracker);
    uint64_t lost = 0;
    for (Publisher* const publisher : {&one, &other}) {
        Got const& of = got[publisher->incarnation()];
        EXPECT_EQ(of.last, publisher->sent());
        EXPECT_EQ(tracker.lost(publisher->incarnation()), publisher->sent() - of.count);
        EXPECT_NE(tracker.lost(publisher->incarnation()), 0U);
        lost += publisher->sent() - of.count;
    }
    EXPECT_EQ(lost, subscriber.lost());
    tracker.clear();
    EXPECT_EQ(tracker.lost(one.incarnation()), 0U);
}

TEST(Sample, GapsUnderPressureAreWhatWasGivenUp)
{
    Name const      name;
    auto            region = make(name, small_config(8, 16));
    Subscriber      subscriber(region), reader(region);
    Publisher       one(region), other(region);
    SequenceTracker tracker;
    send(one, 0);
    send(other, 0);
    std::map<uint64_t, Got> got;
    receive_into(got, subscriber, tracker);
    for (uint64_t i = 0; i < 30; ++i) { // the pool is smaller than the rings
        send(i % 3 == 0 ? one : other, i);
        if (i % 4 == 0) {
            EXPECT_TRUE(reader.try_receive());
        }
    }
    send(one, 0);
    send(other, 0);
    receive_into(got, subscriber, tracker);
    uint64_t const lost = tracker.lost(one.incarnation()) + tracker.lost(other.incarnation());
    EXPECT_EQ(lost, subscriber.lost());
    EXPECT_NE(lost, 0U);
    EXPECT_EQ(got[one.incarnation()].last, one.sent());
    EXPECT_EQ(got[other.incarnation()].last, other.sent());
}

TEST(Sample, NumbersBeginAnewWithTheNextPublisherOfARecord)
{
    Name const name;
    auto       cfg     = small_config();
    cfg.max_publishers = 1;
    auto       region  = make(name, cfg);
    Subscriber subscriber(region);
    uint64_t   before = 0;
    for (int turn = 0; turn < 3; ++turn) {
        Publisher publisher(region);
        EXPECT_GT(publisher.incarnation(), before) << "a number was used again";
        before = publisher.incarnation();
        send(publisher, 1);
        send(publisher, 2);
    }
    std::vector<uint64_t> numbers;
    SampleInfo            info;
    while (subscriber.try_receive(info)) {
        numbers.push_back(info.sequence);
    }
    EXPECT_EQ(numbers, (std::vector<uint64_t>{1, 2, 1, 2, 1, 2}));
}

TEST(Sample, NumbersThatOutgrowTheirWordGoOnInThatOfTheOwner)
{
    using NarrowLayout = ArrayLayout<NarrowPolicy>;
    for (uint32_t const keep : {0U, 2U}) {
        NarrowLayout     layout(1, 4, 6, 4);
        core::Seat const seat = core::Membership<NarrowPolicy, NarrowLayout>(layout, {0, 1}).join();
        core::Receiver<NarrowPolicy, NarrowLayout> receiver(layout, seat.ring, 0, seat.start);
        core::Sender<NarrowPolicy, NarrowLayout>   sender(layout, {1, 2}, keep);
        core::Sender<NarrowPolicy, NarrowLayout>   other(layout, {2, 3}, 0);
        for (uint64_t number = 1; number <= 40; ++number) {
            ASSERT_TRUE(sender.borrow());
            sender.publish(8);
            core::Taken const taken = receiver.take();
            ASSERT_TRUE(taken);
            EXPECT_EQ(receiver.origin(taken.slot).sequence, number);
            EXPECT_EQ(receiver.origin(taken.slot).publisher, 2U);
            receiver.drop_by_receiver(taken);
        }
        sender.give_back();
        ASSERT_TRUE(other.borrow());
        other.publish(8);
        core::Taken const taken = receiver.take();
        EXPECT_EQ(receiver.origin(taken.slot).sequence, 1U) << "what the slot's last publisher had counted";
        EXPECT_EQ(receiver.origin(taken.slot).publisher, 3U);
    }
}

/// To a sweep, and to a publisher under pressure, the owner is the same whatever its numbers.
TEST(Sample, ASlotWhoseOwnerHasSentMuchIsStillKeptByTheLiving)
{
    Swept w;
    w.need(References::kept);
    w.layout.slot(0).owner.store(core::OriginWord<Policy>::make(uint64_t{5} << 32, 3), relaxed);
    EXPECT_EQ(w.repair().orphans, 0U) << "a living publisher was robbed";
    w.env.dead.insert(3);
    EXPECT_EQ(w.repair().orphans, 1U) << "what the dead kept stays";
}

TEST(Sample, HasTheTimeOfSendingWhereTheRegionAsksForIt)
{
    Name const name;
    auto       region = make(name, timed_config());
    EXPECT_TRUE(region.info().send_time);
    ASSERT_EQ(kickmsg::list(name).size(), 1U);
    EXPECT_TRUE(kickmsg::list(name)[0].config.send_time);
    Subscriber subscriber(region);
    Publisher  publisher(region);
    uint64_t   before = monotonic_ns();
    for (int i = 0; i < 20; ++i) {
        send(publisher, 1);
        EXPECT_EQ(publisher.try_send("x", 1), 1);
        ASSERT_NE(publisher.allocate(4), nullptr);
        publisher.publish();
        ASSERT_NE(publisher.try_allocate(4), nullptr);
        EXPECT_EQ(publisher.try_publish(), 1);
        uint64_t const after = monotonic_ns();
        for (int message = 0; message < 4; ++message) {
            SampleInfo info;
            if (message % 2 == 0) {
                ASSERT_TRUE(subscriber.receive(1h, info));
            } else {
                auto const view = subscriber.try_receive_view();
                ASSERT_TRUE(view);
                info = view->info();
            }
            ASSERT_TRUE(info.sent_ns);
            EXPECT_GE(*info.sent_ns, before) << "not of this message";
            EXPECT_LE(*info.sent_ns, after) << "later than its sending";
            before = *info.sent_ns;
        }
    }
}

TEST(Sample, TimeTakesNoByteOfThePayloadAndNoneOfItsAlignment)
{
    for (uint32_t const alignment : {1U, 8U, 32U, 64U, 4096U}) {
        Name const name;
        auto       cfg    = timed_config(alignment);
        auto       region = make(name, cfg);
        auto       plain  = cfg;
        plain.send_time   = false;
        EXPECT_EQ(region.info().footprint, kickmsg::channel::footprint(cfg));
        EXPECT_GE(kickmsg::channel::footprint(cfg), kickmsg::channel::footprint(plain));
        if (alignment > 32) {
            EXPECT_EQ(kickmsg::channel::footprint(cfg), kickmsg::channel::footprint(plain)) << "there was room for it";
        }
        Subscriber        subscriber(region);
        Publisher         publisher(region);
        std::string const full(256, 'x');
        for (int i = 0; i < 70; ++i) { // each slot, and its neighbour
            uint64_t const before = monotonic_ns();
            void* const    room   = publisher.allocate(full.size());
            ASSERT_NE(room, nullptr);
            EXPECT_EQ(reinterpret_cast<uintptr_t>(room) % alignment, 0U);
            std::memcpy(room, full.data(), full.size());
            publisher.publish();
            auto const view = subscriber.try_receive_view();
            ASSERT_TRUE(view);
            EXPECT_EQ(std::string(static_cast<char const*>(view->data()), view->len()), full);
            EXPECT_GE(view->info().sent_ns.value_or(0), before);
            EXPECT_LE(view->info().sent_ns.value_or(~uint64_t{0}), monotonic_ns());
        }
    }
}

TEST(Sample, OfATypeSaysTheSame)
{
    using kickmsg::TypedPublisher;
    using kickmsg::TypedSubscriber;
    Name const                name;
    auto                      region = make(name, timed_config());
    TypedSubscriber<uint32_t> subscriber(region);
    TypedPublisher<uint32_t>  publisher(region);
    Publisher                 raw(region);
    EXPECT_EQ(raw.send("malformed", 9), 9);
    EXPECT_EQ(publisher.send(11), 4);
    SampleInfo info;
    auto const sample = subscriber.try_receive(info);
    ASSERT_TRUE(sample);
    EXPECT_EQ(**sample, 11U);
    EXPECT_EQ(info.publisher, publisher.incarnation());
    EXPECT_EQ(info.sequence, 1U);
    EXPECT_TRUE(info.sent_ns);
    SampleInfo const before = info;
    EXPECT_EQ(raw.send("malformed", 9), 9);
    EXPECT_FALSE(subscriber.receive(1ms, info));
    EXPECT_EQ(info.sequence, before.sequence) << "of a message that was passed over";
    EXPECT_EQ(info.publisher, before.publisher);
    publisher.loan(12).publish();
    auto const view = subscriber.try_receive_view();
    ASSERT_TRUE(view);
    EXPECT_EQ(view->info().sequence, 2U);
    EXPECT_EQ(publisher.send(13), 4);
    ASSERT_TRUE(subscriber.receive(1h, info));
    EXPECT_EQ(info.sequence, 3U);
}
