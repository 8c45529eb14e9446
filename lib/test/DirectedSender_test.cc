/// Deliveries to one subscriber, step by step: who gets them, who does not, and what is taken back.
#include "small_world.h"

#include "kickmsg/core/DirectedSender.h"

using namespace kickmsg_test;

namespace {

using DirectedSender = core::DirectedSender<Policy, Layout>;
using core::Posted;

/// Two rings of four places, both with a receiver; record 2 sends.
struct Directed : SmallWorld {
    explicit Directed(uint32_t keep = 2) : one(join(0)), other(join(1)), sender(layout, self(2), keep)
    {
        enroll(2);
        enroll(4);
    }

    core::Address address(uint32_t ring)
    {
        return {ring, OwnerWord::make(OwnerWord::Live, ring, ring + 1)};
    }
    Posted post(core::Address const& to)
    {
        EXPECT_TRUE(sender.borrow());
        return sender.post(to, 8, receipt);
    }
    /// Its subscriber leaves the first ring, and another one, of the same record, takes it.
    void change_seats()
    {
        Membership first(layout, self(0));
        first.leave(0);
        first.free(0);
        core::Seat const seat = Membership(layout, {0, newcomer}).join();
        ASSERT_TRUE(seat.taken && seat.ring == 0);
        second.emplace(layout, seat.ring, 0, seat.start);
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
    /// Whatever the newcomer finds in its ring, read or given up.
    uint64_t came_to_the_newcomer()
    {
        return read_all(*second) + second->lost();
    }

    static constexpr uint64_t newcomer = 77;

    Receiver                one;
    Receiver                other;
    std::optional<Receiver> second;
    DirectedSender          sender;
    core::Receipt           receipt;
};

} // namespace

TEST(DirectedSender, DeliversToOneSubscriberAndNobodyElse)
{
    for (uint32_t const keep : {0U, 1U, 2U}) {
        Directed w(keep);
        EXPECT_EQ(w.post(w.address(1)), Posted::Delivered);
        EXPECT_EQ(Directed::read_all(w.one), 0U);
        EXPECT_EQ(Directed::read_all(w.other), 1U);
        w.sender.give_back();
        w.expect_still();
    }
}

TEST(DirectedSender, RefusesWhereTheRingIsFullAndOverwritesNothing)
{
    Directed w;
    for (uint32_t i = 0; i < Directed::capacity; ++i) {
        EXPECT_EQ(w.post(w.address(0)), Posted::Delivered);
    }
    EXPECT_EQ(w.post(w.address(0)), Posted::Full);
    EXPECT_EQ(w.post(w.address(1)), Posted::Delivered) << "the refused one was still borrowed";
    EXPECT_EQ(Directed::read_all(w.one), 4U);
    EXPECT_EQ(w.one.lost(), 0U);
    w.sender.give_back();
    w.other.drop_by_receiver(w.other.take());
    w.expect_still();
}

TEST(DirectedSender, DeliversNothingToTheOneWhoHasTheRingNext)
{
    Directed            w;
    core::Address const to = w.address(0);
    w.change_seats();
    EXPECT_EQ(w.post(to), Posted::Gone);
    EXPECT_EQ(w.came_to_the_newcomer(), 0U);
    w.sender.give_back();
    w.expect_still();
}

/// At each operation of the delivery in turn.
TEST(DirectedSender, DeliversNothingToTheOneWhoTakesTheRingMeanwhile)
{
    for (uint32_t at = 0;; ++at) {
        Directed            w;
        core::Address const to = w.address(0);
        ASSERT_TRUE(w.sender.borrow());
        uint32_t seen = 0;
        Posted   done = Posted::Full;
        {
            Observer const race([&](void const* /*word*/, bool /*exchange*/) {
                if (seen++ == at) {
                    w.change_seats();
                }
            });
            done = w.sender.post(to, 8, w.receipt);
        }
        if (seen <= at) {
            EXPECT_EQ(done, Posted::Delivered);
            EXPECT_GT(at, 8U) << "the delivery was not looked at step by step";
            break;
        }
        EXPECT_EQ(w.came_to_the_newcomer(), 0U) << "when the ring changed hands before operation " << at;
        w.sender.give_back();
        w.expect_still();
    }
}

TEST(DirectedSender, TakesBackWhatNobodyHasReadAndNothingElse)
{
    Directed w;
    EXPECT_EQ(w.post(w.address(0)), Posted::Delivered);
    EXPECT_TRUE(w.sender.withdraw(w.receipt));
    EXPECT_FALSE(w.sender.withdraw(w.receipt)) << "twice";
    EXPECT_EQ(Directed::read_all(w.one), 0U);
    EXPECT_EQ(w.one.lost(), 1U) << "its place is passed over";

    EXPECT_EQ(w.post(w.address(0)), Posted::Delivered);
    core::Taken const taken = w.one.take();
    ASSERT_TRUE(taken);
    EXPECT_FALSE(w.sender.withdraw(w.receipt)) << "it has been read";
    w.one.drop_by_receiver(taken);
    w.sender.give_back();
    w.expect_still();
}

TEST(DirectedSender, TakesBackNothingFromTheOneWhoHasTheRingNext)
{
    Directed w;
    EXPECT_EQ(w.post(w.address(0)), Posted::Delivered);
    w.change_seats();
    EXPECT_FALSE(w.sender.withdraw(w.receipt));
    EXPECT_EQ(w.post({0, OwnerWord::make(OwnerWord::Live, 0, Directed::newcomer)}), Posted::Delivered);
    EXPECT_EQ(Directed::read_all(*w.second), 1U);
    w.sender.give_back();
    w.expect_still();
}

TEST(DirectedSender, KeepsNoMoreThanItsShareWhenSeveralSlotsWereSetAside)
{
    Directed                w(2);
    std::vector<core::Loan> aside;
    for (uint32_t i = 0; i < 4; ++i) {
        ASSERT_TRUE(w.sender.borrow());
        aside.push_back(w.sender.take_out());
    }
    for (core::Loan const& loan : aside) {
        w.sender.put_in(loan);
        EXPECT_EQ(w.sender.post(w.address(0), 8, w.receipt), Posted::Delivered);
    }
    EXPECT_EQ(w.sender.kept_count(), 2U);
    EXPECT_EQ(Directed::read_all(w.one), 4U);
    w.sender.give_back();
    w.expect_still();
}
