/// Rings, records and the schema slot change owners by one exchange from the very word that was judged: what is left where
/// somebody else was faster, or where there is nothing to take.
#include "small_world.h"

using namespace kickmsg_test;
using SchemaSlot = core::SchemaSlot<Policy, Layout>;

namespace {

uint64_t owned(OwnerWord::State state, uint32_t record)
{
    return OwnerWord::make(state, record, record + 1);
}

bool all_sealed(SmallWorld& w, uint32_t ring)
{
    for (uint32_t i = 0; i < w.capacity; ++i) {
        if (!Entry::is_sealed(w.layout.entry(ring, i).load(relaxed))) {
            return false;
        }
    }
    return true;
}

} // namespace

// --- rings

TEST(Seats, OfARingThatIsTakenOverWhileItIsOpenedTheNextOneIsTaken)
{
    SmallWorld w;
    core::Seat seat;
    {
        Before const recoverer(&w.layout.entry(0, 3), false,
                               [&] { w.layout.ring(0).owner.store(owned(OwnerWord::Draining, 3), relaxed); });
        seat = Membership(w.layout, w.self(0)).join();
    }
    EXPECT_TRUE(seat.taken);
    EXPECT_EQ(seat.ring, 1U);
    EXPECT_EQ(w.layout.live_set().load(relaxed), 2U) << "the lost ring was shown to publishers";
    EXPECT_EQ(w.layout.record(0).ring.load(relaxed), 1U);
    EXPECT_EQ(w.layout.ring(0).owner.load(relaxed), owned(OwnerWord::Draining, 3));
    EXPECT_EQ(w.layout.ring(1).owner.load(relaxed), owned(OwnerWord::Live, 0));
}

TEST(Seats, WhereAllRingsAreTakenIsNone)
{
    SmallWorld w;
    w.join(0);
    w.join(1);
    uint64_t const live = w.layout.live_set().load(relaxed);
    EXPECT_EQ(live, 3U);
    {
        uint32_t       looks = 0;
        Observer const watch([&](void const*, bool exchange) {
            ++looks;
            EXPECT_FALSE(exchange) << "what others own is not tried";
        });
        EXPECT_FALSE(Membership(w.layout, w.self(2)).join().taken);
        EXPECT_EQ(looks, 2 * w.rings) << "two scans that see the same are enough";
    }
    EXPECT_EQ(w.layout.live_set().load(relaxed), live);
}

TEST(Seats, ARingIsClosedByItsOwnerAloneAndOnce)
{
    SmallWorld w;
    w.join(0);
    Membership other(w.layout, w.self(1)), owner(w.layout, w.self(0));
    Sender     sender(w.layout, w.self(2), 0);
    w.send(sender);
    other.leave(0);
    other.free(0);
    owner.free(0); // not left yet
    EXPECT_EQ(w.layout.ring(0).owner.load(relaxed), owned(OwnerWord::Live, 0));
    EXPECT_EQ(w.layout.live_set().load(relaxed), 1U);
    EXPECT_FALSE(all_sealed(w, 0));
    owner.leave(0);
    EXPECT_EQ(w.layout.ring(0).owner.load(relaxed), owned(OwnerWord::Draining, 0));
    EXPECT_EQ(w.layout.live_set().load(relaxed), 0U);
    EXPECT_TRUE(all_sealed(w, 0));
    EXPECT_EQ(Ring(w.layout, 0).unread(), 0U);
    w.expect_still();
    other.free(0);
    EXPECT_EQ(w.layout.ring(0).owner.load(relaxed), owned(OwnerWord::Draining, 0));
    owner.free(0);
    EXPECT_EQ(w.layout.ring(0).owner.load(relaxed), 0U);
}

