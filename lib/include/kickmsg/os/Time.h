/// Clock and sleep. Platform seam: implemented in lib/src/os/.
#pragma once

#include "kickmsg/Duration.h"
#include "kickmsg/Export.h"

#include <chrono>
#include <cstdint>

namespace kickmsg {

/// Returns: the nanoseconds of a clock that never goes back, the same for all processes of this host since boot.
KICKMSG_API uint64_t monotonic_ns() noexcept;

/// Sleeps for `duration` at least; zero or less returns at once. Interruptions by signals do not shorten it. Where there is
/// pthread_cancel(), this is a cancellation point.
KICKMSG_API void sleep(std::chrono::nanoseconds duration);

/// The same for a `duration` of any unit: saturated().
template <class Rep, class Period>
void sleep(std::chrono::duration<Rep, Period> duration)
{
    sleep(saturated(duration));
}

} // namespace kickmsg
