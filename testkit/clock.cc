#include "clock.h"

#include <cstdio>
#include <numeric>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace kickmsg_testkit {

Clock the_clock;

namespace {

/// Whether the counter runs at one rate in every power state, and rdtscp exists (CPUID leaves 0x80000007 and 0x80000001).
bool counter_is_invariant()
{
#if defined(__x86_64__) || defined(__i386__)
    unsigned int a         = 0;
    unsigned int b         = 0;
    unsigned int c         = 0;
    unsigned int d         = 0;
    bool const   invariant = __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & (1U << 8)) != 0;
    bool const   rdtscp    = __get_cpuid(0x80000001, &a, &b, &c, &d) != 0 && (d & (1U << 27)) != 0;
    return invariant && rdtscp;
#else
    return false;
#endif
}

/// The greatest common divisor of many differences of readings.
double smallest_step()
{
    uint64_t step = 0;
    uint64_t last = ticks();
    for (int i = 0; i < 100'000; ++i) {
        uint64_t const now = ticks();
        step               = std::gcd(step, now - last);
        last               = now;
    }
    return step == 0 ? 1.0 : static_cast<double>(step);
}

} // namespace

void start_clock()
{
    the_clock = Clock();
    if (!counter_is_invariant()) {
        the_clock.step = smallest_step();
        return;
    }
    the_clock.counter         = true;
    uint64_t const first_ns   = steady_ns();
    uint64_t const first_tick = ticks();
    uint64_t       last_ns    = first_ns;
    while (last_ns - first_ns < 50'000'000) {
        last_ns = steady_ns();
    }
    uint64_t const last_tick = ticks();
    the_clock.ns_per_tick    = static_cast<double>(last_ns - first_ns) / static_cast<double>(last_tick - first_tick);
    the_clock.step           = smallest_step();
}

std::string describe_clock()
{
    char              text[96];
    char const* const kind = the_clock.counter ? "invariant time-stamp counter" : "steady_clock";
    std::snprintf(text, sizeof(text), "%s, %.4f ns a tick, steps of %.2f ns", kind, the_clock.ns_per_tick,
                  the_clock.step * the_clock.ns_per_tick);
    return text;
}

} // namespace kickmsg_testkit
