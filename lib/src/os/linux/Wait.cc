#include "kickmsg/os/Wait.h"

#include <algorithm>
#include <climits>
#include <ctime>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace kickmsg {
namespace os {

static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t) && std::atomic<uint32_t>::is_always_lock_free,
              "a futex word is a plain 32-bit word");

/// All sleepers on the word wake, whatever their numbers: a publisher delivers to all of them but for those that are just coming, so
/// that telling them apart (FUTEX_WAIT_BITSET) would spare no wake. It takes the end of a wait as a moment of the system's clock, which
/// would be one more look at it for each sleep, and is refused where filters of system calls or emulators know the two old operations only.
void wait(std::atomic<uint32_t>& word, uint32_t expected, uint32_t /*sleeper*/,
          std::chrono::nanoseconds timeout) noexcept
{
    auto const left = std::max(timeout.count(), std::chrono::nanoseconds::rep{0}); // a negative one is EINVAL
    timespec   relative{};
    relative.tv_sec  = static_cast<time_t>(left / 1000000000);
    relative.tv_nsec = static_cast<long>(left % 1000000000);
    // Without FUTEX_PRIVATE_FLAG: the word is found by its page, not by its address in one process.
    syscall(SYS_futex, &word, FUTEX_WAIT, expected, &relative, nullptr, 0);
}

void wake(std::atomic<uint32_t>& word, uint32_t /*sleepers*/) noexcept
{
    syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

} // namespace os
} // namespace kickmsg
