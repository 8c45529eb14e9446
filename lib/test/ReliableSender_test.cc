/// Deliveries that overwrite nothing, step by step: what is refused, what is pending, and what a sweep makes of both.
#include "small_world.h"

#include "kickmsg/core/ReliableSender.h"

using namespace kickmsg_test;

namespace {

using ReliableSender = core::ReliableSender<Policy, Layout>;

/// Two rings of four places, both with a receiver; records 2 and 3 send.
struct Reliable : SmallWorld {
    explicit Reliable(uint32_t keep = 2)
        : one(join(0)), other(join(1)), sender(layout, self(2), keep), rival(layout, self(3), 0)
    {
        enroll(2);
        enroll(3);
        enroll(4);
    }

    bool offer()
    {
        EXPECT_TRUE(sender.borrow());
        return sender.offer(8).full == 0;
    }
    /// Fills the place that is the next of ring `ring`, and of none before it.
    void take_a_place_of(uint32_t ring)
    {
        core::Claims<Policy> claims(layout.record(3));
        core::Loan const     loan = FreeStack(layout).pop(claims, 4);
        ASSERT_TRUE(loan);
        claims.publish(loan.slot);
        layout.slot(loan.slot).references.store(
            References::make(loan.generation, References::kept | References::ring(ring)), relaxed);
        EXPECT_EQ(Ring(layout, ring).deliver(loan.slot, claims), core::Delivered::Free);
        claims.published();
        claims.drop(loan.slot);
        core::release_references<Policy, Layout>(layout, loan.slot, References::kept);
        claims.clear();
    }
    void fill(uint32_t ring, uint32_t places)
    {
        for (uint32_t i = 0; i < places; ++i) {
            take_a_place_of(ring);
        }
    }
    /// The last place of `ring` is taken while the message is delivered.
    bool offer_while_the_last_place_goes(uint32_t ring)
    {
        EXPECT_TRUE(sender.borrow());
        Before const race(&layout.slot(sender.slot()).references, false, [this, ring] { take_a_place_of(ring); });
        return sender.offer(8).full == 0;
    }
    static uint32_t read_all(Receiver& receiver)
    {
        uint32_t read = 0;
        while (core::Taken const taken = receiver.take()) {
            receiver.drop_by_receiver(taken);
            ++read;
        }
        return read;
    }
    uint64_t brought_back()
    {
        std::vector<core::SlotNote> notes(pool);
        auto const                  found = Recovery(layout, self(4), env).run(notes.data());
        return found.references + found.slots + found.rings + found.participants;
    }

    Lives          env;
    Receiver       one;
    Receiver       other;
    ReliableSender sender;
    Sender         rival;
};

} // namespace

TEST(ReliableSender, RefusesWhereOneRingIsFullAndDeliversToNone)
{
    Reliable w;
    w.fill(1, 4);
    EXPECT_FALSE(w.offer());
    EXPECT_EQ(Reliable::read_all(w.one), 0U);
    EXPECT_EQ(w.sender.pending(), 0U);
    EXPECT_EQ(Reliable::read_all(w.other), 4U);
    EXPECT_TRUE(w.offer());
    EXPECT_EQ(Reliable::read_all(w.one), 1U);
    EXPECT_EQ(Reliable::read_all(w.other), 1U);
    w.sender.give_back();
    w.expect_still();
}

TEST(ReliableSender, TakesTheMessageBackWhereTheFirstRingIsFullAfterAll)
{
    for (uint32_t const keep : {0U, 1U, 2U}) {
        Reliable w(keep);
        w.fill(0, 3);
        EXPECT_FALSE(w.offer_while_the_last_place_goes(0));
        EXPECT_EQ(w.sender.pending(), 0U);
        EXPECT_EQ(w.publishing(2), 0U);
        EXPECT_EQ(Reliable::read_all(w.other), 0U) << "it was delivered all the same";
        EXPECT_EQ(Reliable::read_all(w.one), 4U);
        EXPECT_EQ(w.one.lost(), 0U);
        EXPECT_TRUE(w.offer());
        EXPECT_EQ(Reliable::read_all(w.one), 1U);
        EXPECT_EQ(Reliable::read_all(w.other), 1U);
        w.sender.give_back();
        w.expect_still();
    }
}

