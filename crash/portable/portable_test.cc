/// Every operation, killed before each of its atomic operations and after each change, on any system, without a tracer; and
/// stopped there, where a process can stop itself (POSIX).
#include "Counting.h"
#include "Settings.h"

#include <gtest/gtest.h>

#include <cstdio>

using namespace kickmsg_crash;

namespace {

void recover(kickmsg::SharedRegion& region)
{
    region.recover();
}

class Counted : public testing::TestWithParam<std::string> {
protected:
    void show(char const* kind, SweepResult const& result)
    {
        std::printf("%-10s %-24s %4llu points, %4u rounds, %3zu changes\n", kind, GetParam().c_str(),
                    static_cast<unsigned long long>(result.states), result.rounds, result.words.size());
        Row(kind, GetParam())
            .add("states", result.states)
            .add("rounds", result.rounds)
            .add("changes", result.words.size())
            .add("failed", result.found.size());
        for (std::string const& what : result.found) {
            ADD_FAILURE() << what;
        }
        if (number_from("KICKMSG_CRASH_STATE", 0) == 0) { // else one point is shown again
            EXPECT_GT(result.states, 0U);
            EXPECT_GE(result.rounds, result.states + 1);
            // one that waits for others comes by fewer points when they are faster
            EXPECT_TRUE(operation(GetParam()).meanwhile != nullptr || result.rounds == result.states + 1);
        }
    }
};

} // namespace

TEST_P(Counted, KilledAroundEachAtomicOperationLosesNothing)
{
    show("count_kill", CountedSweep::kill(operation(GetParam()), recover));
}

#if !defined(_WIN32)
TEST_P(Counted, StoppedAroundEachAtomicOperationIsNotRobbed)
{
    show("count_stop", CountedSweep::stop(operation(GetParam())));
}
#endif

/// For the comparison with what single-stepping sees (crosscheck_test.cc).
TEST_P(Counted, NamesTheWordsThatItChanges)
{
    auto const  result = CountedSweep::whole(operation(GetParam()));
    std::string list;
    for (std::string const& word : result.words) {
        list += " " + word;
    }
    std::printf("words%s\n", list.c_str());
    EXPECT_FALSE(result.words.empty());
    EXPECT_TRUE(result.found.empty());
}

INSTANTIATE_TEST_SUITE_P(Sweep, Counted, testing::ValuesIn(names_of_operations()),
                         [](auto const& info) { return info.param; });

TEST(CountedSelfTest, WithoutRecoverySlotsAreMissed)
{
    bool missed = false;
    for (std::string const& what : CountedSweep::kill(operation("send_to_one"), [](kickmsg::SharedRegion&) {}).found) {
        missed = missed || what.find("slots:") != std::string::npos;
    }
    EXPECT_TRUE(missed);
}
