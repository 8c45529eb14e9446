/// KICKMSG_DEBUG_MEMORY: a loan and a view are copies in pages of this process alone, which are forbidden at their end.
#pragma once

#include "Mapping.h"

#include <cstddef>
#include <cstdint>

namespace kickmsg {
namespace detail {

#if defined(KICKMSG_DEBUG_MEMORY)

/// What is handed out in place of a slot's `memory` is a Shadow of it. Where there is none to be had the slot itself is handed out, unwatched: a
/// right program never notices. Nothing of it is in shared memory.
///
/// Threads:  a loan belongs to one thread, a view to one at a time; explain() any, and handlers of signals.
/// Progress: lock-free. Each call looks at up to Shadow::limit words; beginning and end are system calls.
struct DebugMemory {
    static constexpr bool is_on = true;

    /// What to write to in place of the `memory` of a slot. Ends a loan of it that is out.
    static void* lend(Mapping& region, uint32_t slot, void* memory, std::size_t length) noexcept;
    /// Copies what was written to the loan of `memory`, if there is one, to where it belongs.
    static void take_in(void* memory, std::size_t length) noexcept;
    /// The loan of `memory`, if there is one, has ended.
    /// @{
    static void end_published(void* memory) noexcept;
    static void end_given_back(void* memory) noexcept;
    /// @}

    /// What to read in place of the `memory` of a slot.
    static void const* show(Mapping& region, uint32_t slot, void const* memory, std::size_t length) noexcept;
    /// What was `shown` is a view no more. Any thread.
    static void end_view(void const* shown) noexcept;

    static std::size_t explain(void const* address, char* text, std::size_t size) noexcept;
    static bool        explain_faults() noexcept;
};

#else

/// Without KICKMSG_DEBUG_MEMORY: nothing.
struct DebugMemory {
    static constexpr bool is_on = false;

    static void* lend(Mapping&, uint32_t, void* memory, std::size_t) noexcept
    {
        return memory;
    }
    static void take_in(void*, std::size_t) noexcept {}
    static void end_published(void*) noexcept {}
    static void end_given_back(void*) noexcept {}

    static void const* show(Mapping&, uint32_t, void const* memory, std::size_t) noexcept
    {
        return memory;
    }
    static void end_view(void const*) noexcept {}

    static std::size_t explain(void const*, char* text, std::size_t size) noexcept
    {
        if (size != 0) {
            *text = '\0';
        }
        return 0;
    }
    static bool explain_faults() noexcept
    {
        return false;
    }
};

#endif

} // namespace detail
} // namespace kickmsg
