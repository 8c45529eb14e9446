/// What the stack, a sender, a ring and a receiver leave behind where a step of theirs fails: no claim, no mark, no slot
/// nowhere, no number wrong.
#include "small_world.h"

using namespace kickmsg_test;

TEST(LeftBehind, OfAPopThatFindsNothingIsNoClaim)
{
    SmallWorld w;
    Claims     claims(w.layout.record(2));
    for (uint32_t slot = 0; slot < w.pool; ++slot) {
        auto const loan = FreeStack(w.layout).pop(claims, 3);
        EXPECT_EQ(loan.slot, slot);
        EXPECT_EQ(loan.generation, 1U);
        EXPECT_EQ(w.references(slot), References::make(1, References::kept));
        EXPECT_EQ(w.layout.slot(slot).owner.load(relaxed), 3U);
        EXPECT_EQ(w.claim(2), 0U);
    }
    EXPECT_FALSE(FreeStack(w.layout).pop(claims, 3));
    EXPECT_EQ(w.claim(2), 0U);
    EXPECT_EQ(w.layout.corruptions + w.owed(), 0U) << "an empty stack is no broken one";
}

TEST(LeftBehind, OfAPopThatLosesTheLastSlotIsNoClaim)
{
    SmallWorld w;
    Claims     claims(w.layout.record(2)), others(w.layout.record(3));
    while (w.stacked().size() > 1) {
        FreeStack(w.layout).pop(claims, 3);
    }
    {
        Before const faster(&w.layout.head(), true, [&] {
            EXPECT_EQ(w.claim(2), ClaimWord::make(ClaimWord::Pop, 0, w.pool - 1)) << "noted before it is done";
            EXPECT_TRUE(FreeStack(w.layout).pop(others, 4));
        });
        EXPECT_FALSE(FreeStack(w.layout).pop(claims, 3));
    }
    EXPECT_EQ(w.claims(), 0U);
    EXPECT_EQ(w.layout.slot(w.pool - 1).owner.load(relaxed), 4U);
}

TEST(LeftBehind, OfPoppedSlotsThatSomebodyNeedsIsNoClaimAndTheNextFreeOneIsLent)
{
    SmallWorld w;
    Claims     claims(w.layout.record(2));
    w.layout.slot(0).references.store(References::make(7, References::ring(1)), relaxed);
    w.layout.slot(1).references.store(References::make(7, References::kept), relaxed);
    EXPECT_EQ(FreeStack(w.layout).pop(claims, 3).slot, 2U);
    EXPECT_EQ(w.layout.corruptions, 2U);
    EXPECT_EQ(w.references(0), References::make(7, References::ring(1))) << "untouched";
    EXPECT_EQ(w.claim(2), 0U);
    for (uint32_t slot = 0; slot < w.pool; ++slot) { // a circle of them
        w.layout.slot(slot).references.store(References::make(7, References::ring(1)), relaxed);
        w.layout.slot(slot).link.store(Word::make(0, (slot + 1) % w.pool), relaxed);
    }
    EXPECT_FALSE(FreeStack(w.layout).pop(claims, 3));
    EXPECT_EQ(w.layout.corruptions, 2U + w.pool + 1) << "each was looked at, and then no more";
    EXPECT_EQ(w.claim(2), 0U);
}

TEST(LeftBehind, OfAStackThatLeadsNowhereIsASweepOwed)
{
    for (uint32_t const nowhere : {SmallWorld::pool, SmallWorld::pool + 9, core::no_slot - 1}) {
        SmallWorld w;
        Claims     claims(w.layout.record(2));
        w.layout.slot(0).link.store(Word::make(0, nowhere), relaxed);
        {
            Before const other(&w.layout.head(), true, [&] { w.layout.head().store(Word::make(5, 0), relaxed); });
            EXPECT_EQ(FreeStack(w.layout).pop(claims, 3).slot, 0U);
        }
        EXPECT_EQ(Word::slot(w.layout.head().load(relaxed)), core::no_slot);
        EXPECT_EQ(w.owed(), 1U) << "by who took it, not by who tried";
        EXPECT_EQ(w.layout.corruptions, 1U);
        w.layout.head().store(Word::make(9, nowhere), relaxed);
        EXPECT_FALSE(FreeStack(w.layout).pop(claims, 3));
        EXPECT_EQ(w.owed(), 2U);
        EXPECT_EQ(w.layout.corruptions, 2U);
        EXPECT_EQ(w.claim(2), 0U);
    }
}

