/// For C: the regions of this machine, who takes part in them, and the removal of what only the dead left.
#pragma once

#include "kickmsg/c/Region.h"
#include "kickmsg/c/Status.h"

#ifdef __cplusplus
extern "C" {
#endif

/// RegionStatus: how a region stands when it is looked at.
typedef enum kickmsg_region_status {
    KICKMSG_REGION_READY        = 0, ///< complete
    KICKMSG_REGION_RETIRED      = 1, ///< complete, and a process is replacing or removing it, or has died at that
    KICKMSG_REGION_HALF_CREATED = 2, ///< a foreign program's, or its creator died
    KICKMSG_REGION_UNLINKED     = 3, ///< it lost its name while it was looked at
    KICKMSG_REGION_UNREADABLE   = 4  ///< of another layout version, damaged, no region, or not to be read by this user
} kickmsg_region_status;

/// ListedRegion: what kickmsg_list_regions() reports of a region; its texts are valid as long as the list, and never NULL. Set `struct_size`.
typedef struct kickmsg_listed_region {
    size_t         struct_size;       ///< sizeof(kickmsg_listed_region), set by the caller
    char const*    name;              ///< region name, with its slash
    char const*    kind;              ///< "region" (raw), "topic", "broadcast", "mailbox", "service"; "unknown"
    char const*    prefix;            ///< of the node that made it
    char const*    user_name;         ///< topic, channel, tag or service
    char const*    owner;             ///< the node that reads a mailbox; "requests" or "responses" of a service
    char const*    creator;           ///< what the creator called itself; diagnostics only
    char const*    error_text;        ///< why no more is known; empty where all is
    uint32_t       status;            ///< a kickmsg_region_status
    kickmsg_status error;             ///< of `error_text`; else KICKMSG_OK
    uint64_t       size;              ///< bytes of shared memory
    uint64_t       creator_pid;       ///< in the creator's own pid namespace; diagnostics only
    uint64_t       created_ns;        ///< wall clock, ns since 1970
    uint64_t       sent;              ///< messages sent into the region, ever
    uint64_t       max_payload_size;  ///< as in kickmsg_config
    uint32_t       layout_version;    ///< of a region of any version; 0 when it cannot be read
    uint32_t       type;              ///< a kickmsg_channel_type
    uint32_t       max_subscribers;   ///< as in kickmsg_config
    uint32_t       sub_ring_capacity; ///< as in kickmsg_config
    uint32_t       pool_size;         ///< as in kickmsg_config
    uint32_t       max_publishers;    ///< as in kickmsg_config
    uint32_t       payload_alignment; ///< as in kickmsg_config
    uint32_t       mode;              ///< as in kickmsg_config
    uint32_t       max_views;         ///< as in kickmsg_config
    uint32_t       send_time;         ///< as in kickmsg_config
    uint32_t       provisional;       ///< not 0: its subscribers leave the geometry to the publisher
    uint32_t       live_rings;        ///< rings that take deliveries, owner alive
    uint32_t       publishers_alive;  ///< publishers not proven dead
    uint32_t       publishers_dead;   ///< publishers proven dead, and not recovered yet
    uint32_t       subscribers_alive; ///< the same of subscribers
    uint32_t       subscribers_dead;  ///< the same of subscribers
    uint32_t       handles_alive;     ///< the same of open regions
    uint32_t       handles_dead;      ///< the same of open regions
    uint32_t       participants;      ///< how many of all these there are: kickmsg_list_participant()
    uint32_t       reserved;          ///< zero
} kickmsg_listed_region;

/// The regions that kickmsg_list_regions() found. Threads: any, once it is made.
typedef struct kickmsg_list kickmsg_list;
/// Names: those of topics, and those of regions that were removed. Threads: any, once it is made.
typedef struct kickmsg_names kickmsg_names;
/// PruneReport. Threads: any, once it is made.
typedef struct kickmsg_prune_report kickmsg_prune_report;

/// kickmsg::list(): looks at the regions whose name begins with `prefix` (NULL: all), and takes part in nothing; writes the handle of what it found to `list`.
/// Threads:  any.
/// Progress: waits for nobody.
/// Crash:    leaves nothing.
/// Returns:  KICKMSG_OK; KICKMSG_PERMISSION_DENIED, _LIMIT_REACHED, _SYSTEM, when the names cannot be listed at all; KICKMSG_INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_list_regions(char const* prefix, kickmsg_list** list);
/// Writes the number of regions in `list` to `count`.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE, KICKMSG_INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_list_size(kickmsg_list const* list, size_t* count);
/// Writes what `list` says of its region `index` to `region`.
/// Returns: KICKMSG_OK; KICKMSG_INVALID_ARGUMENT where there are not so many; KICKMSG_INVALID_HANDLE, _INVALID_CONFIG.
KICKMSG_API kickmsg_status kickmsg_list_region(kickmsg_list const* list, size_t index, kickmsg_listed_region* region);
/// Writes what `list` says of the participant `which` of its region `index` to `participant`.
/// Returns: as kickmsg_list_region().
KICKMSG_API kickmsg_status kickmsg_list_participant(kickmsg_list const* list, size_t index, size_t which,
                                                    kickmsg_participant* participant);
/// Ends `list`.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_list_destroy(kickmsg_list* list);

/// Writes the number of `names` to `count`.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE, KICKMSG_INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_names_size(kickmsg_names const* names, size_t* count);
/// Returns: the name `index` of `names`, valid as long as they are; NULL where there are not so many, and for an invalid handle.
KICKMSG_API char const* kickmsg_names_at(kickmsg_names const* names, size_t index);
/// Ends `names`.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_names_destroy(kickmsg_names* names);

/// kickmsg::prune(): removes the regions whose name begins with `prefix` and that nobody alive takes part in, and what killed creators of such names left half
/// done; writes the handle of what it did to `report` (may be NULL).
/// Threads:  any, and any number of processes at once.
/// Progress: as prune().
/// Crash:    the next that opens, creates or prunes the name continues.
/// Returns:  KICKMSG_OK; otherwise as kickmsg_list_regions().
KICKMSG_API kickmsg_status kickmsg_prune(char const* prefix, kickmsg_prune_report** report);
/// Writes to `removed`, `kept` and `leftovers` (each may be NULL) how many regions were removed, how many left alone, and how many hidden files of killed
/// processes cleared, as `report` says.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_prune_report_counts(kickmsg_prune_report const* report, size_t* removed,
                                                       size_t* kept, size_t* leftovers);
/// Returns: the name of the region `index` that was removed, valid as long as `report`; NULL where there are not so many, and for an invalid handle.
KICKMSG_API char const* kickmsg_prune_report_removed(kickmsg_prune_report const* report, size_t index);
/// Returns: the name of the region `index` that was kept, valid as long as `report`; NULL as above. Writes to `why` and `text` (each may be NULL) the reason.
KICKMSG_API char const* kickmsg_prune_report_kept(kickmsg_prune_report const* report, size_t index, kickmsg_status* why,
                                                  char const** text);
/// Ends `report`.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_prune_report_destroy(kickmsg_prune_report* report);

#ifdef __cplusplus
}
#endif
