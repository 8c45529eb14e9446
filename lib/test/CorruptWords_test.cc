/// A live region whose shared words are overwritten by somebody else: no operation leaves the mapping, what it costs is
/// counted, and the free stack is healed.
#include "AutomaticRecovery.h"
#include "raw_region.h"
#include "support.h"

#include "kickmsg/core/Words.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <random>
#include <thread>

using namespace kickmsg_test;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using Entry      = kickmsg::core::EntryWord<kickmsg::detail::Policy>;
using Head       = kickmsg::core::TaggedSlot<kickmsg::detail::Policy>;
using References = kickmsg::core::References<kickmsg::detail::Policy>;

namespace {

/// A region with a publisher, a subscriber, and a second mapping to spoil it through. Too small a pool for kept slots,
/// so that every number follows from the calls.
struct Spoiled {
    explicit Spoiled(uint32_t pool_size = 12, uint32_t capacity = 4)
        : region(make(name, small_config(pool_size, capacity))), publisher(region), subscriber(region), raw(name)
    {
    }

    /// The entry of ring 0 that the message sent last lies in.
    std::atomic<uint64_t>& last_entry()
    {
        return raw.layout().entry(0, raw.layout().ring(0).tail.load() - 1);
    }
    std::atomic<uint64_t>& next_entry()
    {
        return raw.layout().entry(0, raw.layout().ring(0).tail.load());
    }
    uint64_t corrupt()
    {
        return region.stats().corrupt;
    }

    Name         name;
    SharedRegion region;
    Publisher    publisher;
    Subscriber   subscriber;
    RawRegion    raw;
};

uint64_t with_slot(uint64_t entry, uint32_t slot)
{
    return (entry & ~uint64_t{kickmsg::core::no_slot}) | slot;
}

/// Takes back what no living participant accounts for, and says what the pool is worth then.
std::size_t healed(Spoiled& s)
{
    s.region.reclaim_orphaned_slots();
    return allocatable(s.name);
}

} // namespace

TEST(CorruptWords, SlotIndexInAnEntryIsALossAndIsCounted)
{
    for (uint32_t slot : {12U, 1000000U, kickmsg::core::no_slot}) {
        Spoiled s;
        send(s.publisher, 1);
        s.last_entry().store(with_slot(s.last_entry().load(), slot));
        send(s.publisher, 2);
        EXPECT_EQ(receive_all(s.subscriber), std::vector<uint64_t>{2});
        EXPECT_EQ(s.subscriber.lost(), 1U);
        EXPECT_EQ(s.corrupt(), 1U);
    }
}

TEST(CorruptWords, SlotIndexInAnEntryIsPassedOverByAnOverflowingPublisher)
{
    Spoiled s;
    for (uint64_t i = 0; i < 4; ++i) {
        send(s.publisher, i);
    }
    s.next_entry().store(with_slot(s.next_entry().load(), 12)); // the oldest message, evicted by the next
    send(s.publisher, 4);
    EXPECT_EQ(s.corrupt(), 1U);
    EXPECT_EQ(receive_all(s.subscriber), (std::vector<uint64_t>{1, 2, 3, 4}));
    EXPECT_EQ(s.subscriber.lost(), 1U);
}

TEST(CorruptWords, LapInTheFutureIsALossOfAllThatItSkips)
{
    Spoiled        s;
    uint64_t const start = s.region.stats().rings[0].position;
    send(s.publisher, 1);
    uint64_t const lap = start / 4;
    s.last_entry().store(Entry::make_full(lap + 100, Entry::slot(s.last_entry().load())));
    EXPECT_TRUE(receive_all(s.subscriber).size() <= 1);
    // The reader moves to the oldest position that a ring with that lap could still hold: three before it.
    EXPECT_EQ(s.subscriber.lost(), 100U * 4 - 3);
}

TEST(CorruptWords, LapInThePastIsWrittenOverAndCounted)
{
    Spoiled        s;
    uint64_t const lap = s.region.stats().rings[0].position / 4;
    s.next_entry().store(Entry::make_consumed(lap - 5));
    for (uint64_t i = 0; i < 10; ++i) {
        send(s.publisher, i);
        EXPECT_EQ(receive_all(s.subscriber), std::vector<uint64_t>{i});
    }
    EXPECT_EQ(s.corrupt(), 1U);
    EXPECT_EQ(s.subscriber.lost(), 0U);
    EXPECT_EQ(s.region.stats().pool_free, 12U);
}

