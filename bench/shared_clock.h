/// Whether the two processors of a run read one clock: only then may a time stamp of one be taken from one of the other.
#pragma once

#include "process.h"

#include <cstdint>
#include <string>

namespace kickmsg {
namespace bench {

/// By how much the clock of the second processor is ahead of that of the first: not less than `low_ns`, not more than
/// `high_ns`. Every exchange of messages bounds it (an answer is not older than its question), the closest ones count.
struct ClockOffset {
    double low_ns  = 0;
    double high_ns = 0;

    /// No offset at all is among what was seen.
    bool is_shared() const
    {
        return low_ns <= 0 && high_ns >= 0;
    }
    std::string text() const;
};

/// Measures, between two processes. `planted` ticks are added to the second one's readings: for the self-test.
/// Errors: std::runtime_error when the other process does not answer.
ClockOffset measure_clock_offset(Placement const& placement, int64_t planted = 0);

} // namespace bench
} // namespace kickmsg
