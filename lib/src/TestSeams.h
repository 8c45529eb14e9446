/// What the testing kit (testing/) changes of the waits of this process, and what it hears of its handles. A wait asks when it is about to
/// sleep, a call on an unusable handle when it refuses; nothing else asks. On every platform.
#pragma once

#include "kickmsg/Export.h"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace kickmsg {
namespace detail {

/// Another clock for the time-outs of this process, and other sleeps. Stamps of messages and what recovers by itself keep the system's.
struct WaitSeam {
    uint64_t (*now)() noexcept; ///< in place of monotonic_ns()
    /// By a thread that is about to sleep for `length` at most. Returns: how long it sleeps before it looks again.
    std::chrono::nanoseconds (*before_sleep)(std::chrono::nanoseconds length) noexcept;
};

/// From now on the waits of this process ask `seam`, which is there for ever; null: the system.
/// Threads: any; what waits already asks it at its next look.
KICKMSG_API void set_wait_seam(WaitSeam const* seam) noexcept;

/// The clock of the time-outs.
uint64_t wait_clock_ns() noexcept;
/// What to sleep of `length`. May act in place of the sleep.
std::chrono::nanoseconds sleep_length(std::chrono::nanoseconds length) noexcept;

/// Calls on handles that were not usable: those that came through fork(), and those that were moved from.
struct InertUses {
    std::atomic<uint64_t> inherited{0};
    std::atomic<uint64_t> moved_from{0};
};

/// From now on such calls of this process, and of its children, are counted in `uses`; null: nowhere.
KICKMSG_API void count_inert_uses(InertUses* uses) noexcept;

/// A call on a handle that is not usable, because it was `inherited` or else moved from.
void note_inert_use(bool inherited) noexcept;

} // namespace detail
} // namespace kickmsg
