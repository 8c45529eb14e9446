/// What a receiver leaves behind at each end that a take, a drop or a wait can come to: marks, references, numbers.
#include "kickmsg/core/ViewCount.h"
#include "small_world.h"

using namespace kickmsg_test;

namespace {

constexpr uint32_t moving = core::HoldMap<Policy, Layout>::moving;

/// A subscriber with record and ring 0, and a publisher.
struct Line : SmallWorld {
    void send(uint32_t messages = 1)
    {
        for (uint32_t i = 0; i < messages; ++i) {
            EXPECT_EQ(SmallWorld::send(sender), 1U);
        }
    }
    auto& entry(uint64_t after_start = 0)
    {
        return layout.entry(0, start + after_start);
    }
    uint32_t slot_of(uint64_t after_start = 0)
    {
        return Entry::slot(entry(after_start).load(relaxed));
    }
    uint32_t mark(uint32_t slot)
    {
        return layout.hold(0, slot).load(relaxed);
    }
    /// What is published is what was counted.
    void expect_counts(uint64_t received, uint64_t lost)
    {
        EXPECT_EQ(layout.ring(0).position.load(relaxed), start + received + lost);
        EXPECT_EQ(layout.ring(0).lost.load(relaxed), lost);
        EXPECT_EQ(receiver.lost(), lost);
    }

    Receiver receiver = join(0);
    uint64_t start    = layout.ring(0).start.load(relaxed);
    Sender   sender{layout, self(2), 0};
};

} // namespace

TEST(Receiver, BeginsWithItsOwnNumbers)
{
    SmallWorld w;
    w.layout.ring(0).position.store(77, relaxed);
    w.layout.ring(0).lost.store(78, relaxed);
    w.join(0);
    EXPECT_EQ(w.layout.ring(0).start.load(relaxed), 2U * w.capacity);
    EXPECT_EQ(w.layout.ring(0).position.load(relaxed), 2U * w.capacity);
    EXPECT_EQ(w.layout.ring(0).lost.load(relaxed), 0U);
}

TEST(Receiver, FindsNothingInAnEmptyRingAndLeavesNothing)
{
    Line line;
    EXPECT_FALSE(line.receiver.take());
    line.expect_counts(0, 0);
    line.send();
    Ring(line.layout, 0).seal();
    EXPECT_FALSE(line.receiver.take()) << "its own leaving has begun: what is unread is drained, not taken";
    EXPECT_EQ(line.marks(), 0U);
    line.expect_counts(0, 0);
}

TEST(Receiver, MarksWhatItTakesUntilItIsDropped)
{
    Line line;
    line.send(2);
    uint32_t const slot = line.slot_of();
    core::Taken    taken;
    {
        Before const watch(&line.entry(), true, [&] { EXPECT_EQ(line.mark(slot) & moving, moving); });
        taken = line.receiver.take();
    }
    EXPECT_EQ(taken.slot, slot);
    EXPECT_EQ(taken.position, line.start);
    EXPECT_EQ(line.mark(slot), taken.mark | moving) << "it may not last";
    line.receiver.hold(taken);
    EXPECT_EQ(line.mark(slot), taken.mark);
    EXPECT_NE(taken.mark, 0U);
    {
        Before const watch(&line.layout.slot(slot).references, true,
                           [&] { EXPECT_EQ(line.mark(slot), taken.mark | moving) << "noted before it is done"; });
        line.receiver.drop(taken.slot, taken.mark);
    }
    EXPECT_EQ(line.marks(), 0U);
    line.expect_counts(1, 0);

    auto const next = line.receiver.take();
    EXPECT_NE(next.mark, taken.mark) << "each take has a mark of its own";
    {
        Before const watch(&line.layout.slot(next.slot).references, true,
                           [&] { EXPECT_EQ(line.mark(next.slot), next.mark | moving); });
        line.receiver.drop_by_receiver(next);
    }
    line.expect_counts(2, 0);
    line.expect_still();
}

