/// Participants: numbers, records and which participants are asked for them; what a recovery through one of them reports.
#include "report.h"

#include <algorithm>

using namespace kickmsg_test;
using kickmsg::Publisher;
using kickmsg::Subscriber;
using References = kickmsg::core::References<kickmsg::detail::Policy>;

TEST(Participants, WhoeverIsRefusedARecordDescribesNobodyElses)
{
    Name const name;
    auto       cfg          = small_config(12, 4, 2);
    cfg.max_publishers      = 1;
    auto             region = make(name, cfg);
    Subscriber const subscriber(region), other(region);
    Publisher const  publisher(region);
    RawRegion        raw(name);
    for (uint32_t i = 0; i < raw.layout().record_count(); ++i) {
        raw.layout().record(i).pid.store(555);
    }
    auto const before             = region.stats().participants;
    auto const publisher_refused  = error_of([&] { Publisher second(region); });
    auto const subscriber_refused = error_of([&] { Subscriber third(region); });
    EXPECT_EQ(publisher_refused.code(), kickmsg::ErrorCode::NoFreeRecord);
    EXPECT_NE(std::string(publisher_refused.what()).find("max_publishers = 1,"), std::string::npos);
    EXPECT_EQ(subscriber_refused.code(), kickmsg::ErrorCode::NoFreeRing);
    EXPECT_NE(std::string(subscriber_refused.what()).find("max_subscribers = 2,"), std::string::npos);
    auto const after = region.stats().participants;
    ASSERT_EQ(after.size(), before.size());
    for (std::size_t i = 0; i < after.size(); ++i) {
        EXPECT_EQ(after[i].kind, before[i].kind);
        EXPECT_EQ(after[i].pid, 555U);
        EXPECT_EQ(after[i].incarnation, before[i].incarnation);
    }
}

TEST(Participants, ANumberThatALivingOneHasIsNotGivenAgain)
{
    Name const name;
    auto       region = make(name);
    Publisher  first(region);
    RawRegion  raw(name);
    raw.header().incarnations.store(0); // of the numbers below, two are taken
    Publisher  second(region);
    Subscriber subscriber(region);
    auto const participants = region.stats().participants;
    ASSERT_EQ(participants.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_TRUE(participants[i].alive);
        for (std::size_t j = 0; j < i; ++j) {
            EXPECT_NE(participants[i].incarnation, participants[j].incarnation);
        }
    }
    EXPECT_EQ(region.diagnose().dead_participants, 0U);
}

TEST(Participants, WhoeverAdoptsARecordDescribesItAnew)
{
    Report r;
    for (uint32_t record = 3 + 4; record < r.layout().record_count(); ++record) { // those of regions
        auto& words = r.layout().record(record);
        if (OwnerWord::state(words.owner.load()) == OwnerWord::Free) {
            words.owner.store(OwnerWord::make(OwnerWord::Active, record, nobody + record));
            words.kind.store(77);
            words.pid.store(555);
        }
    }
    auto const second       = kickmsg::SharedRegion::open(r.name);
    auto const participants = second.stats().participants;
    ASSERT_EQ(participants.size(), 2U) << "the others are recovered";
    for (auto const& participant : participants) {
        EXPECT_EQ(participant.kind, "region");
        EXPECT_EQ(participant.pid, kickmsg::os::process_id());
        EXPECT_TRUE(participant.alive);
    }
}

TEST(Participants, TheLivingAreListedAndNobodyElse)
{
    Report      r;
    auto const  direct  = kickmsg::detail::open_region(r.name, nullptr);
    auto&       mapping = direct->mapping();
    auto const  pid     = std::to_string(kickmsg::os::process_id());
    std::string both    = "region pid " + pid + ", region pid " + pid;
    EXPECT_EQ(kickmsg::detail::living_participants(mapping), both);
    mapping.layout().record(0).owner.store(OwnerWord::make(OwnerWord::Active, 0, nobody));
    EXPECT_EQ(kickmsg::detail::living_participants(mapping), both) << "the dead";
    mapping.layout().record(0).owner.store(
        OwnerWord::make(OwnerWord::Draining, 0, direct->participant().self().incarnation));
    EXPECT_EQ(kickmsg::detail::living_participants(mapping), both) << "a record that is being taken over";
    mapping.layout().record(0).owner.store(0);
    mapping.layout()
        .record(mapping.layout().record_count() - 1)
        .owner.store(OwnerWord::make(OwnerWord::Active, 0, direct->participant().self().incarnation));
    EXPECT_EQ(kickmsg::detail::living_participants(mapping), both + ", unknown pid 0");
    for (uint32_t i = 0; i < mapping.layout().record_count(); ++i) {
        mapping.layout().record(i).owner.store(0);
    }
    EXPECT_EQ(kickmsg::detail::living_participants(mapping), "somebody who is just attaching");
}