TEST(CorruptWords, LapInTheFutureLeadsTheRingOnAndDeafensNobody)
{
    Spoiled        s;
    uint64_t const lap = s.region.stats().rings[0].position / 4;
    s.next_entry().store(Entry::make_consumed(lap + 100));
    uint64_t received = 0;
    for (uint64_t i = 0; i < 20; ++i) {
        send(s.publisher, i);
        received += receive_all(s.subscriber).size();
    }
    EXPECT_GE(received, 16U) << "less than a ring is out of sight";
    send(s.publisher, 7);
    EXPECT_EQ(receive_all(s.subscriber), std::vector<uint64_t>{7});
    EXPECT_GE(s.corrupt(), 1U);
}

TEST(CorruptWords, PayloadLengthIsALossAndIsCounted)
{
    for (uint32_t length : {257U, 0x80000000U, 0xffffffffU}) {
        Spoiled s;
        for (bool view : {false, true}) {
            send(s.publisher, 1);
            s.raw.layout().slot(Entry::slot(s.last_entry().load())).length.store(length);
            send(s.publisher, 2);
            auto const received = view ? s.subscriber.try_receive_view()->len() : s.subscriber.try_receive()->len();
            EXPECT_EQ(received, sizeof(uint64_t));
        }
        EXPECT_EQ(s.subscriber.lost(), 2U);
        EXPECT_EQ(s.corrupt(), 2U);
        EXPECT_EQ(s.region.stats().rings[0].received, 2U);
        EXPECT_EQ(s.region.stats().pool_free, 12U) << "a discarded message gives its slot back";
    }
}

TEST(CorruptWords, WhoKeepsSupplyingBadLengthsDoesNotHoldACall)
{
    constexpr uint64_t    capacity = 64, messages = 2000 * capacity;
    Spoiled               s(12, capacity);
    auto&                 layout = s.raw.layout();
    uint64_t const        start  = layout.ring(0).tail.load();
    std::atomic<uint64_t> supplied{0};
    std::atomic<bool>     stop{false};
    layout.slot(0).length.store(~uint32_t{0});
    std::thread supplier([&] { // gives each entry anew as soon as its message is taken
        for (uint64_t position = start; position < start + messages && !stop.load(); ++position) {
            auto& entry = layout.entry(0, position);
            while (Entry::is_full(entry.load()) && !stop.load()) {
            }
            entry.store(Entry::make_full(position / capacity, 0));
            supplied.fetch_add(1);
        }
    });
    uint64_t    most = 0;
    for (int supplied_meanwhile = 0; most <= capacity && supplied_meanwhile < 10 && supplied.load() < messages;) {
        uint64_t const before = s.subscriber.lost();
        if (before / capacity % 2 == 0) {
            EXPECT_FALSE(s.subscriber.try_receive());
        } else {
            EXPECT_FALSE(s.subscriber.try_receive_view());
        }
        uint64_t const after = s.subscriber.lost();
        most                 = std::max(most, after - before);
        supplied_meanwhile += after - before == capacity && Entry::is_full(layout.entry(0, start + after).load());
    }
    stop.store(true);
    supplier.join();
    EXPECT_LE(most, capacity) << "one call discarded what came after it had begun";
    EXPECT_GT(most, 0U);
}

TEST(CorruptWords, AnyTailIsHealedByTheNextDelivery)
{
    for (uint64_t const wrong : {uint64_t{1} << 30, uint64_t{1} << 39, uint64_t{1} << 41, uint64_t{1} << 63,
                                 0 - uint64_t{4}, uint64_t{4}, uint64_t{5} << 20}) {
        for (bool const ahead : {true, false}) {
            Spoiled s;
            for (uint64_t i = 0; i < 100; ++i) {
                send(s.publisher, i);
                ASSERT_EQ(receive_all(s.subscriber), std::vector<uint64_t>{i})
                    << wrong << (ahead ? " ahead" : " behind");
                if (i == 42) {
                    s.raw.layout().ring(0).tail.fetch_add(ahead ? wrong : 0 - wrong);
                }
            }
            EXPECT_EQ(s.subscriber.lost(), 0U) << wrong << ahead;
            EXPECT_LE(s.corrupt(), 1U);
            EXPECT_EQ(s.region.stats().pool_free, 12U);
        }
    }
}

