/// What others do between two steps of a sweep, chosen step by step: on plain arrays, under an observed policy.
#include "array_layout.h"
#include "observed.h"

#include <gtest/gtest.h>

using kickmsg_test::Observer;
using Policy     = kickmsg_test::ObservedPolicy;
using Layout     = kickmsg_test::ArrayLayout<Policy>;
using Sender     = kickmsg::core::Sender<Policy, Layout>;
using References = kickmsg::core::References<Policy>;
using Word       = kickmsg::core::TaggedSlot<Policy>;
using Claims     = kickmsg::core::Claims<Policy>;
using FreeStack  = kickmsg::core::FreeStack<Policy, Layout>;
using kickmsg::core::OwnerWord;

namespace {

/// Everybody lives.
struct NobodyDies {
    bool is_alive(uint64_t /*incarnation*/) const noexcept
    {
        return true;
    }
};

/// A stack of four slots of which nobody is dead.
struct Stack {
    kickmsg::core::SweepCounts repair()
    {
        Claims     claims(layout.record(0));
        NobodyDies env;
        return kickmsg::core::Sweep<Policy, Layout, NobodyDies>(layout, env, notes.data()).repair(claims);
    }
    bool is_link(void const* word)
    {
        for (uint32_t slot = 0; slot < layout.pool_size(); ++slot) {
            if (word == &layout.slot(slot).link) {
                return true;
            }
        }
        return false;
    }

    /// Takes a slot off the stack as one does that dies before it says so. Returns: the slot.
    uint32_t lose()
    {
        Claims     claims(layout.record(2));
        auto const loan = FreeStack(layout).pop(claims, 3);
        layout.slot(loan.slot).references.store(References::make(loan.generation, 0), std::memory_order_relaxed);
        return loan.slot;
    }

    Layout                               layout{1, 2, 4, 3};
    std::vector<kickmsg::core::SlotNote> notes{4};
};

} // namespace

TEST(Sweep, AFreeSlotIsNotTakenForLostWhileTheStackMovesUnderEachLook)
{
    Stack stack;
    stack.lose();
    Sender   other(stack.layout, {1, 2}, false);
    uint32_t looks = 0;
    {
        Observer const mover([&](void const* word, bool) {
            // the three links of the snapshot, then those of the looks at a slot that was not on it
            if (stack.is_link(word) && ++looks > 3) {
                EXPECT_TRUE(other.borrow());
                other.give_back();
            }
        });
        auto const     found = stack.repair();
        EXPECT_TRUE(found.again);
        EXPECT_EQ(found.slots + found.orphans, 0U);
    }
    EXPECT_GT(looks, 4U);
    EXPECT_EQ(stack.repair().slots, 1U) << "where nobody moves, it is found";
}

TEST(Sweep, AFreeSlotThatSomebodyTakesUpMeanwhileIsNotTakenForLost)
{
    Stack          stack;
    uint32_t const lost = stack.lose();
    stack.layout.record(0).owner.store(OwnerWord::make(OwnerWord::Active, 0, 1), std::memory_order_relaxed);
    {
        Observer const holder([&](void const* word, bool) {
            if (word == &stack.layout.head()) { // after all hold maps were read
                stack.layout.hold(0, lost).store(1, std::memory_order_relaxed);
            }
        });
        auto const     found = stack.repair();
        EXPECT_TRUE(found.covered);
        EXPECT_EQ(found.slots + found.orphans, 0U);
    }
    stack.layout.hold(0, lost).store(0, std::memory_order_relaxed);
    EXPECT_EQ(stack.repair().slots, 1U);
}

TEST(Sweep, AFreeSlotThatAClaimNamesIsNotTakenForLost)
{
    for (bool const meanwhile : {false, true}) {
        Stack          stack;
        uint32_t const lost = stack.lose();
        Claims         claims(stack.layout.record(1));
        stack.layout.record(1).owner.store(OwnerWord::make(OwnerWord::Active, 1, 2), std::memory_order_relaxed);
        {
            if (!meanwhile) {
                claims.evict(0, lost);
            }
            Observer const claimer([&](void const* word, bool) {
                if (meanwhile && word == &stack.layout.head()) { // after all claims were read
                    claims.evict(0, lost);
                }
            });
            auto const     found = stack.repair();
            EXPECT_TRUE(found.covered);
            EXPECT_EQ(found.slots + found.orphans, 0U);
        }
        claims.clear();
        NobodyDies env;
        EXPECT_EQ(
            (kickmsg::core::Sweep<Policy, Layout, NobodyDies>(stack.layout, env, stack.notes.data()).inspect().orphans),
            1U);
        EXPECT_EQ(stack.repair().slots, 1U) << "a look changes nothing";
    }
}

TEST(Sweep, AFreeSlotThatIsPushedMeanwhileIsNotTakenForLost)
{
    Stack          stack;
    uint32_t const late  = stack.lose();
    uint32_t       looks = 0;
    Observer const pusher([&](void const* word, bool) {
        if (word == &stack.layout.head() && ++looks == 2) { // after the snapshot
            FreeStack(stack.layout).push(late);
        }
    });
    EXPECT_EQ(stack.repair().slots, 0U);
    EXPECT_GE(looks, 2U);
}

TEST(Sweep, ASweepThatFindsSomethingMovedInEachPassEndsAndLeavesAnotherOwed)
{
    using Recovery = kickmsg::core::Recovery<Policy, Layout, NobodyDies>;
    Stack      stack;
    NobodyDies env;
    auto&      references = stack.layout.slot(stack.lose()).references;
    references.store(References::make(1, References::ring(0)), std::memory_order_relaxed);
    uint64_t passes = 0;
    {
        Observer const mover([&](void const* word, bool exchange) {
            if (word == &references && exchange) {
                references.store(References::make(++passes + 1, References::ring(0)), std::memory_order_relaxed);
            }
        });
        Recovery(stack.layout, {2, 3}, env).run(stack.notes.data());
    }
    EXPECT_EQ(passes, 64U);
    Recovery recovery(stack.layout, {2, 3}, env);
    EXPECT_TRUE(recovery.is_needed()) << "a sweep is owed";
    EXPECT_EQ(recovery.run(stack.notes.data()).references, 1U);
    EXPECT_FALSE(recovery.is_needed());
}

TEST(Sweep, AWalkThatOthersLeadInCirclesEndsAndIsNoSnapshot)
{
    Stack    stack;
    uint64_t tag = 0;
    stack.layout.head().store(Word::make(100, 0), std::memory_order_relaxed);
    {
        Observer const vandal([&](void const* word, bool) {
            for (uint32_t slot = 0; slot < 2; ++slot) {
                if (word == &stack.layout.slot(slot).link) {
                    tag = (tag + 1) % 100;
                    stack.layout.slot(slot).link.store(Word::make(tag, 1 - slot), std::memory_order_relaxed);
                }
            }
        });
        auto const     found = stack.repair();
        EXPECT_TRUE(found.again);
        EXPECT_EQ(found.slots + found.orphans, 0U) << "slots 2 and 3 are not known to be lost";
    }
    EXPECT_GT(stack.layout.corruptions, 0U);
}
