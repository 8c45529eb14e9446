/// What is left of a wait, and how long to sleep next.
#pragma once

#include "TestSeams.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace kickmsg {
namespace detail {

constexpr std::chrono::nanoseconds for_ever = std::chrono::nanoseconds::max();

/// A wait of a given time, from its construction on. Its clock is looked at once for each look(), and never where it may not last.
class WaitBudget {
public:
    explicit WaitBudget(std::chrono::nanoseconds timeout) noexcept
        : timeout_(timeout), begin_(timeout.count() > 0 ? wait_clock_ns() : 0)
    {
    }

    void look() noexcept
    {
        uint64_t const most = static_cast<uint64_t>(for_ever.count());
        elapsed_            = std::chrono::nanoseconds(static_cast<int64_t>(std::min(wait_clock_ns() - begin_, most)));
    }
    bool is_over() const noexcept
    {
        return left().count() <= 0;
    }
    std::chrono::nanoseconds left() const noexcept
    {
        return timeout_ == for_ever ? for_ever : timeout_ - std::min(timeout_, elapsed_);
    }
    /// 20 ms, then 40, 80, 160, 320 where each is slept to its end; a wake for nothing makes none longer. They bound the one case that
    /// no order of steps can: a publisher killed or stopped between its delivery and its wake. By who sleeps next.
    std::chrono::nanoseconds slice() const noexcept
    {
        return sleep_length(std::min(left(), shortest + std::min(elapsed_, longest - shortest)));
    }

    /// For one that nobody wakes: 50 us, then as long as it has waited already, 10 ms at most. By who sleeps next.
    std::chrono::nanoseconds nap() const noexcept
    {
        return sleep_length(std::min(left(), shortest_nap + std::min(elapsed_, longest_nap - shortest_nap)));
    }

private:
    static constexpr std::chrono::nanoseconds shortest_nap = std::chrono::microseconds(50);
    static constexpr std::chrono::nanoseconds longest_nap  = std::chrono::milliseconds(10);

    static constexpr std::chrono::nanoseconds shortest = std::chrono::milliseconds(20);
    static constexpr std::chrono::nanoseconds longest  = std::chrono::milliseconds(320);

    std::chrono::nanoseconds timeout_;
    std::chrono::nanoseconds elapsed_{0};
    uint64_t                 begin_;
};

} // namespace detail
} // namespace kickmsg