TEST(CorruptWords, TailLessThanALapAheadCostsAtMostALapAndIsKnown)
{
    for (uint64_t const ahead : {1U, 2U, 3U}) {
        Spoiled s;
        s.raw.layout().ring(0).tail.fetch_add(ahead);
        uint64_t received = 0;
        for (uint64_t i = 0; i < 20; ++i) {
            send(s.publisher, i);
            received += receive_all(s.subscriber).size();
        }
        EXPECT_EQ(received + s.subscriber.lost(), 20 + ahead) << "places that were never filled count as lost";
        EXPECT_LE(s.subscriber.lost(), 4 + ahead);
    }
}

TEST(CorruptWords, TailThatLagsCostsNothing)
{
    Spoiled s;
    for (uint64_t i = 0; i < 3; ++i) {
        send(s.publisher, i);
        s.raw.layout().ring(0).tail.fetch_sub(i + 1);
    }
    EXPECT_EQ(receive_all(s.subscriber), (std::vector<uint64_t>{0, 1, 2}));
    EXPECT_EQ(s.subscriber.lost() + s.corrupt(), 0U);
}

TEST(CorruptWords, LiveSetBitsBeyondTheRingsAreIgnored)
{
    Spoiled s;
    s.raw.layout().live_set().fetch_or(~uint64_t{0xf});
    ASSERT_NE(s.publisher.allocate(8), nullptr);
    EXPECT_EQ(s.publisher.publish(), 1U);
    EXPECT_EQ(s.corrupt(), 0U);
}

TEST(CorruptWords, LiveSetBitsOfFreeRingsDeliverNothing)
{
    Spoiled s;
    s.raw.layout().live_set().store(~uint64_t{0});
    ASSERT_NE(s.publisher.allocate(8), nullptr);
    EXPECT_EQ(s.publisher.publish(), 1U) << "the other three rings are sealed";
    ASSERT_TRUE(s.subscriber.try_receive().has_value());
    EXPECT_EQ(s.region.stats().pool_free, 12U) << "a reference for a ring that nobody reads remained";
}

TEST(CorruptWords, FreeStackHeadThatLeadsNowhereIsHealedByTheSendThatMeetsIt)
{
    for (uint32_t slot : {12U, 4096U}) {
        Spoiled s;
        s.raw.layout().head().store(Head::make(1, slot));
        send(s.publisher, 1);
        EXPECT_EQ(s.publisher.dropped(), 0U);
        EXPECT_GE(s.corrupt(), 1U);
        EXPECT_EQ(receive_all(s.subscriber), std::vector<uint64_t>{1});
        EXPECT_EQ(allocatable(s.name), 12U) << slot;
    }
}

TEST(CorruptWords, FreeStackHeadThatSaysEmptyIsHealedByReclaiming)
{
    Spoiled s;
    s.raw.layout().head().store(Head::make(1, kickmsg::core::no_slot));
    uint64_t const value = 1;
    EXPECT_EQ(s.publisher.send(&value, sizeof(value)), -EAGAIN);
    EXPECT_EQ(s.publisher.dropped(), 1U);
    EXPECT_EQ(healed(s), 12U);
    send(s.publisher, 2);
    EXPECT_EQ(receive_all(s.subscriber), std::vector<uint64_t>{2});
}

TEST(CorruptWords, FreeStackHeadThatNamesASlotInUseLendsItToNobody)
{
    Spoiled s;
    send(s.publisher, 1);
    uint32_t const used = Entry::slot(s.last_entry().load());
    s.raw.layout().head().store(Head::make(9, used));
    uint64_t const value = 2;
    (void)s.publisher.send(&value, sizeof(value));
    EXPECT_EQ(s.corrupt(), 1U);
    ASSERT_EQ(s.region.stats().rings[0].unread, 2U);
    EXPECT_EQ(receive_all(s.subscriber), (std::vector<uint64_t>{1, 2})) << "an unread message was overwritten";
    EXPECT_EQ(healed(s), 12U);
}

