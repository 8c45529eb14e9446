/// Topics, broadcasts and mailboxes by name.
#pragma once

#include "kickmsg/Export.h"
#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"

#include <optional>
#include <string>

namespace kickmsg {

/// Both ends of a broadcast channel. A member's own messages reach its own `sub`, too.
struct BroadcastHandle {
    Publisher  pub; ///< sends to all members
    Subscriber sub; ///< receives what each member sends
};

/// Named topics, broadcasts and mailboxes over regions.
///
/// Threads:  any, follow() apart; a Node holds names only. The handles it returns outlive it.
/// Progress: as the calls of SharedRegion that it makes.
/// Crash:    as SharedRegion, Publisher and Subscriber. A Node itself holds nothing that is shared.
/// Errors:   what fails throws Error, and leaves no region behind that it made.
///
/// Region names: `/{prefix}_{topic}`, `/{prefix}_broadcast_{channel}`, `/{prefix}_{owner}_mbx_{tag}`. Characters outside
/// [A-Za-z0-9._-] become '_'. The region remembers the names as written: two different user names that lead to
/// one region name are an error (NameCollision) that shows both, never a silent meeting.
///
/// Handles follow their name. A region can lose its name under its users: by an unlink, by hand (rm), by systemd's RemoveIPC.
/// Handles that a Node made then look for another region of that name, which somebody else makes, and move there:
/// - It must fit: the same kind and user name, and the same geometry where the handle was made with a Config. Where there is none,
///   or it is refused (rights, no free ring), the handle stays where it is, and looks again from time to time.
/// - A subscriber moves when it finds nothing to read, a publisher when it sends. An unlink through this library is seen at the
///   next such moment, by a word in the region; other ways by asking the system, at most every 20 ms: a subscriber between the slices of
///   its sleep, and at every 64th empty poll; a publisher that nobody hears when it sends. Nothing wakes a subscriber that sleeps:
///   it looks 20 ms after it began to, then after 40, 80, 160 and 320 ms more, and every 320 ms from then on (Subscriber::receive()).
/// - Views keep what they show. Positions begin anew; lost() and dropped() continue; moves() counts.
class KICKMSG_API Node {
public:
    /// A node called `name`, whose region names begin with `prefix`.
    /// Errors: Error InvalidName when a name is empty or too long.
    explicit Node(std::string name, std::string prefix = "kickmsg");

    /// Returns: as constructed.
    /// @{
    std::string const& name() const noexcept
    {
        return name_;
    }
    std::string const& prefix() const noexcept
    {
        return prefix_;
    }
    /// @}

    /// Whether the handles that this node makes from now on follow their names (`enabled`, the default). Otherwise they stay in
    /// the region that they joined, whatever becomes of its name: for regions that are unlinked on purpose, so that no other
    /// process finds them.
    void follow(bool enabled) noexcept
    {
        follows_ = enabled;
    }

    /// Publishes on `topic`: a fresh region, or, when its geometry is `cfg`, the one in use (a restarted publisher finds
    /// its subscribers) or the one that another user left and alone may replace.
    /// Returns: the sending end.
    /// Errors:  as SharedRegion::create_or_open, and NameCollision.
    Publisher advertise(std::string const& topic, channel::Config const& cfg = {});
    /// Subscribes to a `topic` that exists.
    /// Returns: the receiving end.
    /// Errors:  Error NotFound, and as SharedRegion::open.
    Subscriber subscribe(std::string const& topic);
    /// Publishes on `topic`, in either order with its subscribers: the first caller creates it with `cfg`, later ones join it.
    /// Returns: the sending end.
    /// Errors:  as SharedRegion::create_or_open, and NameCollision.
    Publisher advertise_or_join(std::string const& topic, channel::Config const& cfg = {});
    /// Subscribes to `topic`, in either order with its publishers: the first caller creates it with `cfg`, later ones join it.
    /// Returns: the receiving end.
    /// Errors:  as advertise_or_join().
    Subscriber subscribe_or_create(std::string const& topic, channel::Config const& cfg = {});

    /// Joins a `channel` on which everybody publishes and subscribes: the first caller creates it with `cfg`.
    /// Returns: both ends.
    /// Errors:  as advertise_or_join().
    BroadcastHandle join_broadcast(std::string const& channel, channel::Config const& cfg = {});

    /// Opens this node's own mailbox `tag`, to be read here: one reader, any number of writers. Of `cfg`, max_subscribers is taken
    /// for 1. A reader that died is replaced.
    /// Returns: the receiving end.
    /// Errors:  Error NoFreeRing, with the pid of the reader, while another one lives; and as advertise_or_join().
    Subscriber create_mailbox(std::string const& tag, channel::Config const& cfg = {});
    /// Writes to the mailbox `tag` of the node named `owner`, whatever its geometry.
    /// Returns: the sending end.
    /// Errors:  Error NotFound, and as SharedRegion::open.
    Publisher open_mailbox(std::string const& owner, std::string const& tag);

    /// Removes the name of the region of a `topic`, of a broadcast `channel`, or of this node's mailbox `tag`. Existing handles
    /// stay valid. Not an error when there is none.
    /// Errors: Error NameCollision when the region is one of another user name; PermissionDenied, naming the owner, where
    ///         the system lets only the owner remove it.
    /// @{
    void unlink_topic(std::string const& topic);
    void unlink_broadcast(std::string const& channel);
    void unlink_mailbox(std::string const& tag);
    /// @}

    /// Returns: the schema of `topic`, if one is set.
    /// Errors:  Error NotFound when there is no such topic.
    std::optional<SchemaInfo> topic_schema(std::string const& topic);
    /// Sets the schema of an existing `topic` that has none to `info`.
    /// Returns: whether it was this call that set it.
    /// Errors:  as topic_schema().
    bool try_claim_topic_schema(std::string const& topic, SchemaInfo const& info);

    /// Returns: the name of the region of a `topic`, of a broadcast `channel`, or of the mailbox `tag` of the node `owner`.
    /// @{
    std::string topic_region(std::string const& topic) const;
    std::string broadcast_region(std::string const& channel) const;
    std::string mailbox_region(std::string const& owner, std::string const& tag) const;
    /// @}

private:
    std::string name_;
    std::string prefix_;
    bool        follows_ = true;
};

} // namespace kickmsg