TEST(ReliableSender, KeepsPendingWhatALaterRingHasNoPlaceForAnyMore)
{
    for (uint32_t const keep : {0U, 1U, 2U}) {
        Reliable w(keep);
        w.fill(1, 3);
        EXPECT_TRUE(w.offer_while_the_last_place_goes(1));
        EXPECT_EQ(w.sender.pending(), 2U);
        EXPECT_EQ(Reliable::read_all(w.one), 1U);
        EXPECT_FALSE(w.sender.settle()) << "there is no place yet";
        EXPECT_EQ(Reliable::read_all(w.other), 4U);
        EXPECT_TRUE(w.sender.settle());
        EXPECT_EQ(Reliable::read_all(w.other), 1U);
        EXPECT_EQ(w.other.lost(), 0U);
        w.sender.give_back();
        w.expect_still();
    }
}

TEST(ReliableSender, WithAMessagePendingIsNotRobbedByASweep)
{
    Reliable w;
    w.fill(1, 3);
    EXPECT_TRUE(w.offer_while_the_last_place_goes(1));
    Registry(w.layout).owe_sweep();
    EXPECT_EQ(w.brought_back(), 0U);
    EXPECT_EQ(Reliable::read_all(w.one), 1U);
    Registry(w.layout).owe_sweep();
    EXPECT_EQ(w.brought_back(), 0U) << "one of the two has read it, the other one does not have it yet";
    EXPECT_EQ(Reliable::read_all(w.other), 4U);
    EXPECT_TRUE(w.sender.settle());
    EXPECT_EQ(Reliable::read_all(w.other), 1U);
    w.sender.give_back();
    w.expect_still();
}

TEST(ReliableSender, ThatDiesWithAMessagePendingLeavesNothing)
{
    Reliable w;
    w.fill(1, 3);
    EXPECT_TRUE(w.offer_while_the_last_place_goes(1));
    w.env.dead.insert(3);
    EXPECT_GT(w.brought_back(), 0U);
    EXPECT_EQ(w.brought_back(), 0U);
    EXPECT_EQ(Reliable::read_all(w.one), 1U) << "what was delivered stays";
    EXPECT_EQ(Reliable::read_all(w.other), 4U);
    w.expect_still();
}

TEST(ReliableSender, ForgetsARingThatClosesWithItsMessagePending)
{
    Reliable w;
    w.fill(1, 3);
    EXPECT_TRUE(w.offer_while_the_last_place_goes(1));
    Membership(w.layout, SmallWorld::self(1)).leave(1);
    EXPECT_TRUE(w.sender.settle());
    EXPECT_EQ(Reliable::read_all(w.one), 1U);
    w.sender.give_back();
    w.expect_still();
}

TEST(ReliableSender, DoesNotWaitForASubscriberThatIsStoppedHalfWayThroughLeaving)
{
    Reliable w;
    w.fill(1, 4);
    // its ring is in the live set and full, and it is not sealed yet
    w.layout.ring(1).owner.store(OwnerWord::make(OwnerWord::Draining, 1, 2), relaxed);
    EXPECT_TRUE(w.offer());
    EXPECT_EQ(w.sender.pending(), 0U);
    EXPECT_EQ(Reliable::read_all(w.one), 1U);

    Reliable pending;
    pending.fill(1, 3);
    EXPECT_TRUE(pending.offer_while_the_last_place_goes(1));
    pending.layout.ring(1).owner.store(OwnerWord::make(OwnerWord::Draining, 1, 2), relaxed);
    EXPECT_TRUE(pending.sender.settle());
}

TEST(ReliableSender, ThatGivesBackItsSlotsOverwritesForWhatIsPending)
{
    Reliable w;
    w.fill(1, 3);
    EXPECT_TRUE(w.offer_while_the_last_place_goes(1));
    w.sender.give_back();
    EXPECT_EQ(Reliable::read_all(w.one), 1U);
    EXPECT_EQ(Reliable::read_all(w.other), 4U);
    EXPECT_EQ(w.other.lost(), 1U);
    w.expect_still();
}

