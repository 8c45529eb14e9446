#include "layout.h"

#include "Layout.h"

#include <cstdio>

namespace kickmsg {
namespace budgets {
namespace {

std::string row(char const* structure, char const* field, std::size_t offset, std::size_t size)
{
    char line[96];
    std::snprintf(line, sizeof(line), "%-14s %-18s %5zu %5zu\n", structure, field, offset, size);
    return line;
}

std::string whole(char const* structure, std::size_t size, std::size_t alignment)
{
    char line[96];
    std::snprintf(line, sizeof(line), "%-14s %-18s %5s %5zu  alignment %zu\n", structure, "", "", size, alignment);
    return line;
}

#define FIELD(type, field) row(#type, #field, offsetof(type, field), sizeof(type::field))
#define WHOLE(type) whole(#type, sizeof(type), alignof(type))

using detail::Geometry;
using detail::Record;
using detail::RegionHeader;
using detail::Ring;
using detail::Slot;

std::string region_header()
{
    return WHOLE(RegionHeader) + FIELD(RegionHeader, magic) + FIELD(RegionHeader, version) + FIELD(RegionHeader, type) +
           FIELD(RegionHeader, state) + FIELD(RegionHeader, geometry) + FIELD(RegionHeader, creator_pid) +
           FIELD(RegionHeader, created_ns) + FIELD(RegionHeader, kind) + FIELD(RegionHeader, provisional) +
           FIELD(RegionHeader, prefix) + FIELD(RegionHeader, owner) + FIELD(RegionHeader, text) +
           FIELD(RegionHeader, creator) + FIELD(RegionHeader, schema) + FIELD(RegionHeader, head) +
           FIELD(RegionHeader, live_set) + FIELD(RegionHeader, sleepers) + FIELD(RegionHeader, doorbell) +
           FIELD(RegionHeader, unlinks) + FIELD(RegionHeader, incarnations) + FIELD(RegionHeader, sweeps_owed) +
           FIELD(RegionHeader, sweeps_done) + FIELD(RegionHeader, schema_owner) + FIELD(RegionHeader, corrupt) +
           FIELD(RegionHeader, last_recovery) + FIELD(RegionHeader, remover) + FIELD(RegionHeader, recovery_pause);
}

std::string geometry()
{
    return WHOLE(Geometry) + FIELD(Geometry, max_subscribers) + FIELD(Geometry, ring_capacity) +
           FIELD(Geometry, pool_size) + FIELD(Geometry, max_publishers) + FIELD(Geometry, payload_alignment) +
           FIELD(Geometry, max_views) + FIELD(Geometry, send_time) + FIELD(Geometry, history) +
           FIELD(Geometry, max_payload_size) + FIELD(Geometry, records_offset) + FIELD(Geometry, holds_offset) +
           FIELD(Geometry, rings_offset) + FIELD(Geometry, entries_offset) + FIELD(Geometry, hidden_offset) +
           FIELD(Geometry, slots_offset) + FIELD(Geometry, slot_stride) + FIELD(Geometry, payload_offset) +
           FIELD(Geometry, total_size);
}

std::string shared_structures()
{
    return WHOLE(Slot) + FIELD(Slot, references) + FIELD(Slot, link) + FIELD(Slot, owner) + FIELD(Slot, length) +
           FIELD(Slot, sequence) + WHOLE(Ring) + FIELD(Ring, tail) + FIELD(Ring, oldest) + FIELD(Ring, seat) +
           FIELD(Ring, cancelled) + FIELD(Ring, cut) + FIELD(Ring, owner) + FIELD(Ring, start) + FIELD(Ring, position) +
           FIELD(Ring, lost) + FIELD(Ring, views_refused) + WHOLE(Record) + FIELD(Record, owner) +
           FIELD(Record, claim) + FIELD(Record, publishing) + FIELD(Record, ring) + FIELD(Record, kind) +
           FIELD(Record, pid) + FIELD(Record, sent) + FIELD(Record, before) + FIELD(Record, counted);
}

/// Where the slots of a region with send times differ.
std::string with_send_time(channel::Config config)
{
    config.send_time         = true;
    Geometry const before    = Geometry::of(config);
    config.payload_alignment = 8;
    Geometry const packed    = Geometry::of(config);
    return row("timed slot", "send_time", detail::slot_header_bytes, sizeof(uint64_t)) +
           row("timed slot", "payload, by 32", before.payload_offset, 100) +
           row("timed slot", "payload, by 8", packed.payload_offset, 100);
}

/// Of one region, computed: four rings of 8, 16 slots of 100 bytes, two publishers.
std::string one_region()
{
    channel::Config config;
    config.max_subscribers   = 4;
    config.sub_ring_capacity = 8;
    config.pool_size         = 16;
    config.max_publishers    = 2;
    config.max_payload_size  = 100;
    Geometry const g         = Geometry::of(config);
    return row("region", "records", g.records_offset, sizeof(Record)) +
           row("region", "holds", g.holds_offset, sizeof(uint32_t)) +
           row("region", "rings", g.rings_offset, sizeof(Ring)) +
           row("region", "entries", g.entries_offset, sizeof(uint64_t)) +
           row("region", "slots", g.slots_offset, g.slot_stride) + row("slot", "payload", g.payload_offset, 100) +
           row("region", "end", g.total_size, 0) + with_send_time(config);
}

} // namespace

std::string layout_table()
{
    return "# structure    field             offset  size, bytes\n" + region_header() + geometry() +
           shared_structures() + one_region();
}

} // namespace budgets
} // namespace kickmsg
