/// What descriptors that others wait for have in common.
#pragma once

#include "kickmsg/Error.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>
#include <poll.h>
#include <string>

namespace kickmsg {
namespace os {

[[noreturn]] inline void refuse_descriptor(int error)
{
    bool const is_limit = error == EMFILE || error == ENFILE || error == ENOMEM;
    throw Error(is_limit ? ErrorCode::LimitReached : ErrorCode::System, "WaitSet",
                std::string("cannot make the descriptor of native_handle(): ") + std::strerror(error), error);
}

/// May return early.
inline void wait_readable(int descriptor, std::chrono::nanoseconds timeout) noexcept
{
    pollfd        one{descriptor, POLLIN, 0};
    int64_t const whole = timeout.count() / 1000000 + (timeout.count() % 1000000 > 0 ? 1 : 0);
    poll(&one, 1, static_cast<int>(std::min<int64_t>(std::max<int64_t>(whole, 0), INT_MAX)));
}

} // namespace os
} // namespace kickmsg
