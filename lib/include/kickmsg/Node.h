/// Topics, broadcasts, mailboxes, services and blackboards by name.
#pragma once

#include "kickmsg/Blackboard.h"
#include "kickmsg/Client.h"
#include "kickmsg/Duration.h"
#include "kickmsg/Export.h"
#include "kickmsg/Publisher.h"
#include "kickmsg/Server.h"
#include "kickmsg/Subscriber.h"
#include "kickmsg/TypeSchema.h"
#include "kickmsg/TypedPublisher.h"
#include "kickmsg/TypedService.h"
#include "kickmsg/TypedSubscriber.h"

#include <chrono>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace kickmsg {

namespace detail {
struct Destination;
} // namespace detail

/// Both ends of a broadcast channel. A member's own messages reach its own `sub`, too.
struct BroadcastHandle {
    Publisher  pub; ///< sends to all members
    Subscriber sub; ///< receives what each member sends
};

/// Both ends of a broadcast channel for messages of type `T`, as BroadcastHandle.
template <class T>
struct TypedBroadcastHandle {
    TypedPublisher<T>  pub; ///< sends to all members
    TypedSubscriber<T> sub; ///< receives what each member sends
};

/// Named topics, broadcasts, mailboxes, services and blackboards over regions.
///
/// Threads:  any, follow() apart; a Node holds names only. The handles it returns outlive it.
/// Progress: as the calls of SharedRegion that it makes.
/// Crash:    as SharedRegion, Publisher and Subscriber. A Node itself holds nothing that is shared.
/// Errors:   what fails throws Error, and leaves no region behind that it made.
///
/// Region names: `/{prefix}_{topic}`, `/{prefix}_broadcast_{channel}`, `/{prefix}_{owner}_mbx_{tag}`,
/// `/{prefix}_service_{service}_requests` and `..._responses`, `/{prefix}_blackboard_{blackboard}`. Characters outside
/// [A-Za-z0-9._-] become '_'. The region remembers the names as written: two different user names that lead to
/// one region name are an error (NameCollision) that shows both, never a silent meeting.
///
/// Handles follow their name. A region can lose its name under its users: by an unlink, by hand (rm), by systemd's RemoveIPC.
/// Handles that a Node made then look for another region of that name, which somebody else makes, and move there:
/// - It must fit: the same kind and user name, and the same geometry where the handle was made with a Config. Where there is none,
///   or it is refused (rights, no free ring), the handle stays where it is, and looks again from time to time.
/// - A subscriber moves when it finds nothing to read, a publisher when it sends. An unlink through this library is seen at the
///   next such moment, by a word in the region; other ways by asking the system, at most every 20 ms: a subscriber between the slices of
///   its sleep, and at every 64th empty poll; a publisher that nobody hears when it sends. Nothing wakes a subscriber that sleeps,
///   but the end of a provisional region (subscribe_or_create()): it looks 20 ms after it began to, then after 40, 80, 160 and 320 ms more, and every 320 ms from then on (Subscriber::receive()).
/// - Where the handle was made for a schema or a type, the region has to carry it; one that has none gets it.
/// - The ends of a service do not follow, nor does a blackboard: Server::stale(), Client::stale(), Blackboard::stale().
/// - Views keep what they show. Positions begin anew; lost() and dropped() continue; moves() counts.
class KICKMSG_API Node {
public:
    /// A node called `name`, whose region names begin with the value of the environment variable KICKMSG_PREFIX, or with "kickmsg"
    /// where there is no such variable.
    /// Errors: Error InvalidName when a name is empty or too long; it names the variable when that is what is wrong.
    explicit Node(std::string name);
    /// A node called `name`, whose region names begin with `prefix`, whatever the environment says.
    /// Errors: Error InvalidName when a name is empty or too long.
    Node(std::string name, std::string prefix);

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
    /// process finds them. A subscriber without a Config follows out of a provisional region all the same, see subscribe_or_create().
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
    Subscriber subscribe_or_create(std::string const& topic, channel::Config const& cfg);
    /// Subscribes to `topic`, in either order with its publishers, and leaves its geometry to them: joins the region that there is, whatever its
    /// geometry. Where there is none it makes a provisional one, with `guess` (a Config{} when none is given), and waits there: it is counted
    /// by has_subscriber(), may sleep, and may be in a WaitSet. The first call that says a Config (advertise(), advertise_or_join(),
    /// subscribe_or_create() with one) settles it:
    /// - Where the Config is that of the provisional region, or a publisher opens it without one, it is provisional no more.
    /// - Otherwise a region of that Config takes its place, and its subscribers move there as handles that follow their name, at once: one that
    ///   sleeps is woken. This subscriber does so even where follow(false) was said, and stays from then on. A publisher that sends
    ///   before a subscriber has moved does not reach that one: wait_for_subscriber(), after advertise(), waits for the first.
    /// Crash:   a publisher that is killed before the new region has the name has changed nothing; one that is killed before it could wake the
    ///          sleepers leaves them to their next look at the name.
    /// Returns: the receiving end.
    /// Errors:  as advertise_or_join(), without Mismatch for the geometry. A Config with no room for the type that waiting subscribers have
    ///          set is a Mismatch where it is said, and changes nothing.
    /// @{
    Subscriber subscribe_or_create(std::string const& topic);
    Subscriber subscribe_or_create(std::string const& topic, channel::Guess const& guess);
    /// @}

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

