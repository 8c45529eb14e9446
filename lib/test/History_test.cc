/// Subscribers that come late to a layout that keeps a history, step by step: what they get, from where, and once.
#include "small_world.h"

#include "kickmsg/core/HistorySender.h"

using namespace kickmsg_test;

namespace {

/// Two rings of four places, eight slots, and a hidden ring.
class Remembering : public ArrayLayout<Policy> {
public:
    static constexpr uint32_t slots = 8, records = 5;

    Remembering(uint32_t history, unsigned places_log2)
        : ArrayLayout(2, 4, slots, records), history_(history), places_log2_(places_log2), places_(1U << places_log2)
    {
        hidden_.tail.store(places_.size(), relaxed);
    }

    uint32_t history() const
    {
        return history_;
    }
    core::RingHeader<Policy>& hidden()
    {
        return hidden_;
    }
    atomic<uint64_t>& hidden_entry(uint64_t position)
    {
        return places_.at(position & (places_.size() - 1));
    }
    unsigned hidden_capacity_log2() const
    {
        return places_log2_;
    }
    atomic<uint64_t>& cut(uint32_t ring)
    {
        return cuts_[ring];
    }

private:
    uint32_t                     history_;
    unsigned                     places_log2_;
    core::RingHeader<Policy>     hidden_;
    std::deque<atomic<uint64_t>> places_;
    atomic<uint64_t>             cuts_[2];
};

using HistorySender = core::HistorySender<Policy, Remembering>;
using LateReceiver  = core::Receiver<Policy, Remembering>;
using Joining       = core::Membership<Policy, Remembering>;
using HistorySweep  = core::Sweep<Policy, Remembering, Lives>;

/// Records 0 and 1 may subscribe, record 2 sends messages of lengths 1, 2, 3 …, record 4 sweeps.
struct Late {
    explicit Late(uint32_t history, unsigned places_log2 = 2, uint32_t keep = 0)
        : layout(history, places_log2), sender(layout, self(2), keep)
    {
        for (uint32_t record = 0; record < Remembering::records; ++record) {
            layout.record(record).owner.store(OwnerWord::make(OwnerWord::Active, record, record + 1), relaxed);
        }
    }

    static core::Self self(uint32_t record)
    {
        return {record, record + 1};
    }
    void send(uint32_t count = 1)
    {
        for (uint32_t i = 0; i < count; ++i) {
            ASSERT_TRUE(sender.borrow_by_eviction());
            sender.publish_and_remember(++sent);
        }
    }
    /// Overwrites nothing. Returns: whether it was accepted.
    bool offer()
    {
        EXPECT_TRUE(sender.borrow());
        bool const accepted = sender.offer_and_remember(sent + 1).full == 0;
        sent += accepted ? 1 : 0;
        return accepted;
    }
    LateReceiver join(uint32_t record)
    {
        core::Seat const seat = Joining(layout, self(record)).join();
        EXPECT_TRUE(seat.taken);
        return LateReceiver(layout, seat.ring, record, seat.start);
    }
    void leave(uint32_t record, uint32_t ring)
    {
        Joining(layout, self(record)).leave(ring);
        Joining(layout, self(record)).free(ring);
    }
    std::vector<uint32_t> read(LateReceiver& receiver)
    {
        std::vector<uint32_t> lengths;
        while (core::Taken const taken = receiver.take()) {
            lengths.push_back(layout.slot(taken.slot).length.load(relaxed));
            receiver.drop_by_receiver(taken);
        }
        return lengths;
    }
    core::SweepCounts sweep()
    {
        std::vector<core::SlotNote> notes(Remembering::slots);
        core::Claims<Policy>        claims(layout.record(4));
        return HistorySweep(layout, lives, notes.data()).repair(claims);
    }
    /// Slots that the history and nobody else has.
    uint32_t remembered()
    {
        uint32_t count = 0;
        for (uint32_t slot = 0; slot < Remembering::slots; ++slot) {
            uint64_t const word = layout.slot(slot).references.load(relaxed);
            count += References::holders(word) == References::ring(References::history) ? 1 : 0;
        }
        return count;
    }

    Remembering   layout;
    Lives         lives;
    HistorySender sender;
    uint32_t      sent = 0;
};

using Lengths = std::vector<uint32_t>;

} // namespace

TEST(History, ASubscriberThatComesLateGetsTheLastMessagesAndThenAll)
{
    Late w(2);
    w.send(3);
    LateReceiver reader = w.join(0);
    w.send(2);
    EXPECT_EQ(w.read(reader), (Lengths{2, 3, 4, 5}));
    EXPECT_EQ(reader.lost(), 0U);
    w.send();
    EXPECT_EQ(w.read(reader), Lengths{6});
}

