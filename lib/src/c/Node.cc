#include "kickmsg/Node.h"

#include "c/Handles.h"
#include "c/Structs.h"

using namespace kickmsg;

namespace {

/// Makes a handle of what `plain(node)` returns, or `carrying(node, schema)` where a schema is given.
template <class Handle, class Plain, class Carrying>
kickmsg_status make_by(kickmsg_node const* node, Handle** out, kickmsg_schema const* schema, Plain plain,
                       Carrying carrying)
{
    return c::with(node, [&](Node& by) {
        return c::make_for(out, [&] { return schema != nullptr ? carrying(by, c::schema_of(*schema)) : plain(by); });
    });
}

/// Runs `call(node, name)`.
template <class Call>
kickmsg_status named(kickmsg_node const* node, char const* given, char const* what, Call call)
{
    return c::with(node, [&](Node& by) { return call(by, c::text(given, what)); });
}

template <class Look>
kickmsg_status look(kickmsg_node const* node, char const* topic, bool* is_there, Look has)
{
    return named(node, topic, "topic", [&](Node& by, std::string const& of) {
        return is_there != nullptr ? c::give<bool>(is_there, has(by, of), "is_there") : c::refuse_null("is_there");
    });
}

channel::Guess guess_of(kickmsg_config const* guess)
{
    return channel::Guess(c::config_of(guess));
}

/// Both ends of a broadcast, or neither.
kickmsg_status give_both(BroadcastHandle&& both, kickmsg_publisher** publisher, kickmsg_subscriber** subscriber)
{
    auto* const sends = c::make<kickmsg_publisher>([&] { return std::move(both.pub); });
    try {
        *subscriber = c::make<kickmsg_subscriber>([&] { return std::move(both.sub); });
    } catch (...) { // uncovered begin: no memory for a second handle
        c::end(sends);
        throw;
    } // uncovered end
    *publisher = sends;
    return KICKMSG_OK;
}

/// Schemas of requests and responses: both or neither.
bool are_both(kickmsg_schema const* request, kickmsg_schema const* response)
{
    if ((request == nullptr) != (response == nullptr)) {
        throw c::NullText{request == nullptr ? "request" : "response"};
    }
    return request != nullptr;
}

} // namespace

kickmsg_status kickmsg_node_create(char const* name, char const* prefix, kickmsg_node** node)
{
    return c::make_for(
        node, [&] { return prefix != nullptr ? Node(c::text(name, "name"), prefix) : Node(c::text(name, "name")); });
}

kickmsg_status kickmsg_node_destroy(kickmsg_node* node)
{
    return c::end(node);
}

char const* kickmsg_node_name(kickmsg_node const* node)
{
    auto const* const of = c::find(node);
    return of != nullptr ? of->name().c_str() : nullptr;
}

char const* kickmsg_node_prefix(kickmsg_node const* node)
{
    auto const* const of = c::find(node);
    return of != nullptr ? of->prefix().c_str() : nullptr;
}

kickmsg_status kickmsg_node_follow(kickmsg_node* node, bool enabled)
{
    return c::with(node, [&](Node& by) { by.follow(enabled); });
}

// --- ends

kickmsg_status kickmsg_node_advertise(kickmsg_node const* node, char const* topic, kickmsg_config const* config,
                                      kickmsg_schema const* schema, kickmsg_publisher** publisher)
{
    return make_by(
        node, publisher, schema, [&](Node& by) { return by.advertise(c::text(topic, "topic"), c::config_of(config)); },
        [&](Node& by, SchemaInfo const& info) {
            return by.advertise(c::text(topic, "topic"), c::config_of(config), info);
        });
}

kickmsg_status kickmsg_node_subscribe(kickmsg_node const* node, char const* topic, kickmsg_schema const* schema,
                                      kickmsg_subscriber** subscriber)
{
    return make_by(
        node, subscriber, schema, [&](Node& by) { return by.subscribe(c::text(topic, "topic")); },
        [&](Node& by, SchemaInfo const& info) { return by.subscribe(c::text(topic, "topic"), info); });
}

kickmsg_status kickmsg_node_advertise_or_join(kickmsg_node const* node, char const* topic, kickmsg_config const* config,
                                              kickmsg_schema const* schema, kickmsg_publisher** publisher)
{
    return make_by(
        node, publisher, schema,
        [&](Node& by) { return by.advertise_or_join(c::text(topic, "topic"), c::config_of(config)); },
        [&](Node& by, SchemaInfo const& info) {
            return by.advertise_or_join(c::text(topic, "topic"), c::config_of(config), info);
        });
}

