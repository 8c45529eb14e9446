/// Regions: created, opened, inspected and repaired; and what they report.
#pragma once

#include "kickmsg/Config.h"
#include "kickmsg/Error.h"
#include "kickmsg/Export.h"
#include "kickmsg/Schema.h"
#include "kickmsg/os/SharedMemory.h"
#include "kickmsg/os/Time.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kickmsg {

/// What one recover() brought back. All zero: nothing was dead, nothing was owed.
struct RecoveryReport {
    std::size_t participants = 0; ///< records of the dead that are free again
    std::size_t rings        = 0; ///< rings of the dead that are free again
    std::size_t entries      = 0; ///< ring entries that a dead owner had left sealed or half re-opened
    std::size_t references   = 0; ///< references to slots, and slots kept, that no living participant accounted for
    std::size_t slots        = 0; ///< slots that went back to the pool
    std::size_t schema       = 0; ///< 1 when a schema claim of the dead was reset
    std::size_t still_alive  = 0; ///< of recover(pid, timeout): participants of that process not proven dead in time
};

/// What info() reports of a region; constant for its life.
struct RegionInfo {
    std::string   name;                  ///< region name, as in the file system
    std::string   user_name;             ///< topic, channel, "owner/tag", "requests/service", blackboard; or empty
    std::string   kind;                  ///< "region", "topic", "broadcast", "mailbox", "service", "blackboard"
    std::string   creator;               ///< what the creator called itself; diagnostics only
    uint64_t      creator_pid       = 0; ///< in the creator's own pid namespace; diagnostics only
    uint64_t      created_ns        = 0; ///< wall clock, ns since 1970
    channel::Type type              = channel::PubSub; ///< what the region is for
    uint32_t      layout_version    = 0;               ///< of the shared memory; every user has the same
    uint32_t      max_subscribers   = 0;               ///< as in channel::Config
    uint32_t      sub_ring_capacity = 0;               ///< as in channel::Config
    uint32_t      pool_size         = 0;               ///< as in channel::Config
    std::size_t   max_payload_size  = 0;               ///< as in channel::Config
    uint32_t      max_publishers    = 0;               ///< as in channel::Config
    uint32_t      payload_alignment = 0;               ///< as in channel::Config
    uint32_t      max_views         = 0;               ///< as in channel::Config; never 0: what 0 stood for
    bool          send_time         = false;           ///< as in channel::Config
    uint32_t      history           = 0;               ///< as in channel::Config
    std::size_t   footprint         = 0;               ///< bytes
};

/// Where a ring is in its subscriber's life.
enum class RingState {
    Free,     ///< no subscriber has it
    Joining,  ///< a subscriber is about to take deliveries
    Live,     ///< takes deliveries
    Draining, ///< its subscriber leaves, or has left while views are out
};

/// A snapshot of one ring, taken word by word under live traffic: each field is read atomically; the fields are not
/// mutually consistent.
struct RingStats {
    uint32_t  index         = 0;               ///< of the ring in its region
    RingState state         = RingState::Free; ///< when it was looked at
    uint64_t  pid           = 0;               ///< its owner's process
    uint64_t  position      = 0;               ///< next position to be written; continues over subscribers
    uint64_t  received      = 0;               ///< messages that the present subscriber took
    uint64_t  lost          = 0;               ///< messages that it knows it lost
    uint64_t  unread        = 0;               ///< messages waiting now
    uint64_t  evicted       = 0;               ///< messages pushed out unread, noticed by the subscriber or not yet
    uint64_t  views         = 0; ///< messages that it holds in place; one that waits for memory for its copy counts
    uint64_t  views_refused = 0; ///< receives that got no view at the limit (Config::max_views) while a message waited
};

