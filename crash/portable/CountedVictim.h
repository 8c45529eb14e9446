/// A process that counts its own atomic operations and strikes itself at the point that was set (CountingPolicy.h): without
/// a tracer, on any system. Its body is compiled against the counted library.
#pragma once

#include "Operations.h"
#include "Policy.h"
#if defined(_WIN32)
#include "support.h"
#endif

#include <memory>
#include <sys/types.h>

namespace kickmsg_crash {

/// When a victim strikes itself; with no condition met, after its operation.
struct Strike {
    bool     stops    = false; ///< or else kills
    uint64_t at_point = kickmsg::detail::Counter::never;
    uint64_t after    = kickmsg::detail::Counter::never; ///< changes
};

class CountedVictim {
public:
    /// In memory of both.
    struct Shared {
        Report                   report;
        kickmsg::detail::Counter counter;
    };

    /// Starts it; returns when it has struck. `meanwhile`: called when it seems to sleep in its operation; may be null.
    /// Errors: std::runtime_error when it ends otherwise, or runs for a minute.
    CountedVictim(Arena& arena, Operation const& operation, Strike const& strike,
                  std::function<void()> const& meanwhile = {});
    CountedVictim(CountedVictim const&)            = delete;
    CountedVictim& operator=(CountedVictim const&) = delete;
    ~CountedVictim();

    /// Whether the operation came to its end before the strike.
    bool completed() const noexcept
    {
        return shared_->report.completed != 0;
    }
    /// Lets a stopped one continue to the end of its life. Returns: whether it ended well.
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
    void wait_for_strike(std::function<void()> const& meanwhile);
    void end() noexcept;

    Shared* shared_;
#if defined(_WIN32)
    std::unique_ptr<kickmsg_test::Child> child_;
    void*                                section_ = nullptr;
    int                                  code_    = 0;
#else
    int wait(int options) noexcept;

    pid_t pid_    = -1;
    bool  exists_ = false;
    int   status_ = 0;
#endif
};

/// In the victim: its life. Returns: its exit code, when the blow was a stop that has ended.
int live_until_struck(CountedVictim::Shared& shared, Body const& body, Strike const& strike) noexcept;

} // namespace kickmsg_crash