TEST(ReliableSender, KeepsNoMoreThanItsShareWithWhatWasPending)
{
    for (uint32_t const keep : {0U, 1U, 2U}) {
        Reliable w(keep);
        w.fill(1, 3);
        EXPECT_TRUE(w.offer_while_the_last_place_goes(1));
        EXPECT_TRUE(w.sender.borrow()) << "the next slot may be written to meanwhile";
        Reliable::read_all(w.one);
        Reliable::read_all(w.other);
        EXPECT_TRUE(w.sender.settle());
        EXPECT_LE(w.sender.kept_count() + 1, keep != 0 ? keep : 1U);
        EXPECT_EQ(w.sender.offer(8).rings, 2U);
        EXPECT_LE(w.sender.kept_count(), keep);
        Reliable::read_all(w.one);
        Reliable::read_all(w.other);
        w.sender.give_back();
        w.expect_still();
    }
}

TEST(ReliableSender, OverATailThatWasOverwrittenRefusesAndOverwritesNothing)
{
    Reliable w;
    w.fill(0, 4);
    uint64_t const tail = w.layout.ring(0).tail.load(relaxed);
    for (uint64_t const wrong : {tail + 1, tail + 64, tail - 3, tail - 64, uint64_t{0}, ~uint64_t{0}}) {
        w.layout.ring(0).tail.store(wrong, relaxed);
        EXPECT_FALSE(w.offer()) << wrong;
        EXPECT_EQ(w.sender.pending(), 0U);
    }
    EXPECT_EQ(Reliable::read_all(w.one), 4U);
    EXPECT_EQ(w.one.lost(), 0U);
    EXPECT_TRUE(w.offer());
    EXPECT_EQ(Reliable::read_all(w.one), 1U);
}

TEST(ReliableSender, BesideATailThatLagsALapRefusesAndKeepsNothingPending)
{
    Reliable w;
    w.fill(1, 4);
    uint64_t const tail = w.layout.ring(1).tail.load(relaxed);
    for (uint64_t const lag :
         {1U, 3U, 4U, 5U, 7U, 8U, 64U}) { // of publishers that are stopped between delivery and tail
        w.layout.ring(1).tail.store(tail - lag, relaxed);
        EXPECT_FALSE(w.offer()) << lag;
        EXPECT_EQ(w.sender.pending(), 0U) << lag;
    }
    EXPECT_EQ(Reliable::read_all(w.one), 0U) << "a message that was refused is in a ring";
    EXPECT_EQ(Reliable::read_all(w.other), 4U);
    EXPECT_TRUE(w.offer());
    EXPECT_EQ(Reliable::read_all(w.other), 1U);
}

TEST(ReliableSender, DoesNotDeliverWhatIsPendingToTheNextSubscriberOfTheRing)
{
    for (bool const overwrites : {false, true}) {
        Reliable w;
        w.fill(1, 3);
        EXPECT_TRUE(w.offer_while_the_last_place_goes(1));
        Membership(w.layout, SmallWorld::self(1)).leave(1);
        Membership(w.layout, SmallWorld::self(1)).free(1);
        core::Seat const seat = Membership(w.layout, {1, 9}).join();
        ASSERT_TRUE(seat.taken);
        Receiver next(w.layout, seat.ring, 1, seat.start);
        if (overwrites) {
            w.sender.settle_by_overwriting();
        }
        EXPECT_TRUE(w.sender.settle());
        EXPECT_EQ(w.sender.pending(), 0U);
        EXPECT_EQ(Reliable::read_all(next), 0U) << "it was sent before that one came";
        EXPECT_TRUE(w.offer());
        EXPECT_EQ(Reliable::read_all(next), 1U);
        EXPECT_EQ(Reliable::read_all(w.one), 2U);
        w.sender.give_back();
        w.expect_still();
    }
}