TEST(Participants, AreAskedForOnceInOneCallThoughOthersShareTheirPlace)
{
    Report                     r;
    auto const                 direct = kickmsg::detail::open_region(r.name, nullptr);
    uint64_t const             mine   = direct->participant().self().incarnation;
    kickmsg::detail::LifeCheck life(direct->mapping().memory());
    EXPECT_FALSE(life.is_alive(0));
    EXPECT_TRUE(life.is_alive(mine));
    EXPECT_FALSE(life.is_alive(mine + 128));
    EXPECT_TRUE(life.is_alive(mine));
    uint64_t gone = 0;
    {
        auto const other = kickmsg::detail::open_region(r.name, nullptr);
        gone             = other->participant().self().incarnation;
        EXPECT_TRUE(life.is_alive(gone));
    }
    EXPECT_TRUE(life.is_alive(gone)) << "an old answer is merely cautious";
    EXPECT_FALSE(kickmsg::detail::LifeCheck(direct->mapping().memory()).is_alive(gone));
}

TEST(Participants, PublishersKeepAQuarterOfThePoolAtMostAndEightSlotsEach)
{
    for (uint32_t const pool : {15U, 16U, 31U, 32U, 64U, 127U, 128U, 1000U}) {
        Name const             name;
        auto                   region = make(name, small_config(pool)); // of four publishers
        std::vector<Publisher> publishers;
        Subscriber             subscriber(region);
        uint64_t const         share = std::min<uint64_t>(pool / 4 / 4, 8);
        for (uint64_t count = 1; count <= 4; ++count) {
            publishers.emplace_back(region);
            for (uint64_t i = 0; i < 30; ++i) {
                send(publishers.back(), i);
                receive_all(subscriber);
            }
            EXPECT_EQ(region.stats().pool_kept, count * share);
            EXPECT_EQ(region.stats().pool_free, pool - count * share);
        }
        publishers.pop_back();
        EXPECT_EQ(region.stats().pool_kept, 3 * share) << "one that leaves gives back its own";
        publishers.clear();
        EXPECT_EQ(region.stats().pool_free, pool);
        EXPECT_EQ(region.stats().pool_kept, 0U);
    }
}

TEST(Participants, ARecoveryThatNobodyNeedsSweepsNothing)
{
    Report     r;
    auto const direct = kickmsg::detail::open_region(r.name, nullptr);
    r.layout().slot(11).references.store(References::make(1, References::ring(1))); // nobody died of it
    EXPECT_EQ(r.region.recover().references, 0U);
    r.layout().sweeps_owed().fetch_add(1);
    auto const report = r.region.recover();
    EXPECT_EQ(report.references, 1U);
    EXPECT_EQ(report.participants + report.rings + report.entries + report.slots + report.schema, 1U)
        << "its slot, and nothing more";
    EXPECT_EQ(r.layout().sweeps_done().load(), r.layout().sweeps_owed().load());
}

TEST(Participants, WhatARecoveryReportsIsWhatItBroughtBack)
{
    Report r;
    r.layout().record(0).owner.store(OwnerWord::make(OwnerWord::Active, 0, nobody));
    r.layout().record(1).owner.store(OwnerWord::make(OwnerWord::Active, 1, nobody + 1));
    for (uint32_t const ring : {0U, 1U, 2U}) {
        r.own(ring, OwnerWord::Joining, 0, nobody);
    }
    for (uint32_t const slot : {6U, 7U, 8U, 9U, 10U}) {
        r.layout().slot(slot).references.store(References::make(1, slot == 6 ? 7 : References::ring(1)));
    }
    r.layout().schema_owner().store(OwnerWord::make(OwnerWord::Claiming, 0, nobody));
    auto const report = r.region.recover();
    EXPECT_EQ(report.participants, 2U);
    EXPECT_EQ(report.rings, 3U);
    EXPECT_EQ(report.entries, 12U);
    EXPECT_EQ(report.references, 7U);
    EXPECT_EQ(report.slots, 5U);
    EXPECT_EQ(report.schema, 1U);
}
