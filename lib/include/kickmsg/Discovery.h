/// Finding what is there: the regions of this machine, who takes part in them, and the removal of what only the dead left.
#pragma once

#include "kickmsg/Config.h"
#include "kickmsg/Error.h"
#include "kickmsg/Export.h"
#include "kickmsg/Region.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kickmsg {

/// How a region stands when it is looked at.
enum class RegionStatus {
    Ready, ///< complete: it can be opened, where its file mode allows that
    Retired, ///< complete, and a process is replacing or removing it, or has died at that: who opens it puts it back in use
    HalfCreated, ///< empty or without its magic number, or not marked ready: a foreign program's, or its creator died
    Unlinked,    ///< it lost its name while it was looked at
    Unreadable, ///< of another layout version, damaged, no region, or not to be read by this user: see ListedRegion::error
};

/// Participants of one kind.
struct Attendance {
    uint32_t alive = 0; ///< not proven dead
    uint32_t dead  = 0; ///< proven dead, and not recovered yet
};

/// What list() reports of a region. What follows `error` is known of a region that is Ready, Retired or Unlinked; of others it is as here.
struct ListedRegion {
    std::string          name;                                 ///< region name, with its slash
    RegionStatus         status         = RegionStatus::Ready; ///< how it stands
    std::size_t          size           = 0; ///< bytes of shared memory; 0 when they cannot be asked for
    uint32_t             layout_version = 0; ///< of a region of any version; 0 when it cannot be read
    std::optional<Error> error;              ///< why no more is known: HalfCreated and Unreadable only

    std::string     kind;   ///< "region" (raw), "topic", "broadcast", "mailbox", "service"; "unknown" when overwritten
    std::string     prefix; ///< of the Node that made it, as written; empty for a raw region
    std::string     user_name; ///< topic, channel, tag or service, as written; empty for a raw region
    std::string     owner;     ///< the node that reads a mailbox; "requests" or "responses" of a service; else empty
    std::string     creator;   ///< what the creator called itself, a Node's name; diagnostics only
    uint64_t        creator_pid = 0;               ///< in the creator's own pid namespace; diagnostics only
    uint64_t        created_ns  = 0;               ///< wall clock, ns since 1970
    channel::Type   type        = channel::PubSub; ///< what the region is for
    channel::Config config;                        ///< its geometry and, where there is one, its file mode; no schema
    bool            provisional =
        false; ///< its subscribers leave the geometry to the publisher, who may put another region in its place

    Attendance                    publishers;     ///< their number
    Attendance                    subscribers;    ///< their number
    Attendance                    handles;        ///< open SharedRegion objects
    uint32_t                      live_rings = 0; ///< rings that take deliveries, owner alive
    uint64_t                      sent       = 0; ///< as RegionStats::sent
    std::vector<ParticipantStats> participants;   ///< all of these one by one
};

/// Lists the regions whose name begins with `prefix` (its slash is optional), in the order of their names. With an empty `prefix` all that
/// have the magic number of a region, and what this user may not read; with another all that have such a name, whatever they are.
///
/// It takes part in nothing: no record, no lock, no word is written, and reading is enough (Config::mode 0644), so that a monitor locks
/// nobody out, and keeps no region in use. On Linux files are read and not mapped: one that shrinks or changes meanwhile is an entry with
/// an error. Death is proven, as everywhere: what is not proven dead counts as alive.
///
/// On Windows the regions of this logon session are listed (they end with their last user). On macOS all regions of the machine.
///
/// Threads:  any.
/// Progress: waits for nobody; reads the header, the records and the ring headers of each region, and asks the system once for each record
///           in use, of publishers twice.
/// Crash:    leaves nothing. No descriptor is open afterwards; meanwhile one at a time, which exec closes.
/// Returns:  what there was; each entry is of one moment, not all of the same one. What ends or comes meanwhile may be left out.
/// Errors:   Error PermissionDenied, LimitReached, System, when the names cannot be listed at all. All else is an entry's error.
KICKMSG_API std::vector<ListedRegion> list(std::string const& prefix = "");

/// A region that prune() has left alone.
struct KeptRegion {
    std::string name;  ///< region name, with its slash
    Error       error; ///< why: InUse, with the participants; PermissionDenied, with the owner; and those of list()
};

/// What prune() did.
struct PruneReport {
    std::vector<std::string> removed;       ///< names of the regions that it removed
    std::vector<KeptRegion>  kept;          ///< what it left alone, and why
    std::size_t              leftovers = 0; ///< hidden files of killed processes that it cleared; Linux only
};

/// Removes the regions whose name begins with `prefix` (its slash is optional) and that nobody alive takes part in, and what killed
/// creators of such names left half done. Of the names that list() reports for `prefix`, each is removed or kept, but for what ends
/// meanwhile. What cannot be opened as a region of this version is kept: SharedMemory::unlink() removes it.
///
/// A region is never removed under a living participant, nor under one that is just opening it: it is retired first, as by a process that
/// replaces it, then the proofs of life are asked again, and whoever opens it meanwhile takes the right to remove it away.
///
/// Threads:  any, and any number of processes at once: each region is removed by one of them.
/// Progress: a process that is stopped in here delays no other (on Windows and macOS one that is stopped between retiring and removing a
///           region does, for that region, until it ends). A name that others keep replacing is kept after about a second.
/// Crash:    the next that opens, creates or prunes the name continues; leftovers are cleared by it.
/// Returns:  what was removed, and what was kept and why.
/// Errors:   as list(). All else is in the report.
KICKMSG_API PruneReport prune(std::string const& prefix);

} // namespace kickmsg
