/// core/Recovery.h over the system: what a recovery asks and notes, and what begins one by itself.
#pragma once

#include "LifeCheck.h"
#include "Mapping.h"
#include "kickmsg/Export.h"
#include "kickmsg/core/Recovery.h"

#include <optional>
#include <vector>

namespace kickmsg {
namespace detail {

using RegionCovers   = core::Covers<Policy, Layout>;
using RegionSweep    = core::Sweep<Policy, Layout, LifeCheck>;
using RegionRecovery = core::Recovery<Policy, Layout, LifeCheck>;
using SweepNotes     = std::vector<core::SlotNote>;

/// A recovery, unless nobody is dead and nothing is owed: then a few system calls are all that it costs, and nothing is returned.
std::optional<core::RecoveryCounts> recover_if_needed(RegionRecovery& recovery, Mapping& mapping);

/// Recoveries that a handle begins by itself, through its participant: when it finds the pool empty, or a ring that nobody reads.
class AutomaticRecovery {
public:
    AutomaticRecovery(Mapping& mapping, core::Self self) noexcept : mapping_(mapping), self_(self) {}

    /// While there are messages to give up: at most once in 20 ms for a region, by whichever process comes first, and less often
    /// where the last one took long, so that it takes one part in 17 of the time. Returns: whether it ran.
    bool run_if_due() noexcept;
    /// Before a refusal: whenever somebody is dead, or an owed sweep may find something. Returns: whether it ran.
    bool run_if_needed() noexcept;
    /// Beside a delivery: if a subscriber of one of these `rings`, a bit each, is proven dead. Cost: a system call for each.
    void run_if_dead(uint32_t rings) noexcept;

private:
    bool is_any_dead(uint32_t rings) noexcept;
    bool run() noexcept;

    Mapping&     mapping_;
    core::Self   self_;
    RegionCovers covers_;
};

/// Whether recoveries start by themselves. A seam for the crash tests and for the testing kit, which must see a leak before it is healed.
/// @{
KICKMSG_API void set_automatic_recovery(bool enabled) noexcept;
KICKMSG_API bool automatic_recovery() noexcept;
/// @}

} // namespace detail
} // namespace kickmsg
