/// The open loop between two processes, for its cells and for its self-test.
#pragma once

#include "plan.h"
#include "schedule.h"

namespace kickmsg {
namespace bench {

struct OpenCase {
    std::size_t size; ///< bytes, a multiple of 8, 16 at least: eight are the time stamp
    bool        view; ///< receive in place
    uint32_t    ring = 64;
};

/// What a sender does.
struct Flow {
    double seconds;
    double per_s    = 0; ///< 0 = never wait
    double stall_ms = 0; ///< once, in the middle

    Schedule from(uint64_t now) const;
};

/// Returns: `ticks` from when the messages were due, beside["uncorrected"] from when they were sent; the counts of what
/// was scheduled, sent, received, lost, refused, late and missed. Whether both processors read one clock is not asked.
Round measure_flow(Placement const& placement, OpenCase const& what, Flow const& flow);

/// Checks the corrector against exact latencies of a simulated sender that stalls, and sees a planted omission; checks that
/// a clock that is not shared is refused, and that an injected stall moves the tail of a real flow and not its middle.
/// Returns: the number of failed checks; prints a line for each.
int open_selftest();

} // namespace bench
} // namespace kickmsg
