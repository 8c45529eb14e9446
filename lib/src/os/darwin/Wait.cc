/// Sleeping across processes: os_sync_wait_on_address from macOS 14.4 on, before it __ulock_wait, which it is made of. Both
/// find a word by its memory when a flag says that it is shared. Neither tells sleepers on one word apart: all wake.
#include "kickmsg/os/Wait.h"

#include <algorithm>
#include <cerrno>

#if __has_include(<os/os_sync_wait_on_address.h>)
#include <os/os_sync_wait_on_address.h>
#define KICKMSG_HAS_OS_SYNC 1
#else
#define KICKMSG_HAS_OS_SYNC 0
#endif

extern "C" {
int __ulock_wait(uint32_t operation, void* word, uint64_t expected, uint32_t timeout_us);
int __ulock_wake(uint32_t operation, void* word, uint64_t unused);
}

namespace kickmsg {
namespace os {

namespace {

constexpr uint32_t compare_and_wait_shared = 3;          ///< UL_COMPARE_AND_WAIT_SHARED of the system's bsd/sys/ulock.h
constexpr uint32_t wake_all                = 0x100;      ///< ULF_WAKE_ALL of the same
constexpr int64_t  longest_us              = 1000000000; ///< the caller looks again; 0 would be for ever

static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t) && std::atomic<uint32_t>::is_always_lock_free,
              "the system compares a plain 32-bit word");

} // namespace

void wait(std::atomic<uint32_t>& word, uint32_t expected, uint32_t /*sleeper*/,
          std::chrono::nanoseconds timeout) noexcept
{
    if (timeout.count() <= 0) {
        errno = ETIMEDOUT;
        return;
    }
#if KICKMSG_HAS_OS_SYNC
    if (__builtin_available(macOS 14.4, *)) {
        os_sync_wait_on_address_with_timeout(&word, expected, sizeof(word), OS_SYNC_WAIT_ON_ADDRESS_SHARED,
                                             OS_CLOCK_MACH_ABSOLUTE_TIME, static_cast<uint64_t>(timeout.count()));
        return;
    }
#endif
    int64_t const us = std::min(longest_us, (timeout.count() + 999) / 1000);
    __ulock_wait(compare_and_wait_shared, &word, expected, static_cast<uint32_t>(us));
}

void wake(std::atomic<uint32_t>& word, uint32_t /*sleepers*/) noexcept
{
#if KICKMSG_HAS_OS_SYNC
    if (__builtin_available(macOS 14.4, *)) {
        os_sync_wake_by_address_all(&word, sizeof(word), OS_SYNC_WAKE_BY_ADDRESS_SHARED);
        return;
    }
#endif
    __ulock_wake(compare_and_wait_shared | wake_all, &word, 0);
}

} // namespace os
} // namespace kickmsg
