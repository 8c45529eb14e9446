/// Every judgement of a sweep: what is brought back, what is counted, what has to be looked at again.
#include "small_world.h"

using namespace kickmsg_test;

namespace {

void expect_counts(core::SweepCounts const& found, uint64_t references, uint64_t slots, uint64_t orphans)
{
    EXPECT_EQ(found.references, references);
    EXPECT_EQ(found.slots, slots);
    EXPECT_EQ(found.orphans, orphans);
}

void expect_flags(core::SweepCounts const& found, bool again, bool unclosed, bool covered)
{
    EXPECT_EQ(found.again, again) << "again";
    EXPECT_EQ(found.unclosed, unclosed) << "unclosed";
    EXPECT_EQ(found.covered, covered) << "covered";
}

} // namespace

TEST(Accounting, WhereNothingIsMissingNothingIsFound)
{
    Swept w;
    for (auto const& found : {w.inspect(), w.repair()}) {
        expect_counts(found, 0, 0, 0);
        expect_flags(found, false, false, false);
    }
    w.expect_still();
    EXPECT_FALSE(w.needed());
}

TEST(Accounting, ReferencesThatNobodyHasAreTakenBackAndCountedOneByOne)
{
    Swept w;
    w.need(References::ring(0) | References::ring(1));
    expect_counts(w.inspect(), 0, 0, 1);
    EXPECT_EQ(w.references(0), References::make(3, 3)) << "a look changes nothing";
    {
        Before const watch(&w.layout.slot(0).references, true,
                           [&] { EXPECT_EQ(w.claim(4), ClaimWord::make(ClaimWord::Drop, 0, 0)); });
        auto const   found = w.repair();
        expect_counts(found, 2, 1, 1);
        expect_flags(found, false, false, false);
    }
    EXPECT_EQ(w.references(0), References::make(3, 0));
    w.expect_still();
}

TEST(Accounting, AKeptBitLastsAsLongAsItsPublisherAndAccountsForNothingElse)
{
    Swept w;
    w.need(References::kept | References::ring(1));
    w.layout.slot(0).owner.store(3, relaxed);
    auto found = w.repair();
    expect_counts(found, 1, 0, 1);
    expect_flags(found, false, false, false);
    EXPECT_EQ(w.references(0), References::make(3, References::kept)) << "of the living: it stays";
    w.env.dead = {3};
    found      = w.repair();
    expect_counts(found, 1, 1, 1);
    expect_flags(found, false, false, false);
    w.expect_still();
}

TEST(Accounting, APublicationOfTheLivingAccountsForWhatNothingElseDoesAndOnlyForNow)
{
    for (bool const anywhere_else : {false, true}) {
        Swept w;
        w.need(References::kept | References::ring(0) | References::ring(1));
        w.layout.slot(0).owner.store(3, relaxed);
        Claims claims(w.layout.record(2));
        claims.publish(0);
        if (anywhere_else) { // every bit is in its ring already: the note hides nothing
            for (uint32_t const ring : {0U, 1U}) {
                w.layout.entry(ring, 1).store(Entry::make_full(1, 0), relaxed);
                w.own(ring, OwnerWord::Live, 1);
            }
        }
        auto found = w.repair();
        expect_counts(found, 0, 0, 0);
        expect_flags(found, false, false, !anywhere_else);
        if (!anywhere_else) {
            claims.published();
            found = w.repair();
            expect_counts(found, 2, 0, 1);
            expect_flags(found, false, false, false);
            EXPECT_EQ(w.references(0), References::make(3, References::kept));
        }
    }
}

TEST(Accounting, APublicationOfTheDeadOrOfASlotOutOfRangeAccountsForNothing)
{
    for (bool const dead : {false, true}) {
        Swept w;
        w.need(References::kept | References::ring(1));
        w.layout.slot(0).owner.store(3, relaxed);
        Claims(w.layout.record(2)).publish(dead ? 0 : w.pool);
        if (dead) {
            w.env.dead = {3};
        }
        auto const found = w.repair();
        expect_counts(found, dead ? 2 : 1, dead ? 1 : 0, 1);
        expect_flags(found, false, false, false);
    }
}

TEST(Accounting, OfSeveralReferencesOnlyTheOrphanedGo)
{
    Swept w;
    w.need(References::ring(0) | References::ring(1));
    w.layout.entry(1, 2).store(Entry::make_full(1, 0), relaxed); // ring 1 has it unread
    w.own(1, OwnerWord::Live, 1);
    auto const found = w.repair();
    expect_counts(found, 1, 0, 1);
    expect_flags(found, false, false, false);
    EXPECT_EQ(w.references(0), References::make(3, References::ring(1)));
    w.expect_still();
}

