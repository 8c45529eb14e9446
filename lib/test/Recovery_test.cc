/// Processes killed with SIGKILL: what they held comes back, and the living are never robbed or delayed.
#include "Lifecycle.h"
#include "kickmsg/os/Time.h"
#include "no_automatic_recovery.h"
#include "support.h"

#include <atomic>
#include <cstring>
#include <optional>
#include <random>
#include <thread>

using namespace kickmsg_test;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;

namespace {

void expect_nothing_left(SharedRegion& region)
{
    auto const again = region.recover();
    EXPECT_EQ(again.participants + again.rings + again.entries + again.references + again.slots + again.schema, 0U);
    auto const health = region.diagnose();
    EXPECT_EQ(health.dead_participants, 0U);
    EXPECT_EQ(health.retired_rings, 0U);
    EXPECT_EQ(health.locked_entries, 0U);
    EXPECT_EQ(health.orphaned_slots, 0U);
}

/// A child that opens the region and stops in the middle of what its body says, for ever.
std::unique_ptr<Child> stopped_in(std::string const& name, ChildBody const& body)
{
    auto child = std::make_unique<Child>(body, Texts{name});
    child->wait_ready();
    return child;
}

KICKMSG_CHILD(lends)
{
    auto      opened = SharedRegion::open(texts[0]);
    Publisher publisher(opened);
    std::memset(publisher.allocate(100), 1, 100);
    self.pause();
    return 0;
}

KICKMSG_CHILD(holds_two_views)
{
    auto       opened = SharedRegion::open(texts[0]);
    Subscriber subscriber(opened);
    self.pause(); // the parent sends
    auto const one = subscriber.try_receive_view();
    auto const two = subscriber.try_receive_view();
    self.pause();
    return 0;
}

KICKMSG_CHILD(lives_and_lends)
{
    auto       opened = SharedRegion::open(texts[0]);
    Subscriber live(opened);
    Publisher  lender(opened);
    (void)lender.allocate(1);
    self.pause();
    return 0;
}

KICKMSG_CHILD(seals_half)
{
    auto             opened = SharedRegion::open(texts[0]);
    Subscriber const subscriber(opened); // ring 0
    auto const       direct = kickmsg::detail::open_region(texts[0], nullptr);
    auto&            layout = direct->mapping().layout();
    uint64_t         owner  = layout.ring(0).owner.load();
    using kickmsg::core::OwnerWord;
    layout.ring(0).owner.store(
        OwnerWord::make(OwnerWord::Draining, OwnerWord::record(owner), OwnerWord::incarnation(owner)));
    for (uint32_t i = 0; i < 3; ++i) {
        layout.entry(0, i).fetch_or(kickmsg::core::EntryWord<kickmsg::detail::Policy>::sealed);
    }
    self.pause();
    return 0;
}

KICKMSG_CHILD(takes_the_ring)
{
    auto             opened = SharedRegion::open(texts[0]);
    Subscriber const subscriber(opened);
    self.pause();
    return 0;
}

KICKMSG_CHILD(publishes_four_times)
{
    auto            opened = SharedRegion::open(texts[0]);
    Publisher const a(opened), b(opened), c(opened), d(opened);
    self.pause();
    return 0;
}

KICKMSG_CHILD(lends_three)
{
    auto      opened = SharedRegion::open(texts[0]);
    Publisher a(opened), b(opened), c(opened);
    (void)a.allocate(1), (void)b.allocate(1), (void)c.allocate(1);
    self.pause();
    return 0;
}

KICKMSG_CHILD(lends_and_views)
{
    auto       opened = SharedRegion::open(texts[0]);
    Publisher  lender(opened);
    Subscriber reader(opened);
    (void)lender.allocate(1);
    auto const view = reader.receive_view(std::chrono::seconds(5));
    self.pause();
    return 0;
}

KICKMSG_CHILD(takes_every_record)
{
    auto                      region = make(texts[0]);
    Publisher                 publisher(region);
    Subscriber                subscriber(region);
    std::vector<SharedRegion> all;
    (void)publisher.allocate(1);
    for (int i = 1; i < 16; ++i) { // max_subscribers + max_publishers + 8
        all.push_back(SharedRegion::open(texts[0]));
    }
    EXPECT_EQ(error_of([&] { SharedRegion::open(texts[0]); }).code(), kickmsg::ErrorCode::NoFreeRecord);
    self.pause();
    return 0;
}

KICKMSG_CHILD(works_without_end)
{
    self.ready();
    while (true) { // joins, sends with overflow, holds views, leaves
        auto                                  opened = SharedRegion::open(texts[0]);
        Publisher                             publisher(opened);
        Subscriber                            one(opened), two(opened);
        std::optional<Subscriber::SampleView> view;
        for (uint64_t i = 0; i < 30; ++i) {
            (void)publisher.send(&i, sizeof(i));
            if (i % 3 == 0) {
                view = one.try_receive_view();
            }
            if (i % 7 == 0) {
                two.try_receive();
            }
        }
    }
    return 0;
}

} // namespace

