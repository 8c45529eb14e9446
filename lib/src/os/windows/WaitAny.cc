/// Sleeping on many words: on the events that stand for them, which the system can do for 64. See Wait.cc for why no ring is lost.
#include "../WaitHooks.h"
#include "Bell.h"

#include <algorithm>
#include <cerrno>

namespace kickmsg {
namespace os {

std::size_t known_most_words() noexcept
{
    return std::min<std::size_t>(words_limit, MAXIMUM_WAIT_OBJECTS);
}

namespace {

void wait_many(Awaited const* words, std::size_t count, std::chrono::nanoseconds timeout) noexcept
{
    Handle bells[MAXIMUM_WAIT_OBJECTS];
    HANDLE all[MAXIMUM_WAIT_OBJECTS] = {};
    bool   complete                  = true;
    for (std::size_t i = 0; i < count; ++i) {
        bells[i] = bell_of(words[i].word, words[i].sleeper);
        all[i]   = bells[i].get();
        complete = complete && bells[i];
    }
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (std::any_of(words, words + count, [](Awaited const& word) { return word.has_changed(); })) {
        return;
    }
    if (!complete) {
        Sleep(timeout.count() > 0 ? 1 : 0); // no event to be had: the caller looks again
    } else if (WaitForMultipleObjects(static_cast<DWORD>(count), all, FALSE, milliseconds(timeout)) == WAIT_TIMEOUT) {
        errno = ETIMEDOUT;
    }
}

} // namespace

void wait_any(Awaited const* words, std::size_t count, std::chrono::nanoseconds timeout) noexcept
{
    begin_wait(words, count);
    wait_many(words, count, timeout);
    end_wait(words, count);
}

} // namespace os
} // namespace kickmsg
