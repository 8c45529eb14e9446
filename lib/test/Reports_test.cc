/// What stats(), diagnose() and info() make of each word that they read, as it should be or overwritten; and that they only read.
#include "report.h"

using namespace kickmsg_test;
using kickmsg::Publisher;
using kickmsg::RingState;
using kickmsg::Subscriber;
using Entry      = kickmsg::core::EntryWord<kickmsg::detail::Policy>;
using References = kickmsg::core::References<kickmsg::detail::Policy>;

TEST(Reports, EachNumberOfARingIsOfItsOwnWord)
{
    Report r;
    auto&  ring = r.layout().ring(1);
    r.own(1, OwnerWord::Live, 5, r.living());
    r.layout().record(5).pid.store(555);
    ring.start.store(1000);
    ring.tail.store(1150);
    ring.position.store(1107); // of which 7 were lost
    ring.lost.store(7);
    r.layout().entry(1, 0).store(Entry::make_full(1, 3));
    r.layout().entry(1, 3).store(Entry::make_full(1, 4));
    auto const stats = r.ring(1);
    EXPECT_EQ(stats.index, 1U);
    EXPECT_EQ(stats.state, RingState::Live);
    EXPECT_EQ(stats.pid, 555U);
    EXPECT_EQ(stats.position, 1150U);
    EXPECT_EQ(stats.received, 100U);
    EXPECT_EQ(stats.lost, 7U);
    EXPECT_EQ(stats.unread, 2U);
    EXPECT_EQ(stats.evicted, 150U - 100U - 2U);
    for (uint64_t const tail : {1102U, 1101U, 1000U, 999U}) { // nothing evicted, or a tail that lags
        ring.tail.store(tail);
        EXPECT_EQ(r.ring(1).evicted, tail < 1000 ? tail - 1000 - 102 : 0) << tail;
    }
    ring.tail.store(1103);
    EXPECT_EQ(r.ring(1).evicted, 1U);
}

TEST(Reports, OfAFreeRingOnlyItsPositionIsShown)
{
    for (auto const state : {OwnerWord::Free, OwnerWord::Active, OwnerWord::State(99)}) {
        Report r;
        auto&  ring = r.layout().ring(0);
        r.own(0, state, 5, r.living());
        r.layout().record(5).pid.store(555);
        ring.tail.store(1150);
        ring.position.store(1107); // of which 7 were lost
        ring.lost.store(7);
        r.layout().entry(0, 0).store(Entry::make_full(1, 3));
        auto const stats = r.ring(0);
        EXPECT_EQ(stats.state, RingState::Free);
        EXPECT_EQ(stats.position, 1150U);
        EXPECT_EQ(stats.pid + stats.received + stats.lost + stats.unread + stats.evicted, 0U);
    }
}

TEST(Reports, AnOwnerWhoseRecordIsOutOfRangeHasNoProcess)
{
    Report         r;
    uint32_t const records = r.layout().record_count();
    r.layout().record(records - 1).pid.store(555);
    r.layout().record(records).pid.store(777); // no record: what lies behind the last one
    r.own(0, OwnerWord::Joining, records - 1, r.living());
    EXPECT_EQ(r.ring(0).pid, 555U);
    r.layout().ring(0).lost.store(7);
    for (uint32_t const beyond : {records, records + 1, 0xffffU}) {
        r.own(0, OwnerWord::Joining, beyond, r.living());
        auto const stats = r.ring(0);
        EXPECT_EQ(stats.pid, 0U) << beyond;
        EXPECT_EQ(stats.lost, 7U);
    }
}

TEST(Reports, ParticipantsAreWhoeverARecordNames)
{
    Report r;
    r.layout().record(0).owner.store(OwnerWord::make(OwnerWord::Active, 0, nobody));
    r.layout().record(0).kind.store(1);
    r.layout().record(0).pid.store(555);
    r.layout().record(1).owner.store(
        OwnerWord::make(OwnerWord::Draining, 1, r.region.stats().participants[1].incarnation));
    r.layout().record(2).owner.store(OwnerWord::make(OwnerWord::Free, 2, nobody));
    auto const participants = r.region.stats().participants;
    ASSERT_EQ(participants.size(), 3U);
    EXPECT_EQ(participants[0].record, 0U);
    EXPECT_EQ(participants[0].kind, "subscriber");
    EXPECT_EQ(participants[0].pid, 555U);
    EXPECT_EQ(participants[0].incarnation, nobody);
    EXPECT_FALSE(participants[0].alive);
    EXPECT_EQ(participants[1].record, 1U);
    EXPECT_TRUE(participants[1].alive);
    EXPECT_EQ(participants[2].record, 3U + 4U) << "after those for subscribers and publishers";
}

TEST(Reports, CountFreeSlotsAndCorruptWords)
{
    Report r;
    r.layout().slot(3).references.store(References::make(1, References::ring(2)));
    r.layout().slot(4).references.store(References::make(1, References::kept));
    r.layout().slot(5).references.store(References::make(~uint64_t{0}, 0)); // a generation holds nothing
    r.raw.header().corrupt.store(9);
    EXPECT_EQ(r.region.stats().pool_free, 10U);
    EXPECT_EQ(r.region.stats().corrupt, 9U);
}