TEST(LeftBehind, GenerationsGoRoundWithoutTouchingWhoHoldsTheSlot)
{
    SmallWorld     w;
    Claims         claims(w.layout.record(2));
    uint64_t const last = (uint64_t{1} << 31) - 1;
    w.layout.slot(0).references.store(References::make(last, 0), relaxed);
    auto const loan = FreeStack(w.layout).pop(claims, 3);
    EXPECT_EQ(loan.generation, 0U);
    EXPECT_EQ(w.references(0), References::kept);
}

TEST(LeftBehind, ASlotGoesBackWithItsLastReferenceAndOnlyThen)
{
    SmallWorld w;
    Claims     claims(w.layout.record(2));
    auto const release = [&](uint64_t holders) {
        return core::release_references<Policy, Layout>(w.layout, 0, holders);
    };
    EXPECT_FALSE(release(References::kept)) << "it is free already";
    FreeStack(w.layout).pop(claims, 3);
    w.layout.slot(0).references.store(References::make(1, References::kept | 3), relaxed);
    EXPECT_FALSE(release(References::ring(1)));
    EXPECT_FALSE(release(References::ring(1))) << "given up before";
    EXPECT_FALSE(release(References::kept));
    EXPECT_EQ(w.references(0), References::make(1, References::ring(0)));
    EXPECT_TRUE(release(References::ring(0)));
    EXPECT_EQ(w.references(0), References::make(1, 0));
    EXPECT_FALSE(release(References::ring(0)));
    w.expect_still();
}

// --- ring

TEST(LeftBehind, OfADeliveryThatFindsItsRingClosedIsNoClaimOnWhatItWouldHaveEvicted)
{
    SmallWorld w;
    w.join(0);
    Sender sender(w.layout, w.self(2), 0);
    for (uint32_t i = 0; i < w.capacity; ++i) {
        EXPECT_EQ(w.send(sender), 1U);
    }
    auto&          entry  = w.layout.entry(0, w.layout.ring(0).tail.load(relaxed));
    uint32_t const oldest = Entry::slot(entry.load(relaxed));
    Claims         claims(w.layout.record(2));
    {
        Before const closer(&entry, true, [&] {
            EXPECT_EQ(w.claim(2), ClaimWord::make(ClaimWord::Evict, 0, oldest)) << "noted before it is done";
            EXPECT_EQ(Ring(w.layout, 0).seal(), 0U);
        });
        EXPECT_EQ(Ring(w.layout, 0).deliver(5, claims), kickmsg::core::Delivered::No);
    }
    EXPECT_EQ(w.claim(2), 0U);
    EXPECT_EQ(w.references(oldest), References::make(1, References::ring(0))) << "it was not this call's to give up";
    EXPECT_EQ(Ring(w.layout, 0).seal(), w.capacity) << "all of them were sealed already";
    Ring(w.layout, 0).drain(claims);
    EXPECT_EQ(Ring(w.layout, 0).unread(), 0U);
    w.expect_still();
}

