/// Generated trials: publishers and subscribers on threads or in processes, their number, manner and region generated. A failure
/// shrinks, and rapidcheck prints the line that repeats it: RC_PARAMS="reproduce=..." kickmsg_stress_test
/// --gtest_filter=Generated.*
#include "Settings.h"
#include "Trial.h"

#include <gtest/gtest.h>

#include <unistd.h>

using namespace kickmsg_stress;
using namespace kickmsg_stress::generated;

namespace {

constexpr char const* property_name = "what is sent is received or lost, and every slot comes back";

/// The schedule is the kernel's: what has failed once is given more than one chance to fail again while it shrinks.
constexpr int chances = 5;

void tell(Coverage const& coverage)
{
    Row row("Generated");
    row.require("trials", coverage.trials).require("of_processes", coverage.of_processes);
    row.require("of_threads", coverage.of_threads).require("processes", coverage.processes);
    row.require("sent", coverage.sent).require("received", coverage.received).require("refused", coverage.refused);
    row.require("evicted", coverage.evicted).require("overwritten", coverage.overwritten);
    row.require("wraps", coverage.wraps).require("unheard", coverage.unheard);
    row.require("zero_length", coverage.zero_length).require("from_32_KiB", coverage.large);
    row.require("lent", coverage.lent).require("shortened", coverage.shortened);
    row.require("views", coverage.views).require("most_views_held", coverage.most_held);
    row.require("blocked_waits", coverage.blocked).require("woken", coverage.woken);
    row.require("stopped_processes", coverage.stopped_processes).require("stopped_threads", coverage.stopped_threads);
    row.require("sent_past_the_stopped", coverage.sent_past_the_stopped);
    row.require("churn_joins", coverage.joins_of_churners);
}

class Property {
public:
    explicit Property(Coverage& coverage) : coverage_(coverage) {}

    void operator()(TrialPlan const& plan)
    {
        for (int chance = 0; chance < (failed_ ? chances : 1); ++chance) {
            alarm(static_cast<unsigned>(number_from("KICKMSG_STRESS_WATCHDOG", 300))); // watches a trial, not the run
            auto const found = perform(plan, coverage_);
            if (!found.empty()) {
                failed_ = true;
                for (std::string const& what : found) {
                    RC_LOG() << what << std::endl;
                }
                RC_FAIL("the accounts do not agree");
            }
        }
    }

private:
    Coverage& coverage_;
    bool      failed_ = false;
};

} // namespace

TEST(Generated, WhatIsSentIsReceivedOrLostAndEverySlotComesBack)
{
    namespace rapidcheck = rc::detail; // rc::check() takes its number of trials from the environment, once for all
    Coverage                 coverage;
    Property                 property(coverage);
    auto const               testable   = [&property] { property(*any_plan()); };
    rapidcheck::TestMetadata metadata   = {property_name, property_name};
    bool const               reproduces = rapidcheck::configuration().reproduce.count(property_name) != 0;
    rapidcheck::TestParams   params     = rapidcheck::configuration().testParams;
    params.seed                         = seed();
    params.maxSuccess                   = static_cast<int>(share_of(7000));
    auto const result                   = reproduces ? rapidcheck::checkTestable(testable, metadata)
                                                     : rapidcheck::checkTestable(testable, metadata, params);
    rapidcheck::printResultMessage(result, std::cout);
    std::cout << std::endl;
    EXPECT_TRUE(result.is<rapidcheck::SuccessResult>());
    if (!reproduces && !HasFailure()) { // shrinking is not a run
        tell(coverage);
        EXPECT_GE(coverage.of_processes * 2, coverage.trials) << "real processes are to be half of them at least";
    }
}
