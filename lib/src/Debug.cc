#include "kickmsg/Debug.h"

#include "DebugMemory.h"

namespace kickmsg {
namespace debug {

bool checks_memory() noexcept
{
    return detail::DebugMemory::is_on;
}

std::size_t explain(void const* address, char* text, std::size_t size) noexcept
{
    return detail::DebugMemory::explain(address, text, size);
}

bool explain_faults() noexcept
{
    return detail::DebugMemory::explain_faults();
}

} // namespace debug
} // namespace kickmsg
