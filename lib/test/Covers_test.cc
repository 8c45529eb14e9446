/// A sweep that something of the living covers is remembered, and not repeated for nothing; in counted operations.
#include "array_layout.h"
#include "observed.h"

#include <gtest/gtest.h>

using namespace kickmsg_test;
using Policy     = ObservedPolicy;
using Layout     = ArrayLayout<Policy>;
using ClaimWord  = kickmsg::core::ClaimWord;
using Covers     = kickmsg::core::Covers<Policy, Layout>;
using FreeStack  = kickmsg::core::FreeStack<Policy, Layout>;
using OwnerWord  = kickmsg::core::OwnerWord;
using References = kickmsg::core::References<Policy>;
using kickmsg::core::SlotIndex;

namespace {

struct NobodyDies {
    bool is_alive(uint64_t /*incarnation*/) const noexcept
    {
        return true;
    }
};
using Recovery = kickmsg::core::Recovery<Policy, Layout, NobodyDies>;

/// A dead participant lost a slot; records 0 and 1 are of the living, record 2 recovers.
struct Scene {
    explicit Scene(uint32_t pool = 64) : layout(1, 4, pool, 3), notes(pool)
    {
        for (uint32_t record = 0; record < 3; ++record) {
            layout.record(record).owner.store(OwnerWord::make(OwnerWord::Active, record, record + 1),
                                              std::memory_order_relaxed);
        }
        kickmsg::core::Claims<Policy> dead(layout.record(0));
        lost = FreeStack(layout).pop(dead, 9).slot;
        layout.slot(lost).references.store(References::make(1, 0), std::memory_order_relaxed);
        kickmsg::core::Registry<Policy, Layout>(layout).owe_sweep();
    }

    void claim(uint32_t record, uint64_t word)
    {
        layout.record(record).claim.store(word, std::memory_order_relaxed);
    }
    void publishing(uint32_t record, uint64_t word)
    {
        layout.record(record).publishing.store(word, std::memory_order_relaxed);
    }
    uint64_t recover(bool* needed = nullptr)
    {
        Recovery   recovery(layout, {2, 3}, env, &covers);
        bool const is_needed = recovery.is_needed();
        if (needed != nullptr) {
            *needed = is_needed;
        }
        return is_needed ? recovery.run(notes.data()).slots : 0;
    }
    bool is_needed()
    {
        return Recovery(layout, {2, 3}, env, &covers).is_needed();
    }
    uint64_t cost_of_recover()
    {
        uint64_t       counted = 0;
        Observer const counter([&](void const*, bool) { ++counted; });
        recover();
        return counted;
    }

    Layout                               layout;
    std::vector<kickmsg::core::SlotNote> notes;
    NobodyDies                           env;
    Covers                               covers;
    SlotIndex                            lost = 0;
};

} // namespace

TEST(Covers, ASweepThatAStoppedParticipantCoversIsMadeOnceAndAgainWhenItGoesOn)
{
    for (uint32_t const pool : {64U, 4096U}) {
        Scene scene(pool);
        scene.claim(0, ClaimWord::make(ClaimWord::Pop, 0, scene.lost)); // a pop that is about to fail
        EXPECT_EQ(scene.recover(), 0U);
        EXPECT_FALSE(scene.is_needed()) << "another sweep would find the same";
        EXPECT_LT(scene.cost_of_recover(), 20U) << "pool " << pool;
        EXPECT_TRUE(Recovery(scene.layout, {2, 3}, scene.env).is_needed()) << "the debt stands, for everybody else";
        scene.claim(0, 0);
        EXPECT_TRUE(scene.is_needed());
        EXPECT_EQ(scene.recover(), 1U);
        EXPECT_FALSE(scene.is_needed());
    }
}

TEST(Covers, ALookAtWhatCoversCostsNoMoreThanItMay)
{
    Scene scene(64);
    scene.claim(0, ClaimWord::make(ClaimWord::Drop, 0, scene.lost));
    EXPECT_LT(scene.cost_of_recover(), 2 * uint64_t{Policy::looks} + 1000) << "one pass and its looks";
}

TEST(Covers, AHoldMarkInMotionAPublicationAndAnEvictionAreRememberedToo)
{
    uint64_t const claimed = References::make(1, References::ring(0)); // a bit of ring 0 that the dead left
    for (int kind = 0; kind < 3; ++kind) {
        Scene scene;
        auto& references = scene.layout.slot(scene.lost).references;
        references.store(claimed, std::memory_order_relaxed);
        if (kind == 1) {
            scene.publishing(1, ClaimWord::make(ClaimWord::Publish, 0, scene.lost));
        } else if (kind == 0) {
            scene.layout.hold(0, scene.lost).store(7 | (1U << 31), std::memory_order_relaxed);
        } else if (kind == 2) {
            scene.claim(1, ClaimWord::make(ClaimWord::Evict, 0, scene.lost));
        }
        EXPECT_EQ(scene.recover(), 0U) << kind;
        EXPECT_FALSE(scene.is_needed()) << kind;
        scene.layout.hold(0, scene.lost).store(0, std::memory_order_relaxed);
        scene.claim(1, 0);
        scene.publishing(1, 0);
        EXPECT_TRUE(scene.is_needed()) << kind;
        EXPECT_EQ(scene.recover(), 1U) << kind;
    }
}

