/// One region looked at closely from outside: the numbers are those that stats() and diagnose() have from inside.
#include "kickmsg/Inspect.h"

#include "found_regions.h"
#include "kickmsg/Node.h"
#include "kickmsg/os/Time.h"
#include "no_automatic_recovery.h"
#include "raw_region.h"

#include <algorithm>
#include <chrono>
#include <numeric>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::ErrorCode;
using kickmsg::InspectDepth;
using kickmsg::SharedRegion;

namespace {

uint64_t sum(kickmsg::PoolReport const& pool)
{
    return pool.free + pool.kept + pool.unread + pool.held;
}

} // namespace

/// Holds a view, leaves one message unread and one slot allocated, until it is killed.
KICKMSG_CHILD(holds_everything)
{
    NoAutomaticRecovery const none;
    auto                      region = SharedRegion::open(texts[0]);
    kickmsg::Publisher        publisher(region);
    kickmsg::Subscriber       subscriber(region);
    (void)publisher.send("first", 5);
    (void)publisher.send("second", 6);
    auto const view = subscriber.try_receive_view();
    (void)publisher.allocate(1);
    self.pause();
    return view ? 0 : 1;
}

KICKMSG_CHILD(sends_and_receives_for_ever)
{
    auto                region = SharedRegion::open(texts[0]);
    kickmsg::Publisher  publisher(region);
    kickmsg::Subscriber subscriber(region), slow(region);
    self.ready();
    for (uint64_t round = 0;; ++round) {
        (void)publisher.send(&round, sizeof(round));
        auto const view = subscriber.try_receive_view();
        if (round % 3 == 0) {
            (void)slow.try_receive();
        }
    }
    return 0;
}

TEST(Inspect, SaysOfEachRingWhatStatsSays)
{
    Name const          name;
    auto                region = make(name);
    kickmsg::Publisher  publisher(region);
    kickmsg::Subscriber reads(region), lags(region), loses(region);
    for (int i = 0; i < 11; ++i) {
        ASSERT_EQ(publisher.send("payload", 7), 7);
        if (i % 2 == 0) {
            (void)reads.try_receive();
        }
    }
    auto const view  = loses.try_receive_view();
    auto const views = region.stats();
    for (InspectDepth const depth : {InspectDepth::Rings, InspectDepth::Slots}) {
        auto const report = kickmsg::inspect(name, depth);
        ASSERT_FALSE(report.region.error);
        EXPECT_EQ(report.region.name, name.str());
        EXPECT_EQ(report.region.live_rings, 3U);
        ASSERT_EQ(report.subscribers.size(), 3U);
        EXPECT_EQ(report.last_length, 7U);
        for (auto const& seen : report.subscribers) {
            auto const& ring = views.rings[seen.ring.index];
            EXPECT_TRUE(seen.alive);
            EXPECT_EQ(seen.ring.state, ring.state);
            EXPECT_EQ(seen.ring.pid, ring.pid);
            EXPECT_EQ(seen.ring.position, ring.position);
            EXPECT_EQ(seen.ring.received, ring.received);
            EXPECT_EQ(seen.ring.lost, ring.lost);
            EXPECT_EQ(seen.ring.unread, ring.unread);
            EXPECT_EQ(seen.ring.evicted, ring.evicted);
            EXPECT_EQ(seen.ring.views, depth == InspectDepth::Slots ? ring.views : 0U);
        }
        EXPECT_EQ(report.pool.has_value(), depth == InspectDepth::Slots);
    }
    EXPECT_TRUE(view);
}

TEST(Inspect, SaysWhatEachSlotIsInUseFor)
{
    Name const          name;
    auto                region = make(name);
    kickmsg::Publisher  publisher(region);
    kickmsg::Subscriber subscriber(region);
    for (int i = 0; i < 5; ++i) {
        ASSERT_EQ(publisher.send("payload", 7), 7);
    }
    auto const view   = subscriber.try_receive_view();
    auto const stats  = region.stats();
    auto const report = kickmsg::inspect(name);
    ASSERT_TRUE(report.pool && view);
    EXPECT_EQ(sum(*report.pool), 64U);
    EXPECT_EQ(report.pool->free, stats.pool_free);
    EXPECT_EQ(report.pool->kept, stats.pool_kept);
    EXPECT_EQ(report.pool->held, 1U);
    EXPECT_EQ(report.pool->unread, 4U);
    EXPECT_EQ(report.pool->orphaned, 0U);
    ASSERT_EQ(report.publishers.size(), 1U);
    EXPECT_GT(report.publishers[0].kept, 0U);
    EXPECT_EQ(report.publishers[0].sent, 5U);
    EXPECT_EQ(report.region.sent, 5U);
    EXPECT_EQ(report.slot_bytes, RawRegion(name).header().geometry.slot_stride);
}

