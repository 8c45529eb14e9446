/// A process that counts its own atomic operations and strikes itself at the point it was told (CountingPolicy.h): without
/// a tracer, on any POSIX system. Its body is compiled against the counted library.
#pragma once

#include "Arena.h"
#include "Policy.h"

#include <sys/types.h>

namespace kickmsg_crash {

/// When a victim strikes itself; with no condition met, after its operation.
struct Strike {
    int      signal   = SIGKILL; ///< or SIGSTOP
    uint64_t at_point = kickmsg::detail::Counter::never;
    uint64_t after    = kickmsg::detail::Counter::never; ///< changes
};

class CountedVictim {
public:
    /// Starts it; returns when it has struck. `meanwhile`: called when it seems to sleep in its operation; may be null.
    /// Errors: std::runtime_error when it ends otherwise, or runs for a minute.
    CountedVictim(Body const& body, Strike const& strike, std::function<void()> const& meanwhile = {});
    CountedVictim(CountedVictim const&)            = delete;
    CountedVictim& operator=(CountedVictim const&) = delete;
    ~CountedVictim();

    /// Whether the operation came to its end before the strike.
    bool completed() const noexcept
    {
        return shared_->report.completed != 0;
    }
    /// Lets a stopped one go on to the end of its life. Returns: whether it ended well.
    bool run_to_end();

    Report const& report() const noexcept
    {
        return shared_->report;
    }
    uint64_t points() const noexcept
    {
        return shared_->counter.points;
    }
    /// Each change of a word of the region, as an offset.
    std::vector<std::size_t> changes() const;

private:
    /// In memory of both.
    struct Shared {
        Report                   report;
        kickmsg::detail::Counter counter;
    };

    [[noreturn]] void live(Body const& body, Strike const& strike) noexcept;
    void              wait_for_strike(std::function<void()> const& meanwhile);
    int               wait(int options) noexcept;
    void              end() noexcept;

    Shared* shared_;
    pid_t   pid_    = -1;
    bool    exists_ = false;
    int     status_ = 0;
};

} // namespace kickmsg_crash