TEST(Reports, RingsAreDiagnosedByTheirStateAndByWhoLives)
{
    struct Case {
        OwnerWord::State state;
        bool             lives;
        std::size_t      live, draining, retired, locked;
    };
    for (Case const& one : {Case{OwnerWord::Joining, true, 0, 0, 0, 0}, Case{OwnerWord::Live, true, 1, 0, 0, 0},
                            Case{OwnerWord::Draining, true, 0, 1, 0, 0}, Case{OwnerWord::Free, false, 0, 0, 0, 0},
                            Case{OwnerWord::Joining, false, 0, 0, 1, 4}, Case{OwnerWord::Live, false, 0, 0, 1, 0},
                            Case{OwnerWord::Draining, false, 0, 0, 1, 2}}) {
        Report r;
        r.own(2, one.state, 0, one.lives ? r.living() : nobody);
        for (uint32_t i = 0; i < 4; ++i) { // two of them sealed
            r.layout().entry(2, i).store(i < 2 ? Entry::sealed : 0);
        }
        auto const health = r.region.diagnose();
        EXPECT_EQ(health.live_rings, one.live) << one.state << one.lives;
        EXPECT_EQ(health.draining_rings, one.draining) << one.state << one.lives;
        EXPECT_EQ(health.retired_rings, one.retired) << one.state << one.lives;
        EXPECT_EQ(health.locked_entries, one.locked) << one.state << one.lives;
        EXPECT_EQ(health.dead_participants + health.orphaned_slots, 0U);
        EXPECT_FALSE(health.schema_stuck || health.unlinked);
    }
}

TEST(Reports, TheDeadTheOrphanedAndTheStuckAreDiagnosedEachByItself)
{
    Report         r;
    uint32_t const last = r.layout().record_count() - 1;
    for (auto const state : {OwnerWord::Active, OwnerWord::Draining}) {
        r.layout().record(last).owner.store(OwnerWord::make(state, last, nobody));
        EXPECT_EQ(r.region.diagnose().dead_participants, 1U);
    }
    r.layout().record(last).owner.store(OwnerWord::make(OwnerWord::Free, last, nobody));
    EXPECT_EQ(r.region.diagnose().dead_participants, 0U);

    r.layout().slot(11).references.store(References::make(1, References::ring(1)));
    EXPECT_EQ(r.region.diagnose().orphaned_slots, 1U);
    r.layout().slot(11).references.store(0);
    EXPECT_EQ(r.region.diagnose().orphaned_slots, 0U);

    auto& schema = r.layout().schema_owner();
    schema.store(OwnerWord::make(OwnerWord::Claiming, 0, nobody));
    EXPECT_TRUE(r.region.diagnose().schema_stuck);
    schema.store(OwnerWord::make(OwnerWord::Claiming, 0, r.living()));
    EXPECT_FALSE(r.region.diagnose().schema_stuck);
    schema.store(OwnerWord::make(OwnerWord::Set, 0, nobody));
    EXPECT_FALSE(r.region.diagnose().schema_stuck);

    EXPECT_FALSE(r.region.diagnose().unlinked);
    kickmsg::SharedMemory::unlink(r.name);
    EXPECT_TRUE(r.region.diagnose().unlinked);
}

TEST(Reports, WhatLiesBehindTheLastRecordAndTheLastRingIsNeither)
{
    Report     r;
    auto&      layout = r.layout();
    auto const living = r.living();
    for (uint64_t const incarnation : {nobody, living}) {
        layout.record(layout.record_count()).owner.store(OwnerWord::make(OwnerWord::Active, 0, incarnation));
        EXPECT_EQ(r.region.stats().participants.size(), 1U);
        EXPECT_EQ(r.region.diagnose().dead_participants, 0U);
        auto const direct = kickmsg::detail::open_region(r.name, nullptr);
        auto const pid    = "region pid " + std::to_string(kickmsg::os::process_id());
        EXPECT_EQ(kickmsg::detail::living_participants(direct->mapping()), pid + ", " + pid);
    }
    r.own(layout.ring_count(), OwnerWord::Draining, 0, nobody);
    EXPECT_EQ(r.region.diagnose().retired_rings, 0U);
    EXPECT_EQ(r.region.stats().rings.size(), 3U);
}

TEST(Reports, LookingChangesNoByte)
{
    Report     r;
    Publisher  publisher(r.region);
    Subscriber subscriber(r.region);
    send(publisher, 1);
    auto const view = subscriber.try_receive_view();
    send(publisher, 2);
    r.layout().slot(11).references.store(References::make(1, References::ring(1) | References::kept));
    r.layout().record(9).owner.store(OwnerWord::make(OwnerWord::Active, 9, nobody));
    r.own(2, OwnerWord::Draining, 9, nobody);
    auto const before = r.raw.bytes();
    r.region.diagnose();
    r.region.stats();
    r.region.info();
    r.region.schema();
    EXPECT_TRUE(r.raw.bytes() == before);
}

TEST(Reports, TextsOfTheHeaderEndWithTheirField)
{
    Report r;
    auto&  header = r.raw.header();
    std::memset(header.creator, 'c', sizeof(header.creator));
    std::memset(header.owner, 'o', sizeof(header.owner));
    std::memset(header.text, 't', sizeof(header.text));
    header.kind     = 77;
    auto const info = r.region.info();
    EXPECT_EQ(info.creator, std::string(256, 'c'));
    EXPECT_EQ(info.user_name, std::string(256, 'o') + "/" + std::string(256, 't'));
    EXPECT_EQ(info.kind, "unknown");
    header.owner[0] = '\0';
    EXPECT_EQ(r.region.info().user_name, std::string(256, 't'));
    header.kind = 3;
    EXPECT_EQ(r.region.info().kind, "mailbox");
}
