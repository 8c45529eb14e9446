/// Ends a test that makes no progress: SIGALRM kills the program (on Windows a thread that has waited long enough does), and the last
/// [ RUN ] line names the test.
#include "Settings.h"

#include <gtest/gtest.h>

#if defined(_WIN32)
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>
#else
#include <unistd.h>
#endif

namespace {

#if defined(_WIN32)
/// Each call makes the alarms before it void.
void alarm(unsigned seconds)
{
    static std::atomic<unsigned> calls{0};
    unsigned const               mine = ++calls;
    if (seconds == 0) {
        return;
    }
    std::thread([mine, seconds] {
        std::this_thread::sleep_for(std::chrono::seconds(seconds));
        if (calls.load() == mine) {
            std::abort();
        }
    }).detach();
}
#endif

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
