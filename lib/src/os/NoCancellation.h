/// os::NoCancellation on every platform: where threads cannot be cancelled it does nothing.
#pragma once

#if defined(_WIN32)
namespace kickmsg {
namespace os {

struct NoCancellation {
    NoCancellation() noexcept {}
    ~NoCancellation() {}
};

} // namespace os
} // namespace kickmsg
#else
#include "posix/Guards.h"
#endif
