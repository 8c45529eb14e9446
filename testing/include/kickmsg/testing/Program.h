/// A program, or a part of one, run on its own and judged by how it ends and what it leaves.
#pragma once

#include "kickmsg/Duration.h"
#include "kickmsg/testing/Findings.h"

#include <chrono>
#include <functional>
#include <string>

namespace kickmsg {
namespace testing {

/// What run_program() runs. Returns: 0 when all went well.
using Program = std::function<int()>;

/// Runs `program` in a child process (fork), waits for its end, `most` at most, and judges it. Reported are: an end by a signal, which is that of a
/// program that used what a call answered without looking; another exit code than 0; an exception; calls on handles that came through fork() or were
/// moved from (HandleWatch); and what it left of the regions of `prefix`: leftovers() of what was there before and is there afterwards, but not the
/// regions themselves. With an empty `prefix` regions are not looked at.
///
/// Threads:  one at a time. The child has the calling thread alone, so other threads hold no lock that the program needs (fork(2)).
/// Progress: sleeps between looks, a millisecond; a program that does not end in time is killed and reported.
/// Crash:    when this process dies, the child is killed (Linux).
/// Returns:  the findings.
/// Errors:   Error System, LimitReached, when no child can be made; and as Account and HandleWatch.
/// @{
Findings run_program(std::string const& prefix, Program const& program,
                     std::chrono::nanoseconds most = std::chrono::minutes(1));
template <class Rep, class Period>
Findings run_program(std::string const& prefix, Program const& program, std::chrono::duration<Rep, Period> most)
{
    return run_program(prefix, program, saturated(most));
}
/// @}

} // namespace testing
} // namespace kickmsg
