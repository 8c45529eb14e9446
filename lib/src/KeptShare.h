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

/// Idle publishers hold a quarter of the pool at most between them, and none of a small one; of large slots one. What the history has of a
/// publisher's last messages it cannot write to: so many more.
inline uint32_t kept_share(Geometry const& geometry) noexcept
{
    uint64_t const     most = 8 + geometry.history; // a reader that lags by fewer messages costs its publisher nothing
    constexpr uint64_t most_bytes = uint64_t{128} * 1024; // taken in turn, more than this leaves the caches

    uint64_t const pool    = geometry.pool_size - geometry.hidden_capacity();
    uint64_t const of_pool = pool / core::Sender<Policy, Layout>::kept_share / geometry.max_publishers;
    uint64_t const warm    = std::max<uint64_t>(1, most_bytes / geometry.slot_stride) + geometry.history;
    return static_cast<uint32_t>(std::min({of_pool, warm, most}));
}

} // namespace detail
} // namespace kickmsg
