/// What a library that was built with KICKMSG_DEBUG_MEMORY says of a message that was used too late. Any other library has the same functions, so
/// that a program need not know by which of them it runs: they answer that there is nothing to say.
///
/// In such a library each loan and each view is a copy, in pages of this process alone. A loan's pages are gone when it is published or given back;
/// a view's pages can only be read, and are gone at its end. So a write after publish(), a read after the end of a view and a write into a
/// view end the program by SIGSEGV, at the instruction that does it. What is copied anyway (send(), SampleRef) is as ever, as is the region: such a process
/// talks with any other. Where such a library is also built with AddressSanitizer, that reports the same, and each byte beside a message as well.
#pragma once

#include "kickmsg/Export.h"

#include <cstddef>

namespace kickmsg {
namespace debug {

/// Returns: whether this library was built with KICKMSG_DEBUG_MEMORY.
KICKMSG_API bool checks_memory() noexcept;

/// Says in `text`, which has room for `size` bytes, what lies or lay at `address`: which byte of which message, and whether it may be used. What does
/// not fit is left out; the text ends with a zero byte.
/// Threads: any, and handlers of signals.
/// Returns: the length of the text, in bytes; 0 for an address of no loan or view, and of one that ended over a thousand others ago.
KICKMSG_API std::size_t explain(void const* address, char* text, std::size_t size) noexcept;

/// Has such faults explained on the standard error, before the program ends by them as ever: a handler of SIGSEGV and SIGBUS, which
/// hands each on to the handler that was there before. The library never calls it by itself. Under AddressSanitizer the explanation follows its report.
/// Returns: whether they are explained: false where checks_memory() is false.
KICKMSG_API bool explain_faults() noexcept;

} // namespace debug
} // namespace kickmsg