TEST(Accounting, AnEntryThatIsNotFullOrLeadsNowhereAccountsForNothing)
{
    Swept w;
    w.need(References::ring(1));
    w.layout.entry(1, 1).store(Entry::make_full(1, 0) & ~Entry::full, relaxed);
    w.layout.entry(1, 2).store(Entry::make_full(1, w.pool), relaxed);
    expect_counts(w.repair(), 1, 1, 1);
}

TEST(Accounting, AFirmMarkAccountsForAReferenceAndOneInMotionOnlyForNow)
{
    for (uint32_t const mark : {5U, 5U | core::HoldMap<Policy, Layout>::moving}) {
        Swept w;
        w.need(References::ring(1));
        w.layout.record(0).ring.store(1, relaxed);
        w.layout.hold(0, 0).store(mark, relaxed);
        auto found = w.repair();
        expect_counts(found, 0, 0, 0);
        expect_flags(found, false, false, mark != 5);
        w.env.dead = {1}; // a mark of the dead is none
        found      = w.repair();
        expect_counts(found, 1, 1, 1);
        expect_flags(found, false, false, false);
    }
}

TEST(Accounting, AnEvictionOfTheLivingAccountsForItsRingAndNoOther)
{
    Swept w;
    w.need(References::ring(0) | References::ring(1));
    Claims claims(w.layout.record(2));
    claims.evict(1, 0);
    auto found = w.repair();
    expect_counts(found, 1, 0, 1);
    expect_flags(found, false, false, true);
    EXPECT_EQ(w.references(0), References::make(3, References::ring(1)));
    claims.drop(0); // accounts for no ring
    found = w.repair();
    expect_counts(found, 1, 1, 1);
}

TEST(Accounting, AClaimOfARecordThatIsBeingTakenOverIsNobodys)
{
    Swept w;
    w.head_at(1); // slot 0 is nowhere
    Claims(w.layout.record(2)).drop(0);
    expect_flags(w.repair(), false, false, true);
    w.layout.record(2).owner.store(OwnerWord::make(OwnerWord::Draining, 2, 3), relaxed);
    expect_counts(w.inspect(), 0, 0, 1);
    core::SweepCounts found;
    {
        Before const watch(&w.layout.slot(0).references, true, [&] {
            EXPECT_EQ(w.claim(4), ClaimWord::make(ClaimWord::Drop, 0, 0)) << "noted before it is done";
        });
        found = w.repair();
    }
    expect_counts(found, 0, 1, 1);
    expect_flags(found, false, false, false);
    EXPECT_EQ(w.references(0), References::make(1, 0)) << "a generation later: who else judged it comes too late";
    w.layout.record(2).claim.store(0, relaxed);
    w.expect_still();
}

TEST(Accounting, ClaimsThatNameNoSlotOfThePoolAreIgnored)
{
    Swept w;
    Claims(w.layout.record(2)).evict(1, w.pool);
    Claims(w.layout.record(3)).drop(core::no_slot);
    w.head_at(1);
    expect_counts(w.repair(), 0, 1, 1);
}

TEST(Accounting, AClaimThatIsClearedBeforeTheSecondReadingCoversItsSlotStill)
{
    Swept w;
    w.head_at(1);
    Claims claims(w.layout.record(2));
    claims.drop(0); // pushed, perhaps, where the snapshot does not show it
    {
        Before const clearing(&w.layout.head(), false, [&] { claims.clear(); });
        auto const   found = w.repair();
        expect_counts(found, 0, 0, 0);
        expect_flags(found, false, false, true);
    }
    expect_counts(w.repair(), 0, 1, 1);
}

TEST(Accounting, EachPassBeginsAnew)
{
    Swept w;
    w.need(References::ring(0) | References::ring(1));
    w.own(1, OwnerWord::Live, 1);
    w.env.dead = {2};
    Claims     claims(w.layout.record(4));
    Sweep      sweep(w.layout, w.env, w.notes.data());
    auto const first = sweep.repair(claims);
    expect_counts(first, 1, 0, 1);
    expect_flags(first, false, true, false);
    w.layout.ring(1).owner.store(0, relaxed);
    auto const second = sweep.repair(claims);
    expect_counts(second, 1, 1, 1);
    expect_flags(second, false, false, false);
    expect_counts(sweep.repair(claims), 0, 0, 0);
}

