/// The sweeps over one operation, by counted atomic operations instead of single steps.
#pragma once

#include "Operations.h"

namespace kickmsg_crash {

using Recover = std::function<void(kickmsg::SharedRegion&)>;

struct CountedResult {
    uint64_t                 points = 0; ///< of the whole operation: before each atomic one, after each change
    unsigned                 rounds = 0;
    std::vector<std::string> words; ///< what it changed, in order
    Findings                 found; ///< with the point they were found at
};

/// Kills the victim at each point, and after the operation; asks every question after each kill.
CountedResult counted_kill_sweep(Operation const& operation, Recover const& recover);

/// Stops it there instead; others lap its rings and recover many times; it continues and finishes.
CountedResult counted_stop_sweep(Operation const& operation);

/// One whole run of it, to see what it changes.
CountedResult counted_run(Operation const& operation);

} // namespace kickmsg_crash
