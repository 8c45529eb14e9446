/// Waits that let other threads of Python run, and that Ctrl-C ends.
#pragma once

#include "Handle.h"
#include "kickmsg/Duration.h"
#include "kickmsg/os/Time.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <new>
#include <optional>

namespace kickmsg {
namespace python {

using std::chrono::nanoseconds;

/// A moment that is `seconds` from now; None: never.
/// Errors: ValueError when it is not a number.
class Deadline {
public:
    explicit Deadline(std::optional<double> seconds)
    {
        if (seconds && std::isnan(*seconds)) {
            throw nb::value_error("timeout: expected seconds or None, found a value that is not a number");
        }
        length_ = seconds ? saturated(std::chrono::duration<double>(*seconds)) : nanoseconds::max();
        begin_  = length_.count() > 0 && length_ != nanoseconds::max() ? monotonic_ns() : 0;
    }

    nanoseconds left() const noexcept
    {
        if (begin_ == 0) {
            return length_;
        }
        uint64_t const spent = std::min(monotonic_ns() - begin_, static_cast<uint64_t>(length_.count()));
        return length_ - nanoseconds(static_cast<int64_t>(spent));
    }
    bool is_over() const noexcept
    {
        return left().count() <= 0;
    }

private:
    nanoseconds length_{0};
    uint64_t    begin_ = 0; ///< 0: nothing to count
};

/// Whether handlers of signals, as Python has them, run in this thread.
bool is_main_thread();

/// Runs the handlers of signals that have come.
/// Errors: what they raise: KeyboardInterrupt.
inline void run_handlers_of_signals()
{
    if (PyErr_CheckSignals() != 0) {
        throw nb::python_error();
    }
}

/// How long a sleep of the main thread may be. A signal ends the sleep of a subscriber at once, but one that comes just before the sleep begins
/// does not; it does not end that of other ends at all.
/// @{
constexpr nanoseconds signalled_slice = std::chrono::milliseconds(100);
constexpr nanoseconds polled_slice    = std::chrono::milliseconds(20);
/// @}

/// Calls `attempt(time)` without the interpreter's lock until it answers something, the time is over, or `handle` is interrupted.
/// Errors: what a handler of a signal raises; MemoryError where errno says so.
template <class Attempt>
auto wait(Handle& handle, Deadline const& deadline, nanoseconds slice, Attempt attempt) -> decltype(attempt(slice))
{
    InUse const       use(handle);
    nanoseconds const most = is_main_thread() ? slice : nanoseconds::max();
    for (;;) {
        int        why  = 0;
        auto const once = [&] {
            nb::gil_scoped_release const others;
            errno      = 0;
            auto found = attempt(std::min(deadline.left(), most));
            why        = errno;
            return found;
        };
        auto found = once();
        if (found) {
            return found;
        }
        run_handlers_of_signals();
        if (why == ENOMEM) {
            throw std::bad_alloc();
        }
        if (handle.take_interrupt() || deadline.is_over()) {
            return found;
        }
    }
}

} // namespace python
} // namespace kickmsg
