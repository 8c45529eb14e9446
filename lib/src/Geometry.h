/// Where everything lies in a region: computed from the Config alone, with every step checked against overflow.
#pragma once

#include "kickmsg/Config.h"
#include "kickmsg/core/Structures.h"

#include <cstdint>
#include <string>

namespace kickmsg {
namespace detail {

/// Bytes before the first record.
constexpr uint64_t header_bytes = 4096;
/// Of a slot, before its send time, where there is one, and its payload.
constexpr uint64_t slot_header_bytes = 32;

struct Geometry {
    // As configured.
    uint32_t max_subscribers   = 0;
    uint32_t ring_capacity     = 0;
    uint32_t pool_size         = 0; ///< with the slots of the history
    uint32_t max_publishers    = 0;
    uint32_t payload_alignment = 0;
    uint32_t max_views         = 0; ///< never 0 in a region
    uint32_t send_time         = 0; ///< 1: each slot has one
    uint32_t history           = 0; ///< messages that it keeps for those that come late
    uint64_t max_payload_size  = 0;

    // As computed, in bytes from the region's start.
    uint64_t records_offset = 0;
    uint64_t holds_offset   = 0;
    uint64_t rings_offset   = 0;
    uint64_t entries_offset = 0;
    uint64_t hidden_offset  = 0; ///< of the ring of the history, where it keeps one: its header, then its entries
    uint64_t slots_offset   = 0;
    uint64_t slot_stride    = 0;
    uint64_t payload_offset = 0; ///< from the slot's start
    uint64_t total_size     = 0;

    /// Errors: Error InvalidConfig, naming the field, its value and its range.
    static Geometry of(channel::Config const& cfg);

    channel::Config config() const;

    /// Returns: the name of the first configured field in which the two differ, with both values; empty when equal.
    std::string difference(Geometry const& other) const;
    bool        operator==(Geometry const& other) const noexcept;

    /// Of the ring of the history: a power of two, or 0.
    uint32_t hidden_capacity() const noexcept;

    /// A handle may keep its region open beside itself: two records for each, and room for tools.
    uint32_t region_records() const noexcept
    {
        return max_subscribers + max_publishers + 8;
    }
    uint32_t record_count() const noexcept
    {
        return max_subscribers + max_publishers + region_records();
    }
};

} // namespace detail
} // namespace kickmsg
