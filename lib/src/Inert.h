/// Calls on handles that can never get anything.
#pragma once

#include <chrono>

namespace kickmsg {
namespace detail {

/// A call on a handle that is not usable, because it was `inherited` or else moved from. Returns: true.
bool note_inert(bool inherited) noexcept;

/// Notes a wait on a handle that is not `usable`, and sleeps for its time; for one without end 100 ms. Returns: whether it is not.
bool is_inert(bool usable, bool inherited, std::chrono::nanoseconds timeout) noexcept;

} // namespace detail
} // namespace kickmsg
