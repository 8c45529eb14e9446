/// The geometry of a channel. It is fixed when the region is created and is part of the region's identity.
#pragma once

#include "kickmsg/Export.h"
#include "kickmsg/Schema.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace kickmsg {
namespace channel {

/// What a region is for. The first two move messages alike; the type keeps users of one from opening the other.
enum Type : uint32_t {
    PubSub     = 1, ///< publishers here, subscribers there
    Broadcast  = 2, ///< everybody publishes and subscribes
    Blackboard = 3, ///< values, and no messages: made by Node::blackboard() alone
};

constexpr uint32_t    subscriber_limit = 32;             ///< one reference bit per ring in a 64-bit word
constexpr uint32_t    publisher_limit  = 1024;           ///< records of publishers in one region
constexpr uint32_t    ring_limit       = 1U << 20;       ///< entries of one ring
constexpr uint32_t    pool_limit       = (1U << 24) - 2; ///< slots: a slot index has 24 bits
constexpr std::size_t payload_limit    = 0x7fffffff;     ///< bytes: send() answers in an int32_t
constexpr std::size_t alignment_limit  = 4096;           ///< bytes

/// The sizes of a channel.
///
/// Sizing the pool. So many slots are in use at once, at most, and a pool of that size is never empty:
///
///   sub_ring_capacity + max_publishers * (kept + 2) + max_subscribers + views held
///
/// `kept` is what a publisher keeps to write to: pool_size / 4 / max_publishers, but 8 at most, and no more than 128 KiB beyond the first;
/// count 1 where that is 0. So
/// `sub_ring_capacity + (10 + history) * max_publishers + max_subscribers + views` is enough for any number. The default pool has room for
/// 80 views beside all else. With a `history` a publisher keeps up to so many more; its slots come on top of pool_size.
///
/// Why one ring's capacity and not all: the rings of a region hold the same messages. Of all that are in rings take the one
/// that was delivered first. What was sent since lies behind it in its ring: with it no more than the ring's capacity. The
/// rest was being delivered just then, one of each other publisher, or is now, and lies in a slot that its publisher keeps.
/// A publisher that is stopped may have one more in hand, which it was taking from the pool or pushing out of a ring; a
/// subscriber the one that it is copying. A subscriber that is stopped while it leaves may add a ring's capacity, and so may a
/// participant that is stopped while it recovers a dead one; and the dead keep what they had until they are recovered, which an
/// empty pool causes.
///
/// A smaller pool is allowed: when it is empty, the oldest unread messages of the most lagging subscribers make room.
struct Config {
    uint32_t    max_subscribers   = 16;   ///< 1 … 32; 31 with a history
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

    /// Views that one subscriber may hold at once, 1 … pool_size. At the limit it gets no further view, its messages wait in
    /// its own ring and overflow there, and copies continue: one that keeps all its views costs nobody else a message,
    /// where the pool has room for them beside all else (above).
    /// 0: an even share of three quarters of the pool, (pool_size - pool_size / 4) / max_subscribers, which is 12 by default;
    /// where that is less than 4, pool_size: a pool that small has no limit but what is set here.
    uint32_t max_views = 0;

    /// Whether each message carries the time at which it was sent (SampleInfo::sent_ns). It is not free: each send reads the clock, some
    /// 20 to 25 ns beside the 55 of a message of 64 bytes sent and received; where the system's clock cannot be read without a system call
    /// (a clock source outside the vDSO, as in some virtual machines), each send makes one. It takes 8 bytes of each slot, before the payload: none where payload_alignment leaves
    /// them free, above 32.
    bool send_time = false;

    /// Messages that the region keeps for those that come late, 0 … sub_ring_capacity - 1. 0: none. A subscriber that joins gets the last ones
    /// that were sent before it came, up to that many, and then all from there on: see Subscriber. It is there whoever has left or died, as long
    /// as the region is: Node::advertise() makes a topic anew that nobody takes part in, advertise_or_join() keeps it. It takes slots of its own beside pool_size, a power of two of them, 2 at least, and the place of one subscriber:
    /// max_subscribers is 31 at most then. A send costs two atomic operations more where its publisher keeps more slots than those, else five;
    /// it keeps `history` more than without, but no more than its share of the pool, nor than 64. Not for mailboxes: the next reader would get again what the one before has read.
    uint32_t history = 0;
};

/// A Config that its caller does not insist on: the geometry is whoever's business decides it, the publisher's say. See
/// Node::subscribe_or_create().
struct Guess {
    /// Where nobody has decided yet, `cfg` is taken for the time being.
    explicit Guess(Config const& cfg) : config(cfg) {}

    Config config; ///< a good guess saves the move to another region
};

/// Returns: the bytes of shared memory that a region of the geometry `cfg` takes.
/// Errors:  Error (InvalidConfig) naming the field that is out of its range.
KICKMSG_API std::size_t footprint(Config const& cfg);

} // namespace channel
} // namespace kickmsg
