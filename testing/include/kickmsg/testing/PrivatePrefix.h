/// Regions of a test's own.
#pragma once

#include "kickmsg/testing/Findings.h"

#include <functional>
#include <optional>
#include <string>

namespace kickmsg {
namespace testing {

/// While it lives, the Nodes of this process and of its children that name no prefix have one that nobody else has: KICKMSG_PREFIX is set to
/// it. At the end its regions are removed, and what was left in them is reported in words.
///
/// Threads:  made and ended while no other thread reads or changes the environment (setenv); one inside another is allowed.
/// Progress: as list().
/// Crash:    what a process leaves that dies while it has one is removed by nobody: `kickmsg prune`, or prune() of its base.
class PrivatePrefix {
public:
    /// What hears of the findings when the prefix ends and nobody has called end().
    using Report = std::function<void(Findings const& findings)>;

    /// A prefix that begins with `base`. `report` gets what end() would return when it ends with the scope; without one it is written to
    /// stderr where there is something.
    /// Errors: Error InvalidName when `base` is empty or too long.
    explicit PrivatePrefix(std::string const& base = "kmtest", Report report = {});
    PrivatePrefix(PrivatePrefix const&)            = delete;
    PrivatePrefix& operator=(PrivatePrefix const&) = delete;
    /// end(), and report it.
    ~PrivatePrefix();

    /// Returns: the prefix.
    std::string const& str() const noexcept
    {
        return prefix_;
    }

    /// Gives KICKMSG_PREFIX back the value that it had, reports leftovers(prefix, Allowed::Nobody), and removes all regions of the prefix,
    /// those that somebody still uses as well.
    /// Returns: the findings: who still took part, and what was held; those of the first call.
    /// Errors:  Error, as list(), PermissionDenied.
    Findings end();

private:
    std::string                prefix_;
    std::optional<std::string> before_; ///< what KICKMSG_PREFIX was
    Report                     report_;
    std::optional<Findings>    found_;
};

} // namespace testing
} // namespace kickmsg