TEST(Receiver, ALateDropLeavesTheMarkOfTheNextTakeOfItsSlot)
{
    Line line;
    line.send();
    auto const first = line.receiver.take();
    line.receiver.hold(first);
    core::Taken second;
    {
        uint32_t       touches = 0;
        Observer const next_take([&](void const* word, bool) {
            if (word == &line.layout.hold(0, first.slot) &&
                ++touches == 2) { // the reference is gone, the mark is not yet
                while (!second || second.slot != first.slot) {
                    line.send();
                    second = line.receiver.take();
                }
                line.receiver.hold(second);
            }
        });
        line.receiver.drop(first.slot, first.mark);
        EXPECT_EQ(touches, 2U);
    }
    EXPECT_EQ(line.mark(first.slot), second.mark) << "the next take's mark was erased";
    line.receiver.drop(second.slot, second.mark);
    EXPECT_EQ(line.marks(), 0U);
}

TEST(Receiver, ATakeThatLosesItsMessageLeavesNoMarkAndCountsItAsLost)
{
    Line   line;
    Claims others(line.layout.record(3));
    line.send();
    uint32_t const slot = line.slot_of();
    {
        Before const evictor(&line.entry(), true, [&] { EXPECT_TRUE(Ring(line.layout, 0).evict_oldest(others)); });
        EXPECT_FALSE(line.receiver.take());
    }
    EXPECT_EQ(line.mark(slot), 0U);
    line.expect_counts(0, 1);
    EXPECT_EQ(line.layout.corruptions, 0U) << "an eviction is no corruption";
    line.expect_still();
    line.send();
    EXPECT_EQ(line.receiver.take().position, line.start + 1);
}

TEST(Receiver, ATakeThatLosesItsRingLeavesNoMark)
{
    Line line;
    line.send();
    {
        Before const closer(&line.entry(), true, [&] { Ring(line.layout, 0).seal(); });
        EXPECT_FALSE(line.receiver.take());
    }
    EXPECT_EQ(line.marks(), 0U);
    line.expect_counts(0, 0);
    EXPECT_EQ(References::rings(line.references(line.slot_of())), 1U) << "the reference is the ring's still";
}

TEST(Receiver, ASlotNumberThatLeadsNowhereIsPassedOverAndLost)
{
    for (uint32_t const nowhere : {SmallWorld::pool, core::no_slot}) {
        Line line;
        line.send(2);
        line.entry().store((line.entry().load(relaxed) & ~uint64_t{core::no_slot}) | nowhere, relaxed);
        auto const taken = line.receiver.take();
        EXPECT_EQ(taken.position, line.start + 1);
        EXPECT_EQ(line.layout.corruptions, 1U);
        EXPECT_EQ(line.receiver.lost(), 1U);
        EXPECT_EQ(line.marks(), taken.mark | moving);
        line.expect_counts(1, 1);
    }
    Line line; // the last slot there is
    line.send();
    line.entry().store((line.entry().load(relaxed) & ~uint64_t{core::no_slot}) | (SmallWorld::pool - 1), relaxed);
    EXPECT_EQ(line.receiver.take().slot, SmallWorld::pool - 1);
    EXPECT_EQ(line.layout.corruptions, 0U);
}

TEST(Receiver, OvertakenItCountsExactlyWhatItPasses)
{
    for (uint32_t const laps : {1U, 2U, 5U}) {
        Line line;
        line.send(laps * SmallWorld::capacity + 1);
        auto const     taken = line.receiver.take();
        uint64_t const lost  = (laps - 1) * SmallWorld::capacity + 1;
        EXPECT_EQ(taken.position, line.start + lost);
        line.expect_counts(1, lost);
        line.receiver.drop_by_receiver(taken);
    }
}

TEST(Receiver, OvertakenItBelievesATailOnlyAsFarAsTheEntryBeforeItDoes)
{
    Line line;
    line.send(SmallWorld::capacity + 1); // position 0 is overwritten by position 4
    line.layout.ring(0).tail.fetch_add(100 * SmallWorld::capacity, relaxed);
    EXPECT_EQ(line.receiver.take().position, line.start + 1);
    line.expect_counts(1, 1);
}

TEST(Receiver, WhatItDiscardsIsLostAndNotReceived)
{
    Line line;
    line.send(2);
    auto const taken = line.receiver.take();
    line.receiver.discard(taken);
    line.expect_counts(0, 1);
    EXPECT_EQ(line.layout.corruptions, 1U);
    line.receiver.drop_by_receiver(line.receiver.take());
    line.expect_counts(1, 1);
    line.expect_still();
}

