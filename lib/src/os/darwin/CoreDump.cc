#include "kickmsg/os/CoreDump.h"

namespace kickmsg {
namespace os {

/// macOS has no choice by mapping.
void leave_out_of_core_dumps(void* /*data*/, std::size_t /*size*/) noexcept {}

} // namespace os
} // namespace kickmsg