/// One attached handle: a publisher, a subscriber or an open region.
struct ParticipantStats {
    uint32_t    record = 0;          ///< the number of its record
    std::string kind;                ///< "subscriber", "publisher" or "region"
    uint64_t    pid         = 0;     ///< in the participant's own pid namespace
    uint64_t    incarnation = 0;     ///< the number of this attachment; never reused in the region
    bool        alive       = false; ///< false: proven dead
    uint64_t    sent = 0; ///< of a publisher: messages that it has sent into the region, those to nobody included
};

/// What stats() reports of a region under live traffic; not mutually consistent, as RingStats.
struct RegionStats {
    std::vector<RingStats>        rings;        ///< all of them, free ones included
    std::vector<ParticipantStats> participants; ///< those whose record is in use
    uint64_t pool_free = 0; ///< slots that nobody holds: the next to send can have them, whichever it is
    uint64_t pool_kept = 0; ///< slots that a publisher keeps, the allocated one included, and that no subscriber needs
    uint64_t pool_history = 0;     ///< slots of the last messages (Config::history) that no subscriber needs
    uint64_t corrupt      = 0;     ///< words found out of range, and passed over
    bool     provisional  = false; ///< as ListedRegion::provisional
    /// Messages sent into the region, ever, by whomever, those to nobody included. It never falls, and no participant's coming, leaving,
    /// death or recovery changes it. A message counts before anybody can have it, one that overwrites nothing as soon as it cannot be
    /// refused any more. A publisher that is killed in between leaves one message that is counted and in no ring (or in one, and not counted).
    uint64_t sent = 0;
};

class Publisher;
class Subscriber;
class Node;
namespace detail {
class Mapping;
class RegionState;
struct Identity;
struct ServiceAccess;
} // namespace detail

/// Whether regions that this process maps from now on are `included` in its core dumps, whole, with the payloads of all
/// their users. True is what the system does by itself; on Linux that is decided by /proc/PID/coredump_filter, which leaves
/// out a region that has its name and takes along one that was unlinked. Elsewhere it has no effect.
/// Threads:  any.
KICKMSG_API void set_core_dumps(bool included) noexcept;

/// One channel in shared memory: created, opened, inspected and repaired.
///
/// Threads:  const members and repair calls are thread-safe; all others need external synchronisation. Move-only.
/// Progress: only recover(pid, timeout) sleeps; a call that may have to wait for another process says for which.
/// Crash:    a process killed in any call here leaves nothing that recover() of another does not bring back.
/// Errors:   what fails throws Error; nothing is left half done.
///
/// A region that is held open is a participant: it counts as "in use" until the object is destroyed. On Linux it keeps one
/// descriptor, read-only and at least 3; publishers, subscribers and views keep none of their own.
class KICKMSG_API SharedRegion {
public:
    /// What diagnose() sees. Taken under live traffic; nothing in it is changed by looking.
    ///
    /// The names `locked_entries`, `retired_rings` and `orphaned_slots`, and those of the three calls that repair them, are
    /// fixed by programs that already use them. They are not this library's words: nothing here has a lock, and a ring is never
    /// in a state "retired".
    struct HealthReport {
        std::size_t locked_entries    = 0;     ///< entries left sealed or half re-opened by a dead owner
        std::size_t retired_rings     = 0;     ///< rings whose owner is dead
        std::size_t draining_rings    = 0;     ///< rings closed by a living subscriber whose views are still out
        std::size_t live_rings        = 0;     ///< rings taking deliveries, owner alive
        bool        schema_stuck      = false; ///< a schema claim whose claimant died
        std::size_t dead_participants = 0;     ///< participants whose proof of life has ended
        std::size_t orphaned_slots = 0; ///< slots with at least one reference that no living participant accounts for
        bool        unlinked = false;   ///< the name is gone or leads to another region: others cannot find this one
        std::size_t leftover_files =
            0; ///< hidden files that killed replacers of this name left; the next open() clears
    };

