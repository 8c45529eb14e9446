/// Sleeping on many words at once, as the system does it, and as one does that knows no such sleep.
#include "kickmsg/os/Wait.h"
#include "os/WaitHooks.h"
#include "support.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <deque>
#include <thread>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::os::Awaited;

namespace {

struct Words {
    explicit Words(std::size_t count) : values(count)
    {
        for (auto& value : values) {
            awaited.push_back({&value, 0, 0});
        }
    }
    void wait(std::chrono::nanoseconds timeout = std::chrono::nanoseconds::max())
    {
        kickmsg::os::wait_any(awaited.data(), awaited.size(), timeout);
    }

    std::deque<std::atomic<uint32_t>> values;
    std::vector<Awaited>              awaited;
};

/// As many as this system can sleep on, and some fewer.
std::vector<std::size_t> counts()
{
    std::vector<std::size_t> some{1};
    for (std::size_t const count : {std::size_t{2}, std::size_t{3}, kickmsg::os::most_words()}) {
        if (count > some.back() && count <= kickmsg::os::most_words()) {
            some.push_back(count);
        }
    }
    return some;
}

} // namespace

TEST(WaitAny, IsEndedByEachOfItsWords)
{
    for (std::size_t const count : counts()) {
        for (std::size_t const which : {std::size_t{0}, count / 2, count - 1}) {
            Words       words(count);
            std::thread waker([&] {
                words.values[which].store(1);
                kickmsg::os::wake(words.values[which], 1);
            });
            while (!words.awaited[which].has_changed()) {
                words.wait();
            }
            waker.join();
        }
    }
}

/// A sleep may end early, so the least of time that passed is asked of some together.
TEST(WaitAny, LastsForSecondsWhereSecondsAreGiven)
{
    for (std::size_t const count : counts()) {
        Words      words(count);
        auto const before = std::chrono::steady_clock::now();
        for (int i = 0; i < 3 && std::chrono::steady_clock::now() - before < 1s; ++i) {
            words.wait(1100ms);
        }
        EXPECT_GE(std::chrono::steady_clock::now() - before, 1s) << count << " words";
    }
}

TEST(WaitAny, DoesNotSleepOnAWordThatHasChangedAlready)
{
    for (std::size_t const count : counts()) {
        for (std::size_t i = 0; i < count; ++i) {
            Words words(count);
            words.values[i].store(7);
            words.wait();
        }
    }
}

TEST(WaitAny, LastsItsTimeAndSaysThatItIsOver)
{
    for (std::size_t const count : counts()) {
        Words      words(count);
        auto const begin = std::chrono::steady_clock::now();
        errno            = 0;
        words.wait(5ms);
        EXPECT_EQ(errno, ETIMEDOUT) << count;
        EXPECT_GE(std::chrono::steady_clock::now() - begin, 5ms) << count;
        words.wait(0ns);
        words.wait(-1s);
        words.wait(std::chrono::nanoseconds::min());
    }
}

TEST(WaitAny, SleepsOnAsManyWordsAsTheSystemCanOrATestPretends)
{
    std::size_t const most = kickmsg::os::most_words();
    EXPECT_GE(most, 1U);
    EXPECT_LE(most, kickmsg::os::words_limit);
    kickmsg::os::pretend_most_words(1);
    EXPECT_EQ(kickmsg::os::most_words(), 1U);
    kickmsg::os::pretend_most_words(0);
    EXPECT_EQ(kickmsg::os::most_words(), most);
}
