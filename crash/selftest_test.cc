/// Whether the sweeps would have noticed: recovery left out or done by halves, and each repair alone.
#include "Stepping.h"

#include <gtest/gtest.h>

using namespace kickmsg_crash;

namespace {

class Planted : public testing::TestWithParam<std::string> {};

bool mentions(Findings const& found, char const* what)
{
    for (std::string const& one : found) {
        if (one.find(what) != std::string::npos) {
            return true;
        }
    }
    return false;
}

} // namespace

TEST_P(Planted, WithoutRecoveryEverySweepFails)
{
    EXPECT_FALSE(SteppedSweep::kill(operation(GetParam()), [](kickmsg::SharedRegion&) {}).found.empty());
}

INSTANTIATE_TEST_SUITE_P(Sweep, Planted, testing::ValuesIn(names_of_operations()),
                         [](auto const& info) { return info.param; });

TEST(Planted, WithoutTheSweepSlotsAreMissed)
{
    auto const result = SteppedSweep::kill(operation("send_to_one"), [](kickmsg::SharedRegion& region) {
        region.repair_locked_entries();
        region.reset_retired_rings();
    });
    EXPECT_TRUE(mentions(result.found, "slots:"));
}

TEST(Planted, WithoutClosingRingsARingIsMissed)
{
    auto const result =
        SteppedSweep::kill(operation("join"), [](kickmsg::SharedRegion& region) { region.reclaim_orphaned_slots(); });
    EXPECT_TRUE(mentions(result.found, "a ring or record was not given back"));
}

namespace {

/// What the three repairs found over a whole sweep, and whether each was idempotent.
struct Repairs {
    std::size_t locked = 0, retired = 0, orphaned = 0, repeated = 0;

    void run(kickmsg::SharedRegion& region)
    {
        locked += region.repair_locked_entries();
        retired += region.reset_retired_rings();
        orphaned += region.reclaim_orphaned_slots();
        repeated += region.repair_locked_entries() + region.reset_retired_rings();
        region.recover();
    }
};

Repairs repairs_of(char const* name, Findings& found)
{
    Repairs    repairs;
    auto const result =
        SteppedSweep::kill(operation(name), [&repairs](kickmsg::SharedRegion& region) { repairs.run(region); });
    found = result.found;
    return repairs;
}

} // namespace

TEST(Repairs, EachFindsWhatIsItsOwn)
{
    Findings found;
    auto     repairs = repairs_of("join", found);
    EXPECT_GT(repairs.locked, 0U);
    EXPECT_GT(repairs.retired, 0U) << "killed after going live";
    EXPECT_EQ(repairs.repeated, 0U);
    EXPECT_TRUE(found.empty()) << found.front();
    repairs = repairs_of("leave_unread", found);
    EXPECT_GT(repairs.locked, 0U);
    EXPECT_TRUE(found.empty()) << found.front();
    repairs = repairs_of("send_to_three", found);
    EXPECT_GT(repairs.orphaned, 0U);
    EXPECT_EQ(repairs.repeated, 0U);
    EXPECT_TRUE(found.empty()) << found.front();
}
