#include "kickmsg/Region.h"

#include "c/Handles.h"
#include "c/Structs.h"

using namespace kickmsg;

namespace {

channel::Type type_of(kickmsg_channel_type type)
{
    if (type != KICKMSG_PUB_SUB && type != KICKMSG_BROADCAST) {
        throw Error(ErrorCode::InvalidConfig, "type",
                    "expected KICKMSG_PUB_SUB or KICKMSG_BROADCAST, found " + std::to_string(static_cast<int>(type)));
    }
    return static_cast<channel::Type>(type);
}

std::string maker(char const* creator)
{
    return creator != nullptr ? creator : "";
}

kickmsg_region_info info_of(RegionInfo const& from)
{
    kickmsg_region_info info{};
    c::copy_to(info.name, from.name);
    c::copy_to(info.user_name, from.user_name);
    c::copy_to(info.kind, from.kind);
    c::copy_to(info.creator, from.creator);
    info.creator_pid       = from.creator_pid;
    info.created_ns        = from.created_ns;
    info.footprint         = from.footprint;
    info.max_payload_size  = from.max_payload_size;
    info.type              = from.type;
    info.layout_version    = from.layout_version;
    info.max_subscribers   = from.max_subscribers;
    info.sub_ring_capacity = from.sub_ring_capacity;
    info.pool_size         = from.pool_size;
    info.max_publishers    = from.max_publishers;
    info.payload_alignment = from.payload_alignment;
    info.max_views         = from.max_views;
    info.send_time         = from.send_time ? 1 : 0;
    info.history           = from.history;
    return info;
}

kickmsg_health health_of(SharedRegion::HealthReport const& from)
{
    kickmsg_health health{};
    health.locked_entries    = from.locked_entries;
    health.retired_rings     = from.retired_rings;
    health.draining_rings    = from.draining_rings;
    health.live_rings        = from.live_rings;
    health.dead_participants = from.dead_participants;
    health.orphaned_slots    = from.orphaned_slots;
    health.leftover_files    = from.leftover_files;
    health.schema_stuck      = from.schema_stuck ? 1 : 0;
    health.unlinked          = from.unlinked ? 1 : 0;
    return health;
}

/// What `recover` brought back, for a caller that may not want to know.
template <class Recover>
kickmsg_status report(kickmsg_region const* region, kickmsg_recovery* out, Recover recover)
{
    return c::with(region, [&](SharedRegion& open) {
        if (out != nullptr) {
            c::fill(out, kickmsg_recovery{}, "kickmsg_recovery"); // refused before anything is done
        }
        RecoveryReport const from = recover(open);
        kickmsg_recovery     recovery{};
        recovery.participants = from.participants;
        recovery.rings        = from.rings;
        recovery.entries      = from.entries;
        recovery.references   = from.references;
        recovery.slots        = from.slots;
        recovery.schema       = from.schema;
        recovery.still_alive  = from.still_alive;
        return out != nullptr ? c::fill(out, recovery, "kickmsg_recovery") : KICKMSG_OK;
    });
}

template <class Repair>
kickmsg_status count(kickmsg_region const* region, size_t* out, Repair repair)
{
    return c::with(region, [&](SharedRegion& open) {
        std::size_t const repaired = repair(open);
        if (out != nullptr) {
            *out = repaired;
        }
    });
}

} // namespace

kickmsg_status kickmsg_region_create(char const* name, kickmsg_channel_type type, kickmsg_config const* config,
                                     char const* creator, kickmsg_region** region)
{
    return c::make_for(region, [&] {
        return SharedRegion::create(c::text(name, "name"), type_of(type), c::config_of(config), maker(creator));
    });
}

kickmsg_status kickmsg_region_open(char const* name, kickmsg_region** region)
{
    return c::make_for(region, [&] { return SharedRegion::open(c::text(name, "name")); });
}

kickmsg_status kickmsg_region_create_or_open(char const* name, kickmsg_channel_type type, kickmsg_config const* config,
                                             char const* creator, kickmsg_region** region)
{
    return c::make_for(region, [&] {
        return SharedRegion::create_or_open(c::text(name, "name"), type_of(type), c::config_of(config), maker(creator));
    });
}

