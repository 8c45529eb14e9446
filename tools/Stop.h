/// Ending by a signal as a command ends by itself: handles are given back.
#pragma once

#include <chrono>

namespace kickmsg_tools {

/// From now on SIGINT, SIGTERM and SIGHUP are requests.
void catch_signals() noexcept;
/// Whether to end: such a signal has come, or output could not be written.
bool is_stopped() noexcept;
/// Whether nobody reads the output any more, though nothing was written since. Cost: a system call.
bool is_reader_gone() noexcept;
/// Sleeps that long, or until a signal comes; not at all after one has come.
void pause_for(std::chrono::nanoseconds time) noexcept;
/// Waits that long for something to read on the standard input, or until a signal comes. Returns: whether there is something, its end included.
bool wait_for_input(std::chrono::nanoseconds time) noexcept;

} // namespace kickmsg_tools
