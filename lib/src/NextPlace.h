/// Where a subscriber's next message will be.
#pragma once

#include "kickmsg/core/Words.h"

#include <atomic>
#include <cstdint>

namespace kickmsg {
namespace detail {

/// For a look by any thread.
template <class P>
struct NextPlace {
    typename P::template atomic<uint64_t> const* entry = nullptr;
    uint64_t                                     lap   = 0;

    bool is_filled() const noexcept
    {
        if (entry == nullptr) {
            return false; // of what has no messages
        }
        using Entry = core::EntryWord<P>;
        // relaxed: a hint; the subscriber looks again, and takes what is there by edge DELIVER
        uint64_t const seen = entry->load(std::memory_order_relaxed);
        return Entry::laps_after(seen, lap) >= 0 && !Entry::is_sealed(seen);
    }
};

} // namespace detail
} // namespace kickmsg
