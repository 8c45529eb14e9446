/// The protocol of replacing a region, with others between its steps: what the system answers is chosen here.
#include "Policy.h"
#include "kickmsg/core/Replacement.h"

#include <gtest/gtest.h>

#include <functional>

namespace {

using kickmsg::core::OwnerWord;

constexpr uint64_t ready = OwnerWord::make(OwnerWord::Ready, 0, 0);

struct Answers {
    bool arm() const
    {
        meanwhile();
        return armed;
    }
    bool disarm(uint64_t incarnation)
    {
        meanwhile();
        asked_to_disarm = incarnation;
        return disarmed;
    }
    bool is_anyone_alive() const
    {
        meanwhile();
        return anyone;
    }
    bool is_linked() const
    {
        return linked;
    }
    bool is_alive(uint64_t incarnation) const
    {
        meanwhile();
        return incarnation == living;
    }

    bool                  armed           = true;
    bool                  disarmed        = true;
    bool                  anyone          = false;
    bool                  linked          = true;
    uint64_t              living          = 0;
    uint64_t              asked_to_disarm = 0;
    std::function<void()> meanwhile       = [] {};
};

using Replacement = kickmsg::core::Replacement<kickmsg::detail::Policy, Answers>;
using Removal     = kickmsg::core::Removal<kickmsg::detail::Policy, Answers>;

constexpr uint64_t retired_by(uint64_t incarnation)
{
    return OwnerWord::make(OwnerWord::Retired, 0, incarnation);
}

} // namespace

TEST(Replacement, ARegionThatSomebodyHasComeToIsLeftReady)
{
    std::atomic<uint64_t> state{ready};
    Answers               answers;
    answers.anyone    = true;
    uint64_t asked    = 0;
    answers.meanwhile = [&] { asked = state.load(); };
    EXPECT_EQ(Replacement(state, answers).retire(5), Replacement::Outcome::Occupied);
    EXPECT_EQ(asked, retired_by(5)) << "asked before the state said so";
    EXPECT_EQ(state.load(), ready);
}

TEST(Replacement, ARegionThatHasLostItsNameIsLeftReady)
{
    std::atomic<uint64_t> state{ready};
    Answers               answers;
    answers.linked = false;
    EXPECT_EQ(Replacement(state, answers).retire(5), Replacement::Outcome::Busy);
    EXPECT_EQ(state.load(), ready);
    EXPECT_FALSE(Replacement(state, answers).occupy()) << "nobody finds it";
}

TEST(Replacement, ARegionWhoseReplacerCannotBeDisarmedStaysRetired)
{
    std::atomic<uint64_t> state{ready};
    Answers               answers;
    EXPECT_EQ(Replacement(state, answers).retire(5), Replacement::Outcome::Retired);
    EXPECT_EQ(state.load(), retired_by(5));
    answers.disarmed = false;
    EXPECT_EQ(Replacement(state, answers).retire(6), Replacement::Outcome::Busy);
    EXPECT_EQ(answers.asked_to_disarm, 5U);
    EXPECT_FALSE(Replacement(state, answers).occupy());
    EXPECT_EQ(state.load(), retired_by(5));
}

TEST(Replacement, WhoeverIsOvertakenIsDisarmedWhileTheStateStillNamesIt)
{
    for (bool const by_opener : {true, false}) {
        std::atomic<uint64_t> state{retired_by(5)};
        Answers               answers;
        uint64_t              seen = 0;
        answers.meanwhile          = [&] { seen = answers.asked_to_disarm == 0 ? state.load() : seen; };
        if (by_opener) {
            EXPECT_TRUE(Replacement(state, answers).occupy());
        } else {
            EXPECT_EQ(Replacement(state, answers).retire(6), Replacement::Outcome::Retired);
        }
        EXPECT_EQ(answers.asked_to_disarm, 5U);
        EXPECT_EQ(seen, retired_by(5)) << "a death in between would have forgotten it";
        EXPECT_EQ(state.load(), by_opener ? ready : retired_by(6));
    }
}

TEST(Replacement, AReplacerIsArmedBeforeTheStateNamesIt)
{
    std::atomic<uint64_t> state{ready};
    Answers               answers;
    answers.armed     = false;
    uint64_t at_arms  = 0;
    answers.meanwhile = [&] { at_arms = state.load(); };
    EXPECT_EQ(Replacement(state, answers).retire(5), Replacement::Outcome::Busy) << "it could not be armed";
    EXPECT_EQ(at_arms, ready) << "who reads Retired disarms, and must find something to disarm";
    EXPECT_EQ(state.load(), ready);
}

TEST(Replacement, AReplacerThatDoesNotTakeTheNameGivesTheRegionBackUnlessItWasOvertaken)
{
    std::atomic<uint64_t> state{ready};
    Answers               answers;
    EXPECT_EQ(Replacement(state, answers).retire(5), Replacement::Outcome::Retired);
    Replacement(state, answers).give_back(5);
    EXPECT_EQ(state.load(), ready);
    state.store(retired_by(6));
    Replacement(state, answers).give_back(5);
    EXPECT_EQ(state.load(), retired_by(6));
}

TEST(Replacement, OfTwoWhoSettleADeadReplacersRegionTheSlowerLooksAgain)
{
    std::atomic<uint64_t> state{retired_by(5)};
    Answers               answers;
    answers.meanwhile = [&] { state.store(ready); };
    EXPECT_FALSE(Replacement(state, answers).occupy());
    EXPECT_TRUE(Replacement(state, answers).occupy());
}

TEST(Replacement, OfTwoWhoReplaceADeadReplacersRegionTheSlowerLooksAgain)
{
    std::atomic<uint64_t> state{retired_by(5)};
    Answers               answers;
    answers.meanwhile = [&] { state.store(retired_by(7)); };
    EXPECT_EQ(Replacement(state, answers).retire(6), Replacement::Outcome::Busy);
    EXPECT_EQ(state.load(), retired_by(7)) << "the slower one's name is nowhere";
}

TEST(Removal, IsTheRightOfOneThatLives)
{
    std::atomic<uint64_t> right{0};
    Answers               answers;
    answers.living = 5;
    EXPECT_TRUE(Removal(right, answers).claim(5));
    EXPECT_TRUE(Removal(right, answers).claim(5)) << "its own";
    EXPECT_FALSE(Removal(right, answers).claim(6));
    answers.living = 6;
    EXPECT_TRUE(Removal(right, answers).claim(6)) << "5 is dead";
    Removal(right, answers).give_back(5);
    EXPECT_EQ(right.load(), 6U) << "not the former holder's to give";
    Removal(right, answers).give_back(6);
    answers.living = 7;
    EXPECT_TRUE(Removal(right, answers).claim(7));
}

TEST(Removal, OfTwoWhoFindItsHolderDeadTheSlowerHasNoRight)
{
    std::atomic<uint64_t> right{5};
    Answers               answers;
    answers.meanwhile = [&] { right.store(7); };
    EXPECT_FALSE(Removal(right, answers).claim(6));
    EXPECT_EQ(right.load(), 7U);
}
