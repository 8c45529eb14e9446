/// Sleeping on words, of shared memory or of this process, across processes. Platform seam: implemented in lib/src/os/.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kickmsg {
namespace os {

/// Sleepers on one word.
constexpr uint32_t most_sleepers = 32;

/// Sleeps while `word` is `expected`, at most `timeout`, as number `sleeper` of those on this word: one at a time has a number. May return
/// early; the caller looks again. errno is ETIMEDOUT when the time was over, EINTR when a handler of a signal ended the sleep (where
/// there are such); otherwise it may be anything else.
/// Crash: a sleeper that dies leaves nothing behind.
void wait(std::atomic<uint32_t>& word, uint32_t expected, uint32_t sleeper, std::chrono::nanoseconds timeout) noexcept;

/// Wakes those of `sleepers`, a bit for each number, that sleep on `word`, in any process that maps it. Others may wake, too.
/// Cost: one system call; on Windows some for each sleeper.
void wake(std::atomic<uint32_t>& word, uint32_t sleepers) noexcept;

/// A word, the value as long as which it has nothing to tell, and the sleeper's number.
struct Awaited {
    std::atomic<uint32_t>* word     = nullptr;
    uint32_t               expected = 0;
    uint32_t               sleeper  = 0;

    /// Whether it is not what was expected.
    bool has_changed() const noexcept
    {
        // relaxed: what the change announces is read by whoever looks again, ordered as the word's owner says
        return word->load(std::memory_order_relaxed) != expected;
    }
};

/// No system can sleep on more words at once.
constexpr std::size_t words_limit = 128;

/// How many words one call of wait_any() can sleep on here; 1 where the system knows no such sleep. Asked of the system once.
std::size_t most_words() noexcept;

/// Sleeps while each of the first `count` of `words` is what is expected of it, at most `timeout`; nanoseconds::max() is without end. May
/// return early; the caller looks again. `count`: 1 to most_words().
/// Crash: a sleeper that dies leaves nothing behind.
void wait_any(Awaited const* words, std::size_t count, std::chrono::nanoseconds timeout) noexcept;

} // namespace os
} // namespace kickmsg
