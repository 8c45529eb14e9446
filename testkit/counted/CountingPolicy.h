/// Takes the place of lib/src/Policy.h in the counted library. An armed process counts its atomic operations, and strikes
/// itself at the point that was set. Points are before each atomic operation, and right after each that changed the region:
/// what follows a change may be a system call. Words have the size and layout of the shipped library's.
/// bench/budgets counts with it what an operation costs.
#pragma once

#include "kickmsg/os/Wait.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace kickmsg {
namespace detail {

/// What an armed process counts: in memory that it shares with the process that armed it, for it will not live to tell.
struct Counter {
    static constexpr uint32_t    most_changes = 4096;
    static constexpr uint64_t    never        = ~uint64_t{0};
    static constexpr std::size_t nowhere      = ~size_t{0};

    uint64_t    strike_at = never; ///< the point of the blow
    uint64_t    after     = never; ///< … or the first one with so many changes
    bool        stops     = false; ///< the blow: it stops, or else kills
    uint64_t    points    = 0;
    uint64_t    loads     = 0; ///< these three: operations by kind, failed exchanges among the exchanges
    uint64_t    stores    = 0;
    uint64_t    exchanges = 0; ///< read-modify-writes
    uint32_t    changes   = 0; ///< words of the region that an operation gave another value
    std::size_t changed[most_changes]{};
    /// Returns: the offset of a word in the region, `nowhere` for another word.
    std::size_t (*place)(void const* word) = nullptr;
    void (*strike)(bool stops)             = nullptr;

    void point()
    {
        if (++points == strike_at || changes >= after) {
            strike_at = after = never;
            strike(stops);
        }
    }
    void change(void const* word)
    {
        std::size_t const offset = place(word);
        if (offset != nowhere && changes < most_changes) {
            changed[changes++] = offset;
            point();
        }
    }
};

/// Null in a process that is not armed.
inline Counter* counter = nullptr;

template <class T>
class CountedAtomic {
public:
    CountedAtomic() noexcept = default;
    constexpr CountedAtomic(T value) noexcept : value_(value) {} // NOLINT(google-explicit-constructor)

    T load(std::memory_order order = std::memory_order_seq_cst) const noexcept
    {
        count(&Counter::loads);
        return value_.load(order);
    }
    void store(T value, std::memory_order order = std::memory_order_seq_cst) noexcept
    {
        count(&Counter::stores);
        T const before = counter != nullptr ? value_.load(std::memory_order_relaxed) : value;
        value_.store(value, order);
        note(before != value);
    }
    T exchange(T value, std::memory_order order) noexcept
    {
        count(&Counter::exchanges);
        T const before = value_.exchange(value, order);
        note(before != value);
        return before;
    }
    T fetch_add(T value, std::memory_order order) noexcept
    {
        count(&Counter::exchanges);
        T const before = value_.fetch_add(value, order);
        note(value != 0);
        return before;
    }
    T fetch_sub(T value, std::memory_order order) noexcept
    {
        return fetch_add(static_cast<T>(0 - value), order);
    }
    T fetch_and(T value, std::memory_order order) noexcept
    {
        count(&Counter::exchanges);
        T const before = value_.fetch_and(value, order);
        note((before & value) != before);
        return before;
    }
    T fetch_or(T value, std::memory_order order) noexcept
    {
        count(&Counter::exchanges);
        T const before = value_.fetch_or(value, order);
        note((before | value) != before);
        return before;
    }
    bool compare_exchange_strong(T& expected, T value, std::memory_order success, std::memory_order failure) noexcept
    {
        count(&Counter::exchanges);
        bool const done = value_.compare_exchange_strong(expected, value, success, failure);
        note(done && expected != value);
        return done;
    }
    /// For the platform, which waits on the plain word and wakes the sleeper there: an operation as well.
    operator std::atomic<T>&() noexcept // NOLINT(google-explicit-constructor)
    {
        count(&Counter::loads);
        return value_;
    }

private:
    void count(uint64_t Counter::*kind) const noexcept
    {
        if (counter != nullptr) {
            ++(counter->*kind);
            counter->point();
        }
    }
    void note(bool changed) const noexcept
    {
        if (counter != nullptr && changed) {
            counter->change(this);
        }
    }

    std::atomic<T> value_;
};

struct Policy {
    template <class T>
    using atomic = CountedAtomic<T>;

    static constexpr unsigned lap_bits        = 38;
    static constexpr unsigned generation_bits = 31;
    static constexpr unsigned tag_bits        = 40;
    static constexpr unsigned sequence_bits   = 32;
    static constexpr uint32_t patience        = 8;
    static constexpr uint32_t looks           = 16384;

    static void program_order() noexcept
    {
        std::atomic_signal_fence(std::memory_order_seq_cst);
    }
    static void prefetch_for_write(void const* /*address*/) noexcept {}
    static void wake(std::atomic<uint32_t>& word, uint32_t sleepers) noexcept
    {
        os::wake(word, sleepers);
    }
};

static_assert(sizeof(CountedAtomic<uint64_t>) == sizeof(uint64_t) && alignof(CountedAtomic<uint64_t>) == 8 &&
                  sizeof(CountedAtomic<uint32_t>) == sizeof(uint32_t) && alignof(CountedAtomic<uint32_t>) == 4,
              "a counted word is laid out as a plain one");

} // namespace detail
} // namespace kickmsg