TEST(Accounting, ReferencesOfARingOfTheDeadWaitUntilItIsClosed)
{
    Swept w;
    w.need(References::ring(0) | References::ring(1));
    w.own(1, OwnerWord::Live, 1);
    w.env.dead = {2};
    expect_counts(w.inspect(), 0, 0, 1);
    auto found = w.repair();
    expect_counts(found, 1, 0, 1);
    expect_flags(found, false, true, false);
    EXPECT_EQ(w.references(0), References::make(3, References::ring(1)));
    expect_counts(w.inspect(), 0, 0, 1);
    w.layout.ring(1).owner.store(0, relaxed);
    found = w.repair();
    expect_counts(found, 1, 1, 1);
    expect_flags(found, false, false, false);
}

TEST(Accounting, WhatMovedSinceItWasJudgedIsJudgedAgain)
{
    Swept w;
    w.need(References::ring(1));
    auto& references = w.layout.slot(0).references;
    {
        Before const other(&references, true,
                           [&] { references.store(References::make(4, References::ring(1)), relaxed); });
        auto const   found = w.repair();
        expect_counts(found, 0, 0, 0);
        expect_flags(found, true, false, false);
    }
    EXPECT_EQ(w.claim(4), 0U);
    expect_counts(w.repair(), 1, 1, 1);
    w.head_at(0); // on the stack again, and nowhere once more
    Claims claims(w.layout.record(2));
    auto   loan = FreeStack(w.layout).pop(claims, 3);
    auto&  lost = w.layout.slot(loan.slot).references;
    lost.store(References::make(loan.generation, 0), relaxed);
    {
        Before const other(&lost, true,
                           [&] { lost.store(References::make(loan.generation + 1, References::kept), relaxed); });
        expect_counts(w.repair(), 0, 0, 0);
    }
    EXPECT_EQ(w.claim(4), 0U);
    EXPECT_EQ(lost.load(relaxed), References::make(loan.generation + 1, References::kept)) << "somebody's loan";
}

TEST(Accounting, ALookCountsOnlyWhatStillIsAsItWasJudged)
{
    for (bool const free : {false, true}) {
        Swept w;
        w.need(free ? 0 : References::ring(1));
        auto&          references = w.layout.slot(0).references;
        uint32_t       looks      = 0;
        Observer const other([&](void const* word, bool) {
            if (word == &references && ++looks == 2) {
                references.store(References::make(4, References::ring(1)), relaxed);
            }
        });
        expect_counts(w.inspect(), 0, 0, 0);
        EXPECT_EQ(looks, 2U);
    }
}

TEST(Accounting, SlotsOutsideACircleThatStandsStillAreBroughtBack)
{
    Swept w;
    w.layout.head().store(Word::make(1, 0), relaxed);
    w.layout.slot(0).link.store(Word::make(0, 1), relaxed);
    w.layout.slot(1).link.store(Word::make(0, 0), relaxed);
    auto const found = w.repair(); // the walk ends where it has been
    EXPECT_EQ(found.slots, w.pool - 2U);
    EXPECT_EQ(w.claim(4), 0U);
}

TEST(Accounting, AWalkGoesOnThroughOldLinksThoughTheTopIsPoppedMeanwhile)
{
    for (uint32_t const at : {0U, 1U, 5U}) {
        Swept  w;
        Claims others(w.layout.record(3));
        auto   top = FreeStack(w.layout).pop(others, 4); // and back: a link as young as the head
        w.layout.slot(top.slot).references.store(References::make(top.generation, 0), relaxed);
        FreeStack(w.layout).push(top.slot);
        uint32_t links = 0;
        {
            Observer const popper([&](void const* word, bool) {
                for (uint32_t slot = 0; slot < w.pool; ++slot) {
                    links += word == &w.layout.slot(slot).link ? 1 : 0;
                }
                if (word == &w.layout.slot(at).link && links == at + 1) {
                    top = FreeStack(w.layout).pop(others, 4);
                }
            });
            auto const     found = w.inspect();
            expect_counts(found, 0, 0, 0);
            expect_flags(found, false, false, false);
        }
        EXPECT_EQ(top.slot, 0U);
        EXPECT_EQ(links, w.pool) << "each link is read once";
    }
}

TEST(Accounting, AWalkDoesNotFollowTheLinkOfAPushThatIsNotThroughYet)
{
    Swept  w;
    Claims others(w.layout.record(3));
    {
        Before const pusher(&w.layout.slot(0).link, false, [&] {
            for (uint32_t i = 0; i < 3; ++i) {
                FreeStack(w.layout).pop(others, 4);
            }
            uint64_t const head = w.layout.head().load(relaxed); // of slot 3
            w.layout.slot(0).link.store(Word::make(Word::tag(head) + 1, Word::slot(head)), relaxed);
        });
        w.inspect();
    }
    EXPECT_FALSE(w.notes[0].stacked) << "it is not on the stack that was walked";
    EXPECT_TRUE(w.notes[3].stacked && w.notes[4].stacked && w.notes[5].stacked);
}
