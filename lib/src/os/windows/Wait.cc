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

#include "Bell.h"

#include <cerrno>

namespace kickmsg {
namespace os {

void wait(std::atomic<uint32_t>& word, uint32_t expected, uint32_t sleeper, std::chrono::nanoseconds timeout) noexcept
{
    Handle const bell = bell_of(&word, sleeper);
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
