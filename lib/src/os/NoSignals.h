/// os::NoSignals on every platform: where a program gets no signals it does nothing.
#pragma once

#if defined(_WIN32)
namespace kickmsg {
namespace os {

struct NoSignals {
    NoSignals() noexcept {}
    ~NoSignals() {}
};

} // namespace os
} // namespace kickmsg
#else
#include "posix/Guards.h"
#endif