    /// Creates the region `name` ("/name", at most 254 bytes, no further slash) of kind `type` and geometry `cfg`; `creator` is
    /// what info() reports as such. The region appears complete or not at all. A region that only the dead left behind is
    /// replaced.
    /// Progress: a process that is stopped while it creates, opens, replaces or unlinks delays no other (on Windows and
    ///           macOS one that is stopped while it replaces does, until it ends: InUse after about a second).
    /// Returns:  the region, open.
    /// Errors:   Error InvalidName, InvalidConfig, InUse (the living are named), NoSpace (with sizes), PermissionDenied
    ///           (the mode of the region forbids it; or it is another user's, which alone may replace it and is named),
    ///           LimitReached, System, Corrupt / WrongVersion (an existing file that is not a region of this version is
    ///           never overwritten).
    static SharedRegion create(std::string const& name, channel::Type type, channel::Config const& cfg,
                               std::string const& creator = "");

    /// Opens the existing region `name`, and recovers what the dead left in it.
    /// Returns:  the region, open.
    /// Errors:   Error NotFound, PermissionDenied, Corrupt, WrongVersion, NotReady, NoFreeRecord, LimitReached, System.
    static SharedRegion open(std::string const& name);

    /// Opens the region `name`, or creates it with `type`, `cfg` and `creator`. Any number of processes may race here: all end
    /// up on one region. A provisional region of another geometry is replaced: see Node::subscribe_or_create().
    /// Returns:  the region, open.
    /// Errors:   as create() and open(); Mismatch, naming the field, when living participants use another geometry.
    static SharedRegion create_or_open(std::string const& name, channel::Type type, channel::Config const& cfg,
                                       std::string const& creator = "");

    /// Takes over what `other` is and holds, and leaves it unusable.
    /// @{
    SharedRegion(SharedRegion&& other) noexcept;
    SharedRegion& operator=(SharedRegion&& other) noexcept;
    /// @}
    SharedRegion(SharedRegion const&)            = delete;
    SharedRegion& operator=(SharedRegion const&) = delete;
    /// Gives up this participant. The region stays, with its name; handles and views made of it stay valid.
    ~SharedRegion();

    /// Returns: whether this handle can be used: false when it was moved from, or inherited through fork().
    explicit operator bool() const noexcept;

    /// Removes the name, if it still leads to this region. Existing handles stay valid; new processes cannot open it.
    /// Of all processes that unlink a region, one has the right to: the others return at once while it lives, so a region
    /// that takes the name afterwards keeps it. Nothing protects a name that is removed and given anew by other means,
    /// SharedMemory::unlink or `rm`, just while unlink() is between its look at the name and the removal.
    /// Crash:    the right of a process that dies goes to the next that unlinks.
    /// Errors:   Error PermissionDenied, naming the owner, where the system lets only the owner of the region remove it.
    void unlink();

    /// Returns: the name of the region, with its slash.
    std::string const& name() const;
    /// Returns: what was decided when the region was created.
    RegionInfo info() const;

    /// Returns: the schema, if one has been set.
    std::optional<SchemaInfo> schema() const;
    /// Sets the schema of a region that has none to `info`.
    /// Returns: whether it was this call that set it.
    /// Crash:   a claimant that dies half-way leaves a claim that recover() and reset_schema_claim() take back.
    [[nodiscard]] bool try_claim_schema(SchemaInfo const& info);
    /// Sees to it that this region carries messages of the schema `info`: sets it where there is none, else compares
    /// (schema::diff()). Where `info` is of a type (schema::describe_type()), its size and alignment have to fit the region, too.
    /// Threads:  any.
    /// Progress: where another participant is just setting the schema, waits for it, about a second at most.
    /// Crash:    as try_claim_schema(); the claim of one that died half-way is taken back here.
    /// Errors:   Error SchemaMismatch, naming both; Mismatch, naming the field that is too small; NotReady, naming the living, where
    ///           one of them is stopped while it sets the schema; InvalidHandle.
    void require_schema(SchemaInfo const& info) const;
    /// Takes back the claim of a claimant that died half-way.
    /// Returns: whether there was one.
    bool reset_schema_claim();

