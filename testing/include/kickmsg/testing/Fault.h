/// What a program must be able to meet, made to happen: by participants of its own, processes that are killed, and limits of the system. Nothing is
/// pretended: the library finds the condition and reports it as it does anywhere.
#pragma once

#include "kickmsg/Node.h"
#include "kickmsg/Region.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace kickmsg {
namespace testing {

/// What happens to the region, or to this process. The name of each, for fault_named(), is that of the value in small letters: "no_slot".
enum class FaultKind {
    /// No slot of the pool is free: helpers hold all of them, as views and as kept slots, and have left their rings.
    /// Reported: send() and try_send() answer -EAGAIN, allocate() and try_allocate() null, dropped() counts. A subscriber that has unread messages loses the
    ///           oldest ones first (lost()), and the publisher goes on until there are none. A publisher that has sent before the fault keeps slots of its own
    ///           (Holder::kept), and goes on with these: make the fault first.
    /// Needs:    participants that can hold the whole pool: where a Config has room for all of them beside its pool, none can, and the Error says which
    ///           pool would do. While somebody else subscribes, loans alone can hold slots: a free publisher's record for each, or
    ///           FaultSettings::payload, which they then receive.
    NoSlot,
    /// Each ring has a subscriber; the helpers read all that is sent.
    /// Reported: Subscriber and Node::subscribe() throw NoFreeRing, naming the living.
    NoRing,
    /// Each record of a publisher is in use; the helpers send nothing.
    /// Reported: Publisher and Node::advertise() throw NoFreeRecord, naming the living.
    NoRecord,
    /// This process, and children that it starts meanwhile, may make no file of more than FaultSettings::bytes (RLIMIT_FSIZE; SIGXFSZ is ignored).
    /// So may no write to a log: keep the scope small.
    /// Reported: what would create a region throws NoSpace, with sizes. What exists is opened and used as ever.
    NoSpace,
    /// Each subscriber of the region loses messages: a helper sends more than a ring holds, FaultSettings::payload each.
    /// Reported: Subscriber::lost() with the next receive, a gap in ring_pos() and in SampleInfo::sequence. What is in the ring afterwards are the
    ///           helper's messages. Not undone: what is lost is lost.
    LostMessages,
    /// Waits of this process wake late, as where a publisher is stopped between a delivery and its wake, or the machine is busy: nobody can wake them
    /// for FaultSettings::delay, or as long as the library's own look, if that is sooner (Subscriber::receive()).
    /// Reported: nothing; messages, interrupt() and WaitSet::wake() are noticed late.
    LateWake,
    /// A process has died that held one of each: an open region, a ring, a publisher's record, a loan, and a view of a message of its own, where
    /// nobody else would receive that or FaultSettings::payload says what to send.
    /// Reported: diagnose(), inspect(), leftovers(); recover() and whatever recovers by itself bring it back. Undone: by recover().
    DeadPeer,
};

/// Returns: "no_slot" and so on, of `kind`.
char const* to_string(FaultKind kind) noexcept;
/// Returns: the kind called `name`: "no_slot", "no_ring", "no_record", "no_space", "lost_messages", "late_wake", "dead_peer".
/// Errors:  Error InvalidName, with all names.
FaultKind fault_named(std::string const& name);

/// The sizes of a fault.
struct FaultSettings {
    std::string payload; ///< NoSlot, LostMessages, DeadPeer: what the messages of the helper are; empty: of no bytes
    uint32_t    spare              = 1;    ///< NoSlot: rings and publishers' records that it leaves to the program
    uint64_t    lost               = 1;    ///< LostMessages: that each subscriber loses at least
    std::size_t bytes              = 4096; ///< NoSpace: the longest file; no region is as small
    std::chrono::nanoseconds delay = std::chrono::milliseconds(20); ///< LateWake: how late at most
};

namespace detail {
class Condition;
} // namespace detail

/// While it lives, a region, or this process, is in a condition that a program must be able to meet; at its end all is undone: slots, rings, records and
/// limits are as before. What never falls does not: counts of sent messages, positions, incarnations.
///
/// The region is opened for that, and one that is provisional (Node::subscribe_or_create()) has its geometry settled by helpers that publish.
///
/// Threads:  one. NoRing has a thread of its own.
/// Progress: waits for nobody but its own child, which ends at once (DeadPeer).
/// Crash:    helpers of a process that dies are dead participants, as any.
/// Errors:   Error of the calls that it makes: NotFound for a region that is not there, NoFreeRing and NoFreeRecord where it finds no place itself;
///           InvalidConfig where the region cannot be brought into the condition, saying why; InUse for a second LateWake. Nothing is left then.
class Fault {
public:
    /// Brings the region called `region` into the condition `kind`, sized by `settings`. NoSpace and LateWake are of this process, whatever the region.
    Fault(std::string const& region, FaultKind kind, FaultSettings const& settings = {});
    /// The same for an open `region`, by its name, with `kind` and `settings`.
    Fault(SharedRegion const& region, FaultKind kind, FaultSettings const& settings = {});
    /// The same for a `topic` of `node`, with `kind` and `settings`.
    Fault(Node const& node, std::string const& topic, FaultKind kind, FaultSettings const& settings = {});
    /// The same for this process: a `kind` that needs no region, with `settings`.
    /// Errors: Error InvalidConfig for another one.
    explicit Fault(FaultKind kind, FaultSettings const& settings = {});

    /// Takes over what `other` does, and leaves it without effect.
    /// @{
    Fault(Fault&& other) noexcept;
    Fault& operator=(Fault&& other) noexcept;
    /// @}
    Fault(Fault const&)            = delete;
    Fault& operator=(Fault const&) = delete;
    /// undo().
    ~Fault();

    /// Undoes it now; nothing happens the second time.
    void undo() noexcept;

    /// Returns: what it did, in words: "no_slot of /x: holds 62 views, 2 kept slots and 1 loan".
    std::string const& words() const noexcept
    {
        return words_;
    }

private:
    std::unique_ptr<detail::Condition> condition_;
    std::string                        words_;
};

} // namespace testing
} // namespace kickmsg