TEST(Recovery, APublisherKilledWithALoanLosesNothing)
{
    NoAutomaticRecovery const off;
    Name const                name;
    auto                      region = make(name);
    Subscriber                subscriber(region);
    Publisher                 survivor(region);
    auto const                child = stopped_in(name, lends);
    child->kill();
    auto const health = region.diagnose();
    EXPECT_EQ(health.dead_participants, 2U) << "its publisher and its open region";
    EXPECT_EQ(health.orphaned_slots, 1U);

    send(survivor, 7); // at once, before any recovery
    EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{7});
    EXPECT_EQ(allocatable(name), 64U - 2U) << "without recovery the loan is missing: the check detects a leak";

    auto const report = region.recover();
    EXPECT_EQ(report.participants, 2U);
    EXPECT_EQ(report.references, 1U);
    EXPECT_EQ(report.slots, 1U);
    EXPECT_EQ(report.rings, 0U);
    EXPECT_EQ(allocatable(name), 64U - 1U) << "all but what the survivor keeps";
    expect_nothing_left(region);
}

TEST(Recovery, ASubscriberKilledWithViewsLosesNothing)
{
    NoAutomaticRecovery const off;
    Name const                name;
    auto                      region = make(name);
    Publisher                 publisher(region);
    Subscriber                survivor(region);
    auto const                child = stopped_in(name, holds_two_views);
    for (uint64_t i = 0; i < 6; ++i) {
        send(publisher, i);
    }
    child->go_on();
    child->wait_ready();
    child->kill();
    EXPECT_EQ(receive_all(survivor).size(), 6U);
    EXPECT_EQ(region.diagnose().retired_rings, 1U);
    EXPECT_EQ(region.diagnose().orphaned_slots, 6U);
    EXPECT_EQ(allocatable(name), 64U - 6U);

    auto const report = region.recover();
    EXPECT_EQ(report.participants, 2U);
    EXPECT_EQ(report.rings, 1U);
    EXPECT_EQ(report.references, 2U) << "the views; the four unread ones go with their ring";
    EXPECT_EQ(report.slots, 2U);
    EXPECT_EQ(allocatable(name), 64U - 4U) << "all but what the publisher keeps";
    expect_nothing_left(region);
}

TEST(Recovery, TheThreeRepairsDoTheirPartsAndTheRestIsLeftToRecover)
{
    NoAutomaticRecovery const off;
    Name const                name;
    auto                      region = make(name);
    Publisher                 publisher(region);
    auto const                child = stopped_in(name, lives_and_lends);
    send(publisher, 1);
    child->kill();
    EXPECT_EQ(region.repair_locked_entries(), 0U);
    EXPECT_EQ(region.reclaim_orphaned_slots(), 1U) << "the loan; the unread message waits for its ring";
    EXPECT_EQ(region.reset_retired_rings(), 1U);
    EXPECT_EQ(region.reset_retired_rings(), 0U);
    EXPECT_EQ(region.reclaim_orphaned_slots(), 0U);
    EXPECT_EQ(allocatable(name), 64U - 1U);
    EXPECT_EQ(region.diagnose().dead_participants, 3U);
    EXPECT_EQ(region.recover().participants, 3U);
    expect_nothing_left(region);
}

TEST(Recovery, AnOwnerKilledWhileSealingLeavesLockedEntriesThatAreRepaired)
{
    NoAutomaticRecovery const off;
    Name const                name;
    auto                      region = make(name);
    auto const                child  = stopped_in(name, seals_half);
    child->kill();
    EXPECT_EQ(region.diagnose().locked_entries, 3U);
    EXPECT_EQ(region.diagnose().retired_rings, 1U);
    EXPECT_EQ(region.repair_locked_entries(), 3U);
    EXPECT_EQ(region.repair_locked_entries(), 0U);
    EXPECT_EQ(region.diagnose().retired_rings, 0U);
    region.recover();
    expect_nothing_left(region);
}

TEST(Recovery, RunsByItselfWhenNoRingIsFree)
{
    Name const name;
    auto       region  = make(name, small_config(64, 8, 1));
    auto const child   = stopped_in(name, takes_the_ring);
    auto const refused = error_of([&] { Subscriber second(region); });
    EXPECT_EQ(refused.code(), kickmsg::ErrorCode::NoFreeRing);
    EXPECT_NE(std::string(refused.what()).find("max_subscribers = 1"), std::string::npos) << refused.what();
    EXPECT_NE(std::string(refused.what()).find(std::to_string(child->pid())), std::string::npos) << refused.what();
    child->kill();
    Subscriber subscriber(region);
    Publisher  publisher(region);
    send(publisher, 5);
    EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{5});
}