kickmsg_status kickmsg_node_subscribe_or_create(kickmsg_node const* node, char const* topic,
                                                kickmsg_config const* config, kickmsg_schema const* schema,
                                                kickmsg_subscriber** subscriber)
{
    if (config == nullptr) {
        return kickmsg_node_subscribe_or_create_guess(node, topic, nullptr, schema, subscriber);
    }
    return make_by(
        node, subscriber, schema,
        [&](Node& by) { return by.subscribe_or_create(c::text(topic, "topic"), c::config_of(config)); },
        [&](Node& by, SchemaInfo const& info) {
            return by.subscribe_or_create(c::text(topic, "topic"), c::config_of(config), info);
        });
}

kickmsg_status kickmsg_node_subscribe_or_create_guess(kickmsg_node const* node, char const* topic,
                                                      kickmsg_config const* guess, kickmsg_schema const* schema,
                                                      kickmsg_subscriber** subscriber)
{
    return make_by(
        node, subscriber, schema,
        [&](Node& by) { return by.subscribe_or_create(c::text(topic, "topic"), guess_of(guess)); },
        [&](Node& by, SchemaInfo const& info) {
            return by.subscribe_or_create(c::text(topic, "topic"), guess_of(guess), info);
        });
}

kickmsg_status kickmsg_node_join_broadcast(kickmsg_node const* node, char const* channel, kickmsg_config const* config,
                                           kickmsg_schema const* schema, kickmsg_publisher** publisher,
                                           kickmsg_subscriber** subscriber)
{
    if (publisher == nullptr || subscriber == nullptr) {
        return c::refuse_null(publisher == nullptr ? "publisher" : "subscriber");
    }
    return named(node, channel, "channel", [&](Node& by, std::string const& on) {
        return schema != nullptr ? give_both(by.join_broadcast(on, c::config_of(config), c::schema_of(*schema)),
                                             publisher, subscriber)
                                 : give_both(by.join_broadcast(on, c::config_of(config)), publisher, subscriber);
    });
}

kickmsg_status kickmsg_node_create_mailbox(kickmsg_node const* node, char const* tag, kickmsg_config const* config,
                                           kickmsg_schema const* schema, kickmsg_subscriber** subscriber)
{
    return make_by(
        node, subscriber, schema,
        [&](Node& by) { return by.create_mailbox(c::text(tag, "tag"), c::config_of(config)); },
        [&](Node& by, SchemaInfo const& info) {
            return by.create_mailbox(c::text(tag, "tag"), c::config_of(config), info);
        });
}

kickmsg_status kickmsg_node_open_mailbox(kickmsg_node const* node, char const* owner, char const* tag,
                                         kickmsg_schema const* schema, kickmsg_publisher** publisher)
{
    return make_by(
        node, publisher, schema,
        [&](Node& by) { return by.open_mailbox(c::text(owner, "owner"), c::text(tag, "tag")); },
        [&](Node& by, SchemaInfo const& info) {
            return by.open_mailbox(c::text(owner, "owner"), c::text(tag, "tag"), info);
        });
}

kickmsg_status kickmsg_node_serve(kickmsg_node const* node, char const* service, kickmsg_service_config const* config,
                                  kickmsg_schema const* request, kickmsg_schema const* response,
                                  kickmsg_server** server)
{
    return c::with(node, [&](Node& by) {
        return c::make_for(server, [&] {
            std::string const name = c::text(service, "service");
            return are_both(request, response)
                       ? by.serve(name, c::config_of(config), c::schema_of(*request), c::schema_of(*response))
                       : by.serve(name, c::config_of(config));
        });
    });
}

kickmsg_status kickmsg_node_client(kickmsg_node const* node, char const* service, kickmsg_service_config const* config,
                                   kickmsg_schema const* request, kickmsg_schema const* response,
                                   kickmsg_client** client)
{
    return c::with(node, [&](Node& by) {
        return c::make_for(client, [&] {
            std::string const name = c::text(service, "service");
            return are_both(request, response)
                       ? by.client(name, c::config_of(config), c::schema_of(*request), c::schema_of(*response))
                       : by.client(name, c::config_of(config));
        });
    });
}

// --- names

kickmsg_status kickmsg_node_unlink_topic(kickmsg_node const* node, char const* topic)
{
    return named(node, topic, "topic", [](Node& by, std::string const& name) { by.unlink_topic(name); });
}

