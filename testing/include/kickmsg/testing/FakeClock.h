/// Time-outs by a clock that the test moves.
#pragma once

#include "kickmsg/Duration.h"

#include <chrono>
#include <cstdint>

namespace kickmsg {
namespace testing {

/// How the time of a FakeClock passes.
enum class Passing {
    ByAdvance,  ///< by advance() alone: a wait of an hour ends when the test has advanced by an hour, or by a message
    BySleeping, ///< each sleep of a wait takes as long as it asks for, and none of the real time: a wait of an hour for nothing ends at once, one without
                ///< end does not rest
};

/// While it lives, the time-outs of this process's waits go by this clock, which stands still: Subscriber::receive() and receive_view(),
/// WaitSet::wait(), the calls of Publisher named ..._until, Client and Server, Node::wait_for_...(), SharedRegion::recover(pid, timeout). Messages wake
/// and arrive as ever.
///
/// Not by this clock: monotonic_ns() and send times; how often a recovery begins by itself, a handle looks for its name and a client asks whether
/// its server lives; sleep(); the clocks of the standard library. So a dead server is noticed when the fake time has passed, and by the real time
/// that such a question is due.
///
/// Threads:  made and ended while no wait is under way; one at a time. advance() by any thread, while others wait.
/// Progress: a wait that sleeps looks again each millisecond of the real time, and costs that.
/// Crash:    leaves nothing. A forked child has a clock of its own, which nobody advances.
/// Errors:   Error InUse, when there is another one.
class FakeClock {
public:
    /// A clock that shows the time of the system when it is made, and from then on passes as `passing` says.
    explicit FakeClock(Passing passing = Passing::ByAdvance);
    FakeClock(FakeClock const&)            = delete;
    FakeClock& operator=(FakeClock const&) = delete;
    /// The system's clock again: waits that are under way may end.
    ~FakeClock();

    /// Lets `time` pass; what is zero or less changes nothing. Waits see it within a millisecond of the real time.
    /// @{
    void advance(std::chrono::nanoseconds time) noexcept;
    template <class Rep, class Period>
    void advance(std::chrono::duration<Rep, Period> time) noexcept
    {
        advance(saturated(time));
    }
    /// @}
    /// Returns: what the clock shows, in nanoseconds, as monotonic_ns().
    uint64_t now_ns() const noexcept;
    /// Returns: how often a wait was about to sleep since the clock was made.
    uint64_t sleeps() const noexcept;
    /// Waits until a wait is about to sleep, once more than `before` times: a test takes `before` of sleeps(), starts a thread that waits, and
    /// advances after this call.
    void await_sleep(uint64_t before = 0) const;
};

} // namespace testing
} // namespace kickmsg