TEST(Seats, OfARingTakenOverByAnotherNothingIsTouched)
{
    SmallWorld w;
    w.join(0);
    uint32_t       sealed = 99;
    uint64_t const word   = w.layout.ring(0).owner.load(relaxed);
    Membership     recoverer(w.layout, w.self(3));
    EXPECT_FALSE(recoverer.take_over(0, owned(OwnerWord::Live, 1), sealed));
    EXPECT_EQ(sealed, 99U);
    EXPECT_FALSE(all_sealed(w, 0));
    EXPECT_EQ(w.layout.live_set().load(relaxed), 1U);
    EXPECT_EQ(w.layout.ring(0).owner.load(relaxed), word);
    w.layout.entry(0, 1).fetch_or(Entry::sealed, relaxed);
    EXPECT_TRUE(recoverer.take_over(0, word, sealed));
    EXPECT_EQ(sealed, 1U) << "what the owner had sealed";
    EXPECT_TRUE(all_sealed(w, 0));
    EXPECT_EQ(w.layout.live_set().load(relaxed), 0U);
    EXPECT_EQ(w.layout.ring(0).owner.load(relaxed), 0U);
}

// --- records

TEST(Seats, ARecordIsTakenInItsRangeOrNot)
{
    SmallWorld w;
    Registry   registry(w.layout);
    core::Self self{42, 7};
    w.enroll(2);
    EXPECT_FALSE(registry.enroll(2, 1, self));
    EXPECT_EQ(self.record, 42U) << "who has no record does not think so";
    EXPECT_TRUE(registry.enroll(2, 2, self));
    EXPECT_EQ(self.record, 3U);
    EXPECT_EQ(w.layout.record(3).owner.load(relaxed), OwnerWord::make(OwnerWord::Active, 3, 7));
    EXPECT_EQ(w.layout.record(4).owner.load(relaxed), 0U) << "beyond the range";
    registry.leave({3, 8});
    EXPECT_NE(w.layout.record(3).owner.load(relaxed), 0U) << "another's";
    registry.leave(self);
    EXPECT_EQ(w.layout.record(3).owner.load(relaxed), 0U);
}

TEST(Seats, ARecordThatIsFreeInEachScanIsTakenThoughOthersAreFasterTwice)
{
    SmallWorld w;
    auto&      owner  = w.layout.record(2).owner;
    uint32_t   faster = 0, looks = 0;
    core::Self self{42, 7};
    {
        Observer const other([&](void const* word, bool exchange) {
            if (word == &owner && exchange && faster < 2) {
                ++faster;
                w.enroll(2);
            } else if (word == &owner && !exchange) {
                ++looks;
                owner.store(0, relaxed);
            }
        });
        EXPECT_TRUE(Registry(w.layout).enroll(2, 1, self));
    }
    EXPECT_EQ(faster, 2U);
    EXPECT_EQ(looks, 3U);
    EXPECT_EQ(owner.load(relaxed), OwnerWord::make(OwnerWord::Active, 2, 7));
}

TEST(Seats, ASearchEndsWithTheSecondScanThatSeesTheSame)
{
    uint32_t looks = 0;
    EXPECT_FALSE(core::StableScan(3).run([&](uint32_t index, uint64_t& seen) {
        seen = OwnerWord::make(OwnerWord::Active, index, ++looks <= 3 ? 1 : 2);
        return false;
    }));
    EXPECT_EQ(looks, 9U) << "the first scan saw others";
}

TEST(Seats, ARecordIsAdoptedFromTheDeadWithASweepOwedAndNoNotesOfTheirs)
{
    SmallWorld w;
    Lives      env;
    for (uint32_t record = 0; record < w.records; ++record) {
        w.enroll(record);
        Claims(w.layout.record(record)).drop(5);
    }
    w.layout.hold(0, 3).store(9, relaxed);
    w.layout.hold(1, 3).store(9, relaxed);
    core::Self self{42, 7};
    EXPECT_FALSE(Registry(w.layout).adopt(0, w.records, self, env));
    EXPECT_EQ(w.owed(), 0U);
    EXPECT_EQ(self.record, 42U);
    env.dead = {2, 5};
    EXPECT_FALSE(Registry(w.layout).adopt(2, 2, self, env)) << "the dead are beyond the range";
    EXPECT_EQ(w.owed(), 0U);
    EXPECT_TRUE(Registry(w.layout).adopt(0, w.records, self, env));
    EXPECT_EQ(self.record, 1U);
    EXPECT_EQ(w.layout.record(1).owner.load(relaxed), OwnerWord::make(OwnerWord::Active, 1, 7));
    EXPECT_EQ(w.owed(), 1U);
    EXPECT_EQ(w.claim(1), 0U);
    EXPECT_EQ(w.layout.hold(1, 3).load(relaxed), 0U);
    EXPECT_EQ(w.layout.hold(0, 3).load(relaxed), 9U) << "a living one's";
    EXPECT_NE(w.claim(0), 0U);
    EXPECT_TRUE(Registry(w.layout).adopt(0, w.records, self, env)) << "a record without a hold map";
    EXPECT_EQ(self.record, 4U);
    EXPECT_EQ(w.owed(), 2U);
}

