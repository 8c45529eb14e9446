/// Kept slots: which one a publisher takes, what it lets go of, what it gives back, and what others see of them.
#include "small_world.h"
#include "support.h"

#include <algorithm>
#include <cstring>

using namespace kickmsg_test;
using core::SlotIndex;
using kickmsg::Publisher;
using kickmsg::Subscriber;

namespace {

/// One ring with a receiver, a sender that keeps `keep` slots.
struct Keeper : SmallWorld {
    explicit Keeper(uint32_t keep = 2) : receiver(join(0)), sender(layout, self(2), keep)
    {
        enroll(2);
    }

    SlotIndex borrowed()
    {
        EXPECT_TRUE(sender.borrow());
        return sender.slot();
    }
    core::Taken take()
    {
        core::Taken const taken = receiver.take();
        EXPECT_TRUE(taken);
        return taken;
    }
    void read()
    {
        receiver.drop_by_receiver(take());
    }

    Receiver receiver;
    Sender   sender;
};

/// A ring or two, a publisher that keeps two of sixteen slots, another one that keeps none.
struct Crowd {
    explicit Crowd(uint32_t rings = 1)
        : layout(rings, 8, 16, rings + 3), receiver(joined(rings)), keeper(layout, {rings, rings + 1}, 2),
          other(layout, {rings + 1, rings + 2}, 0)
    {
    }

    /// Returns: the subscriber of ring 0.
    Receiver joined(uint32_t rings)
    {
        for (uint32_t record = 0; record < rings + 3; ++record) {
            layout.record(record).owner.store(OwnerWord::make(OwnerWord::Active, record, record + 1), relaxed);
        }
        core::Seat const seat = Membership(layout, {0, 1}).join();
        for (uint32_t record = 1; record < rings; ++record) {
            Membership(layout, {record, record + 1}).join();
        }
        return Receiver(layout, seat.ring, 0, seat.start);
    }
    static void send(Sender& sender, uint32_t times)
    {
        for (uint32_t i = 0; i < times; ++i) {
            EXPECT_TRUE(sender.borrow());
            EXPECT_GE(sender.publish(8), 1U);
        }
    }
    void empty_pool()
    {
        Claims claims(layout.record(layout.record_count() - 1));
        while (FreeStack(layout).pop(claims, layout.record_count())) {
        }
    }

    Layout   layout;
    Receiver receiver;
    Sender   keeper;
    Sender   other;
};

} // namespace

TEST(Kept, TheOneThatWasKeptLongestIsWrittenAgainAtTheNextGeneration)
{
    Keeper                 w;
    std::vector<SlotIndex> slots;
    for (uint32_t message = 0; message < 8; ++message) {
        slots.push_back(w.borrowed());
        uint32_t const generation = message / 2 + 1;
        EXPECT_EQ(w.references(slots.back()), References::make(generation, References::kept));
        EXPECT_EQ(w.sender.publish(8), 1U);
        EXPECT_EQ(w.references(slots.back()), References::make(generation, References::kept | References::ring(0)));
        w.read();
        EXPECT_EQ(w.references(slots.back()), References::make(generation, References::kept));
    }
    for (std::size_t i = 2; i < slots.size(); ++i) {
        EXPECT_EQ(slots[i], slots[i - 2]) << i;
    }
    EXPECT_EQ(w.stacked().size(), w.pool - 2U);
    w.expect_still();
}

TEST(Kept, OneThatASubscriberReadsIsPassedByAndOneFurtherLookedAt)
{
    Keeper          w;
    SlotIndex const first = w.borrowed();
    w.sender.publish(8);
    core::Taken const view   = w.take();
    SlotIndex const   second = w.borrowed();
    w.sender.publish(8);
    w.read();
    EXPECT_EQ(w.borrowed(), second) << "the oldest one is being read";
    w.sender.publish(8);
    w.read();
    w.receiver.drop_by_receiver(view);
    EXPECT_EQ(w.borrowed(), first);
    w.sender.give_back();
    w.expect_still();
}

TEST(Kept, AtItsShareTheOldestBusyOneIsLetGoOfAndItsLastReaderPushesIt)
{
    Keeper          w;
    SlotIndex const first = w.borrowed();
    w.sender.publish(8);
    SlotIndex const second = w.borrowed();
    w.sender.publish(8);
    SlotIndex const third = w.borrowed();
    EXPECT_NE(third, first);
    EXPECT_NE(third, second);
    EXPECT_EQ(w.references(first), References::make(1, References::ring(0))) << "its reader has it now";
    EXPECT_EQ(w.sender.kept_count(), 1U);
    EXPECT_EQ(w.stacked().size(), w.pool - 3U);
    w.read();
    EXPECT_EQ(w.references(first), References::make(1, 0));
    EXPECT_EQ(w.stacked().front(), first);
    w.expect_still();
}

