/// Every operation, killed and stopped at each change of shared memory that it makes.
#include "Stepping.h"

#include <gtest/gtest.h>

#include <chrono>

using namespace kickmsg_crash;

namespace {

void recover(kickmsg::SharedRegion& region)
{
    region.recover();
}

class EveryOperation : public testing::TestWithParam<std::string> {
protected:
    void show(char const* kind, SweepResult const& result)
    {
        std::printf("%-5s %-24s %3llu states, %3u rounds, %6llu instructions\n", kind, GetParam().c_str(),
                    static_cast<unsigned long long>(result.states), result.rounds,
                    static_cast<unsigned long long>(result.steps));
        std::string words;
        for (std::string const& word : result.words) {
            words += (words.empty() ? "" : " ") + word;
        }
        Row(kind, GetParam())
            .add("states", result.states)
            .add("rounds", result.rounds)
            .add("instructions", result.steps)
            .add("failed", result.found.size())
            .add("words", words);
        for (std::string const& what : result.found) {
            ADD_FAILURE() << what;
        }
    }
};

} // namespace

TEST_P(EveryOperation, KilledAtEachChangeLosesNothing)
{
    SweepResult const result = SteppedSweep::kill(operation(GetParam()), recover);
    show("kill", result);
    std::string list;
    for (std::string const& word : result.words) {
        list += " " + word;
    }
    std::printf("     %s\n", list.c_str());
    EXPECT_GT(result.rounds, 0U);
    EXPECT_TRUE(result.states > 0 || result.rounds == 1) << "no change was seen"; // one round: KICKMSG_CRASH_STATE
}

TEST_P(EveryOperation, StoppedAtEachChangeIsNotRobbed)
{
    SweepResult const result = SteppedSweep::stop(operation(GetParam()));
    show("stop", result);
    EXPECT_TRUE(result.states > 0 || result.rounds == 1) << "no change was seen";
}

INSTANTIATE_TEST_SUITE_P(Sweep, EveryOperation, testing::ValuesIn(names_of_operations()),
                         [](auto const& info) { return info.param; });
