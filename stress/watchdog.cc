/// Ends a test that stands still: SIGALRM kills the program, and the last [ RUN ] line names the test.
#include "Row.h"

#include <gtest/gtest.h>

#include <unistd.h>

namespace {

class Watchdog : public testing::EmptyTestEventListener {
    void OnTestStart(testing::TestInfo const&) override
    {
        alarm(static_cast<unsigned>(kickmsg_stress::number_from("KICKMSG_STRESS_WATCHDOG", 300)));
    }
    void OnTestEnd(testing::TestInfo const&) override
    {
        alarm(0);
    }
};

class WithWatchdog : public testing::Environment {
    void SetUp() override
    {
        testing::UnitTest::GetInstance()->listeners().Append(new Watchdog); // owned by GoogleTest
    }
};

testing::Environment* const registered = testing::AddGlobalTestEnvironment(new WithWatchdog);

} // namespace
