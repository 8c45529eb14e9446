/// One region looked at closely, from outside: what each participant has read, lost and holds, and where the memory is.
#pragma once

#include "kickmsg/Discovery.h"
#include "kickmsg/Export.h"
#include "kickmsg/Region.h"
#include "kickmsg/Schema.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kickmsg {

/// How much inspect() reads.
enum class InspectDepth {
    Rings, ///< the header, the records and the ring headers: a few kilobytes, whatever the size of the region
    Slots, ///< the entries of the rings in use, the hold maps and the header of each slot, too: what holds the memory; and what is left of the dead
};

/// One subscriber, alive or dead, and its ring.
struct InspectedSubscriber {
    RingStats
        ring; ///< as stats() reports it; of InspectDepth::Rings `unread` and `evicted` follow from hints, and `views` is 0
    uint64_t incarnation = 0;     ///< the number of this attachment; never reused in the region
    bool     alive       = false; ///< false: proven dead, and not recovered yet
};

/// One publisher, alive or dead.
struct InspectedPublisher {
    uint64_t pid         = 0;     ///< in its own pid namespace
    uint64_t incarnation = 0;     ///< the number of this attachment; never reused in the region
    bool     alive       = false; ///< false: proven dead, and not recovered yet
    bool     publishing  = false; ///< whether it was in the middle of a delivery, or has a message pending
    uint64_t sent        = 0;     ///< messages that it has sent, those to nobody included
    uint64_t kept        = 0;     ///< slots that it keeps, those that are also unread included; of InspectDepth::Slots
};

/// What the slots of a pool are in use for; each slot counts once.
struct PoolReport {
    uint64_t free     = 0; ///< nobody holds them
    uint64_t kept     = 0; ///< a publisher keeps them, and no subscriber needs them
    uint64_t unread   = 0; ///< wait in a ring, and no subscriber holds them
    uint64_t held     = 0; ///< a subscriber holds them: a view, or a copy that is being made
    uint64_t history  = 0; ///< the region keeps them for those that come late, and no subscriber needs them
    uint64_t orphaned = 0; ///< of all of these, those that no living participant accounts for, or only in part
};

/// What inspect() reports of a region. What follows `region` is known only where `region.error` is not set.
struct RegionReport {
    ListedRegion region; ///< as list() reports it

    std::optional<SchemaInfo> schema;               ///< of its messages, if one has been set
    bool                      schema_stuck = false; ///< a schema claim whose claimant died

    std::vector<InspectedSubscriber> subscribers; ///< those that have a ring, in the order of the rings
    std::vector<InspectedPublisher>  publishers;  ///< in the order of their records

    std::optional<PoolReport> pool;                ///< of InspectDepth::Slots
    uint64_t                  slot_bytes  = 0;     ///< of one slot of the pool, its header included
    uint64_t                  last_length = 0;     ///< bytes of a message that was sent lately; 0 where nobody listens
    uint64_t                  corrupt     = 0;     ///< words found out of range, and passed over
    bool                      sweep_owed  = false; ///< a recovery has something left to do
    uint64_t                  leftover_files =
        0; ///< hidden files that killed replacers of this name left; the next open() clears. Of InspectDepth::Slots
};

/// Looks at the region `name`, as closely as `depth` says, and takes part in nothing: no record, no lock, no word is written; the file is
/// opened to be read alone, and read into copies that are judged as a region that is opened is. So it is safe on a live region, on one
/// that is damaged, and on one that is damaged meanwhile.
///
/// Threads:  any.
/// Progress: waits for nobody, and delays nobody; asks the system once for each record in use.
/// Crash:    leaves nothing, as list().
/// Returns:  a snapshot, taken word by word under live traffic: the numbers are not mutually consistent. Of what cannot be opened as a
///           region `region.error` says why.
/// Errors:   Error InvalidName, NotFound.
KICKMSG_API RegionReport inspect(std::string const& name, InspectDepth depth = InspectDepth::Slots);

} // namespace kickmsg