    /// The same for a `topic`, a `channel`, or the mailbox `tag` (of the node `owner`) whose messages are of the schema `schema`: the call
    /// that creates the region with `cfg`, or with a `guess`, stores it, and one that finds a region without sets it. Config::schema is not looked at. A
    /// region of another schema that only the dead left is replaced, as one of another geometry is.
    /// Returns: as above.
    /// Errors:  as above, and as SharedRegion::require_schema(): Error SchemaMismatch, naming both.
    /// @{
    Publisher  advertise(std::string const& topic, channel::Config const& cfg, SchemaInfo const& schema);
    Subscriber subscribe(std::string const& topic, SchemaInfo const& schema);
    Publisher  advertise_or_join(std::string const& topic, channel::Config const& cfg, SchemaInfo const& schema);
    Subscriber subscribe_or_create(std::string const& topic, channel::Config const& cfg, SchemaInfo const& schema);
    Subscriber subscribe_or_create(std::string const& topic, channel::Guess const& guess, SchemaInfo const& schema);
    BroadcastHandle join_broadcast(std::string const& channel, channel::Config const& cfg, SchemaInfo const& schema);
    Subscriber      create_mailbox(std::string const& tag, channel::Config const& cfg, SchemaInfo const& schema);
    Publisher       open_mailbox(std::string const& owner, std::string const& tag, SchemaInfo const& schema);
    /// @}

    /// The same for a `topic`, a `channel`, or the mailbox `tag` (of the node `owner`) whose messages are of type `T`, advertise<Pose>("pose"),
    /// or slices of it, advertise<float[]>("scan", 1000): the schema is schema_of<T>(). Without a `cfg` each message has room for just the
    /// type, or for as many elements as are given: both ends have to say it alike, as any Config, but for a subscriber
    /// that leaves it to the publisher: subscribe_or_create<float[]>("scan"), or with a `guess` of it. A TypedConfig says what T is, too.
    /// Returns: as above, typed.
    /// Errors:  as above; Error InvalidConfig, naming the field, where `cfg` has no room for a message of the type.
    /// @{
    template <class T>
    TypedPublisher<T> advertise(std::string const& topic, TypedConfig<T> const& cfg = {})
    {
        return TypedPublisher<T>(advertise(topic, cfg, schema_of<T>()));
    }
    template <class T>
    TypedSubscriber<T> subscribe(std::string const& topic)
    {
        return TypedSubscriber<T>(subscribe(topic, schema_of<T>()));
    }
    template <class T>
    TypedPublisher<T> advertise_or_join(std::string const& topic, TypedConfig<T> const& cfg = {})
    {
        return TypedPublisher<T>(advertise_or_join(topic, cfg, schema_of<T>()));
    }
    template <class T>
    TypedSubscriber<T> subscribe_or_create(std::string const& topic, TypedConfig<T> const& cfg)
    {
        return TypedSubscriber<T>(subscribe_or_create(topic, cfg, schema_of<T>()));
    }
    template <class T>
    TypedSubscriber<T> subscribe_or_create(std::string const& topic)
    {
        if constexpr (std::is_array_v<T>) {
            return subscribe_or_create<T>(topic, channel::Guess(channel::Config{}));
        } else {
            return subscribe_or_create<T>(topic, channel::Guess(TypedConfig<T>{}));
        }
    }
    template <class T>
    TypedSubscriber<T> subscribe_or_create(std::string const& topic, channel::Guess const& guess)
    {
        return TypedSubscriber<T>(subscribe_or_create(topic, guess, schema_of<T>()));
    }
    template <class T>
    TypedBroadcastHandle<T> join_broadcast(std::string const& channel, TypedConfig<T> const& cfg = {})
    {
        BroadcastHandle both = join_broadcast(channel, cfg, schema_of<T>());
        return {TypedPublisher<T>(std::move(both.pub)), TypedSubscriber<T>(std::move(both.sub))};
    }
    template <class T>
    TypedSubscriber<T> create_mailbox(std::string const& tag, TypedConfig<T> const& cfg = {})
    {
        return TypedSubscriber<T>(create_mailbox(tag, cfg, schema_of<T>()));
    }
    template <class T>
    TypedPublisher<T> open_mailbox(std::string const& owner, std::string const& tag)
    {
        return TypedPublisher<T>(open_mailbox(owner, tag, schema_of<T>()));
    }
    /// @}

