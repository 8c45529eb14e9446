/// The packed words of the protocol, field by field, at full widths and at widths so narrow that they wrap. What is packed is chosen when
/// the test runs: else the compiler would answer.
#include "Policy.h"
#include "kickmsg/core/Words.h"

#include <gtest/gtest.h>

#include <vector>

namespace core = kickmsg::core;
using core::ClaimWord;
using core::OwnerWord;
using kickmsg::detail::Policy;

namespace {

struct Narrow {
    static constexpr unsigned lap_bits = 6, generation_bits = 6, tag_bits = 6, sequence_bits = 1;
};

using Tagged     = core::TaggedSlot<Policy>;
using References = core::References<Policy>;
using Entry      = core::EntryWord<Policy>;
using Origin     = core::OriginWord<Policy>;

std::vector<core::SlotIndex> const slots{0, 1, 0x123456, core::no_slot};

} // namespace

TEST(Words, BitsAreCounted)
{
    std::vector<uint64_t> const words{0, 1, 2, 3, 0x80, 0xf0f0, uint64_t{1} << 63, ~uint64_t{0}};
    std::vector<uint32_t> const bits{0, 1, 1, 2, 1, 8, 1, 64};
    for (std::size_t i = 0; i < words.size(); ++i) {
        EXPECT_EQ(core::count_bits(words[i]), bits[i]) << words[i];
    }
    for (unsigned n = 0; n < 64; ++n) {
        EXPECT_EQ(core::count_bits(core::low_bits(n)), n);
        EXPECT_EQ(core::low_bits(n) >> n, 0U);
    }
}

TEST(Words, ADifferenceIsTheShorterWayAround)
{
    for (unsigned const bits : {3U, 6U, 38U, 63U}) {
        uint64_t const half = uint64_t{1} << (bits - 1), all = half << 1;
        for (uint64_t const from : {uint64_t{0}, uint64_t{1}, half, all - 1}) {
            for (int64_t const by :
                 {int64_t{0}, int64_t{1}, int64_t{-1}, static_cast<int64_t>(half) - 1, -static_cast<int64_t>(half)}) {
                uint64_t const to = (from + static_cast<uint64_t>(by)) & (all - 1);
                EXPECT_EQ(core::wrapped_difference(to, from, bits), by) << bits << " bits, from " << from;
            }
        }
    }
}

TEST(Words, ALinkHasItsTagAndItsSlot)
{
    for (core::SlotIndex const slot : slots) {
        for (uint64_t const tag : {uint64_t{0}, uint64_t{1}, uint64_t{0x123456789a}, core::low_bits(40)}) {
            uint64_t const word = Tagged::make(tag, slot);
            EXPECT_EQ(Tagged::slot(word), slot);
            EXPECT_EQ(Tagged::tag(word), tag);
            EXPECT_EQ(Tagged::make(tag + (uint64_t{1} << 40), slot), word) << "the tag wraps";
            EXPECT_EQ(Tagged::operations(word, Tagged::make(tag + 3, slot)), 3U);
            EXPECT_EQ(Tagged::operations(Tagged::make(tag + 3, slot), word), core::low_bits(40) - 2);
        }
    }
    uint64_t const last = core::TaggedSlot<Narrow>::make(63, slots[2]);
    EXPECT_EQ(core::TaggedSlot<Narrow>::operations(last, core::TaggedSlot<Narrow>::make(64, slots[2])), 1U);
}

TEST(Words, ReferencesHaveTheGenerationAboveTheKeptBitAndThirtyTwoRings)
{
    for (uint64_t const generation : {uint64_t{0}, uint64_t{1}, uint64_t{0x2bcdef01}, core::low_bits(31)}) {
        for (uint32_t const ring : {0U, 1U, 17U, 31U}) {
            uint64_t const holders = References::kept | References::ring(ring);
            uint64_t const word    = References::make(generation, holders);
            EXPECT_EQ(References::generation(word), generation);
            EXPECT_EQ(References::holders(word), holders);
            EXPECT_EQ(References::rings(word), 1U << ring);
            EXPECT_EQ(References::make(generation + (uint64_t{1} << 31), holders), word) << "the generation wraps";
            EXPECT_EQ(References::holders(References::make(generation, References::ring(ring))) & References::kept, 0U);
        }
    }
    uint64_t const wrapped = core::References<Narrow>::make(slots[1] + 63, 5);
    EXPECT_EQ(core::References<Narrow>::generation(wrapped), 0U);
    EXPECT_EQ(core::References<Narrow>::holders(wrapped), 5U);
}

