/// For C: regions: created, opened, inspected and repaired.
#pragma once

#include "kickmsg/c/Config.h"
#include "kickmsg/c/Status.h"

#ifdef __cplusplus
extern "C" {
#endif

/// SharedRegion.
///
/// Threads:  what takes a pointer to const, and the repairs, from any thread; the others one at a time.
/// Progress: as SharedRegion: only kickmsg_region_recover_process() sleeps.
/// Crash:    a process killed in any call leaves nothing that another's recovery does not bring back.
typedef struct kickmsg_region kickmsg_region;

/// RegionInfo: what was decided when the region was created. Set `struct_size`.
typedef struct kickmsg_region_info {
    size_t   struct_size;       ///< sizeof(kickmsg_region_info), set by the caller
    char     name[256];         ///< region name
    char     user_name[520];    ///< topic, channel, "owner/tag", "requests/service"; or empty
    char     kind[16];          ///< "region", "topic", "broadcast", "mailbox", "service"
    char     creator[264];      ///< what the creator called itself; diagnostics only
    uint64_t creator_pid;       ///< in the creator's own pid namespace; diagnostics only
    uint64_t created_ns;        ///< wall clock, ns since 1970
    uint64_t footprint;         ///< bytes
    uint64_t max_payload_size;  ///< as in kickmsg_config
    uint32_t type;              ///< a kickmsg_channel_type
    uint32_t layout_version;    ///< of the shared memory
    uint32_t max_subscribers;   ///< as in kickmsg_config
    uint32_t sub_ring_capacity; ///< as in kickmsg_config
    uint32_t pool_size;         ///< as in kickmsg_config
    uint32_t max_publishers;    ///< as in kickmsg_config
    uint32_t payload_alignment; ///< as in kickmsg_config
    uint32_t max_views;         ///< as in kickmsg_config; never 0
    uint32_t send_time;         ///< as in kickmsg_config
    uint32_t history;           ///< as in kickmsg_config
} kickmsg_region_info;

/// SharedRegion::HealthReport: what kickmsg_region_diagnose() sees. Set `struct_size`.
typedef struct kickmsg_health {
    size_t   struct_size;       ///< sizeof(kickmsg_health), set by the caller
    uint64_t locked_entries;    ///< entries left sealed or half re-opened by a dead owner
    uint64_t retired_rings;     ///< rings whose owner is dead
    uint64_t draining_rings;    ///< rings closed by a living subscriber whose views are still out
    uint64_t live_rings;        ///< rings taking deliveries, owner alive
    uint64_t dead_participants; ///< participants whose proof of life has ended
    uint64_t orphaned_slots;    ///< slots with at least one reference that no living participant accounts for
    uint64_t leftover_files;    ///< hidden files that killed replacers of this name left
    uint32_t schema_stuck;      ///< not 0: a schema claim whose claimant died
    uint32_t unlinked;          ///< not 0: the name is gone or leads to another region
} kickmsg_health;

/// RecoveryReport: what a recovery brought back. Set `struct_size`.
typedef struct kickmsg_recovery {
    size_t   struct_size;  ///< sizeof(kickmsg_recovery), set by the caller
    uint64_t participants; ///< records of the dead that are free again
    uint64_t rings;        ///< rings of the dead that are free again
    uint64_t entries;      ///< ring entries that a dead owner had left sealed or half re-opened
    uint64_t references;   ///< references to slots, and slots kept, that no living participant accounted for
    uint64_t slots;        ///< slots that went back to the pool
    uint64_t schema;       ///< 1 when a schema claim of the dead was reset
    uint64_t still_alive;  ///< of kickmsg_region_recover_process(): participants not proven dead in time
} kickmsg_recovery;

/// RegionStats: numbers of the whole region. Set `struct_size`.
typedef struct kickmsg_region_stats {
    size_t   struct_size;  ///< sizeof(kickmsg_region_stats), set by the caller
    uint64_t pool_free;    ///< slots that nobody holds
    uint64_t pool_kept;    ///< slots that a publisher keeps, and that no subscriber needs
    uint64_t corrupt;      ///< words found out of range, and passed over
    uint64_t sent;         ///< messages sent into the region, ever
    uint64_t rings;        ///< how many rings there are: kickmsg_stats_ring()
    uint64_t participants; ///< how many participants: kickmsg_stats_participant()
    uint32_t provisional;  ///< not 0: its subscribers leave the geometry to the publisher
    uint32_t reserved;     ///< zero
} kickmsg_region_stats;

/// RingState.
typedef enum kickmsg_ring_state {
    KICKMSG_RING_FREE     = 0, ///< no subscriber has it
    KICKMSG_RING_JOINING  = 1, ///< a subscriber is about to take deliveries
    KICKMSG_RING_LIVE     = 2, ///< takes deliveries
    KICKMSG_RING_DRAINING = 3  ///< its subscriber leaves, or has left while views are out
} kickmsg_ring_state;

/// RingStats. Set `struct_size`.
typedef struct kickmsg_ring_stats {
    size_t   struct_size;   ///< sizeof(kickmsg_ring_stats), set by the caller
    uint32_t index;         ///< of the ring in its region
    uint32_t state;         ///< a kickmsg_ring_state
    uint64_t pid;           ///< its owner's process
    uint64_t position;      ///< next position to be written
    uint64_t received;      ///< messages that the present subscriber took
    uint64_t lost;          ///< messages that it knows it lost
    uint64_t unread;        ///< messages waiting now
    uint64_t evicted;       ///< messages pushed out unread
    uint64_t views;         ///< messages that it holds in place
    uint64_t views_refused; ///< receives that got no view at the limit
} kickmsg_ring_stats;

/// ParticipantStats: one attached handle. Set `struct_size`.
typedef struct kickmsg_participant {
    size_t   struct_size; ///< sizeof(kickmsg_participant), set by the caller
    uint64_t pid;         ///< in the participant's own pid namespace
    uint64_t incarnation; ///< the number of this attachment; never reused in the region
    uint64_t sent;        ///< of a publisher: messages that it has sent into the region
    uint32_t record;      ///< the number of its record
    uint32_t alive;       ///< 0: proven dead
    char     kind[16];    ///< "subscriber", "publisher" or "region"
} kickmsg_participant;

/// A RegionStats: what kickmsg_region_take_stats() saw. Threads: any, once it is made.
typedef struct kickmsg_stats kickmsg_stats;

/// SharedRegion::create(): creates the region `name` of kind `type` and geometry `config` (NULL: the default one); `creator` (may be NULL) is what
/// it calls its maker. Writes its handle to `region`.
/// Returns: KICKMSG_OK; KICKMSG_INVALID_NAME, _INVALID_CONFIG, _IN_USE, _NO_SPACE, _PERMISSION_DENIED, _LIMIT_REACHED, _SYSTEM, _CORRUPT, _WRONG_VERSION,
///          _INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_region_create(char const* name, kickmsg_channel_type type,
                                                 kickmsg_config const* config, char const* creator,
                                                 kickmsg_region** region);