    /// Returns: what the dead have left, and how many rings are live. It repairs nothing.
    HealthReport diagnose() const;
    /// Returns: numbers of each ring and each participant.
    RegionStats stats() const;
    /// Returns: the participant that SampleInfo::publisher or Publisher::incarnation() names by `incarnation`: its process, its record, what it
    ///          has sent, whether it lives; nullopt when it has left, or died and been recovered. Another one never has its number.
    std::optional<ParticipantStats> participant(uint64_t incarnation) const;

    /// Finishes the rings whose dead owner stopped half-way through joining or leaving, and frees them. Idempotent,
    /// concurrent, under live traffic.
    /// Returns: the entries that diagnose() counts as locked.
    std::size_t repair_locked_entries();
    /// Closes and frees every ring of a dead owner. Idempotent, concurrent, under live traffic.
    /// Returns: their number.
    std::size_t reset_retired_rings();
    /// Takes back references, kept slots and free slots that no living participant accounts for. What lies in the rings of the dead
    /// waits for reset_retired_rings().
    /// Returns: the slots that went back to the pool.
    std::size_t reclaim_orphaned_slots();

    /// Brings back everything that the dead held: rings, references, slots, records, a schema claim. One call is enough.
    /// Progress: under live traffic, by any number of callers at once; waits for nobody.
    /// Crash:    a recoverer that dies is itself recovered by the next.
    /// Returns:  what this call brought back.
    ///
    /// Death is proven when the kernel has let go of the dead process's address space. That is before its parent can reap it,
    /// unless somebody holds the address space: a reader of /proc/PID/smaps does for as long as it reads (up to 23 ms after the
    /// parent reaped a process of 512 MB). Until then it counts as alive: a later recover(), or the one below, finds it dead.
    RecoveryReport recover();

    /// For a caller that knows that the process `pid` has ended: waits until each participant of that process is proven dead, at most
    /// `timeout`, then recovers all the dead as recover() does. Time proves nothing: what is not proven dead by then is left
    /// alone and counted in `still_alive`. `pid` is what the process calls itself, in its own pid namespace (see
    /// ParticipantStats); a living process of that number, this one included, is waited for as well. nanoseconds::max() waits
    /// for ever.
    /// Progress: sleeps between looks, from 50 µs up to 10 ms.
    /// Returns:  what this call brought back, and how many it found alive.
    RecoveryReport recover(uint64_t pid, std::chrono::nanoseconds timeout);
    /// The same for the process `pid` and a `timeout` of any unit: saturated().
    /// Returns:  as above.
    template <class Rep, class Period>
    RecoveryReport recover(uint64_t pid, std::chrono::duration<Rep, Period> timeout)
    {
        return recover(pid, saturated(timeout));
    }

private:
    friend class Publisher;
    friend class Subscriber;
    friend class Node;
    friend struct detail::ServiceAccess;
    KICKMSG_HIDDEN explicit SharedRegion(std::shared_ptr<detail::RegionState> state);
    /// `attach` makes handles of the region before it gets its name: what fails there leaves no region behind. `schema`: what the
    /// region has to carry; null when any will do.
    using Attach = std::function<void(SharedRegion const& region)>;
    KICKMSG_HIDDEN static SharedRegion create_as(std::string const& name, channel::Type type,
                                                 channel::Config const& cfg, detail::Identity const& identity,
                                                 SchemaInfo const* schema, Attach const& attach);
    KICKMSG_HIDDEN static SharedRegion open_as(std::string const& name, detail::Identity const* identity);
    /// `decides`: false when `cfg` is a guess.
    KICKMSG_HIDDEN static SharedRegion create_or_open_as(std::string const& name, channel::Type type,
                                                         channel::Config const& cfg, detail::Identity const& identity,
                                                         SchemaInfo const* schema, bool decides, Attach const& attach);
    KICKMSG_HIDDEN detail::RegionState& state() const;

    std::shared_ptr<detail::RegionState> state_;
};

} // namespace kickmsg