TEST(Kept, OnAnEmptyPoolEachOfThemIsLookedAt)
{
    Keeper                   w(4);
    std::vector<core::Taken> views;
    for (uint32_t message = 0; message < 4; ++message) {
        w.borrowed();
        w.sender.publish(8);
        views.push_back(w.take());
    }
    Claims claims(w.layout.record(3));
    while (FreeStack(w.layout).pop(claims, 4)) {
    }
    EXPECT_FALSE(w.sender.borrow());
    w.receiver.drop_by_receiver(views.back());
    EXPECT_EQ(w.borrowed(), views.back().slot) << "the youngest of four";
}

TEST(Kept, APublisherThatLeavesGivesBackIdleBusyAndUnpublishedOnes)
{
    Keeper w(3);
    w.borrowed();
    w.sender.publish(8);
    core::Taken const view = w.take();
    w.borrowed();
    w.sender.publish(8);
    w.read();
    w.borrowed();
    w.sender.give_back();
    EXPECT_EQ(w.sender.kept_count(), 0U);
    EXPECT_EQ(w.references(view.slot), References::make(1, References::ring(0)));
    EXPECT_EQ(w.stacked().size(), w.pool - 1U);
    w.receiver.drop_by_receiver(view);
    EXPECT_EQ(w.stacked().size(), w.pool);
    w.expect_still();
}

TEST(Kept, APublicationIsNotedBeforeItsBitsAndUntilThoseOfClosedRingsAreGone)
{
    Keeper w;
    w.join(1);
    Ring(w.layout, 1).seal(); // its live bit still stands
    uint32_t        looks = 0;
    SlotIndex const slot  = w.borrowed();
    uint64_t const  note  = ClaimWord::make(ClaimWord::Publish, 0, slot);
    Observer const  watch([&](void const* word, bool) {
        if (word == &w.layout.slot(slot).references || word == &w.layout.entry(0, 0)) {
            EXPECT_EQ(w.publishing(2), note);
            ++looks;
        }
    });
    EXPECT_EQ(w.sender.publish(8), 1U);
    EXPECT_GE(looks, 3U) << "the bits set, the delivery, the bit cleared";
    EXPECT_EQ(w.publishing(2), 0U);
}

TEST(Kept, WhatAnotherPublisherKeepsIsNotGivenUpInVainWhereItMayBeAllThereIs)
{
    for (uint32_t const own : {2U, 3U}) { // a quarter of the pool unread; more
        Crowd w;
        w.send(w.keeper, 2);
        w.send(w.other, own);
        w.empty_pool();
        EXPECT_TRUE(w.other.borrow_by_eviction());
        // Of five the oldest one goes, though nothing comes free by it; of four the first one that frees its slot.
        EXPECT_EQ(Ring(w.layout, 0).unread(), 3U);
        EXPECT_EQ(w.receiver.take().slot, w.keeper.kept(own - 2).slot);
    }
}

TEST(Kept, WhatIsGivenUpBehindAMessagePassedByIsGivenUpInEveryRing)
{
    Crowd w(2);
    w.send(w.keeper, 1);
    w.send(w.other, 3);
    w.empty_pool();
    EXPECT_TRUE(w.other.borrow_by_eviction());
    for (uint32_t const ring : {0U, 1U}) {
        EXPECT_EQ(Ring(w.layout, ring).unread(), 3U) << "ring " << ring;
    }
}

TEST(Kept, UnderPressureEachStoppedSubscriberLosesTheSameOldestMessages)
{
    Name const name;
    auto       cfg          = small_config(64, 1024, 3);
    cfg.max_publishers      = 2;
    auto             region = make(name, cfg);
    Publisher        idle(region), busy(region);
    Subscriber const one(region), two(region), three(region);
    for (uint64_t i = 0; i < 8; ++i) {
        send(idle, i); // all in slots that it keeps
    }
    for (uint64_t i = 0; i < 200; ++i) {
        send(busy, i);
        auto const rings = region.stats().rings;
        EXPECT_EQ(rings[0].unread, rings[1].unread) << i;
        EXPECT_EQ(rings[1].unread, rings[2].unread) << i;
        EXPECT_GE(rings[0].unread, std::min<uint64_t>(i + 9, 64 - 8 - 1)) << i;
    }
}