TEST(Receiver, SleepsOnlyWhereNothingIsToBeTakenOrCounted)
{
    Line     line;
    auto&    sleepers = line.layout.sleepers();
    auto&    doorbell = line.layout.doorbell();
    uint32_t bell     = 99;
    EXPECT_TRUE(line.receiver.prepare_wait(bell));
    EXPECT_EQ(bell, doorbell.load(relaxed));
    EXPECT_EQ(sleepers.load(relaxed), 1U);
    line.receiver.end_wait();
    EXPECT_EQ(sleepers.load(relaxed), 0U);
    line.send();
    EXPECT_EQ(doorbell.load(relaxed), bell) << "nobody sleeps: nobody is rung for";
    EXPECT_FALSE(line.receiver.prepare_wait(bell)) << "a message";
    line.send();
    EXPECT_EQ(doorbell.load(relaxed), bell + 1);
    EXPECT_EQ(sleepers.load(relaxed), 0U) << "the mark is taken by who rings";

    sleepers.store(3, relaxed);
    line.send();
    EXPECT_EQ(sleepers.load(relaxed), 2U) << "the mark of a ring that got nothing stays";
    sleepers.store(0, relaxed);
    Claims others(line.layout.record(3));
    EXPECT_TRUE(Ring(line.layout, 0).evict_oldest(others));
    EXPECT_FALSE(line.receiver.prepare_wait(bell)) << "a loss";
    line.send(SmallWorld::capacity + 2);
    EXPECT_FALSE(line.receiver.prepare_wait(bell)) << "overtaken";
    Ring(line.layout, 0).seal();
    EXPECT_TRUE(line.receiver.prepare_wait(bell)) << "nothing comes through a closed ring";
    line.receiver.end_wait();
    EXPECT_EQ(sleepers.load(relaxed), 0U);
}

TEST(ViewCount, OneMoreThanMayBeIsNoEndOfTheLimit)
{
    core::ViewCount<Policy> views(1);
    views.lend();
    EXPECT_TRUE(views.is_full());
    views.lend();
    EXPECT_TRUE(views.is_full());
    views.give_back();
    EXPECT_TRUE(views.is_full());
    uint32_t seen = 0;
    EXPECT_TRUE(views.arm(seen));
    views.disarm();
    views.give_back();
    EXPECT_FALSE(views.is_full());
}

TEST(ViewCount, TheLastUseIsTheLastToGoWhoeverThatIs)
{
    using ViewCount = core::ViewCount<Policy>;
    ViewCount none(3);
    EXPECT_TRUE(none.leave());
    ViewCount back(3);
    back.lend();
    EXPECT_FALSE(back.give_back()) << "the subscriber is still there";
    EXPECT_TRUE(back.leave());
    ViewCount out(3);
    for (int view = 0; view < 3; ++view) {
        out.lend();
    }
    EXPECT_FALSE(out.give_back());
    EXPECT_FALSE(out.leave());
    EXPECT_FALSE(out.give_back());
    EXPECT_TRUE(out.give_back());
}

TEST(Receiver, AMessageThatWasHeldIsInMotionAgainBeforeItIsGivenUp)
{
    Line line;
    line.send();
    auto const taken = line.receiver.take();
    line.receiver.hold(taken);
    EXPECT_EQ(line.mark(taken.slot) & (1U << 31), 0U);
    line.receiver.resume(taken);
    EXPECT_NE(line.mark(taken.slot) & (1U << 31), 0U) << "a sweep that meets it looks again";
    line.receiver.drop_by_receiver(taken);
    EXPECT_EQ(line.mark(taken.slot), 0U);
}

TEST(Receiver, CountsWhatItLeavesBehindByLapsToo)
{
    for (uint32_t const sent : {0U, 1U, 3U, 4U, 5U, 6U, 7U, 9U, 13U}) {
        Line line;
        line.send(2);
        line.receiver.drop_by_receiver(line.receiver.take());
        line.receiver.drop_by_receiver(line.receiver.take());
        line.send(sent);
        Membership(line.layout, line.self(0)).leave(0);
        EXPECT_EQ(line.receiver.left_behind(), sent);
        line.expect_still();
    }
}