/// SharedRegion::open(): opens the existing region `name`, and recovers what the dead left in it. Writes its handle to `region`.
/// Returns: KICKMSG_OK; KICKMSG_NOT_FOUND, _PERMISSION_DENIED, _CORRUPT, _WRONG_VERSION, _NOT_READY, _NO_FREE_RECORD, _LIMIT_REACHED, _SYSTEM,
///          _INVALID_NAME, _INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_region_open(char const* name, kickmsg_region** region);
/// SharedRegion::create_or_open(): opens the region `name`, or creates it with `type`, `config` (NULL: the default one) and `creator` (may be NULL).
/// Writes its handle to `region`.
/// Returns: as kickmsg_region_create() and kickmsg_region_open(); KICKMSG_MISMATCH, when living participants use another geometry.
KICKMSG_API kickmsg_status kickmsg_region_create_or_open(char const* name, kickmsg_channel_type type,
                                                         kickmsg_config const* config, char const* creator,
                                                         kickmsg_region** region);
/// SharedRegion::~SharedRegion(): gives up the participant `region`; handles and views made of it stay valid.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_region_destroy(kickmsg_region* region);
/// SharedRegion::operator bool().
/// Returns: whether `region` can be used.
KICKMSG_API bool kickmsg_region_is_usable(kickmsg_region const* region);

/// SharedRegion::unlink(): removes the name of `region`, if it still leads there.
/// Returns: KICKMSG_OK, KICKMSG_PERMISSION_DENIED, KICKMSG_SYSTEM, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_region_unlink(kickmsg_region* region);
/// SharedMemory::unlink(): removes `name`, whatever it leads to; existing mappings stay valid.
/// Threads: any.
/// Returns: KICKMSG_OK; KICKMSG_NOT_FOUND when there was none; KICKMSG_INVALID_NAME, _PERMISSION_DENIED, _SYSTEM, _INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_unlink(char const* name);
/// SharedRegion::info(): writes what was decided when `region` was created to `info`.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE, _INVALID_ARGUMENT, _INVALID_CONFIG, _LIMIT_REACHED.
KICKMSG_API kickmsg_status kickmsg_region_get_info(kickmsg_region const* region, kickmsg_region_info* info);

