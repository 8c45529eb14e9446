/// The event that stands for a sleeper on a word while it sleeps (Wait.cc), and times as its waits take them.
#pragma once

#include "Native.h"

#include <chrono>
#include <cstdio>
#include <cstring>

namespace kickmsg {
namespace os {

struct BellName {
    char text[MAX_PATH] = {};

    /// By the place in its region, or by the place in this process of a word that lies in none. Leaves it empty when neither can be said.
    BellName(void const* word, uint32_t sleeper) noexcept
    {
        MEMORY_BASIC_INFORMATION pages{};
        if (VirtualQuery(word, &pages, sizeof(pages)) == 0) {
            return;
        }
        if (pages.Type != MEM_MAPPED) {
            std::snprintf(text, sizeof(text), "Local\\kickmsg-bell.%llx-%x.process.%lx",
                          static_cast<unsigned long long>(reinterpret_cast<uintptr_t>(word)), sleeper,
                          static_cast<unsigned long>(GetCurrentProcessId()));
            return;
        }
        auto const* const preamble = static_cast<Preamble const*>(pages.AllocationBase);
        auto const        offset   = reinterpret_cast<uintptr_t>(word) - reinterpret_cast<uintptr_t>(preamble);
        if (offset < Preamble::bytes || preamble->magic != Preamble::this_magic) {
            return;
        }
        char stem[Preamble::stem_limit + 1] = {}; // a copy that nobody changes, and that ends
        std::memcpy(stem, preamble->stem, Preamble::stem_limit);
        int const length = std::snprintf(text, sizeof(text), "Local\\kickmsg-bell.%llx-%x.%s",
                                         static_cast<unsigned long long>(offset), sleeper, stem);
        if (length < 0 || static_cast<std::size_t>(length) >= sizeof(text)) {
            text[0] = '\0';
        }
    }
};

inline DWORD milliseconds(std::chrono::nanoseconds timeout) noexcept
{
    int64_t const whole = timeout.count() / 1000000 + (timeout.count() % 1000000 > 0 ? 1 : 0);
    return whole <= 0 ? 0 : whole < int64_t{INFINITE} ? static_cast<DWORD>(whole) : INFINITE - 1;
}

/// Makes or opens the event of a `sleeper` on `word`. Returns: nothing when there is none to be had.
inline Handle bell_of(void const* word, uint32_t sleeper) noexcept
{
    BellName const name(word, sleeper);
    return Handle(name.text[0] != '\0' ? CreateEventA(nullptr, FALSE, FALSE, name.text) : nullptr);
}

} // namespace os
} // namespace kickmsg