TEST(Words, AnEntryIsFullConsumedOrSealedAndSaysHowManyLapsItIsAfter)
{
    for (uint64_t const lap : {uint64_t{0}, uint64_t{1}, uint64_t{0x1234567890}, core::low_bits(38)}) {
        for (core::SlotIndex const slot : slots) {
            uint64_t const word = Entry::make_full(lap, slot);
            EXPECT_TRUE(Entry::is_full(word));
            EXPECT_FALSE(Entry::is_sealed(word));
            EXPECT_TRUE(Entry::is_sealed(word | Entry::sealed));
            EXPECT_EQ(Entry::slot(word), slot);
            EXPECT_EQ(Entry::slot(word | Entry::sealed), slot);
            EXPECT_EQ(Entry::make_full(lap + (uint64_t{1} << 38), slot), word) << "the lap wraps";
            for (int64_t const by : {0, 1, -1, 5}) {
                EXPECT_EQ(Entry::laps_after(word, lap - static_cast<uint64_t>(by)), by);
            }
        }
        uint64_t const consumed = Entry::make_consumed(lap);
        EXPECT_FALSE(Entry::is_full(consumed));
        EXPECT_FALSE(Entry::is_sealed(consumed));
        EXPECT_EQ(Entry::slot(consumed), 0U);
        EXPECT_EQ(Entry::laps_after(consumed, lap), 0);
        EXPECT_EQ(Entry::make_consumed(lap + (uint64_t{1} << 38)), consumed) << "the lap wraps";
    }
}

TEST(Words, AnOwnerIsAStateARecordAndAnIncarnation)
{
    for (auto const state :
         {OwnerWord::Free, OwnerWord::Active, OwnerWord::Joining, OwnerWord::Live, OwnerWord::Draining,
          OwnerWord::Claiming, OwnerWord::Set, OwnerWord::Ready, OwnerWord::Retired}) {
        for (uint32_t const record : {0U, 1U, 0x1234U, 0xffffU}) {
            for (uint64_t const incarnation : {uint64_t{0}, uint64_t{1}, core::low_bits(40)}) {
                uint64_t const word = OwnerWord::make(state, record, incarnation);
                EXPECT_EQ(OwnerWord::state(word), state);
                EXPECT_EQ(OwnerWord::record(word), record);
                EXPECT_EQ(OwnerWord::incarnation(word), incarnation);
                EXPECT_EQ(OwnerWord::make(state, record + 0x10000U, incarnation + (uint64_t{1} << 40)), word)
                    << "no field reaches into another";
            }
        }
    }
}

TEST(Words, AnOriginHasTheHighBitsOfItsNumber)
{
    for (uint64_t const sequence : {uint64_t{0}, uint64_t{1}, uint64_t{0x80000000}, uint64_t{0x123456789abcde}}) {
        for (uint64_t const incarnation : {uint64_t{0}, uint64_t{1}, core::low_bits(40)}) {
            uint64_t const word = Origin::make(sequence, incarnation);
            EXPECT_EQ(Origin::incarnation(word), incarnation);
            EXPECT_EQ(Origin::sequence(word, Origin::low(sequence)), sequence);
            EXPECT_EQ(Origin::high(sequence), sequence >> 32);
            EXPECT_EQ(Origin::low(sequence), sequence & 0xffffffffU);
            EXPECT_EQ(Origin::make(sequence, incarnation + (uint64_t{1} << 40)), word);
        }
    }
    for (uint64_t sequence = 0; sequence < 9; ++sequence) {
        uint64_t const word = core::OriginWord<Narrow>::make(sequence, 7);
        EXPECT_EQ(core::OriginWord<Narrow>::low(sequence), sequence & 1U);
        EXPECT_EQ(core::OriginWord<Narrow>::sequence(word, core::OriginWord<Narrow>::low(sequence)), sequence);
    }
}

TEST(Words, AClaimIsAKindARingAndASlot)
{
    for (auto const kind : {ClaimWord::None, ClaimWord::Pop, ClaimWord::Evict, ClaimWord::Drop, ClaimWord::Publish}) {
        for (uint32_t const ring : {0U, 1U, 31U, 255U}) {
            for (core::SlotIndex const slot : slots) {
                uint64_t const word = ClaimWord::make(kind, ring, slot);
                EXPECT_EQ(ClaimWord::kind(word), kind);
                EXPECT_EQ(ClaimWord::ring(word), ring);
                EXPECT_EQ(ClaimWord::slot(word), slot);
                EXPECT_EQ(ClaimWord::make(kind, ring + 256, slot), word);
            }
        }
    }
}
