/// Every step of a recovery: what is brought back, what is counted, what stays owed, what is left to others.
#include "small_world.h"

using namespace kickmsg_test;
using core::DeadRings;

TEST(Recovering, IsNeededForEachThingByItself)
{
    struct Case {
        char const* what;
        void (*spoil)(Swept&);
    };
    Case const cases[] = {
        {"a sweep is owed", [](Swept& w) { Registry(w.layout).owe_sweep(); }},
        {"a record is being taken over",
         [](Swept& w) { w.layout.record(2).owner.store(OwnerWord::make(OwnerWord::Draining, 2, 5), relaxed); }},
        {"a participant is dead", [](Swept& w) { w.env.dead = {3}; }},
        {"the last participant is dead", [](Swept& w) { w.env.dead = {5}; }},
        {"the owner of a ring is dead", [](Swept& w) { w.env.dead = {9}, w.own(1, OwnerWord::Draining, 8); }},
        {"the schema's claimant is dead",
         [](Swept& w) {
             w.env.dead = {9};
             w.layout.schema_owner().store(OwnerWord::make(OwnerWord::Claiming, 8, 9), relaxed);
         }},
    };
    for (Case const& one : cases) {
        Swept w;
        EXPECT_FALSE(w.needed());
        one.spoil(w);
        EXPECT_TRUE(w.needed()) << one.what;
    }
    Swept w;
    w.own(1, OwnerWord::Live, 1);
    w.env.dead = {0, 9}; // nobody's
    EXPECT_FALSE(w.needed()) << "all who are anything live";
}

TEST(Recovering, PaysTheDebtThatItFoundAndNoLaterOne)
{
    Swept w;
    Registry(w.layout).owe_sweep();
    Registry(w.layout).owe_sweep();
    {
        Before const later(&w.layout.head(), false, [&] { Registry(w.layout).owe_sweep(); });
        w.recover();
    }
    EXPECT_EQ(w.layout.sweeps_done().load(relaxed), 2U);
    EXPECT_TRUE(w.needed());
    w.recover();
    EXPECT_EQ(w.layout.sweeps_done().load(relaxed), 3U);
    EXPECT_FALSE(w.needed());
}

TEST(Recovering, NeverTakesBackWhatAnotherHasPaid)
{
    Swept w;
    w.layout.sweeps_owed().store(2, relaxed);
    auto& done = w.layout.sweeps_done();
    for (uint64_t const paid : {1U, 2U, 5U}) {
        done.store(0, relaxed);
        Before const other(&done, true, [&] { done.store(paid, relaxed); });
        w.recover();
        EXPECT_EQ(done.load(relaxed), paid < 2 ? 2 : paid);
    }
}

TEST(Recovering, WhatTheLivingCoverStaysOwed)
{
    Swept w;
    w.env.dead = {4};
    w.head_at(1);
    Registry(w.layout).owe_sweep();
    Claims claims(w.layout.record(2));
    claims.pop(0);
    auto found = w.recover();
    EXPECT_EQ(found.participants, 1U);
    EXPECT_EQ(found.slots, 0U);
    EXPECT_EQ(w.owed(), 2U);
    EXPECT_EQ(w.layout.sweeps_done().load(relaxed), 0U) << "what was owed before is no more paid than what is owed now";
    EXPECT_TRUE(w.needed()) << "though nobody dead is left";
    EXPECT_EQ(w.claim(4), 0U);
    claims.clear();
    found = w.recover();
    EXPECT_EQ(found.slots, 1U);
    EXPECT_EQ(found.participants, 0U);
    EXPECT_FALSE(w.needed());
    w.expect_still();
}

