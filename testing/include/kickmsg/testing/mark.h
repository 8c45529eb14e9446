/// A place of a program that kickmsg-sweep can begin or end at.
#pragma once

namespace kickmsg {
namespace testing {

/// Marks the place where it is called as `name`, for `kickmsg-sweep --from NAME --to NAME`. It may be passed any number of times, and
/// stay in a program for good: it is one load of an address and one instruction that does nothing.
///
/// How the sweep finds it: that instruction is `nopl disp32(%rax,%rax,1)` with a displacement that no compiler emits, and the sweep
/// searches the code that a process has mapped. So it needs no symbol and no debug information, and works in executables (static ones
/// and position-independent ones), in shared libraries and in plugins alike.
///
/// Threads:  any.
/// Progress: no call, no store, no branch.
/// Crash:    nothing to leave.
/// `name`:   ends with a 0 byte, at most 63 bytes before it.
///
/// Elsewhere than on x86-64 it does nothing, as does the sweep.
inline void mark(char const* name) noexcept
{
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
    // "memory": what the program does before the mark is done when the sweep sees it, and nothing of what it does afterwards
    __asm__ volatile(".byte 0x0f, 0x1f, 0x84, 0x00, 0x6b, 0x6d, 0x73, 0x77" : : "D"(name) : "memory");
#else
    (void)name;
#endif
}

} // namespace testing
} // namespace kickmsg
