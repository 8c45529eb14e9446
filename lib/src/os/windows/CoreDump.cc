#include "kickmsg/os/CoreDump.h"

namespace kickmsg {
namespace os {

/// The process that writes a dump on Windows chooses what goes into it; a mapped view is no part of WerRegisterExcludedMemoryBlock's promise.
void leave_out_of_core_dumps(void* /*data*/, std::size_t /*size*/) noexcept {}

} // namespace os
} // namespace kickmsg
