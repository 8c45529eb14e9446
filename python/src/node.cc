/// The class Node: topics, broadcasts, mailboxes, services and blackboards by name.
#include "kickmsg/Node.h"

#include "BoardEnd.h"
#include "ClientEnd.h"
#include "PublisherEnd.h"
#include "ServerEnd.h"
#include "SubscriberEnd.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

namespace kickmsg {
namespace python {

namespace {

using channel::Config;
using MaybeSchema = std::optional<SchemaInfo>;
using MaybeConfig = std::optional<Config>;
using Others      = nb::call_guard<nb::gil_scoped_release>; ///< the call asks the system, and may wait for a process
using Text        = std::string const&;

PublisherEnd* publisher(std::string name, Publisher&& made)
{
    return new PublisherEnd(std::move(name), std::move(made));
}

SubscriberEnd* subscriber(std::string name, Subscriber&& made)
{
    return new SubscriberEnd(std::move(name), std::move(made));
}

PublisherEnd* advertise(Node& node, Text topic, Config const& config, MaybeSchema const& schema)
{
    return publisher("topic " + topic, schema ? node.advertise(topic, config, *schema) : node.advertise(topic, config));
}

PublisherEnd* advertise_or_join(Node& node, Text topic, Config const& config, MaybeSchema const& schema)
{
    return publisher("topic " + topic,
                     schema ? node.advertise_or_join(topic, config, *schema) : node.advertise_or_join(topic, config));
}

SubscriberEnd* subscribe(Node& node, Text topic, MaybeSchema const& schema)
{
    return subscriber("topic " + topic, schema ? node.subscribe(topic, *schema) : node.subscribe(topic));
}

Subscriber subscribe_to(Node& node, Text topic, Config const& config, MaybeSchema const& schema)
{
    return schema ? node.subscribe_or_create(topic, config, *schema) : node.subscribe_or_create(topic, config);
}

Subscriber subscribe_to(Node& node, Text topic, channel::Guess const& guess, MaybeSchema const& schema)
{
    return schema ? node.subscribe_or_create(topic, guess, *schema) : node.subscribe_or_create(topic, guess);
}

/// Without a Config the geometry is left to the publishers, and `guess` taken until one comes.
SubscriberEnd* subscribe_or_create(Node& node, Text topic, MaybeConfig const& config, Config const& guess,
                                   MaybeSchema const& schema)
{
    return subscriber("topic " + topic, config ? subscribe_to(node, topic, *config, schema)
                                               : subscribe_to(node, topic, channel::Guess(guess), schema));
}

nb::object join_broadcast(Node& node, Text channel, Config const& config, MaybeSchema const& schema)
{
    std::optional<BroadcastHandle> both;
    {
        nb::gil_scoped_release const others;
        both.emplace(schema ? node.join_broadcast(channel, config, *schema) : node.join_broadcast(channel, config));
    }
    nb::object sender =
        nb::cast(publisher("broadcast " + channel, std::move(both->pub)), nb::rv_policy::take_ownership);
    nb::object receiver =
        nb::cast(subscriber("broadcast " + channel, std::move(both->sub)), nb::rv_policy::take_ownership);
    return nb::make_tuple(sender, receiver);
}

SubscriberEnd* create_mailbox(Node& node, Text tag, Config const& config, MaybeSchema const& schema)
{
    return subscriber("mailbox " + node.name() + "/" + tag,
                      schema ? node.create_mailbox(tag, config, *schema) : node.create_mailbox(tag, config));
}

PublisherEnd* open_mailbox(Node& node, Text owner, Text tag, MaybeSchema const& schema)
{
    return publisher("mailbox " + owner + "/" + tag,
                     schema ? node.open_mailbox(owner, tag, *schema) : node.open_mailbox(owner, tag));
}

ServerEnd* serve(Node& node, Text service, ServiceConfig const& config, MaybeSchema const& request,
                 MaybeSchema const& response)
{
    return new ServerEnd("service " + service, request && response ? node.serve(service, config, *request, *response)
                                                                   : node.serve(service, config));
}

ClientEnd* client(Node& node, Text service, ServiceConfig const& config, MaybeSchema const& request,
                  MaybeSchema const& response)
{
    return new ClientEnd("service " + service, request && response ? node.client(service, config, *request, *response)
                                                                   : node.client(service, config));
}

BoardEnd* blackboard(Node& node, Text name, BlackboardConfig const& config)
{
    return new BoardEnd(name, node.blackboard(name, config));
}

BoardEnd* open_blackboard(Node& node, Text name)
{
    return new BoardEnd(name, node.open_blackboard(name));
}

/// Asks again and again without the interpreter's lock, so that Ctrl-C ends it.
template <class Ask>
bool wait_for(Text what, std::optional<double> timeout, Ask ask)
{
    Handle         handle(what);
    Deadline const deadline(timeout);
    return wait(handle, deadline, polled_slice,
                [&](nanoseconds left) { return ask(left) ? std::optional<bool>(true) : std::nullopt; })
        .has_value();
}

bool wait_for_publisher(Node& node, Text topic, std::optional<double> timeout)
{
    return wait_for(topic, timeout, [&](nanoseconds left) { return node.wait_for_publisher(topic, left); });
}

bool wait_for_subscriber(Node& node, Text topic, std::optional<double> timeout)
{
    return wait_for(topic, timeout, [&](nanoseconds left) { return node.wait_for_subscriber(topic, left); });
}

void make(Node* self, std::string name, std::optional<std::string> prefix)
{
    if (prefix) {
        new (self) Node(std::move(name), std::move(*prefix));
    } else {
        new (self) Node(std::move(name));
    }
}

void bind_ends(nb::class_<Node>& node)
{
    node.def("advertise", &advertise, nb::arg("topic"), nb::arg("config"), nb::arg("schema").none(), Others())
        .def("advertise_or_join", &advertise_or_join, nb::arg("topic"), nb::arg("config"), nb::arg("schema").none(),
             Others())
        .def("subscribe", &subscribe, nb::arg("topic"), nb::arg("schema").none(), Others())
        .def("subscribe_or_create", &subscribe_or_create, nb::arg("topic"), nb::arg("config").none(), nb::arg("guess"),
             nb::arg("schema").none(), Others())
        .def("join_broadcast", &join_broadcast, nb::arg("channel"), nb::arg("config"), nb::arg("schema").none(),
             nb::sig("def join_broadcast(self, channel: str, config: Config, schema: SchemaInfo | None) -> "
                     "tuple[Publisher, Subscriber]"))
        .def("create_mailbox", &create_mailbox, nb::arg("tag"), nb::arg("config"), nb::arg("schema").none(), Others())
        .def("open_mailbox", &open_mailbox, nb::arg("owner"), nb::arg("tag"), nb::arg("schema").none(), Others())
        .def("serve", &serve, nb::arg("service"), nb::arg("config"), nb::arg("request").none(),
             nb::arg("response").none(), Others())
        .def("client", &client, nb::arg("service"), nb::arg("config"), nb::arg("request").none(),
             nb::arg("response").none(), Others())
        .def("blackboard", &blackboard, nb::arg("name"), nb::arg("config"), Others())
        .def("open_blackboard", &open_blackboard, nb::arg("name"), Others());
}

void bind_discovery_of(nb::class_<Node>& node)
{
    node.def("unlink_topic", &Node::unlink_topic, nb::arg("topic"), Others())
        .def("unlink_broadcast", &Node::unlink_broadcast, nb::arg("channel"), Others())
        .def("unlink_mailbox", &Node::unlink_mailbox, nb::arg("tag"), Others())
        .def("unlink_service", &Node::unlink_service, nb::arg("service"), Others())
        .def("unlink_blackboard", &Node::unlink_blackboard, nb::arg("blackboard"), Others())
        .def("topic_schema", &Node::topic_schema, nb::arg("topic"), Others())
        .def("try_claim_topic_schema", &Node::try_claim_topic_schema, nb::arg("topic"), nb::arg("info"), Others())
        .def("topics", &Node::topics, Others())
        .def("has_publisher", &Node::has_publisher, nb::arg("topic"), Others())
        .def("has_subscriber", &Node::has_subscriber, nb::arg("topic"), Others())
        .def("wait_for_publisher", &wait_for_publisher, nb::arg("topic"), nb::arg("timeout").none())
        .def("wait_for_subscriber", &wait_for_subscriber, nb::arg("topic"), nb::arg("timeout").none())
        .def("topic_region", &Node::topic_region, nb::arg("topic"))
        .def("broadcast_region", &Node::broadcast_region, nb::arg("channel"))
        .def("mailbox_region", &Node::mailbox_region, nb::arg("owner"), nb::arg("tag"))
        .def("request_region", &Node::request_region, nb::arg("service"))
        .def("response_region", &Node::response_region, nb::arg("service"))
        .def("blackboard_region", &Node::blackboard_region, nb::arg("blackboard"));
}

} // namespace

void bind_node(nb::module_& module)
{
    nb::class_<Node> node(module, "Node", "Named topics, broadcasts, mailboxes and services over regions.");
    node.def("__init__", &make, nb::arg("name"), nb::arg("prefix") = nb::none())
        .def_prop_ro("name", &Node::name)
        .def_prop_ro("prefix", &Node::prefix)
        .def("follow", &Node::follow, nb::arg("enabled"));
    bind_ends(node);
    bind_discovery_of(node);
}

} // namespace python
} // namespace kickmsg