TEST(Seats, OfARecordThatAnotherAdoptsFirstNothingIsTouched)
{
    SmallWorld w;
    Lives      env{{1, 2}};
    w.enroll(0);
    w.enroll(1);
    core::Self self{42, 7};
    {
        Before const faster(&w.layout.record(0).owner, true, [&] {
            w.layout.record(0).owner.store(OwnerWord::make(OwnerWord::Active, 0, 50), relaxed);
            Claims(w.layout.record(0)).drop(5);
            w.layout.hold(0, 3).store(9, relaxed);
        });
        EXPECT_TRUE(Registry(w.layout).adopt(0, 2, self, env));
    }
    EXPECT_EQ(self.record, 1U);
    EXPECT_EQ(w.layout.record(0).owner.load(relaxed), OwnerWord::make(OwnerWord::Active, 0, 50));
    EXPECT_EQ(w.claim(0), ClaimWord::make(ClaimWord::Drop, 0, 5));
    EXPECT_EQ(w.layout.hold(0, 3).load(relaxed), 9U);
    EXPECT_EQ(w.owed(), 2U) << "the debt is noted before the exchange, won or lost";
}

// --- the schema slot

TEST(Seats, TheSchemaIsWrittenByWhoClaimsItAlone)
{
    SmallWorld w;
    SchemaSlot schema(w.layout);
    Lives      env;
    uint32_t   writes = 0;
    auto const write  = [&]() noexcept { ++writes; };
    auto&      owner  = w.layout.schema_owner();
    {
        Before const faster(&owner, true, [&] { owner.store(owned(OwnerWord::Claiming, 3), relaxed); });
        EXPECT_FALSE(schema.claim(w.self(2), write));
    }
    EXPECT_FALSE(schema.claim(w.self(2), write)) << "it is being claimed";
    EXPECT_EQ(writes, 0U);
    EXPECT_FALSE(schema.is_set() || schema.is_stuck(env) || schema.reset(env));
    EXPECT_EQ(owner.load(relaxed), owned(OwnerWord::Claiming, 3));
    env.dead = {4};
    EXPECT_TRUE(schema.is_stuck(env));
    {
        Before const faster(&owner, true, [&] { owner.store(owned(OwnerWord::Claiming, 2), relaxed); });
        EXPECT_FALSE(schema.reset(env)) << "another word than the one that was judged";
    }
    EXPECT_EQ(owner.load(relaxed), owned(OwnerWord::Claiming, 2));
    owner.store(owned(OwnerWord::Claiming, 3), relaxed);
    EXPECT_TRUE(schema.reset(env));
    EXPECT_EQ(owner.load(relaxed), 0U);
    EXPECT_FALSE(schema.reset(env));
    EXPECT_FALSE(schema.claim(w.self(2), [&]() noexcept { owner.store(0, relaxed); })) << "taken back meanwhile";
    EXPECT_FALSE(schema.is_set());
    EXPECT_TRUE(schema.claim(w.self(3), write));
    EXPECT_TRUE(schema.is_set());
    EXPECT_EQ(writes, 1U);
    EXPECT_FALSE(schema.is_stuck(env) || schema.reset(env)) << "set is set, though its claimant has died";
    EXPECT_FALSE(schema.claim(w.self(2), write));
    EXPECT_EQ(writes, 1U);
}
