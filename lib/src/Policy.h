/// The production policy of the core algorithms: std::atomic, full widths, the platform's wake.
#pragma once

#include "kickmsg/os/Wait.h"

#include <atomic>
#include <cstdint>

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#endif

namespace kickmsg {
namespace detail {

struct Policy {
    template <class T>
    using atomic = std::atomic<T>;

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

    static void prefetch_for_write(void const* address) noexcept
    {
#if defined(__GNUC__) || defined(__clang__)
        __builtin_prefetch(address, 1, 3);
#elif defined(_M_X64)
        _m_prefetchw(address);
#else
        (void)address;
#endif
    }

    static void wake(std::atomic<uint32_t>& word, uint32_t sleepers) noexcept
    {
        os::wake(word, sleepers);
    }
};

static_assert(std::atomic<uint64_t>::is_always_lock_free && std::atomic<uint32_t>::is_always_lock_free,
              "kickmsg needs lock-free 64-bit atomics: a lock inside them would die with its holder");
static_assert(sizeof(void*) == 8, "kickmsg regions are laid out for 64-bit processes");

} // namespace detail
} // namespace kickmsg
