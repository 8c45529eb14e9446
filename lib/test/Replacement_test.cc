/// The protocol of replacing a region, with others between its steps: what the system answers is chosen here.
#include "Policy.h"
#include "kickmsg/core/Replacement.h"

#include <gtest/gtest.h>

#include <functional>

namespace {

using kickmsg::core::OwnerWord;

constexpr uint64_t ready = OwnerWord::make(OwnerWord::Ready, 0, 0);

struct Answers {
    bool is_replacer_alive(uint64_t /*incarnation*/) const
    {
        meanwhile();
        return replacer;
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

    bool                  replacer  = false;
    bool                  anyone    = false;
    bool                  linked    = true;
    std::function<void()> meanwhile = [] {};
};

using Replacement = kickmsg::core::Replacement<kickmsg::detail::Policy, Answers>;

} // namespace

TEST(Replacement, ARegionThatSomebodyHasComeToIsLeftReady)
{
    std::atomic<uint64_t> state{ready};
    Answers               answers;
    answers.anyone    = true;
    uint64_t asked    = 0;
    answers.meanwhile = [&] { asked = state.load(); };
    EXPECT_EQ(Replacement(state, answers).retire(5), Replacement::Outcome::Occupied);
    EXPECT_EQ(asked, OwnerWord::make(OwnerWord::Retired, 0, 5)) << "asked before the state said so";
    EXPECT_EQ(state.load(), ready);
}

TEST(Replacement, ARegionThatHasLostItsNameIsLeftReady)
{
    std::atomic<uint64_t> state{ready};
    Answers               answers;
    answers.linked = false;
    EXPECT_EQ(Replacement(state, answers).retire(5), Replacement::Outcome::Busy);
    EXPECT_EQ(state.load(), ready);
    EXPECT_FALSE(Replacement(state, answers).settle()) << "nobody finds it";
}

TEST(Replacement, ARegionThatOnlyTheDeadHoldIsRetiredByOne)
{
    std::atomic<uint64_t> state{ready};
    Answers               answers;
    EXPECT_EQ(Replacement(state, answers).retire(5), Replacement::Outcome::Retired);
    EXPECT_EQ(state.load(), OwnerWord::make(OwnerWord::Retired, 0, 5));
    answers.replacer = true;
    EXPECT_EQ(Replacement(state, answers).retire(6), Replacement::Outcome::Busy);
    EXPECT_FALSE(Replacement(state, answers).settle());
    EXPECT_EQ(state.load(), OwnerWord::make(OwnerWord::Retired, 0, 5));
}

TEST(Replacement, OfTwoWhoSettleADeadReplacersRegionTheSlowerLooksAgain)
{
    std::atomic<uint64_t> state{OwnerWord::make(OwnerWord::Retired, 0, 5)};
    Answers               answers;
    answers.meanwhile = [&] { state.store(ready); };
    EXPECT_FALSE(Replacement(state, answers).settle());
    EXPECT_TRUE(Replacement(state, answers).settle());
}

TEST(Replacement, OfTwoWhoReplaceADeadReplacersRegionTheSlowerLooksAgain)
{
    std::atomic<uint64_t> state{OwnerWord::make(OwnerWord::Retired, 0, 5)};
    uint64_t const        faster = OwnerWord::make(OwnerWord::Retired, 0, 7);
    Answers               answers;
    answers.meanwhile = [&] { state.store(faster); };
    EXPECT_EQ(Replacement(state, answers).retire(6), Replacement::Outcome::Busy);
    EXPECT_EQ(state.load(), faster) << "the slower one's name is nowhere";
}
