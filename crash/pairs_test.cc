/// Two victims of one region, stopped at all pairs of their states and killed.
#include "Sweep.h"

#include <gtest/gtest.h>

#include <cstdlib>

using namespace kickmsg_crash;

namespace {

/// KICKMSG_CRASH_SHARE=N: one in N of all pairs, another part for each KICKMSG_CRASH_SEED. All, without it.
Share share()
{
    char const* const of   = std::getenv("KICKMSG_CRASH_SHARE");
    char const* const seed = std::getenv("KICKMSG_CRASH_SEED");
    return {of != nullptr ? static_cast<unsigned>(std::strtoul(of, nullptr, 10)) : 1,
            seed != nullptr ? static_cast<unsigned>(std::strtoull(seed, nullptr, 10) % 1000) : 0};
}

struct Pair {
    char const* first;
    char const* second;
};

class Pairs : public testing::TestWithParam<Pair> {};

} // namespace

TEST_P(Pairs, KilledAtAllPairsOfChangesLoseNothing)
{
    auto const result = pair_sweep(operation(GetParam().first), operation(GetParam().second), share(),
                                   [](kickmsg::SharedRegion& region) { region.recover(); });
    std::printf("pair  %-16s x %-16s %4u pairs of states, %4u rounds\n", GetParam().first, GetParam().second,
                result.states, result.rounds);
    for (std::string const& what : result.found) {
        ADD_FAILURE() << what;
    }
    EXPECT_GT(result.rounds, 0U);
}

INSTANTIATE_TEST_SUITE_P(Sweep, Pairs,
                         testing::Values(Pair{"send_to_one", "send_to_one"}, Pair{"send_evicting", "receive"},
                                         Pair{"send_to_one", "leave_unread"}, Pair{"send_to_one", "join"},
                                         Pair{"recover", "send_to_one"}, Pair{"recover", "join"},
                                         Pair{"recover", "recover"}),
                         [](auto const& info) { return std::string(info.param.first) + "_x_" + info.param.second; });