TEST(LeftBehind, OfADeliveryOverAnUnreadMessageIsNothing)
{
    SmallWorld w;
    w.join(0);
    Sender sender(w.layout, w.self(2), 0);
    for (uint32_t i = 0; i < 3 * w.capacity + 1; ++i) {
        EXPECT_EQ(w.send(sender), 1U);
        EXPECT_EQ(w.claim(2), 0U);
    }
    EXPECT_EQ(Ring(w.layout, 0).unread(), w.capacity);
    w.expect_still();
    Claims claims(w.layout.record(2));
    auto&  entry = w.layout.entry(0, w.layout.ring(0).tail.load(relaxed));
    Ring(w.layout, 0).deliver(5, claims); // over an unread one
    EXPECT_EQ(w.claim(2), 0U) << "the ring alone cleans up after itself";
    for (uint32_t const nowhere : {w.pool + 0, core::no_slot}) {
        auto& next = w.layout.entry(0, w.layout.ring(0).tail.load(relaxed));
        EXPECT_NE(&next, &entry);
        next.store((next.load(relaxed) & ~uint64_t{core::no_slot}) | nowhere, relaxed);
        EXPECT_EQ(Ring(w.layout, 0).deliver(4, claims), kickmsg::core::Delivered::Overwrote);
        EXPECT_EQ(w.claim(2), 0U);
    }
    EXPECT_EQ(w.layout.corruptions, 2U) << "slot numbers that lead nowhere were evicted";
}

TEST(LeftBehind, OfADeliveryThatIsLedInACircleIsNothingButACount)
{
    SmallWorld w;
    w.join(0);
    Claims claims(w.layout.record(2));
    auto   at = [](uint32_t place) { // each a quarter of all laps ahead of the one before
        return Entry::make_full((place + 1) * (uint64_t{1} << (Policy::lap_bits - 2)), 3);
    };
    for (uint32_t i = 0; i < w.capacity; ++i) {
        w.layout.entry(0, i).store(at(i), relaxed);
    }
    EXPECT_EQ(Ring(w.layout, 0).deliver(5, claims), kickmsg::core::Delivered::No);
    EXPECT_EQ(w.claim(2), 0U);
    for (uint32_t i = 0; i < w.capacity; ++i) {
        EXPECT_EQ(w.layout.entry(0, i).load(relaxed), at(i)) << i;
    }
    EXPECT_EQ(w.layout.corruptions, 1U);
    w.expect_still();
}

TEST(LeftBehind, OfAnEvictionThatLosesItsMessageIsNoClaim)
{
    SmallWorld w;
    auto       receiver = w.join(0);
    Sender     sender(w.layout, w.self(2), 0);
    Claims     claims(w.layout.record(3));
    w.send(sender);
    auto&       entry = w.layout.entry(0, w.layout.ring(0).tail.load(relaxed) - 1);
    core::Taken taken;
    {
        Before const faster(&entry, true, [&] {
            EXPECT_EQ(w.claim(3), ClaimWord::make(ClaimWord::Evict, 0, 0)) << "noted before it is done";
            taken = receiver.take();
        });
        EXPECT_FALSE(Ring(w.layout, 0).evict_oldest(claims));
    }
    EXPECT_EQ(w.claim(3), 0U);
    ASSERT_TRUE(taken);
    EXPECT_EQ(References::holders(w.references(taken.slot)), References::ring(0)) << "the reader's, and still there";
    receiver.drop_by_receiver(taken);
    EXPECT_FALSE(Ring(w.layout, 0).evict_oldest(claims)) << "there is none";
    w.send(sender);
    EXPECT_TRUE(Ring(w.layout, 0).evict_oldest(claims));
    w.send(sender);
    Ring(w.layout, 0).seal();
    EXPECT_FALSE(Ring(w.layout, 0).evict_oldest(claims)) << "what is sealed is its owner's";
    EXPECT_EQ(Ring(w.layout, 0).unread(), 1U);
    EXPECT_EQ(receiver.take().slot, core::no_slot) << "and not the reader's any more";
    w.expect_still();
}

TEST(LeftBehind, ARingIsOpenedAgainBeyondEveryLapThatItsEntriesShow)
{
    SmallWorld w;
    EXPECT_EQ(Ring(w.layout, 0).reopen(), 2 * w.capacity);
    w.layout.entry(0, 3).store(Entry::make_consumed(7) | Entry::sealed, relaxed); // beyond the tail, which lags
    w.layout.sleepers().store(3, relaxed);
    uint64_t const start = Ring(w.layout, 0).reopen();
    EXPECT_EQ(start, (7 + 2) * w.capacity) << "a lap is left out";
    EXPECT_EQ(w.layout.ring(0).tail.load(relaxed), start);
    EXPECT_EQ(w.layout.sleepers().load(relaxed), 2U) << "of the sleeper before, and of nobody else";
    for (uint32_t i = 0; i < w.capacity; ++i) {
        EXPECT_EQ(w.layout.entry(0, i).load(relaxed), Entry::make_consumed(7 + 1));
    }
}

