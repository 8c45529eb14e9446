/// Pages of this process alone whose use can be forbidden, and a word on a use that was. Platform seam: implemented in lib/src/os/, and only
/// where the library is built with KICKMSG_DEBUG_MEMORY.
#pragma once

#include <cstddef>

namespace kickmsg {
namespace os {

std::size_t page_size() noexcept;

/// Whole pages, `bytes` of them, that may not be used yet. Returns: null when the system gives no more.
void* take_pages(std::size_t bytes) noexcept;
void  give_back_pages(void* pages, std::size_t bytes) noexcept;
/// Of whole pages, zero before their first use. Returns: whether it is so.
/// @{
bool allow_writing(void* pages, std::size_t bytes) noexcept;
bool allow_reading(void* pages, std::size_t bytes) noexcept;
/// @}
/// Any use ends the program. What was there is gone, and takes no memory.
void forbid(void* pages, std::size_t bytes) noexcept;

enum class Access { Unknown, Read, Write };

/// Has `explain` called in the handler of each fault, before that ends the program or goes to the handler that was there before. Once in a process.
/// Returns: whether it is so.
bool explain_faults_by(void (*explain)(void const* address, Access access)) noexcept;

void write_error(char const* text, std::size_t length) noexcept;

} // namespace os
} // namespace kickmsg