TEST(Kept, ARingOfWhichNothingIsTakenIsNamedAfterALapThenTwoThenFour)
{
    Keeper                w(0);
    std::vector<uint32_t> named;
    for (uint32_t message = 1; message <= 80; ++message) {
        w.send(w.sender);
        if (uint32_t const lapped = w.sender.take_lapped()) {
            EXPECT_EQ(lapped, 1U);
            named.push_back(message);
        }
    }
    // a lap that fills it, the message that begins to overwrite, three quarters of a lap of that; a lap later, two, four, …
    EXPECT_EQ(named, (std::vector<uint32_t>{8, 12, 20, 36, 68}));
}

TEST(Kept, ARingOfWhichSomethingIsTakenNowAndThenIsNeverNamed)
{
    Keeper w(0);
    for (uint32_t message = 0; message < 200; ++message) {
        w.send(w.sender);
        EXPECT_EQ(w.sender.take_lapped(), 0U);
        if (message % 3 == 2) {
            w.read();
        }
    }
}

TEST(Kept, SlotsOfAPublisherThatIsMovedStayItsOwn)
{
    Name const name;
    auto       region = make(name);
    Subscriber subscriber(region);
    {
        Publisher first(region);
        for (uint64_t i = 0; i < 20; ++i) {
            send(first, i);
            receive_all(subscriber);
        }
        uint64_t const kept = region.stats().pool_kept;
        EXPECT_EQ(kept, 4U);
        Publisher second(std::move(first));
        EXPECT_EQ(region.stats().pool_kept, kept);
        send(second, 1);
        receive_all(subscriber);
        EXPECT_EQ(region.stats().pool_kept, kept);
        EXPECT_EQ(region.stats().pool_free, 64U - kept);
    }
    EXPECT_EQ(region.stats().pool_free, 64U);
}

#if !defined(_WIN32)
/// What a child inherits is its parent's: an idle kept slot, one that is read, and one that is allocated.
TEST(Kept, SlotsOfAParentAreNotGivenBackByItsForkedChild)
{
    Name const name;
    auto       region = make(name);
    Subscriber subscriber(region);
    Publisher  publisher(region);
    for (uint64_t i = 0; i < 20; ++i) {
        send(publisher, i);
        receive_all(subscriber);
    }
    send(publisher, 20);
    auto view = subscriber.try_receive_view();
    ASSERT_TRUE(view);
    ASSERT_NE(publisher.allocate(8), nullptr);
    auto const before = region.stats();
    Child      child([&](Child&) {
        { // they end here
            Publisher const  inherited(std::move(publisher));
            Subscriber const reader(std::move(subscriber));
            view.reset();
        }
        return 0;
    });
    EXPECT_EQ(child.join(), 0);
    auto const after = region.stats();
    EXPECT_EQ(after.pool_free, before.pool_free);
    EXPECT_EQ(after.pool_kept, before.pool_kept);
    EXPECT_EQ(after.participants.size(), before.participants.size());
    EXPECT_EQ(publisher.publish(), 1U);
    view.reset();
    EXPECT_EQ(receive_all(subscriber).size(), 1U);
    EXPECT_EQ(region.stats().pool_free, 64U - 4U);
}
#endif

TEST(Kept, AThousandPublishersOnAFewSlotsKeepNone)
{
    Name const name;
    auto       cfg     = small_config(256, 8, 2);
    cfg.max_publishers = 1024;
    auto       region  = make(name, cfg);
    Subscriber subscriber(region);

    std::vector<Publisher> publishers;
    for (uint64_t i = 0; i < 1024; ++i) {
        publishers.emplace_back(region);
        send(publishers.back(), i);
        EXPECT_EQ(receive_all(subscriber).size(), 1U);
    }
    EXPECT_EQ(region.stats().pool_free, 256U);
    EXPECT_EQ(region.stats().pool_kept, 0U);
}

TEST(Kept, OfLargeSlotsAPublisherKeepsOneSoThatItStaysInTheCaches)
{
    for (auto const& [payload, kept] : {std::pair{16'000U, 8U}, {40'000U, 3U}, {100'000U, 1U}, {300'000U, 1U}}) {
        Name const name;
        auto       cfg       = small_config(64, 8, 2);
        cfg.max_publishers   = 1;
        cfg.max_payload_size = payload;
        auto       region    = make(name, cfg);
        Subscriber subscriber(region);
        Publisher  publisher(region);
        for (uint64_t i = 0; i < 20; ++i) {
            send(publisher, i);
            EXPECT_EQ(receive_all(subscriber).size(), 1U);
        }
        EXPECT_EQ(region.stats().pool_kept, kept) << payload;
        EXPECT_EQ(region.stats().pool_free, 64U - kept) << payload;
    }
}