// --- sender

TEST(LeftBehind, OfAPublishToNobodyIsNoLoanUnlessASlotIsKeptAhead)
{
    for (uint32_t const keep : {0U, 1U, 4U}) {
        SmallWorld w;
        Sender     sender(w.layout, w.self(2), keep);
        ASSERT_TRUE(sender.borrow());
        uint32_t const slot = sender.slot();
        EXPECT_TRUE(sender.borrow());
        EXPECT_EQ(sender.slot(), slot) << "one at a time";
        EXPECT_EQ(sender.publish(8), 0U);
        EXPECT_EQ(sender.slot(), keep != 0 ? slot : core::no_slot);
        EXPECT_EQ(w.references(slot), References::make(1, keep != 0 ? References::kept : 0));
        w.expect_still();
        sender.give_back();
        sender.give_back(); // nothing
        EXPECT_EQ(sender.slot(), core::no_slot);
        EXPECT_EQ(w.stacked().size(), w.pool);
        w.expect_still();
    }
}

TEST(LeftBehind, OfARingFoundClosedIsNoReference)
{
    SmallWorld w;
    w.join(0);
    w.join(1);
    Sender sender(w.layout, w.self(2), 0);
    ASSERT_TRUE(sender.borrow());
    uint32_t const slot = sender.slot();
    Ring(w.layout, 0).seal(); // its live bit still stands
    {
        bool           covered = false;
        Observer const watch([&](void const* word, bool exchange) {
            if (word == &w.layout.slot(slot).references && exchange) {
                covered = w.publishing(2) == ClaimWord::make(ClaimWord::Publish, 0, slot) ||
                          w.claim(2) == ClaimWord::make(ClaimWord::Drop, 0, slot);
                EXPECT_TRUE(covered) << "noted before it is done";
            }
        });
        EXPECT_EQ(sender.publish(8), 1U);
        EXPECT_TRUE(covered) << "looked at";
        EXPECT_EQ(w.publishing(2), 0U);
    }
    EXPECT_EQ(w.references(slot), References::make(1, References::ring(1)));
    EXPECT_EQ(sender.slot(), core::no_slot);
    w.expect_still();
    Ring(w.layout, 1).seal();
    EXPECT_EQ(w.send(sender), 0U);
    EXPECT_EQ(w.stacked().size(), w.pool - 1) << "delivered to nobody, and free again";
    w.expect_still();
}

TEST(LeftBehind, OfAPoolThatIsEmptyIsNoClaimAndNoLoan)
{
    SmallWorld w;
    Claims     others(w.layout.record(3));
    auto       receiver = w.join(0);
    Sender     sender(w.layout, w.self(2), 0);
    w.send(sender);
    while (FreeStack(w.layout).pop(others, 4)) {
    }
    EXPECT_FALSE(sender.borrow());
    EXPECT_EQ(sender.slot(), core::no_slot);
    EXPECT_EQ(w.claim(2), 0U);
    EXPECT_TRUE(sender.borrow_by_eviction()) << "the unread message makes room";
    EXPECT_EQ(w.claim(2), 0U);
    EXPECT_EQ(sender.publish(8), 1U);
    auto const held = receiver.take();
    ASSERT_TRUE(held);
    EXPECT_FALSE(sender.borrow_by_eviction()) << "nothing is unread, and a view is not evicted";
    EXPECT_EQ(sender.slot(), core::no_slot);
    EXPECT_EQ(w.claim(2), 0U);
    receiver.drop_by_receiver(held);
    EXPECT_TRUE(sender.borrow_by_eviction()) << "nothing is evicted where a slot is free";
    sender.give_back();
    w.expect_still();
}