TEST(Recovery, ARingIsTakenFromADeadOwnerAndNeverFromALivingOneThoughARecordIsFree)
{
    using kickmsg::core::OwnerWord;
    Name const name;
    auto       region = make(name, small_config(64, 8, 1));
    auto const direct = kickmsg::detail::open_region(name, nullptr);
    auto&      owner  = direct->mapping().layout().ring(0).owner;
    owner.store(OwnerWord::make(OwnerWord::Draining, 0, direct->participant().self().incarnation));
    EXPECT_EQ(error_of([&] { Subscriber refused(region); }).code(), kickmsg::ErrorCode::NoFreeRing);
    for (auto const& participant : region.stats().participants) {
        EXPECT_NE(participant.kind, std::string("subscriber")) << "the refused one keeps its record";
    }
    owner.store(OwnerWord::make(OwnerWord::Draining, 0, 1000)); // nobody's number
    Subscriber const subscriber(region);
}

TEST(Recovery, RunsByItselfWhenNoPublisherRecordIsFree)
{
    Name const name;
    auto       region  = make(name);
    auto const child   = stopped_in(name, publishes_four_times);
    auto const refused = error_of([&] { Publisher fifth(region); });
    EXPECT_EQ(refused.code(), kickmsg::ErrorCode::NoFreeRecord);
    EXPECT_NE(std::string(refused.what()).find("max_publishers = 4"), std::string::npos) << refused.what();
    child->kill();
    Publisher const publisher(region);
}

TEST(Recovery, RunsByItselfWhenThePoolIsEmpty)
{
    Name const        name;
    auto              region = make(name, small_config(4));
    Publisher         publisher(region);
    Subscriber        subscriber(region);
    auto const        child = stopped_in(name, lends_three);
    void const* const last  = publisher.allocate(8);
    EXPECT_NE(last, nullptr) << "the fourth slot";
    child->kill();
    publisher.publish();
    auto const held = subscriber.try_receive_view();
    kickmsg::sleep(std::chrono::milliseconds(25)); // the region recovers by itself at most every 20 ms
    send(publisher, 1);
    EXPECT_EQ(receive_all(subscriber).size(), 1U);
    EXPECT_EQ(publisher.dropped(), 0U);
}

TEST(Recovery, ANewcomerAdoptsARecordWhenAllBelongToTheDead)
{
    Name const name;
    Child      child(takes_every_record, {name});
    child.wait_ready();
    auto const kept = keep(name);
    child.kill();
    auto region = SharedRegion::open(name);
    EXPECT_EQ(region.stats().participants.size(), 1U);
    EXPECT_EQ(allocatable(name), 64U);
    expect_nothing_left(region);
}

TEST(Recovery, IsExactWhileOthersSendAndReceive)
{
    NoAutomaticRecovery const off;
    Name const                name;
    auto                      region = make(name);
    std::atomic<bool>         stop{false}, all_sent{false};
    std::atomic<uint64_t>     sent{0}, received{0}, lost{0};
    Subscriber                subscriber(region);
    Publisher                 publisher(region);
    std::thread               sender([&] {
        while (!stop) {
            uint64_t const next = sent++;
            EXPECT_EQ(publisher.send(&next, sizeof(next)), 8);
        }
    });
    std::thread               receiver([&] {
        uint64_t expected = 0;
        while (!all_sent || subscriber.lost() + received < sent) {
            if (auto const view = subscriber.try_receive_view()) {
                uint64_t value = 0;
                std::memcpy(&value, view->data(), sizeof(value));
                EXPECT_GE(value, expected);
                expected = value + 1;
                ++received;
            }
        }
        lost = subscriber.lost();
    });
    for (int round = 0; round < 50; ++round) {
        auto const child = stopped_in(name, lends_and_views);
        child->kill();
        auto const report = region.recover();
        EXPECT_EQ(report.participants, 3U);
        EXPECT_EQ(report.rings, 1U);
    }
    stop = true;
    sender.join();
    all_sent = true;
    receiver.join();
    EXPECT_EQ(received + lost, sent);
    region.recover(); // what the living covered while they were in the middle of something is still owed
    // A subscriber that was overtaken again and again passes over half the ring: lost, but there until it is overwritten.
    EXPECT_EQ(allocatable(name) + region.stats().rings[0].unread, 64U - region.stats().pool_kept);
    expect_nothing_left(region);
}

TEST(Recovery, BringsEverythingBackFromKillsAtRandomMoments)
{
    NoAutomaticRecovery const off;
    Name const                name;
    auto                      region = make(name, small_config(16, 4));
    std::mt19937              random(20240117);
    for (int round = 0; round < 100; ++round) {
        Child child(works_without_end, {name});
        child.wait_ready();
        kickmsg::sleep(std::chrono::microseconds(random() % 1500));
        child.kill();
        region.recover();
        ASSERT_EQ(allocatable(name), 16U) << "round " << round;
        expect_nothing_left(region);
    }
}