TEST(History, ASubscriberThatComesToNothingGetsNothing)
{
    Late         w(2);
    LateReceiver reader = w.join(0);
    EXPECT_EQ(w.read(reader), Lengths{});
    w.send();
    EXPECT_EQ(w.read(reader), Lengths{1});
}

TEST(History, IsThereWhenItsPublishersAreGone)
{
    Late w(3, 2, 2);
    w.send(4);
    w.sender.give_back();
    EXPECT_EQ(w.remembered(), 4U);
    LateReceiver one   = w.join(0);
    LateReceiver other = w.join(1);
    EXPECT_EQ(w.read(one), (Lengths{2, 3, 4}));
    EXPECT_EQ(w.read(other), (Lengths{2, 3, 4}));
    EXPECT_EQ(w.remembered(), 4U);
}

TEST(History, TheNextSubscriberOfARingGetsWhatTheOneBeforeHad)
{
    Late         w(2);
    LateReceiver first = w.join(0);
    w.send(2);
    EXPECT_EQ(w.read(first), (Lengths{1, 2}));
    uint64_t const before = w.layout.slot(Entry::slot(w.layout.hidden_entry(5).load(relaxed))).references.load(relaxed);
    w.leave(0, 0);
    LateReceiver   second = w.join(1);
    uint64_t const after  = w.layout.slot(Entry::slot(w.layout.hidden_entry(5).load(relaxed))).references.load(relaxed);
    EXPECT_GT(References::generation(after), References::generation(before))
        << "a sweep that has read the word of the first would take the second's bit";
    EXPECT_EQ(w.read(second), (Lengths{1, 2}));
}

TEST(History, KeptSlotsThatANewcomerHadAreUsedAgain)
{
    Late w(1, 0, 2);
    w.send(2);
    LateReceiver reader = w.join(0);
    EXPECT_EQ(w.read(reader), Lengths{2});
    for (uint32_t i = 0; i < 6; ++i) {
        w.send();
        w.read(reader);
    }
    uint32_t used = 0;
    for (uint32_t slot = 0; slot < Remembering::slots; ++slot) {
        used += w.layout.slot(slot).owner.load(relaxed) != 0 ? 1 : 0;
    }
    EXPECT_EQ(used, 2U) << "a publisher does not know a slot for idle that a newcomer has had";
}

TEST(History, APublisherDecidesForANewcomerThatIsStoppedBeforeItsCut)
{
    Late w(2);
    w.send(2);
    Before       sends(&w.layout.cut(0), true, [&] { w.send(); }); // before the newcomer's exchange
    LateReceiver reader = w.join(0);
    w.send();
    EXPECT_EQ(w.read(reader), (Lengths{2, 3, 4}));
}

TEST(History, AMessageSentWhileANewcomerLooksComesOnce)
{
    Late w(2);
    w.send(2);
    Before       sends(&w.layout.hidden_entry(6), true, [&] { w.send(); }); // before it looks at the place that is next
    LateReceiver reader = w.join(0);
    EXPECT_EQ(w.read(reader), (Lengths{2, 3}));
}

TEST(History, EndsWhereItIsOverwrittenWhileANewcomerTakesIt)
{
    Late w(4);
    w.send(4);
    uint32_t const slot = Entry::slot(w.layout.hidden_entry(6).load(relaxed));
    Before         sends(&w.layout.slot(slot).references, false, [&] { w.send(3); }); // it has the last one
    LateReceiver   reader = w.join(0);
    Lengths const  got    = w.read(reader);
    ASSERT_GE(got.size(), 3U);
    for (std::size_t i = 1; i < got.size(); ++i) {
        EXPECT_EQ(got[i], got[i - 1] + 1) << "one is left out";
    }
    EXPECT_EQ(got.back(), 7U);
}

TEST(History, IsGivenUpWhenItHasAllTheSlots)
{
    Late         w(8, 3);
    LateReceiver reader = w.join(0);
    w.send(Remembering::slots);
    w.send(2);
    EXPECT_EQ(w.read(reader), (Lengths{7, 8, 9, 10})) << "messages were given up in a ring for nothing";
}

