/// A sleeper's bell is an auto-reset event, named by its word's place in the region and its number; it exists while it sleeps, or
/// somebody is just ringing. WaitOnAddress works inside one process only.
///
///   sleeper                                 waker
///   makes or opens the event                word + 1                 (by the caller)
///   r1 = word                               looks for the event
///
/// Forbidden: r1 = the old value and no event found. Both look up the name under the lock of one directory of the
/// kernel: the one that comes second sees what the other did before; the fences say the same to the compiler.
#include "kickmsg/os/Wait.h"

#include "Native.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace kickmsg {
namespace os {

namespace {

struct BellName {
    char text[MAX_PATH] = {};

    /// Leaves it empty when the word does not lie in a region.
    BellName(void const* word, uint32_t sleeper) noexcept
    {
        MEMORY_BASIC_INFORMATION pages{};
        if (VirtualQuery(word, &pages, sizeof(pages)) == 0 || pages.Type != MEM_MAPPED) {
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

DWORD milliseconds(std::chrono::nanoseconds timeout) noexcept
{
    int64_t const whole = timeout.count() / 1000000 + (timeout.count() % 1000000 > 0 ? 1 : 0);
    return whole <= 0 ? 0 : whole < int64_t{INFINITE} ? static_cast<DWORD>(whole) : INFINITE - 1;
}

} // namespace

void wait(std::atomic<uint32_t>& word, uint32_t expected, uint32_t sleeper, std::chrono::nanoseconds timeout) noexcept
{
    BellName const name(&word, sleeper);
    Handle const   bell(name.text[0] != '\0' ? CreateEventA(nullptr, FALSE, FALSE, name.text) : nullptr);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (word.load(std::memory_order_relaxed) != expected) { // relaxed: the fence orders it
        return;
    }
    if (bell) {
        if (WaitForSingleObject(bell.get(), milliseconds(timeout)) == WAIT_TIMEOUT) {
            errno = ETIMEDOUT;
        }
    } else {
        Sleep(timeout.count() > 0 ? 1 : 0); // no event to be had: the caller looks again
    }
}

void wake(std::atomic<uint32_t>& word, uint32_t sleepers) noexcept
{
    std::atomic_thread_fence(std::memory_order_seq_cst);
    for (uint32_t sleeper = 0; sleepers != 0; ++sleeper, sleepers >>= 1) {
        if ((sleepers & 1U) == 0) {
            continue;
        }
        BellName const name(&word, sleeper);
        Handle const   bell(name.text[0] != '\0' ? OpenEventA(EVENT_MODIFY_STATE, FALSE, name.text) : nullptr);
        if (bell) {
            SetEvent(bell.get());
        }
    }
}

} // namespace os
} // namespace kickmsg
