/// How many slots a publisher keeps.
#pragma once

#include "Geometry.h"
#include "Layout.h"
#include "Policy.h"
#include "kickmsg/core/Sender.h"

#include <algorithm>
#include <cstdint>

namespace kickmsg {
namespace detail {

/// Idle publishers hold a quarter of the pool at most between them, and none of a small one; of large slots one.
inline uint32_t kept_share(Geometry const& geometry) noexcept
{
    constexpr uint64_t most       = 8; // a reader that lags by fewer messages costs its publisher nothing
    constexpr uint64_t most_bytes = uint64_t{128} * 1024; // taken in turn, more than this leaves the caches

    uint64_t const of_pool = geometry.pool_size / core::Sender<Policy, Layout>::kept_share / geometry.max_publishers;
    uint64_t const warm    = std::max<uint64_t>(1, most_bytes / geometry.slot_stride);
    return static_cast<uint32_t>(std::min({of_pool, warm, most}));
}

} // namespace detail
} // namespace kickmsg
