/// The sweeps over two victims of one region.
#pragma once

#include "KillSweep.h"

namespace kickmsg_crash {

/// Which of all pairs of states: those whose sum is `offset` modulo `of`.
struct Share {
    unsigned of     = 1;
    unsigned offset = 0;
};

/// Stops the first victim at each of its changes, brings the second to each of its own, and kills both.
SweepResult pair_sweep(Operation const& first, Operation const& second, Share const& share, Recover const& recover);

/// The same, but only the second is killed: the first loses nothing by the recovery of the other, continues and finishes.
SweepResult pair_stop_sweep(Operation const& first, Operation const& second, Share const& share);

} // namespace kickmsg_crash
