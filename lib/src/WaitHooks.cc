#include "os/WaitHooks.h"

namespace kickmsg {
namespace os {

namespace {

using Hook = void (*)(Awaited const*, std::size_t);

// relaxed, all of them: a test sets them before it lets others sleep
std::atomic<std::size_t> pretended{0};
std::atomic<Hook>        before_waits{nullptr};
std::atomic<Hook>        after_waits{nullptr};
std::atomic<void (*)()>  before_marks{nullptr};

} // namespace

std::size_t most_words() noexcept
{
    std::size_t const asked = pretended.load(std::memory_order_relaxed);
    return asked != 0 ? asked : known_most_words();
}

void begin_wait(Awaited const* words, std::size_t count) noexcept
{
    if (Hook const before = before_waits.load(std::memory_order_relaxed)) {
        before(words, count);
    }
}

void end_wait(Awaited const* words, std::size_t count) noexcept
{
    if (Hook const after = after_waits.load(std::memory_order_relaxed)) {
        after(words, count);
    }
}

void begin_marks() noexcept
{
    if (auto const before = before_marks.load(std::memory_order_relaxed)) {
        before();
    }
}

void pretend_most_words(std::size_t most) noexcept
{
    pretended.store(most, std::memory_order_relaxed);
}

void call_before_waits(Hook before) noexcept
{
    before_waits.store(before, std::memory_order_relaxed);
}

void call_after_waits(Hook after) noexcept
{
    after_waits.store(after, std::memory_order_relaxed);
}

void call_before_marks(void (*before)()) noexcept
{
    before_marks.store(before, std::memory_order_relaxed);
}

} // namespace os
} // namespace kickmsg
