/// A sleep that nobody ends.
#pragma once

#include "kickmsg/os/Wait.h"

#include <atomic>
#include <chrono>

namespace kickmsg {
namespace detail {

/// Nobody rings for room: a receiver that looked for publishers that wait would pay for it with each message.
/// sleep() would be a place where the thread may be cancelled, and the calls that nap have none.
inline void nap(std::chrono::nanoseconds length) noexcept
{
    std::atomic<uint32_t> nobody{0};
    os::wait(nobody, 0, 0, length);
}

} // namespace detail
} // namespace kickmsg
