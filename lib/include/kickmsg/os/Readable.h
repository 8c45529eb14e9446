/// Something that other libraries can wait for: a descriptor, or an event. Platform seam: implemented in lib/src/os/.
#pragma once

#include "kickmsg/os/Liveness.h"

#include <chrono>

namespace kickmsg {
namespace os {

/// A descriptor that poll() and its like find readable (an eventfd or a pipe), or an event that is signalled (Windows), from set()
/// to reset().
///
/// Threads: set() and reset() one at a time; wait() and native() by any.
class Readable {
public:
#if defined(_WIN32)
    using Native = void*;
#else
    using Native = int;
#endif

    /// Errors: Error LimitReached or System.
    Readable();
    Readable(Readable const&)            = delete;
    Readable& operator=(Readable const&) = delete;
    ~Readable();

    Native native() const noexcept
    {
        return reads_;
    }
    void set() noexcept;
    void reset() noexcept;
    /// Until it is set, at most `timeout`. May return early.
    void wait(std::chrono::nanoseconds timeout) const noexcept;

private:
    Native reads_;
    Native writes_; ///< the other end; the same where one object has both
    Birth  birth_;
};

} // namespace os
} // namespace kickmsg
