#include "kickmsg/Node.h"

#include "BoardState.h"
#include "Follower.h"
#include "Guarded.h"
#include "ServiceGeometry.h"
#include "Unlinking.h"

#include <cstdlib>

namespace kickmsg {

using detail::Destination;
using detail::Follower;
using detail::guarded;
using detail::Identity;

namespace {

std::string made_safe(std::string const& text)
{
    static constexpr char const* allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    std::string                  safe    = text;
    for (std::size_t i = safe.find_first_not_of(allowed); i != std::string::npos;
         i             = safe.find_first_not_of(allowed, i + 1)) {
        safe[i] = '_';
    }
    return safe;
}

std::string const& checked(char const* what, std::string const& name)
{
    if (name.empty()) {
        throw Error(ErrorCode::InvalidName, std::string(what) + " ''", "a name must not be empty");
    }
    if (name.size() >= Identity::text_size) {
        throw Error(ErrorCode::InvalidName, std::string(what) + " '" + name.substr(0, 40) + "…'",
                    "the name is too long: " + std::to_string(name.size()) + " bytes, at most " +
                        std::to_string(Identity::text_size - 1) + " are allowed",
                    Remedy{"choose a shorter name"});
    }
    if (name.find('\0') != std::string::npos) {
        throw Error(ErrorCode::InvalidName, std::string(what), "a name must not contain a null character");
    }
    return name;
}

std::string prefix_of_environment()
{
    static char const* const variable = "KICKMSG_PREFIX";
#if defined(_MSC_VER)
#pragma warning(suppress : 4996) // read at once, and copied
#endif
    char const* const given = std::getenv(variable);
    return given == nullptr ? "kickmsg" : checked((std::string("environment variable ") + variable).c_str(), given);
}

Identity named(Node const& node, Identity::Kind kind, std::string const& text, std::string const& owner = "")
{
    Identity identity;
    identity.kind    = kind;
    identity.prefix  = node.prefix();
    identity.owner   = owner;
    identity.text    = text;
    identity.creator = node.name();
    return identity;
}

/// What a handle of such a region follows its name by. `cfg`: null when any geometry will do; `schema`: null when any will.
Destination bound_for(std::string region, channel::Type type, channel::Config const* cfg, Identity const& identity,
                      SchemaInfo const* schema)
{
    Destination to{std::move(region), type, std::nullopt, identity, std::nullopt};
    if (cfg != nullptr) {
        to.geometry = detail::Geometry::of(*cfg);
    }
    if (schema != nullptr) {
        to.schema = *schema;
    }
    return to;
}

constexpr char const* requests_side  = "requests";
constexpr char const* responses_side = "responses";

std::string service_region(std::string const& prefix, std::string const& service, char const* side)
{
    return SharedMemory::checked_name(made_safe(prefix) + "_service_" + made_safe(checked("service", service)) + "_" +
                                      side);
}

channel::Config of_a_mailbox(channel::Config const& cfg)
{
    if (cfg.history != 0) {
        throw Error(ErrorCode::InvalidConfig, "Config::history",
                    "is " + std::to_string(cfg.history) +
                        ", expected 0 for a mailbox: its next reader would get again what the one before has read");
    }
    channel::Config one_reader = cfg;
    one_reader.max_subscribers = 1;
    return one_reader;
}

std::unique_ptr<Follower> follower_of(bool follows, Destination const& destination)
{
    return follows ? std::make_unique<Follower>(destination) : nullptr;
}

template <class Handle>
std::unique_ptr<Follower> follower_for(bool follows, Destination const& destination, bool /*is_decided*/)
{
    return follower_of(follows, destination);
}

/// A subscriber that leaves the geometry to others goes where they decide, whether it follows its name or not.
template <>
std::unique_ptr<Follower> follower_for<Subscriber>(bool follows, Destination const& destination, bool is_decided)
{
    Destination to   = destination;
    to.until_decided = !follows;
    return follower_of(follows || (!to.geometry && !is_decided), to);
}

} // namespace

Node::Node(std::string name) : Node(std::move(name), guarded("Node", prefix_of_environment)) {}

Node::Node(std::string name, std::string prefix) : name_(std::move(name)), prefix_(std::move(prefix))
{
    guarded("Node", [this] {
        checked("node", name_);
        checked("prefix", prefix_);
    });
}

std::string Node::topic_region(std::string const& topic) const
{
    return guarded("Node", [&] {
        return SharedMemory::checked_name(made_safe(prefix_) + "_" + made_safe(checked("topic", topic)));
    });
}

std::string Node::broadcast_region(std::string const& channel) const
{
    return guarded("Node", [&] {
        return SharedMemory::checked_name(made_safe(prefix_) + "_broadcast_" +
                                          made_safe(checked("broadcast", channel)));
    });
}

std::string Node::mailbox_region(std::string const& owner, std::string const& tag) const
{
    return guarded("Node", [&] {
        return SharedMemory::checked_name(made_safe(prefix_) + "_" + made_safe(checked("mailbox owner", owner)) +
                                          "_mbx_" + made_safe(checked("mailbox", tag)));
    });
}

std::string Node::request_region(std::string const& service) const
{
    return guarded("Node", [&] { return service_region(prefix_, service, requests_side); });
}

std::string Node::response_region(std::string const& service) const
{
    return guarded("Node", [&] { return service_region(prefix_, service, responses_side); });
}

std::string Node::blackboard_region(std::string const& blackboard) const
{
    return guarded("Node", [&] {
        return SharedMemory::checked_name(made_safe(prefix_) + "_blackboard_" +
                                          made_safe(checked("blackboard", blackboard)));
    });
}

Destination Node::to_topic(std::string const& topic, channel::Config const* cfg, SchemaInfo const* schema) const
{
    return bound_for(topic_region(topic), channel::PubSub, cfg, named(*this, Identity::Topic, topic), schema);
}

Destination Node::to_mailbox(std::string const& owner, std::string const& tag, channel::Config const* cfg,
                             SchemaInfo const* schema) const
{
    return bound_for(mailbox_region(owner, tag), channel::PubSub, cfg, named(*this, Identity::Mailbox, tag, owner),
                     schema);
}

template <class Handle>
Handle Node::join(Destination const& to, channel::Config const& cfg) const
{
    std::optional<Handle> made;
    SharedRegion::create_or_open_as(
        to.region, to.type, cfg, to.identity, to.wanted_schema(), to.geometry.has_value(),
        [&](SharedRegion const& region) {
            made.emplace(Handle(region, follower_for<Handle>(follows_, to, !region.state().was_provisional())));
        });
    return std::move(*made);
}

template <class Handle>
Handle Node::open(Destination const& to) const
{
    SharedRegion const region = SharedRegion::open_as(to.region, &to.identity);
    Handle             made(region, follower_for<Handle>(follows_, to, !region.state().was_provisional()));
    if (to.schema) {
        region.require_schema(*to.schema);
    }
    return made;
}

Publisher Node::advertise_as(std::string const& topic, channel::Config const& cfg, SchemaInfo const* schema) const
{
    return guarded("Node::advertise", [&] {
        Destination const        to = to_topic(topic, &cfg, schema);
        std::optional<Publisher> made;
        try {
            SharedRegion::create_as(to.region, to.type, cfg, to.identity, schema, [&](SharedRegion const& region) {
                made.emplace(Publisher(region, follower_of(follows_, to)));
            });
            return std::move(*made);
        } catch (Error const& error) {
            // Not to be replaced, by the living or by its owner's right: if it fits, it will do.
            if (error.code() != ErrorCode::InUse && error.code() != ErrorCode::PermissionDenied) {
                throw;
            }
        }
        return join<Publisher>(to, cfg);
    });
}

BroadcastHandle Node::join_broadcast_as(std::string const& channel, channel::Config const& cfg,
                                        SchemaInfo const* schema) const
{
    return guarded("Node::join_broadcast", [&] {
        Destination const              to = bound_for(broadcast_region(channel), channel::Broadcast, &cfg,
                                                      named(*this, Identity::Broadcast, channel), schema);
        std::optional<BroadcastHandle> made;
        SharedRegion::create_or_open_as(
            to.region, to.type, cfg, to.identity, schema, true, [&](SharedRegion const& region) {
                made.emplace(BroadcastHandle{Publisher(region, follower_of(follows_, to)),
                                             Subscriber(region, follower_of(follows_, to))});
            });
        return std::move(*made);
    });
}

Publisher Node::advertise(std::string const& topic, channel::Config const& cfg)
{
    return advertise_as(topic, cfg, nullptr);
}

Publisher Node::advertise(std::string const& topic, channel::Config const& cfg, SchemaInfo const& schema)
{
    return advertise_as(topic, cfg, &schema);
}

Subscriber Node::subscribe(std::string const& topic)
{
    return guarded("Node::subscribe", [&] { return open<Subscriber>(to_topic(topic, nullptr, nullptr)); });
}

Subscriber Node::subscribe(std::string const& topic, SchemaInfo const& schema)
{
    return guarded("Node::subscribe", [&] { return open<Subscriber>(to_topic(topic, nullptr, &schema)); });
}

Publisher Node::advertise_or_join(std::string const& topic, channel::Config const& cfg)
{
    return guarded("Node::advertise_or_join", [&] { return join<Publisher>(to_topic(topic, &cfg, nullptr), cfg); });
}

Publisher Node::advertise_or_join(std::string const& topic, channel::Config const& cfg, SchemaInfo const& schema)
{
    return guarded("Node::advertise_or_join", [&] { return join<Publisher>(to_topic(topic, &cfg, &schema), cfg); });
}

Subscriber Node::subscribe_or_create(std::string const& topic)
{
    return subscribe_or_create(topic, channel::Guess(channel::Config{}));
}

Subscriber Node::subscribe_or_create(std::string const& topic, channel::Guess const& guess)
{
    return guarded("Node::subscribe_or_create",
                   [&] { return join<Subscriber>(to_topic(topic, nullptr, nullptr), guess.config); });
}

Subscriber Node::subscribe_or_create(std::string const& topic, channel::Guess const& guess, SchemaInfo const& schema)
{
    return guarded("Node::subscribe_or_create",
                   [&] { return join<Subscriber>(to_topic(topic, nullptr, &schema), guess.config); });
}

Subscriber Node::subscribe_or_create(std::string const& topic, channel::Config const& cfg)
{
    return guarded("Node::subscribe_or_create", [&] { return join<Subscriber>(to_topic(topic, &cfg, nullptr), cfg); });
}

Subscriber Node::subscribe_or_create(std::string const& topic, channel::Config const& cfg, SchemaInfo const& schema)
{
    return guarded("Node::subscribe_or_create", [&] { return join<Subscriber>(to_topic(topic, &cfg, &schema), cfg); });
}

BroadcastHandle Node::join_broadcast(std::string const& channel, channel::Config const& cfg)
{
    return join_broadcast_as(channel, cfg, nullptr);
}

BroadcastHandle Node::join_broadcast(std::string const& channel, channel::Config const& cfg, SchemaInfo const& schema)
{
    return join_broadcast_as(channel, cfg, &schema);
}

Subscriber Node::create_mailbox(std::string const& tag, channel::Config const& cfg)
{
    return guarded("Node::create_mailbox", [&] {
        channel::Config const one_reader = of_a_mailbox(cfg);
        return join<Subscriber>(to_mailbox(name_, tag, &one_reader, nullptr), one_reader);
    });
}

Subscriber Node::create_mailbox(std::string const& tag, channel::Config const& cfg, SchemaInfo const& schema)
{
    return guarded("Node::create_mailbox", [&] {
        channel::Config const one_reader = of_a_mailbox(cfg);
        return join<Subscriber>(to_mailbox(name_, tag, &one_reader, &schema), one_reader);
    });
}

Publisher Node::open_mailbox(std::string const& owner, std::string const& tag)
{
    return guarded("Node::open_mailbox", [&] { return open<Publisher>(to_mailbox(owner, tag, nullptr, nullptr)); });
}

Publisher Node::open_mailbox(std::string const& owner, std::string const& tag, SchemaInfo const& schema)
{
    return guarded("Node::open_mailbox", [&] { return open<Publisher>(to_mailbox(owner, tag, nullptr, &schema)); });
}

/// The second region is made while the first has no name yet: what fails there leaves neither behind.
template <class End>
End Node::join_service(std::string const& service, ServiceConfig const& cfg, SchemaInfo const* request,
                       SchemaInfo const* response) const
{
    std::optional<End> made;
    auto const         called = [&](char const* side) { return named(*this, Identity::Service, service, side); };
    SharedRegion::create_or_open_as(
        request_region(service), channel::PubSub, detail::requests_config(cfg), called(requests_side), request, true,
        [&](SharedRegion const& requests) {
            SharedRegion::create_or_open_as(
                response_region(service), channel::PubSub, detail::responses_config(cfg), called(responses_side),
                response, true, [&](SharedRegion const& responses) { made.emplace(End(requests, responses)); });
        });
    return std::move(*made);
}

Server Node::serve(std::string const& service, ServiceConfig const& cfg)
{
    return guarded("Node::serve", [&] { return join_service<Server>(service, cfg, nullptr, nullptr); });
}

Server Node::serve(std::string const& service, ServiceConfig const& cfg, SchemaInfo const& request,
                   SchemaInfo const& response)
{
    return guarded("Node::serve", [&] { return join_service<Server>(service, cfg, &request, &response); });
}

Client Node::client(std::string const& service, ServiceConfig const& cfg)
{
    return guarded("Node::client", [&] { return join_service<Client>(service, cfg, nullptr, nullptr); });
}

Client Node::client(std::string const& service, ServiceConfig const& cfg, SchemaInfo const& request,
                    SchemaInfo const& response)
{
    return guarded("Node::client", [&] { return join_service<Client>(service, cfg, &request, &response); });
}

Blackboard Node::blackboard(std::string const& blackboard, BlackboardConfig const& cfg)
{
    return guarded("Node::blackboard", [&] {
        return Blackboard(
            detail::join_board(blackboard_region(blackboard), cfg, named(*this, Identity::Blackboard, blackboard)));
    });
}

Blackboard Node::open_blackboard(std::string const& blackboard)
{
    return guarded("Node::open_blackboard", [&] {
        Identity const identity = named(*this, Identity::Blackboard, blackboard);
        return Blackboard(detail::open_board(blackboard_region(blackboard), &identity));
    });
}

void Node::unlink_topic(std::string const& topic)
{
    guarded("Node::unlink_topic",
            [&] { detail::unlink_region(topic_region(topic), named(*this, Identity::Topic, topic)); });
}

void Node::unlink_broadcast(std::string const& channel)
{
    guarded("Node::unlink_broadcast",
            [&] { detail::unlink_region(broadcast_region(channel), named(*this, Identity::Broadcast, channel)); });
}

void Node::unlink_mailbox(std::string const& tag)
{
    guarded("Node::unlink_mailbox",
            [&] { detail::unlink_region(mailbox_region(name_, tag), named(*this, Identity::Mailbox, tag, name_)); });
}

void Node::unlink_service(std::string const& service)
{
    guarded("Node::unlink_service", [&] {
        detail::unlink_region(request_region(service), named(*this, Identity::Service, service, requests_side));
        detail::unlink_region(response_region(service), named(*this, Identity::Service, service, responses_side));
    });
}

void Node::unlink_blackboard(std::string const& blackboard)
{
    guarded("Node::unlink_blackboard", [&] {
        detail::unlink_region(blackboard_region(blackboard), named(*this, Identity::Blackboard, blackboard));
    });
}

std::optional<SchemaInfo> Node::topic_schema(std::string const& topic)
{
    return guarded("Node::topic_schema", [&] {
        Identity const identity = named(*this, Identity::Topic, topic);
        return SharedRegion::open_as(topic_region(topic), &identity).schema();
    });
}

bool Node::try_claim_topic_schema(std::string const& topic, SchemaInfo const& info)
{
    return guarded("Node::try_claim_topic_schema", [&] {
        Identity const identity = named(*this, Identity::Topic, topic);
        return SharedRegion::open_as(topic_region(topic), &identity).try_claim_schema(info);
    });
}

} // namespace kickmsg
