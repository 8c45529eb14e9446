/// Waits on handles that can never get anything.
#pragma once

#include <chrono>

namespace kickmsg {
namespace detail {

/// Sleeps for the time of a wait on a handle that is not `usable`; for one without end 100 ms. Returns: whether it is not.
bool is_inert(bool usable, std::chrono::nanoseconds timeout) noexcept;

} // namespace detail
} // namespace kickmsg
