/// The open loop's arithmetic: when each message is due, and what a late one has cost.
#pragma once

#include "Histogram.h"

#include <cstdint>

namespace kickmsg {
namespace bench {

using kickmsg_testkit::Histogram;

/// Message i is due at `start + i * period`, whatever became of those before it. All times in ticks.
struct Schedule {
    uint64_t start  = 0;
    double   period = 1.0; ///< a fraction of a tick counts: it adds up over a round
    uint64_t count  = 0;

    uint64_t due(uint64_t message) const
    {
        return start + static_cast<uint64_t>(static_cast<double>(message) * period);
    }
};

/// Where a message's latency begins: the self-test plants a fault with another one of these.
struct FromDue {
    static uint64_t begin(Schedule const& schedule, uint64_t message, uint64_t)
    {
        return schedule.due(message);
    }
};

/// Records the latency of each message twice: from when it was due, which a stalled sender cannot make shorter, and
/// from when it was sent, which omits what the stall kept waiting.
template <class Origin>
class BasicCorrector {
public:
    explicit BasicCorrector(Schedule const& schedule) : schedule_(schedule) {}

    void record(uint64_t message, uint64_t sent, uint64_t received)
    {
        corrected.record(since(Origin::begin(schedule_, message, sent), received));
        uncorrected.record(since(sent, received));
    }

    Histogram corrected;
    Histogram uncorrected;

private:
    /// 0 where the receiver's reading is below the sender's by less than the two processors' readings differ.
    static uint64_t since(uint64_t begin, uint64_t end)
    {
        return end > begin ? end - begin : 0;
    }

    Schedule schedule_;
};

using Corrector = BasicCorrector<FromDue>;

} // namespace bench
} // namespace kickmsg
