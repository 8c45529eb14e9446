/// Waits that a wake alone ends.
#pragma once

#include "TestSeams.h"
#include "kickmsg/os/Time.h"

#include <chrono>

namespace kickmsg_test {

/// While it lives, a wait of this process does not look again by itself: a test that loses a wake does not end.
class OnlyWoken {
public:
    OnlyWoken()
    {
        static kickmsg::detail::WaitSeam const seam{
            kickmsg::monotonic_ns,
            [](std::chrono::nanoseconds /*length*/) noexcept { return std::chrono::nanoseconds::max(); }};
        kickmsg::detail::set_wait_seam(&seam);
    }
    OnlyWoken(OnlyWoken const&)            = delete;
    OnlyWoken& operator=(OnlyWoken const&) = delete;
    ~OnlyWoken()
    {
        kickmsg::detail::set_wait_seam(nullptr);
    }
};

} // namespace kickmsg_test
