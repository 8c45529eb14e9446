/// Calls on handles that cannot work any more.
#pragma once

#include "kickmsg/testing/Findings.h"

#include <cstdint>
#include <memory>

namespace kickmsg {
namespace testing {

/// While it lives, counts calls on Publishers, Subscribers, Servers and WaitSets that came through fork() or were moved from, in this process and in
/// the children that it forks meanwhile. Such a call is refused (-EBADF, null, nothing), so a program that does not look never hears of it.
/// `if (!publisher)` and the end of a handle are no such calls.
///
/// Threads:  any; one at a time in a process, and not ended while another thread makes such a call.
/// Crash:    what a child did before it died is counted.
/// Errors:   Error LimitReached, when there is no memory for it; InUse, when there is another one.
class HandleWatch {
public:
    /// Begins to count.
    HandleWatch();
    HandleWatch(HandleWatch const&)            = delete;
    HandleWatch& operator=(HandleWatch const&) = delete;
    /// Counts no more.
    ~HandleWatch();

    /// Returns: calls on handles that a child inherited.
    uint64_t inherited() const noexcept;
    /// Returns: calls on handles that were moved from.
    uint64_t moved_from() const noexcept;
    /// Returns: a finding for each kind of which there was any.
    Findings findings() const;

private:
    struct Shared;
    std::unique_ptr<Shared> shared_;
};

} // namespace testing
} // namespace kickmsg