    /// Serves `service`, or asks its servers, in either order: the first caller creates it with `cfg`, later ones join it.
    /// Returns: the end.
    /// Errors:  as SharedRegion::create_or_open, and NameCollision; Error InvalidConfig, naming the field of ServiceConfig; NoFreeRing or NoFreeRecord, naming the
    ///          living, when max_servers or max_clients are at work.
    /// @{
    Server serve(std::string const& service, ServiceConfig const& cfg = {});
    Client client(std::string const& service, ServiceConfig const& cfg = {});
    /// @}
    /// The same for a `service` with `cfg` whose requests are of the schema `request`, and its responses of `response`.
    /// Returns: the end.
    /// Errors:  as above, and as SharedRegion::require_schema(): Error SchemaMismatch, naming both.
    /// @{
    Server serve(std::string const& service, ServiceConfig const& cfg, SchemaInfo const& request,
                 SchemaInfo const& response);
    Client client(std::string const& service, ServiceConfig const& cfg, SchemaInfo const& request,
                  SchemaInfo const& response);
    /// @}
    /// The same for a `service` whose requests are of type `Req`, and its responses of type `Resp`: serve<Goal, Path>("plan"). Without a `cfg` there is room for just
    /// these.
    /// Returns: the end, typed.
    /// Errors:  as above.
    /// @{
    template <class Req, class Resp>
    TypedServer<Req, Resp> serve(std::string const& service, TypedServiceConfig<Req, Resp> const& cfg = {})
    {
        return TypedServer<Req, Resp>(serve(service, cfg, schema_of<Req>(), schema_of<Resp>()));
    }
    template <class Req, class Resp>
    TypedClient<Req, Resp> client(std::string const& service, TypedServiceConfig<Req, Resp> const& cfg = {})
    {
        return TypedClient<Req, Resp>(client(service, cfg, schema_of<Req>(), schema_of<Resp>()));
    }
    /// @}

    /// Opens `blackboard`, named values of which each has one writer: the first caller creates it with the sizes `cfg`, later ones join it.
    /// Returns: the blackboard, open.
    /// Errors:  as SharedRegion::create_or_open, and NameCollision; Error InvalidConfig and Mismatch, naming the field of BlackboardConfig; NoFreeRecord,
    ///          naming the living, when max_handles are open.
    Blackboard blackboard(std::string const& blackboard, BlackboardConfig const& cfg = {});
    /// Opens a `blackboard` that exists, whatever its sizes.
    /// Returns: the blackboard, open.
    /// Errors:  Error NotFound, and as Blackboard::open().
    Blackboard open_blackboard(std::string const& blackboard);

    /// Removes the name of the region of a `topic`, of a broadcast `channel`, of this node's mailbox `tag`, of a `blackboard`, or of both regions of a `service`. Existing handles
    /// stay valid. Not an error when there is none.
    /// Errors: Error NameCollision when the region is one of another user name; PermissionDenied, naming the owner, where
    ///         the system lets only the owner remove it.
    /// @{
    void unlink_topic(std::string const& topic);
    void unlink_broadcast(std::string const& channel);
    void unlink_mailbox(std::string const& tag);
    void unlink_service(std::string const& service);
    void unlink_blackboard(std::string const& blackboard);
    /// @}

