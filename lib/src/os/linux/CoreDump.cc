#include "kickmsg/os/CoreDump.h"

#include <sys/mman.h>

namespace kickmsg {
namespace os {

void leave_out_of_core_dumps(void* data, std::size_t size) noexcept
{
    madvise(data, size, MADV_DONTDUMP);
}

} // namespace os
} // namespace kickmsg
