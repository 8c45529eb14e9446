/// Sleeping on a word of shared memory, across processes. Platform seam: implemented in lib/src/os/.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace kickmsg {
namespace os {

/// Sleepers on one word.
constexpr uint32_t most_sleepers = 32;

/// Sleeps while `word` is `expected`, at most `timeout`, as number `sleeper` of those on this word: one at a time has a number. May return
/// early; the caller looks again. errno is ETIMEDOUT when the time was over.
/// Crash: a sleeper that dies leaves nothing behind.
void wait(std::atomic<uint32_t>& word, uint32_t expected, uint32_t sleeper, std::chrono::nanoseconds timeout) noexcept;

/// Wakes those of `sleepers`, a bit for each number, that sleep on `word`, in any process that maps it. Others may wake, too.
/// Cost: one system call; on Windows some for each sleeper.
void wake(std::atomic<uint32_t>& word, uint32_t sleepers) noexcept;

} // namespace os
} // namespace kickmsg