kickmsg_status kickmsg_region_destroy(kickmsg_region* region)
{
    return c::end(region);
}

bool kickmsg_region_is_usable(kickmsg_region const* region)
{
    return c::is_usable(region);
}

kickmsg_status kickmsg_region_unlink(kickmsg_region* region)
{
    return c::with(region, [](SharedRegion& open) { open.unlink(); });
}

kickmsg_status kickmsg_unlink(char const* name)
{
    return c::guard([&] {
        std::string const given = c::text(name, "name");
        if (!SharedMemory::unlink(given)) {
            throw Error(ErrorCode::NotFound, given, "expected an object of this name, found none",
                        Remedy{"nothing is to be done"});
        }
    });
}

kickmsg_status kickmsg_region_get_info(kickmsg_region const* region, kickmsg_region_info* info)
{
    return c::with(region, [&](SharedRegion& open) { return c::fill(info, info_of(open.info()), "info"); });
}

kickmsg_status kickmsg_region_schema(kickmsg_region const* region, kickmsg_schema* schema)
{
    return c::with(region, [&](SharedRegion& open) {
        auto const found = open.schema();
        return found ? c::give(schema, c::schema_of(*found), "schema") : KICKMSG_AGAIN;
    });
}

kickmsg_status kickmsg_region_try_claim_schema(kickmsg_region* region, kickmsg_schema const* schema, bool* claimed)
{
    return c::with(region, [&](SharedRegion& open) {
        if (schema == nullptr || claimed == nullptr) {
            return c::refuse_null(schema == nullptr ? "schema" : "claimed");
        }
        *claimed = open.try_claim_schema(c::schema_of(*schema));
        return KICKMSG_OK;
    });
}

kickmsg_status kickmsg_region_require_schema(kickmsg_region const* region, kickmsg_schema const* schema)
{
    return c::with(region, [&](SharedRegion& open) {
        if (schema == nullptr) {
            return c::refuse_null("schema");
        }
        open.require_schema(c::schema_of(*schema));
        return KICKMSG_OK;
    });
}

kickmsg_status kickmsg_region_reset_schema_claim(kickmsg_region* region, bool* was_claimed)
{
    return c::with(region, [&](SharedRegion& open) {
        bool const was = open.reset_schema_claim();
        if (was_claimed != nullptr) {
            *was_claimed = was;
        }
    });
}

kickmsg_status kickmsg_region_diagnose(kickmsg_region const* region, kickmsg_health* health)
{
    return c::with(region, [&](SharedRegion& open) { return c::fill(health, health_of(open.diagnose()), "health"); });
}

kickmsg_status kickmsg_region_participant(kickmsg_region const* region, uint64_t incarnation,
                                          kickmsg_participant* participant)
{
    return c::with(region, [&](SharedRegion& open) {
        auto const found = open.participant(incarnation);
        return found ? c::fill(participant, c::participant_of(*found), "participant") : KICKMSG_AGAIN;
    });
}

kickmsg_status kickmsg_region_recover(kickmsg_region* region, kickmsg_recovery* recovery)
{
    return report(region, recovery, [](SharedRegion& open) { return open.recover(); });
}

kickmsg_status kickmsg_region_recover_process(kickmsg_region* region, uint64_t pid, int64_t timeout_ns,
                                              kickmsg_recovery* recovery)
{
    return report(region, recovery,
                  [&](SharedRegion& open) { return open.recover(pid, std::chrono::nanoseconds(timeout_ns)); });
}

kickmsg_status kickmsg_region_repair_locked_entries(kickmsg_region* region, size_t* repaired)
{
    return count(region, repaired, [](SharedRegion& open) { return open.repair_locked_entries(); });
}

kickmsg_status kickmsg_region_reset_retired_rings(kickmsg_region* region, size_t* repaired)
{
    return count(region, repaired, [](SharedRegion& open) { return open.reset_retired_rings(); });
}

kickmsg_status kickmsg_region_reclaim_orphaned_slots(kickmsg_region* region, size_t* repaired)
{
    return count(region, repaired, [](SharedRegion& open) { return open.reclaim_orphaned_slots(); });
}