TEST(Covers, APublicationIsRememberedThoughASubscriberHoldsAViewOfIt)
{
    Scene scene; // between two deliveries: ring 0 has it, and its subscriber a view; ring 1 has it not yet
    auto& references = scene.layout.slot(scene.lost).references;
    references.store(References::make(1, References::ring(0) | References::ring(1)), std::memory_order_relaxed);
    scene.publishing(1, ClaimWord::make(ClaimWord::Publish, 0, scene.lost));
    scene.layout.hold(0, scene.lost).store(7, std::memory_order_relaxed);
    EXPECT_EQ(scene.recover(), 0U);
    EXPECT_FALSE(scene.is_needed()) << "another sweep would find the same";
    scene.publishing(1, 0);
    EXPECT_TRUE(scene.is_needed());
}

TEST(Covers, TwoThatCoverOneSlotAreNotTakenForOne)
{
    for (uint32_t const first_to_go_on : {0U, 1U}) {
        Scene scene;
        scene.claim(0, ClaimWord::make(ClaimWord::Pop, 0, scene.lost));
        scene.claim(1, ClaimWord::make(ClaimWord::Pop, 0, scene.lost));
        EXPECT_EQ(scene.recover(), 0U);
        EXPECT_TRUE(scene.is_needed()) << "which of them covers it is not remembered";
        scene.claim(first_to_go_on, 0);
        EXPECT_EQ(scene.recover(), 0U);
        scene.claim(1 - first_to_go_on, 0);
        EXPECT_TRUE(scene.is_needed());
        EXPECT_EQ(scene.recover(), 1U);
    }
}

TEST(Covers, ANewDebtIsNotTakenForTheOneThatIsRemembered)
{
    Scene scene;
    scene.claim(0, ClaimWord::make(ClaimWord::Pop, 0, scene.lost));
    scene.recover();
    EXPECT_FALSE(scene.is_needed());
    kickmsg::core::Registry<Policy, Layout>(scene.layout).owe_sweep();
    EXPECT_TRUE(scene.is_needed());
    uint64_t const owed = scene.layout.sweeps_owed().load(std::memory_order_relaxed);
    scene.recover();
    EXPECT_EQ(scene.layout.sweeps_owed().load(std::memory_order_relaxed), owed)
        << "a debt that stands is not owed twice: others would sweep for nothing";
    EXPECT_FALSE(scene.is_needed());
}

TEST(Covers, MoreThanCanBeRememberedAreSweptAgain)
{
    constexpr uint32_t marks = 40;
    Scene              scene(64);
    for (SlotIndex slot = 0; slot < marks; ++slot) {
        scene.layout.slot(slot).references.store(References::make(1, References::ring(0)), std::memory_order_relaxed);
        scene.layout.hold(0, slot).store(7 | (1U << 31), std::memory_order_relaxed);
    }
    scene.recover();
    EXPECT_TRUE(scene.is_needed());
}

TEST(Covers, WhatMovesWhileItIsLookedAtIsSweptAgainInTheSameCall)
{
    Scene scene;
    scene.claim(0, ClaimWord::make(ClaimWord::Pop, 0, scene.lost));
    uint64_t       looks = 0;
    Observer const goes_on([&](void const* word, bool) {
        if (word == &scene.layout.record(0).claim && ++looks == 10) {
            scene.claim(0, 0);
        }
    });
    EXPECT_EQ(scene.recover(), 1U);
    EXPECT_GE(looks, 10U);
}

TEST(Covers, ASweepThatOthersKeptMovingIsNotTakenForACoveredOne)
{
    Scene scene;
    auto& references = scene.layout.slot(scene.lost).references;
    references.store(References::make(1, References::ring(0)), std::memory_order_relaxed);
    uint64_t passes = 0;
    {
        Observer const mover([&](void const* word, bool exchange) {
            if (word == &references && exchange) {
                references.store(References::make(++passes + 1, References::ring(0)), std::memory_order_relaxed);
            }
        });
        scene.recover();
    }
    EXPECT_EQ(passes, 64U);
    EXPECT_TRUE(scene.is_needed()) << "nothing covered it";
    EXPECT_EQ(scene.recover(), 1U);
}
