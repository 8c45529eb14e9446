/// Ending by a signal as a command ends by itself: handles are given back.
#pragma once

#include <chrono>

namespace kickmsg_tools {

/// From now on SIGINT, SIGTERM and SIGHUP are requests.
void catch_signals() noexcept;
/// Whether to end: such a signal has come, or nobody reads the output any more.
bool is_stopped() noexcept;
/// Sleeps that long, or until a signal comes.
void pause_for(std::chrono::nanoseconds time) noexcept;

} // namespace kickmsg_tools
