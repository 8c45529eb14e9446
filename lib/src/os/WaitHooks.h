/// What tests may change of the sleeps on many words, on every platform.
#pragma once

#include "kickmsg/os/Wait.h"

namespace kickmsg {
namespace os {

/// Words that this system can sleep on at once, whatever a test pretends.
std::size_t known_most_words() noexcept;
/// The same, asked anew (Linux).
std::size_t ask_most_words() noexcept;

/// A sleep is about to begin.
void begin_wait(Awaited const* words, std::size_t count) noexcept;
/// It has ended.
void end_wait(Awaited const* words, std::size_t count) noexcept;
/// A wait set has looked, and found nothing; it is about to set its marks.
void begin_marks() noexcept;

/// For tests: sleeps as a system would that can sleep on `most` words at once; 0 ends it. What is asleep already is not changed.
void pretend_most_words(std::size_t most) noexcept;
/// For tests: `before` is called by each thread that is about to sleep in wait_any(), before the words are looked at; null ends it.
void call_before_waits(void (*before)(Awaited const* words, std::size_t count)) noexcept;
/// The same after each of them.
void call_after_waits(void (*after)(Awaited const* words, std::size_t count)) noexcept;
/// For tests: `before` is called by each wait that is about to set its marks; null ends it.
void call_before_marks(void (*before)()) noexcept;

} // namespace os
} // namespace kickmsg
