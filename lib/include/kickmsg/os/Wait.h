/// Sleeping on a word of shared memory, across processes. Platform seam: implemented in lib/src/os/.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace kickmsg {
namespace os {

/// Sleeps while `word` is `expected`, at most `timeout`. May return early; the caller looks again. errno is ETIMEDOUT when the
/// time was over.
/// Crash: a sleeper that dies leaves nothing behind.
void wait(std::atomic<uint32_t>& word, uint32_t expected, std::chrono::nanoseconds timeout) noexcept;

/// Wakes the sleeper on `word`, in any process that maps it: a word has one sleeper at a time (a ring has one owner).
void wake(std::atomic<uint32_t>& word) noexcept;

} // namespace os
} // namespace kickmsg