/// SharedRegion::schema(): writes the schema of `region` to `schema`.
/// Returns: KICKMSG_OK; KICKMSG_AGAIN when none has been set; KICKMSG_INVALID_HANDLE, _INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_region_schema(kickmsg_region const* region, kickmsg_schema* schema);
/// SharedRegion::try_claim_schema(): sets the schema of a `region` that has none to `schema`; writes to `claimed` whether it was this call that
/// set it.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE, _INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_region_try_claim_schema(kickmsg_region* region, kickmsg_schema const* schema,
                                                           bool* claimed);
/// SharedRegion::require_schema(): sees to it that `region` carries messages of `schema`.
/// Progress: where another participant is just setting the schema, waits for it, about a second at most.
/// Returns:  KICKMSG_OK; KICKMSG_SCHEMA_MISMATCH, _MISMATCH, _NOT_READY, _INVALID_HANDLE, _INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_region_require_schema(kickmsg_region const* region, kickmsg_schema const* schema);
/// SharedRegion::reset_schema_claim(): takes back the claim on `region` of a claimant that died half-way; writes to `was_claimed` (may be NULL)
/// whether there was one.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_region_reset_schema_claim(kickmsg_region* region, bool* was_claimed);

/// SharedRegion::diagnose(): writes to `health` what the dead have left in `region`. It repairs nothing.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE, _INVALID_ARGUMENT, _INVALID_CONFIG.
KICKMSG_API kickmsg_status kickmsg_region_diagnose(kickmsg_region const* region, kickmsg_health* health);
/// SharedRegion::participant(): writes to `participant` who in `region` has the number `incarnation`.
/// Returns: KICKMSG_OK; KICKMSG_AGAIN when it has left, or died and been recovered; KICKMSG_INVALID_HANDLE, _INVALID_ARGUMENT, _INVALID_CONFIG.
KICKMSG_API kickmsg_status kickmsg_region_participant(kickmsg_region const* region, uint64_t incarnation,
                                                      kickmsg_participant* participant);
/// SharedRegion::stats(): writes to `stats` the handle of numbers of `region`, of each ring and each participant.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE, _INVALID_ARGUMENT, _LIMIT_REACHED.
KICKMSG_API kickmsg_status kickmsg_region_take_stats(kickmsg_region const* region, kickmsg_stats** stats);
/// Writes what `stats` says of the whole region to `totals`.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE, _INVALID_ARGUMENT, _INVALID_CONFIG.
KICKMSG_API kickmsg_status kickmsg_stats_totals(kickmsg_stats const* stats, kickmsg_region_stats* totals);
/// Writes what `stats` says of the ring `index` to `ring`.
/// Returns: KICKMSG_OK; KICKMSG_INVALID_ARGUMENT where there are not so many; KICKMSG_INVALID_HANDLE, _INVALID_CONFIG.
KICKMSG_API kickmsg_status kickmsg_stats_ring(kickmsg_stats const* stats, size_t index, kickmsg_ring_stats* ring);
/// Writes what `stats` says of the participant `index`, in the order of the records, to `participant`.
/// Returns: as kickmsg_stats_ring().
KICKMSG_API kickmsg_status kickmsg_stats_participant(kickmsg_stats const* stats, size_t index,
                                                     kickmsg_participant* participant);
/// Ends `stats`.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_stats_destroy(kickmsg_stats* stats);

/// SharedRegion::recover(): brings back everything that the dead held in `region`; writes what this call brought back to `recovery` (may be NULL).
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE, _INVALID_CONFIG, _LIMIT_REACHED.
KICKMSG_API kickmsg_status kickmsg_region_recover(kickmsg_region* region, kickmsg_recovery* recovery);
/// SharedRegion::recover(pid, timeout): for a caller that knows that the process `pid` has ended: waits until each of its participants in `region` is
/// proven dead, at most `timeout_ns`, then recovers all the dead; writes what this call brought back to `recovery` (may be NULL).
/// Progress: sleeps between looks, from 50 us up to 10 ms.
/// Returns:  as kickmsg_region_recover(); what is still alive is counted in `recovery`.
KICKMSG_API kickmsg_status kickmsg_region_recover_process(kickmsg_region* region, uint64_t pid, int64_t timeout_ns,
                                                          kickmsg_recovery* recovery);
/// SharedRegion::repair_locked_entries(), reset_retired_rings() and reclaim_orphaned_slots() of `region`: parts of kickmsg_region_recover(). They write to
/// `repaired` (may be NULL) how many there were.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE, _LIMIT_REACHED.
/// @{
KICKMSG_API kickmsg_status kickmsg_region_repair_locked_entries(kickmsg_region* region, size_t* repaired);
KICKMSG_API kickmsg_status kickmsg_region_reset_retired_rings(kickmsg_region* region, size_t* repaired);
KICKMSG_API kickmsg_status kickmsg_region_reclaim_orphaned_slots(kickmsg_region* region, size_t* repaired);
/// @}

#ifdef __cplusplus
}
#endif
