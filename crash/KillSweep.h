/// The sweeps over one operation.
#pragma once

#include "Operations.h"

namespace kickmsg_crash {

struct SweepResult {
    unsigned                 states = 0; ///< changes of shared memory that the operation makes
    unsigned                 rounds = 0;
    uint64_t                 steps  = 0; ///< instructions of one whole operation
    std::vector<std::string> words;      ///< what was changed, in order
    Findings                 found;      ///< with the state they were found at
};

using Recover = std::function<void(kickmsg::SharedRegion&)>;

/// Kills the victim before its first change, at each, and after its last; asks every question after each kill.
SweepResult kill_sweep(Operation const& operation, Recover const& recover);

/// Stops it there instead; others lap its rings and recover many times; it goes on and finishes.
SweepResult stop_sweep(Operation const& operation);

/// Which of all pairs of states: those whose sum is `offset` modulo `of`.
struct Share {
    unsigned of     = 1;
    unsigned offset = 0;
};

/// Stops the first victim at each of its changes, brings the second to each of its own, and kills both.
SweepResult pair_sweep(Operation const& first, Operation const& second, Share const& share, Recover const& recover);

} // namespace kickmsg_crash
