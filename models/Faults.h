/// The planted faults: each one a mistake that this design must not make, as a change to operations while they happen.
#pragma once

#include "Lab.h"

#include <memory>

namespace kickmsg_models {

struct FaultDescription {
    char const* name;     ///< as in models/faults.md
    char const* scenario; ///< that must report it
    char const* what;     ///< one line of words
    std::unique_ptr<Fault> (*make)();
};

std::vector<FaultDescription> const& faults();

/// Scenario-level faults: mistakes of the caller's composition rather than of one operation; participants ask for them.
bool planted(char const* name) noexcept;

} // namespace kickmsg_models
