/// Recovery when the test says so, and not before.
#pragma once

namespace kickmsg {
namespace testing {

/// While it lives, this process begins no recovery by itself: not when it opens a region, finds the pool empty, finds no free ring or record, or
/// finds a ring that nobody reads. SharedRegion::recover() and the single repairs work as ever. So what a dead peer left stays until the test
/// looks at it.
///
/// Threads: any; one inside another is allowed, when they end in turn. It holds for the whole process, not for its children that
///          call exec, and not for other processes.
class NoAutomaticRecovery {
public:
    /// Recoveries begin no more.
    NoAutomaticRecovery() noexcept;
    NoAutomaticRecovery(NoAutomaticRecovery const&)            = delete;
    NoAutomaticRecovery& operator=(NoAutomaticRecovery const&) = delete;
    /// As it was before.
    ~NoAutomaticRecovery();

private:
    bool before_;
};

} // namespace testing
} // namespace kickmsg