    /// Returns: the schema of `topic`, if one is set.
    /// Errors:  Error NotFound when there is no such topic.
    std::optional<SchemaInfo> topic_schema(std::string const& topic);
    /// Sets the schema of an existing `topic` that has none to `info`.
    /// Returns: whether it was this call that set it.
    /// Errors:  as topic_schema().
    [[nodiscard]] bool try_claim_topic_schema(std::string const& topic, SchemaInfo const& info);

    /// Which topics of this prefix somebody alive takes part in: a publisher, a subscriber or an open region.
    /// Threads:  any. It takes part in nothing, and needs to read alone: see list(). Topics that it may not read are left out.
    /// Progress: as list().
    /// Returns:  the names of the topics, as written, sorted.
    /// Errors:   as list(); Error InvalidName when the prefix leaves no room for a topic.
    std::vector<std::string> topics() const;
    /// Whether a living publisher has `topic` open; or a living subscriber, which a message that is sent from now on reaches.
    /// Alive is what is not proven dead.
    /// Threads:  any. They take part in nothing, and need to read alone.
    /// Progress: waits for nobody; reads the region's header and records, and asks the system once for each that is in use.
    /// Returns:  false also when there is no such topic.
    /// Errors:   Error PermissionDenied, Corrupt, WrongVersion, NameCollision, Mismatch, LimitReached, System: when that cannot be
    ///           said.
    /// @{
    bool has_publisher(std::string const& topic) const;
    bool has_subscriber(std::string const& topic) const;
    /// @}
    /// Waits until has_publisher() or has_subscriber() of `topic`, at most `timeout`; nanoseconds::max() waits for ever, zero or less
    /// looks once.
    /// Progress: a name that does not exist has no word to sleep on, so it looks again and again, and sleeps in between: 1 ms, then
    ///           twice as long each time, 20 ms at most. Somebody who comes is found 20 ms later at the latest, beside what the machine
    ///           takes to run this thread; one that came and went between two looks is not.
    /// Returns:  whether there was one.
    /// Errors:   as has_publisher().
    /// @{
    bool wait_for_publisher(std::string const& topic, std::chrono::nanoseconds timeout) const;
    bool wait_for_subscriber(std::string const& topic, std::chrono::nanoseconds timeout) const;
    /// @}
    /// The same for a `topic` and a `timeout` of any unit: saturated().
    /// Returns:  as above.
    /// @{
    template <class Rep, class Period>
    bool wait_for_publisher(std::string const& topic, std::chrono::duration<Rep, Period> timeout) const
    {
        return wait_for_publisher(topic, saturated(timeout));
    }
    template <class Rep, class Period>
    bool wait_for_subscriber(std::string const& topic, std::chrono::duration<Rep, Period> timeout) const
    {
        return wait_for_subscriber(topic, saturated(timeout));
    }
    /// @}

    /// Returns: the name of the region of a `topic`, of a broadcast `channel`, of the mailbox `tag` of the node `owner`, of the requests or responses of a
    ///          `service`, or of a `blackboard`.
    /// @{
    std::string topic_region(std::string const& topic) const;
    std::string broadcast_region(std::string const& channel) const;
    std::string mailbox_region(std::string const& owner, std::string const& tag) const;
    std::string request_region(std::string const& service) const;
    std::string response_region(std::string const& service) const;
    std::string blackboard_region(std::string const& blackboard) const;
    /// @}

private:
    KICKMSG_HIDDEN detail::Destination to_topic(std::string const& topic, channel::Config const* cfg,
                                                SchemaInfo const* schema) const;
    KICKMSG_HIDDEN detail::Destination to_mailbox(std::string const& owner, std::string const& tag,
                                                  channel::Config const* cfg, SchemaInfo const* schema) const;
    template <class Handle>
    KICKMSG_HIDDEN Handle join(detail::Destination const& to, channel::Config const& cfg) const;
    template <class Handle>
    KICKMSG_HIDDEN Handle    open(detail::Destination const& to) const;
    KICKMSG_HIDDEN Publisher advertise_as(std::string const& topic, channel::Config const& cfg,
                                          SchemaInfo const* schema) const;
    template <class End>
    KICKMSG_HIDDEN End join_service(std::string const& service, ServiceConfig const& cfg, SchemaInfo const* request,
                                    SchemaInfo const* response) const;
    KICKMSG_HIDDEN BroadcastHandle join_broadcast_as(std::string const& channel, channel::Config const& cfg,
                                                     SchemaInfo const* schema) const;

    std::string name_;
    std::string prefix_;
    bool        follows_ = true;
};

} // namespace kickmsg