TEST(History, ASweepFindsNothingOfTheLivingAndTakesWhatADeadNewcomerHadAdded)
{
    Late w(2);
    w.send(2);
    LateReceiver reader = w.join(0);
    EXPECT_EQ(w.sweep().orphans, 0U);
    EXPECT_EQ(w.read(reader), (Lengths{1, 2}));
    uint32_t const slot = Entry::slot(w.layout.hidden_entry(5).load(relaxed));
    w.layout.slot(slot).references.fetch_or(References::ring(1), relaxed);
    w.layout.record(1).publishing.store(ClaimWord::make(ClaimWord::Adopt, 1, slot), relaxed);
    core::SweepCounts const covered = w.sweep();
    EXPECT_TRUE(covered.covered && covered.orphans == 0) << "a living newcomer was robbed";
    w.lives.dead.insert(2);
    EXPECT_EQ(w.sweep().orphans, 1U);
    EXPECT_EQ(w.remembered(), 2U);
}

TEST(History, WhatIsRefusedIsInNoHistory)
{
    Late         w(2);
    LateReceiver reader = w.join(0);
    for (int i = 0; i < 4; ++i) {
        EXPECT_TRUE(w.offer());
    }
    EXPECT_FALSE(w.offer());
    LateReceiver late = w.join(1);
    EXPECT_EQ(w.read(late), (Lengths{3, 4}));
    EXPECT_EQ(w.read(reader), (Lengths{1, 2, 3, 4}));
    EXPECT_TRUE(w.offer());
    EXPECT_EQ(w.read(late), Lengths{5});
    EXPECT_EQ(w.sweep().orphans, 0U);
}

TEST(History, AMessageIsPendingWhereItsPlaceWasTakenAfterTheHistoryHadIt)
{
    Late          w(2);
    LateReceiver  reader = w.join(0);
    HistorySender other(w.layout, Late::self(3), 0);
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(w.offer());
    }
    {
        uint64_t const last = w.layout.ring(0).tail.load(relaxed);
        Before         takes(&w.layout.entry(0, last), true, [&] {
            ASSERT_TRUE(other.borrow());
            other.publish_and_remember(77);
        });
        EXPECT_TRUE(w.offer()) << "it is in the history already";
    }
    EXPECT_EQ(w.sender.pending(), 1U);
    EXPECT_EQ(w.sweep().orphans, 0U) << "a living publisher was robbed of what it has not delivered yet";
    EXPECT_FALSE(w.sender.settle());
    EXPECT_EQ(w.read(reader), (Lengths{1, 2, 3, 77}));
    EXPECT_TRUE(w.sender.settle());
    EXPECT_EQ(w.read(reader), Lengths{4});
    EXPECT_EQ(reader.lost(), 0U);
}

TEST(History, WhatIsPendingDoesNotComeToTheNextSubscriberOfTheRingAgain)
{
    Late w(2);
    w.join(0);
    HistorySender other(w.layout, Late::self(3), 0);
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(w.offer());
    }
    {
        uint64_t const last = w.layout.ring(0).tail.load(relaxed);
        Before         takes(&w.layout.entry(0, last), true, [&] {
            ASSERT_TRUE(other.borrow());
            other.publish_and_remember(77);
        });
        ASSERT_TRUE(w.offer());
    }
    ASSERT_EQ(w.sender.pending(), 1U);
    w.leave(0, 0);
    LateReceiver second = w.join(0); // the same owner, in its next seat: its incarnation says nothing
    EXPECT_TRUE(w.sender.settle());
    EXPECT_EQ(w.read(second), Lengths{77}) << "the one before waits in the ring of the subscriber before";
    ASSERT_TRUE(w.offer());
    EXPECT_EQ(w.read(second), Lengths{5});
    EXPECT_EQ(w.sweep().orphans, 0U);
}

TEST(History, TheLastPlacesOfANewcomersFirstLapAreItsOwnWhileItFillsThem)
{
    Late w(2);
    w.send(2);
    bool         looked = false;
    Before       sends(&w.layout.slot(Entry::slot(w.layout.hidden_entry(5).load(relaxed))).references, true, [&] {
        looked = w.offer() && w.offer() && !w.offer(); // two of four are the newcomer's
    });
    LateReceiver reader = w.join(0);
    EXPECT_TRUE(looked);
    EXPECT_EQ(w.read(reader), (Lengths{1, 2, 3, 4}));
    EXPECT_EQ(reader.lost(), 0U);
    EXPECT_TRUE(w.offer());
}

TEST(History, ARegionThatKeepsNoneIsAsEver)
{
    Late w(0);
    ASSERT_TRUE(w.sender.borrow());
    w.sender.publish(1);
    LateReceiver reader = w.join(0);
    ASSERT_TRUE(w.sender.borrow());
    w.sender.publish(2);
    EXPECT_EQ(w.read(reader), Lengths{2});
    EXPECT_EQ(w.layout.cut(0).load(relaxed), 0U);
}
