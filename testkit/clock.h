/// The clock of the measurements: the processor's time-stamp counter where it is invariant, else steady_clock.
///
/// One reading is ordered after the loads before it (rdtscp), so a sample never ends before its payload has been read.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>
#endif

namespace kickmsg_testkit {

/// Measured once, before any fork, by start_clock().
struct Clock {
    bool   counter     = false; ///< the time-stamp counter is in use
    double ns_per_tick = 1.0;
    double step        = 1.0; ///< in ticks: by how much it moves at the least (26, that is 10 ns, on some processors)
};
extern Clock the_clock;

/// Chooses the clock and calibrates it against steady_clock (takes 50 ms).
void start_clock();

/// Which clock, the duration of one tick, and of its smallest step, in words.
std::string describe_clock();

inline uint64_t steady_ns()
{
    auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

inline uint64_t ticks()
{
#if defined(__x86_64__) || defined(__i386__)
    if (the_clock.counter) {
        unsigned int processor;
        return __rdtscp(&processor);
    }
#endif
    return steady_ns();
}

inline double to_ns(double tick_count)
{
    return tick_count * the_clock.ns_per_tick;
}

inline uint64_t to_ticks(double seconds)
{
    return static_cast<uint64_t>(seconds * 1e9 / the_clock.ns_per_tick);
}

} // namespace kickmsg_testkit