kickmsg_status kickmsg_node_unlink_broadcast(kickmsg_node const* node, char const* channel)
{
    return named(node, channel, "channel", [](Node& by, std::string const& name) { by.unlink_broadcast(name); });
}

kickmsg_status kickmsg_node_unlink_mailbox(kickmsg_node const* node, char const* tag)
{
    return named(node, tag, "tag", [](Node& by, std::string const& name) { by.unlink_mailbox(name); });
}

kickmsg_status kickmsg_node_unlink_service(kickmsg_node const* node, char const* service)
{
    return named(node, service, "service", [](Node& by, std::string const& name) { by.unlink_service(name); });
}

kickmsg_status kickmsg_node_topic_schema(kickmsg_node const* node, char const* topic, kickmsg_schema* schema)
{
    return named(node, topic, "topic", [&](Node& by, std::string const& name) {
        auto const found = by.topic_schema(name);
        return found ? c::give(schema, c::schema_of(*found), "schema") : KICKMSG_AGAIN;
    });
}

kickmsg_status kickmsg_node_try_claim_topic_schema(kickmsg_node const* node, char const* topic,
                                                   kickmsg_schema const* schema, bool* claimed)
{
    return named(node, topic, "topic", [&](Node& by, std::string const& name) {
        if (schema == nullptr || claimed == nullptr) {
            return c::refuse_null(schema == nullptr ? "schema" : "claimed");
        }
        *claimed = by.try_claim_topic_schema(name, c::schema_of(*schema));
        return KICKMSG_OK;
    });
}

kickmsg_status kickmsg_node_topics(kickmsg_node const* node, kickmsg_names** names)
{
    return c::with(node, [&](Node& by) { return c::make_for(names, [&] { return by.topics(); }); });
}

kickmsg_status kickmsg_node_has_publisher(kickmsg_node const* node, char const* topic, bool* is_there)
{
    return look(node, topic, is_there, [](Node& by, std::string const& of) { return by.has_publisher(of); });
}

kickmsg_status kickmsg_node_has_subscriber(kickmsg_node const* node, char const* topic, bool* is_there)
{
    return look(node, topic, is_there, [](Node& by, std::string const& of) { return by.has_subscriber(of); });
}

kickmsg_status kickmsg_node_wait_for_publisher(kickmsg_node const* node, char const* topic, int64_t timeout_ns)
{
    return named(node, topic, "topic", [&](Node& by, std::string const& of) {
        return by.wait_for_publisher(of, std::chrono::nanoseconds(timeout_ns)) ? KICKMSG_OK : KICKMSG_TIMED_OUT;
    });
}

kickmsg_status kickmsg_node_wait_for_subscriber(kickmsg_node const* node, char const* topic, int64_t timeout_ns)
{
    return named(node, topic, "topic", [&](Node& by, std::string const& of) {
        return by.wait_for_subscriber(of, std::chrono::nanoseconds(timeout_ns)) ? KICKMSG_OK : KICKMSG_TIMED_OUT;
    });
}

kickmsg_status kickmsg_node_topic_region(kickmsg_node const* node, char const* topic, char* region, size_t size)
{
    return named(node, topic, "topic",
                 [&](Node& by, std::string const& name) { return c::copy_text(by.topic_region(name), region, size); });
}

kickmsg_status kickmsg_node_broadcast_region(kickmsg_node const* node, char const* channel, char* region, size_t size)
{
    return named(node, channel, "channel", [&](Node& by, std::string const& name) {
        return c::copy_text(by.broadcast_region(name), region, size);
    });
}

kickmsg_status kickmsg_node_mailbox_region(kickmsg_node const* node, char const* owner, char const* tag, char* region,
                                           size_t size)
{
    return named(node, owner, "owner", [&](Node& by, std::string const& name) {
        return c::copy_text(by.mailbox_region(name, c::text(tag, "tag")), region, size);
    });
}

kickmsg_status kickmsg_node_request_region(kickmsg_node const* node, char const* service, char* region, size_t size)
{
    return named(node, service, "service", [&](Node& by, std::string const& name) {
        return c::copy_text(by.request_region(name), region, size);
    });
}

kickmsg_status kickmsg_node_response_region(kickmsg_node const* node, char const* service, char* region, size_t size)
{
    return named(node, service, "service", [&](Node& by, std::string const& name) {
        return c::copy_text(by.response_region(name), region, size);
    });
}
