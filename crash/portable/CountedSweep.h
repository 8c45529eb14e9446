/// The sweeps over one operation, by counted atomic operations instead of single steps.
#pragma once

#include "Operations.h"

namespace kickmsg_crash {

struct CountedResult {
    uint64_t                 operations = 0; ///< atomic ones of the whole operation: as many points of death
    unsigned                 rounds     = 0;
    std::vector<std::string> words; ///< what it changed, in order
    Findings                 found; ///< with the operation before which they were found
};

/// Kills the victim before each atomic operation, and after the last; asks every question after each kill.
CountedResult counted_kill_sweep(Operation const&                                   operation,
                                 std::function<void(kickmsg::SharedRegion&)> const& recover);

/// Stops it there instead; others lap its rings and recover many times; it goes on and finishes.
CountedResult counted_stop_sweep(Operation const& operation);

/// One whole run of it, to see what it changes.
CountedResult counted_run(Operation const& operation);

} // namespace kickmsg_crash
