/// stats(): every number of it, against a history that gives it.
#include "Lifecycle.h"
#include "kickmsg/os/Liveness.h"
#include "support.h"

#include <atomic>
#include <thread>

using namespace kickmsg_test;
using kickmsg::Publisher;
using kickmsg::RegionStats;
using kickmsg::RingState;
using kickmsg::Subscriber;

TEST(Stats, OfAFreshRegionAreAllZero)
{
    Name const        name;
    auto const        region = make(name);
    RegionStats const stats  = region.stats();
    ASSERT_EQ(stats.rings.size(), 4U);
    for (uint32_t i = 0; i < 4; ++i) {
        EXPECT_EQ(stats.rings[i].index, i);
        EXPECT_EQ(stats.rings[i].state, RingState::Free);
        EXPECT_EQ(stats.rings[i].pid + stats.rings[i].received + stats.rings[i].lost + stats.rings[i].unread, 0U);
    }
    EXPECT_EQ(stats.pool_free, 64U);
    EXPECT_EQ(stats.corrupt, 0U);
    ASSERT_EQ(stats.participants.size(), 1U);
    EXPECT_EQ(stats.participants[0].kind, "region");
    EXPECT_EQ(stats.participants[0].pid, kickmsg::os::process_id());
    EXPECT_TRUE(stats.participants[0].alive);
}

TEST(Stats, CountWhatWasReceivedLostAndLeft)
{
    Name const     name;
    auto           region = make(name, small_config(64, 8));
    Publisher      publisher(region);
    Subscriber     subscriber(region);
    uint64_t const start = region.stats().rings[0].position;
    for (uint64_t i = 0; i < 11; ++i) { // three more than the ring holds
        send(publisher, i);
    }
    auto ring = region.stats().rings[0];
    EXPECT_EQ(ring.position, start + 11);
    EXPECT_EQ(ring.evicted, 3U);
    EXPECT_EQ(ring.unread, 8U);
    EXPECT_EQ(ring.lost, 0U) << "the subscriber has not looked yet";
    EXPECT_EQ(ring.received, 0U);

    ASSERT_TRUE(subscriber.try_receive().has_value());
    ASSERT_TRUE(subscriber.try_receive().has_value());
    ring = region.stats().rings[0];
    EXPECT_EQ(ring.received, 2U);
    EXPECT_EQ(ring.lost, 3U);
    EXPECT_EQ(ring.unread, 6U);
    EXPECT_EQ(ring.evicted, 3U);
    EXPECT_EQ(ring.state, RingState::Live);
    EXPECT_EQ(ring.pid, kickmsg::os::process_id());
}

TEST(Stats, TellTheStateThatARingIsIn)
{
    using kickmsg::core::OwnerWord;
    Name const name;
    auto const opened = make(name);
    auto const region = kickmsg::detail::open_region(name, nullptr);
    auto&      owner  = region->mapping().layout().ring(0).owner;
    auto const self   = region->participant().self().incarnation;
    for (auto const& [word, state] :
         {std::pair(OwnerWord::Joining, RingState::Joining), std::pair(OwnerWord::Live, RingState::Live),
          std::pair(OwnerWord::Draining, RingState::Draining), std::pair(OwnerWord::Free, RingState::Free)}) {
        owner.store(OwnerWord::make(word, 0, self));
        EXPECT_EQ(opened.stats().rings[0].state, state);
    }
}

TEST(Stats, CallAKindThatWasOverwrittenUnknown)
{
    Name const name;
    auto const made   = make(name);
    auto const region = kickmsg::detail::open_region(name, nullptr);
    region->mapping().layout().record(region->participant().self().record).kind.store(77);
    auto const participants = made.stats().participants;
    ASSERT_EQ(participants.size(), 2U);
    EXPECT_EQ(participants[0].kind, "region");
    EXPECT_EQ(participants[1].kind, "unknown");
}

TEST(Stats, CountTheSlotsThatNobodyHolds)
{
    Name const name;
    auto       region = make(name, small_config(12)); // so small that no slot is kept
    Publisher  publisher(region);
    Subscriber subscriber(region);
    EXPECT_EQ(region.stats().pool_free, 12U);
    for (uint64_t i = 0; i < 5; ++i) {
        send(publisher, i);
    }
    EXPECT_EQ(region.stats().pool_free, 7U) << "five unread";
    {
        auto const view = subscriber.try_receive_view();
        EXPECT_EQ(region.stats().pool_free, 7U) << "four unread, one in a view";
    }
    EXPECT_EQ(region.stats().pool_free, 8U);
    ASSERT_NE(publisher.allocate(1), nullptr);
    EXPECT_EQ(region.stats().pool_free, 7U) << "four unread, one on loan";
    ASSERT_TRUE(subscriber.try_receive().has_value());
    EXPECT_EQ(region.stats().pool_free, 8U);
}

KICKMSG_CHILD(subscribes)
{
    self.pause();
    auto       region = kickmsg::SharedRegion::open(texts[0]);
    Subscriber subscriber(region);
    self.pause();
    return 0;
}

TEST(Stats, NameEveryParticipant)
{
    Name const name;
    Child      child(subscribes, {name});
    child.wait_ready();
    auto      region = make(name);
    Publisher publisher(region);
    child.go_on();
    child.wait_ready();

    auto const participants = region.stats().participants; // in the order of the records
    ASSERT_EQ(participants.size(), 4U);
    char const* const kinds[] = {"subscriber", "publisher", "region", "region"};
    bool const        mine[]  = {false, true, true, false};
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(participants[i].kind, kinds[i]);
        EXPECT_EQ(participants[i].pid, mine[i] ? kickmsg::os::process_id() : static_cast<uint64_t>(child.pid()));
        EXPECT_TRUE(participants[i].alive);
        EXPECT_NE(participants[i].incarnation, 0U);
    }
    child.kill();
    auto const after = region.stats().participants;
    ASSERT_EQ(after.size(), 4U);
    EXPECT_FALSE(after[0].alive);
    EXPECT_TRUE(after[1].alive && after[2].alive);
    EXPECT_FALSE(after[3].alive);
    region.recover();
    EXPECT_EQ(region.stats().participants.size(), 2U);
}

TEST(Diagnose, WhoLeavesWhileItLooksIsNotTakenForDead)
{
    Name const        name;
    auto              region = make(name);
    std::atomic<bool> done{false};
    std::thread       leaver([&] {
        while (!done.load()) {
            kickmsg::Subscriber const subscriber(region);
            kickmsg::Publisher const  publisher(region);
        }
    });
    for (int look = 0; look < 20000; ++look) {
        auto const health = region.diagnose();
        ASSERT_EQ(health.dead_participants + health.retired_rings + health.locked_entries + health.orphaned_slots, 0U)
            << look;
    }
    done.store(true);
    leaver.join();
}