TEST(CorruptWords, FreeStackLinksAreHealed)
{
    for (uint32_t to : {12U, 4096U, kickmsg::core::no_slot, 5U, 0U}) { // outside, the end, a cycle onto itself, a leap
        Spoiled s;
        s.raw.layout().slot(5).link.store(Head::make(0, to));
        EXPECT_EQ(healed(s), 12U) << to;
        for (uint64_t i = 0; i < 100; ++i) {
            send(s.publisher, i);
            EXPECT_EQ(receive_all(s.subscriber), std::vector<uint64_t>{i});
        }
    }
}

TEST(CorruptWords, FreeStackLinkFromTheFutureIsHealed)
{
    Spoiled s;
    s.raw.layout().slot(5).link.store(Head::make(uint64_t{1} << 30, 2));
    EXPECT_EQ(healed(s), 12U);
}

TEST(CorruptWords, FreeStackIsHealedByRecoverOnceSomebodyMetTheFaultThoughNobodyDied)
{
    Spoiled s;
    s.raw.layout().head().store(Head::make(1, 12));
    kickmsg::detail::set_automatic_recovery(false);
    EXPECT_EQ(s.publisher.send("x", 1), -EAGAIN);
    kickmsg::detail::set_automatic_recovery(true);
    EXPECT_EQ(s.region.recover().slots, 12U);
    EXPECT_EQ(allocatable(s.name), 12U);
}

TEST(CorruptWords, ReferencesThatNobodyAccountsForAreTakenBack)
{
    Spoiled s;
    s.raw.layout().slot(11).references.store(References::make(3, 0x5 | References::kept));
    EXPECT_EQ(s.region.stats().pool_free, 11U);
    EXPECT_EQ(healed(s), 12U);
}

TEST(CorruptWords, HoldsAndClaimsNamingNothingAreIgnored)
{
    Spoiled s;
    for (uint32_t record = 0; record < s.raw.layout().record_count(); ++record) {
        s.raw.layout().record(record).claim.store(~uint64_t{0});
        s.raw.layout().record(record).ring.store(~uint32_t{0});
    }
    for (uint32_t slot = 0; slot < 12; ++slot) {
        s.raw.layout().hold(0, slot).store(~uint32_t{0});
    }
    s.region.recover();
    s.region.reclaim_orphaned_slots();
    s.region.diagnose();
    for (uint64_t i = 0; i < 100; ++i) {
        send(s.publisher, i);
        EXPECT_EQ(receive_all(s.subscriber), std::vector<uint64_t>{i});
    }
}

TEST(CorruptWords, OfEveryKindAtRandomNeverCrashAnything)
{
    std::mt19937_64 random(20240229); // any seed
    for (int round = 0; round < 300; ++round) {
        Spoiled s(8 + round % 20);
        auto&   layout = s.raw.layout();
        auto    words  = reinterpret_cast<std::atomic<uint64_t>*>(&layout.head());
        auto    end    = reinterpret_cast<std::atomic<uint64_t>*>(layout.payload(layout.pool_size() - 1));
        for (int step = 0; step < 40; ++step) {
            uint64_t const bits = random() % 2 != 0 ? random() : (uint64_t{1} << random() % 64);
            words[random() % static_cast<uint64_t>(end - words)].fetch_xor(bits);
            uint64_t const value = random();
            (void)s.publisher.send(&value, sizeof(value));
            if (auto const sample = s.subscriber.try_receive()) {
                EXPECT_LE(sample->len(), 256U);
            }
            auto const view = s.subscriber.try_receive_view();
            s.region.diagnose();
            s.region.stats();
        }
        s.region.recover();
    }
}

TEST(CorruptWords, IncarnationCounterBeyondItsRangeRobsNobody)
{
    for (uint64_t const counter : {(uint64_t{1} << 40) + 5, (uint64_t{1} << 41) - 2, ~uint64_t{0} >> 1, ~uint64_t{0}}) {
        Spoiled s;
        s.raw.header().incarnations.store(counter);
        Publisher  publisher(s.region);
        Subscriber subscriber(s.region);
        send(publisher, 7);
        EXPECT_EQ(s.region.diagnose().dead_participants, 0U) << counter;
        EXPECT_EQ(s.region.recover().participants, 0U) << counter;
        EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{7}) << counter;
        EXPECT_EQ(SharedRegion::open(s.name).diagnose().dead_participants, 0U) << counter;
    }
}
