/// Sleeping on many words: futex_waitv, from Linux 5.16 on. Whether it is there is asked once, by a call that sleeps on nothing: a
/// kernel that knows the call refuses that as EINVAL; another one, or a container's filter, says something else.
#include "../WaitHooks.h"
#include "kickmsg/os/Time.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <sys/syscall.h>
#include <unistd.h>

namespace kickmsg {
namespace os {

namespace {

#if defined(SYS_futex_waitv)
constexpr long sys_futex_waitv = SYS_futex_waitv;
#else
constexpr long sys_futex_waitv = 449; ///< the same on every processor that this library is built for
#endif

/// struct futex_waitv of linux/futex.h, which headers before 5.16 do not have.
struct Waiter {
    uint64_t expected;
    uint64_t address;
    uint32_t flags;
    uint32_t reserved;
};

constexpr uint32_t word_of_32_bits = 2; ///< FUTEX2_SIZE_U32; without FUTEX2_PRIVATE, as in wait()

/// The end of a sleep, by the clock that the kernel is asked to use. Returns: null when there is none.
timespec const* end_of(std::chrono::nanoseconds timeout, timespec& end) noexcept
{
    if (timeout == std::chrono::nanoseconds::max()) {
        return nullptr;
    }
    auto const left = std::max(timeout.count(), std::chrono::nanoseconds::rep{0});
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += static_cast<time_t>(left / 1000000000);
    end.tv_nsec += static_cast<long>(left % 1000000000);
    if (end.tv_nsec >= 1000000000) {
        end.tv_nsec -= 1000000000;
        ++end.tv_sec;
    }
    return &end;
}

void wait_many(Awaited const* words, std::size_t count, std::chrono::nanoseconds timeout) noexcept
{
    Waiter waiters[words_limit];
    for (std::size_t i = 0; i < count; ++i) {
        waiters[i] = {words[i].expected, reinterpret_cast<uint64_t>(words[i].word), word_of_32_bits, 0};
    }
    timespec end;
    if (syscall(sys_futex_waitv, waiters, static_cast<unsigned>(count), 0, end_of(timeout, end), CLOCK_MONOTONIC) < 0 &&
        errno != EAGAIN && errno != EINTR && errno != ETIMEDOUT) {
        // a filter that has come since, or no memory: the caller looks again, and must not spin
        kickmsg::sleep(std::min<std::chrono::nanoseconds>(timeout, std::chrono::milliseconds(1)));
    }
}

} // namespace

std::size_t ask_most_words() noexcept
{
    bool const is_there = syscall(sys_futex_waitv, nullptr, 0, 0, nullptr, CLOCK_MONOTONIC) != 0 && errno == EINVAL;
    return is_there ? words_limit : 1;
}

std::size_t known_most_words() noexcept
{
    static std::atomic<std::size_t> known{0};
    // relaxed, both: threads that come at once ask twice, and get the same answer
    std::size_t most = known.load(std::memory_order_relaxed);
    if (most == 0) {
        most = ask_most_words();
        known.store(most, std::memory_order_relaxed);
    }
    return most;
}

void wait_any(Awaited const* words, std::size_t count, std::chrono::nanoseconds timeout) noexcept
{
    begin_wait(words, count);
    if (count == 1) {
        wait(*words->word, words->expected, words->sleeper, timeout);
    } else {
        wait_many(words, count, timeout);
    }
    end_wait(words, count);
}

} // namespace os
} // namespace kickmsg
