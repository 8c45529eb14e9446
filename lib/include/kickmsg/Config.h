/// The geometry of a channel. It is fixed when the region is created and is part of the region's identity.
#pragma once

#include "kickmsg/Export.h"
#include "kickmsg/Schema.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace kickmsg {
namespace channel {

/// What a region is for. Both kinds move messages alike; the type keeps users of one from opening the other.
enum Type : uint32_t {
    PubSub    = 1, ///< publishers here, subscribers there
    Broadcast = 2, ///< everybody publishes and subscribes
};

constexpr uint32_t    subscriber_limit = 32;             ///< one reference bit per ring in a 64-bit word
constexpr uint32_t    publisher_limit  = 1024;           ///< records of publishers in one region
constexpr uint32_t    ring_limit       = 1U << 20;       ///< entries of one ring
constexpr uint32_t    pool_limit       = (1U << 24) - 2; ///< slots: a slot index has 24 bits
constexpr std::size_t payload_limit    = 0x7fffffff;     ///< bytes: send() answers in an int32_t
constexpr std::size_t alignment_limit  = 4096;           ///< bytes

/// The sizes of a channel.
///
/// Sizing the pool: every unread message of a subscriber, every view held and every publisher's current slot is one
/// slot. `pool_size >= max_subscribers * sub_ring_capacity + views + max_publishers` never runs empty. A smaller
/// pool is allowed: when it is empty, the oldest unread messages of the most lagging subscribers make room. Where
/// pool_size >= 4 * max_publishers each publisher keeps one slot popped ahead; in smaller pools none does.
struct Config {
    uint32_t    max_subscribers   = 16;   ///< 1 … 32
    uint32_t    sub_ring_capacity = 64;   ///< unread messages per subscriber; a power of two, 2 … 2^20
    uint32_t    pool_size         = 256;  ///< slots, 1 … 2^24 - 2
    std::size_t max_payload_size  = 4096; ///< bytes, 1 … 2^31 - 1
    uint32_t    max_publishers    = 16;   ///< 1 … 1024
    uint32_t    payload_alignment = 32;   ///< bytes, a power of two, 1 … 4096
    /// Of the region's file, 0600 at least; umask not applied. Not on Windows. Joining needs to read and to write: a user that may
    /// only read (0644) cannot open the region.
    uint32_t mode = 0600;

    /// Stored by the call that creates the region. One that joins stores nothing: see SharedRegion::try_claim_schema().
    std::optional<SchemaInfo> schema;
};

/// Returns: the bytes of shared memory that a region of the geometry `cfg` takes.
/// Errors:  Error (InvalidConfig) naming the field that is out of its range.
KICKMSG_API std::size_t footprint(Config const& cfg);

} // namespace channel
} // namespace kickmsg
