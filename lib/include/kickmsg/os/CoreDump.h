/// What a core dump holds. Platform seam: implemented in lib/src/os/.
#pragma once

#include <cstddef>

namespace kickmsg {
namespace os {

/// Asks that the mapped memory [data, data + size) be left out of this process's core dumps. No more than a wish: where the
/// system has no such choice, or refuses, nothing happens.
void leave_out_of_core_dumps(void* data, std::size_t size) noexcept;

} // namespace os
} // namespace kickmsg