TEST(Inspect, CountsTheOrphansOfTheDeadAsDiagnoseDoes)
{
    NoAutomaticRecovery const none;
    Name const                name;
    auto                      region = make(name);
    Child                     child(holds_everything, {name});
    child.wait_ready();
    EXPECT_EQ(kickmsg::inspect(name).pool->orphaned, 0U) << "it lives";
    auto const pid = static_cast<uint64_t>(child.pid());
    child.kill();
    kickmsg::sleep(1ms); // Wine reports a killed process as ended an instant early
    auto const report = kickmsg::inspect(name);
    ASSERT_TRUE(report.pool);
    EXPECT_GT(report.pool->orphaned, 0U);
    EXPECT_EQ(report.pool->orphaned, region.diagnose().orphaned_slots);
    ASSERT_EQ(report.subscribers.size(), 1U);
    EXPECT_FALSE(report.subscribers[0].alive);
    EXPECT_EQ(report.subscribers[0].ring.pid, pid);
    EXPECT_EQ(report.subscribers[0].ring.views, 1U);
    ASSERT_EQ(report.publishers.size(), 1U);
    EXPECT_FALSE(report.publishers[0].alive);
    EXPECT_EQ(report.publishers[0].pid, pid);
    region.recover();
    auto const after = kickmsg::inspect(name);
    EXPECT_EQ(after.pool->orphaned, 0U);
    EXPECT_EQ(after.pool->free, 64U);
    EXPECT_TRUE(after.subscribers.empty());
    EXPECT_TRUE(after.publishers.empty());
}

TEST(Inspect, UnderLiveTrafficFindsNoOrphanAndNobodyDead)
{
    Name const name;
    auto const region = make(name);
    Child      child(sends_and_receives_for_ever, {name});
    child.wait_ready();
    uint64_t position = 0;
    for (int look = 0; look < 2000; ++look) {
        auto const report = kickmsg::inspect(name);
        ASSERT_FALSE(report.region.error) << report.region.error->what();
        EXPECT_EQ(report.pool->orphaned, 0U);
        EXPECT_EQ(sum(*report.pool), 64U);
        ASSERT_EQ(report.subscribers.size(), 2U);
        EXPECT_TRUE(report.subscribers[0].alive);
        EXPECT_GE(report.subscribers[0].ring.position, position);
        position = report.subscribers[0].ring.position;
    }
    child.kill();
    EXPECT_GT(position, 0U);
}

TEST(Inspect, WritesNothingAndTakesNoRecord)
{
    Name const          name;
    auto                region = make(name);
    kickmsg::Publisher  publisher(region);
    kickmsg::Subscriber subscriber(region);
    ASSERT_EQ(publisher.send("x", 1), 1);
    RawRegion const raw(name);
    auto const      before = raw.bytes();
    (void)kickmsg::inspect(name);
    EXPECT_EQ(raw.bytes(), before);
}

TEST(Inspect, ShowsTheSchemaAndWhetherItsClaimantDied)
{
    Name const name;
    auto       region = make(name);
    EXPECT_FALSE(kickmsg::inspect(name).schema);
    {
        RawRegion raw(name);
        raw.header().schema_owner.store(kickmsg::core::OwnerWord::make(kickmsg::core::OwnerWord::Claiming, 0, 0xfffff));
        EXPECT_TRUE(kickmsg::inspect(name).schema_stuck);
        EXPECT_FALSE(kickmsg::inspect(name).schema);
    }
    ASSERT_TRUE(region.reset_schema_claim());
    auto const info = kickmsg::schema::describe_type("robot/Pose", 2, {16, 8, false});
    ASSERT_TRUE(region.try_claim_schema(info));
    auto const report = kickmsg::inspect(name, InspectDepth::Rings);
    ASSERT_TRUE(report.schema);
    EXPECT_EQ(kickmsg::schema::diff(*report.schema, info), kickmsg::schema::Equal);
    EXPECT_FALSE(report.schema_stuck);
}

TEST(Inspect, OfANameThatNobodyHasIsNotFound)
{
    Name const name;
    EXPECT_EQ(error_of([&] { kickmsg::inspect(name); }).code(), ErrorCode::NotFound);
    EXPECT_EQ(error_of([&] { kickmsg::inspect("/a/b"); }).code(), ErrorCode::InvalidName);
}

/// The entry says what is wrong, or the numbers are odd; nothing is followed out of the copies.
TEST(Inspect, OfEachWordOverwrittenIsNoFault)
{
    Name const name;
    auto       cfg             = small_config(8, 2, 2);
    cfg.max_publishers         = 2;
    auto                region = make(name, cfg);
    kickmsg::Publisher  publisher(region);
    kickmsg::Subscriber subscriber(region);
    ASSERT_EQ(publisher.send("x", 1), 1);
    ASSERT_EQ(publisher.send("y", 1), 1);
    auto        view = subscriber.try_receive_view();
    RawRegion   raw(name);
    auto* const words = reinterpret_cast<uint64_t*>(&raw.header());
    auto const  size  = static_cast<std::size_t>(raw.header().geometry.slots_offset / sizeof(uint64_t)) + 8;
    for (std::size_t word = 0; word < size; ++word) {
        uint64_t const before = words[word];
        for (uint64_t const value :
             {~before, uint64_t{0}, before + 1, before ^ uint64_t{1} << 63, uint64_t{0x7fffffff7fffffff}}) {
            words[word]       = value;
            auto const report = kickmsg::inspect(name);
            EXPECT_EQ(report.pool.has_value(), !report.region.error.has_value()) << "word " << word;
            if (report.pool) {
                EXPECT_EQ(sum(*report.pool), report.region.config.pool_size) << "word " << word;
            } else {
                EXPECT_TRUE(report.subscribers.empty()) << "word " << word;
            }
        }
        words[word] = before;
    }
    EXPECT_FALSE(kickmsg::inspect(name).region.error);
}