TEST(Recovering, FreesTheRecordsOfTheDeadAndTheirNotes)
{
    Swept w;
    w.env.dead = {1, 3};
    for (uint32_t const record : {0U, 1U, 2U}) {
        Claims(w.layout.record(record)).drop(5);
    }
    w.layout.hold(0, 3).store(9, relaxed);
    w.layout.hold(1, 3).store(9, relaxed);
    w.layout.record(3).owner.store(OwnerWord::make(OwnerWord::Draining, 3, 4), relaxed); // another recoverer's
    auto const found = w.recover();
    EXPECT_EQ(found.participants, 2U);
    EXPECT_EQ(w.layout.record(0).owner.load(relaxed) | w.layout.record(2).owner.load(relaxed), 0U);
    EXPECT_EQ(w.layout.record(3).owner.load(relaxed), OwnerWord::make(OwnerWord::Draining, 3, 4));
    EXPECT_EQ(w.claim(0) | w.claim(2), 0U);
    EXPECT_EQ(w.layout.hold(0, 3).load(relaxed), 0U);
    EXPECT_NE(w.claim(1), 0U) << "a living one's";
    EXPECT_EQ(w.layout.hold(1, 3).load(relaxed), 9U);
}

TEST(Recovering, OfARecordThatAnotherTakesOverFirstNothingIsTouched)
{
    Swept w;
    w.env.dead  = {3};
    auto& owner = w.layout.record(2).owner;
    {
        Before const other(&owner, true, [&] { // adopted, and at work again
            owner.store(OwnerWord::make(OwnerWord::Active, 2, 50), relaxed);
            Claims(w.layout.record(2)).drop(5);
        });
        EXPECT_EQ(w.recover().participants, 0U);
    }
    EXPECT_EQ(owner.load(relaxed), OwnerWord::make(OwnerWord::Active, 2, 50));
    EXPECT_EQ(w.claim(2), ClaimWord::make(ClaimWord::Drop, 0, 5));
}

TEST(Recovering, ClosesTheRingsOfTheDeadThatItIsAskedFor)
{
    struct Case {
        OwnerWord::State state;
        bool             half;
        uint64_t         entries;
    };
    for (Case const& one : {Case{OwnerWord::Joining, true, SmallWorld::capacity}, Case{OwnerWord::Draining, true, 2},
                            Case{OwnerWord::Live, false, 0}}) {
        Swept w;
        Ring(w.layout, 0).reopen();
        w.layout.entry(0, 0).fetch_or(Entry::sealed, relaxed);
        w.layout.entry(0, 1).fetch_or(Entry::sealed, relaxed);
        w.own(0, one.state, 0);
        Recovery living(w.layout, w.self(4), w.env);
        EXPECT_EQ(living.close_rings(DeadRings::All) + living.counts().rings, 0U) << "its owner lives";
        w.env.dead = {1};
        Recovery half(w.layout, w.self(4), w.env), all(w.layout, w.self(4), w.env);
        EXPECT_EQ(half.close_rings(DeadRings::HalfWay), one.half ? one.entries : 0);
        EXPECT_EQ(half.counts().rings, one.half ? 1U : 0U);
        all.close_rings(DeadRings::All);
        EXPECT_EQ(all.counts().rings, one.half ? 0U : 1U);
        EXPECT_EQ(w.layout.ring(0).owner.load(relaxed), 0U);
        w.expect_still();
    }
}

TEST(Recovering, ARingThatAnotherTakesOverFirstIsNotCounted)
{
    Swept w;
    Ring(w.layout, 0).reopen();
    w.own(0, OwnerWord::Live, 0);
    w.env.dead  = {1};
    auto& owner = w.layout.ring(0).owner;
    {
        Before const other(&owner, true, [&] { w.own(0, OwnerWord::Draining, 3); });
        Recovery     recovery(w.layout, w.self(4), w.env);
        EXPECT_EQ(recovery.close_rings(DeadRings::All) + recovery.counts().rings, 0U);
    }
    EXPECT_EQ(owner.load(relaxed), OwnerWord::make(OwnerWord::Draining, 3, 4));
    EXPECT_EQ(Ring(w.layout, 0).seal(), 0U) << "nothing was sealed";
}

TEST(Recovering, CountsASchemaClaimThatItTakesBackAndNoOther)
{
    Swept w;
    auto& owner = w.layout.schema_owner();
    owner.store(OwnerWord::make(OwnerWord::Claiming, 2, 3), relaxed);
    EXPECT_EQ(w.recover().schema, 0U);
    w.env.dead = {3};
    EXPECT_EQ(w.recover().schema, 1U);
    EXPECT_EQ(owner.load(relaxed), 0U);
    EXPECT_EQ(w.recover().schema, 0U);
}
