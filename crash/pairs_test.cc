/// Two victims of one region, stopped at all pairs of their states and killed.
#include "PairSweep.h"
#include "Settings.h"

#include <gtest/gtest.h>

using namespace kickmsg_crash;

namespace {

/// KICKMSG_CRASH_SHARE=N: one in N of all pairs, another part for each KICKMSG_CRASH_SEED. All, without it.
Share share()
{
    return {static_cast<unsigned>(number_from("KICKMSG_CRASH_SHARE", 1)), static_cast<unsigned>(seed() % 1000)};
}

struct Pair {
    char const* first;
    char const* second;
};

class Pairs : public testing::TestWithParam<Pair> {
protected:
    void show(char const* kind, SweepResult const& result)
    {
        std::printf("%-10s %-20s x %-20s %4llu pairs of states, %4u rounds\n", kind, GetParam().first,
                    GetParam().second, static_cast<unsigned long long>(result.states), result.rounds);
        Row(kind, std::string(GetParam().first) + " × " + GetParam().second)
            .add("states", result.states)
            .add("rounds", result.rounds)
            .add("failed", result.found.size());
        for (std::string const& what : result.found) {
            ADD_FAILURE() << what;
        }
        EXPECT_GT(result.rounds, 0U);
    }
};

class OneStopped : public Pairs {};

std::string name_of(testing::TestParamInfo<Pair> const& info)
{
    return std::string(info.param.first) + "_x_" + info.param.second;
}

} // namespace

TEST_P(Pairs, KilledAtAllPairsOfChangesLoseNothing)
{
    auto const result = pair_sweep(operation(GetParam().first), operation(GetParam().second), share(),
                                   [](kickmsg::SharedRegion& region) { region.recover(); });
    show("pair", result);
}

TEST_P(OneStopped, AtAllPairsOfChangesLosesNothingByTheDeathOfTheOther)
{
    show("pair_stop", pair_stop_sweep(operation(GetParam().first), operation(GetParam().second), share()));
}

INSTANTIATE_TEST_SUITE_P(
    Sweep, Pairs,
    testing::Values(Pair{"send_to_one", "send_to_one"}, Pair{"send_evicting", "receive"},
                    Pair{"send_to_one", "leave_unread"}, Pair{"send_to_one", "join"}, Pair{"recover", "send_to_one"},
                    Pair{"recover", "join"}, Pair{"recover", "recover"}, Pair{"send_reusing_kept", "send_reusing_kept"},
                    Pair{"send_reusing_kept", "send_letting_go"}, Pair{"send_reusing_kept", "leave_unread"},
                    Pair{"leave_with_kept", "send_reusing_kept"}, Pair{"recover_kept", "send_reusing_kept"},
                    Pair{"recover_kept", "leave_with_kept"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(Sweep, OneStopped,
                         testing::Values(Pair{"send_reusing_kept", "send_reusing_kept"},
                                         Pair{"send_reusing_kept", "receive"}, Pair{"send_letting_go", "leave_unread"},
                                         Pair{"leave_with_kept", "send_reusing_kept"}),
                         name_of);
