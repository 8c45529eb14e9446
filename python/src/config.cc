/// channel::Config and ServiceConfig.
#include "kickmsg/Config.h"

#include "Fields.h"
#include "binding.h"
#include "kickmsg/Service.h"

#include <nanobind/stl/optional.h>

#include <optional>

namespace kickmsg {
namespace python {

namespace {

using channel::Config;

// clang-format off
void make_config(Config* self, uint32_t max_subscribers, uint32_t sub_ring_capacity, uint32_t pool_size, std::size_t max_payload_size,
                 uint32_t max_publishers, uint32_t payload_alignment, uint32_t mode, uint32_t max_views, bool send_time, uint32_t history,
                 std::optional<SchemaInfo> const& schema)
{
    new (self) Config{max_subscribers, sub_ring_capacity, pool_size, max_payload_size, max_publishers, payload_alignment, mode, schema,
                       max_views, send_time, history};
}
// clang-format on

void make_service_config(ServiceConfig* self, uint32_t max_clients, uint32_t max_servers, uint32_t max_calls,
                         uint32_t max_waiting, std::size_t max_request_size, std::size_t max_response_size,
                         uint32_t payload_alignment, uint32_t mode)
{
    new (self) ServiceConfig{max_clients,      max_servers,       max_calls,         max_waiting,
                             max_request_size, max_response_size, payload_alignment, mode};
}

constexpr char const* config_says =
    "The sizes of a channel, fixed when its region is made; all who name one have to name the same.\n\n"
    "A pool of sub_ring_capacity + 10 * max_publishers + max_subscribers + the views held is never empty.";

void bind_channel_config(nb::module_& module)
{
    Config const   usual;
    Fields<Config> config(module, "Config", config_says);
    config.made().def("__init__", &make_config, nb::kw_only(), nb::arg("max_subscribers") = usual.max_subscribers,
                      nb::arg("sub_ring_capacity") = usual.sub_ring_capacity, nb::arg("pool_size") = usual.pool_size,
                      nb::arg("max_payload_size")  = usual.max_payload_size,
                      nb::arg("max_publishers")    = usual.max_publishers,
                      nb::arg("payload_alignment") = usual.payload_alignment, nb::arg("mode") = usual.mode,
                      nb::arg("max_views") = usual.max_views, nb::arg("send_time") = usual.send_time,
                      nb::arg("history") = usual.history, nb::arg("schema") = nb::none());
    config.field("max_subscribers", &Config::max_subscribers, "1 to 32.")
        .field("sub_ring_capacity", &Config::sub_ring_capacity,
               "Unread messages per subscriber: a power of two, 2 to 2**20.")
        .field("pool_size", &Config::pool_size, "Slots, 1 to 2**24 - 2.")
        .field("max_payload_size", &Config::max_payload_size, "Bytes, 1 to 2**31 - 1.")
        .field("max_publishers", &Config::max_publishers, "1 to 1024.")
        .field("payload_alignment", &Config::payload_alignment, "Bytes, a power of two, 1 to 4096.")
        .field("mode", &Config::mode, "Of the region's file: 0o600 lets its user in, and nobody else.")
        .field("max_views", &Config::max_views, "Views that one subscriber may hold at once; 0: a share of the pool.")
        .field("send_time", &Config::send_time,
               "Whether each message carries the time at which it was sent (SampleInfo.sent_ns).")
        .field("history", &Config::history,
               "Messages kept for subscribers that come late: less than sub_ring_capacity; 0: none.")
        .field("schema", &Config::schema, "Stored by the call that creates the region.");
    module.def("footprint", &channel::footprint, nb::arg("config"),
               "Returns: the bytes of shared memory that a region of this geometry takes.");
}

void bind_service_config(nb::module_& module)
{
    ServiceConfig const   usual;
    Fields<ServiceConfig> config(module, "ServiceConfig",
                                 "The sizes of a service: all of its ends have to name the same.");
    config.made().def("__init__", &make_service_config, nb::kw_only(), nb::arg("max_clients") = usual.max_clients,
                      nb::arg("max_servers") = usual.max_servers, nb::arg("max_calls") = usual.max_calls,
                      nb::arg("max_waiting") = usual.max_waiting, nb::arg("max_request_size") = usual.max_request_size,
                      nb::arg("max_response_size") = usual.max_response_size,
                      nb::arg("payload_alignment") = usual.payload_alignment, nb::arg("mode") = usual.mode);
    config.field("max_clients", &ServiceConfig::max_clients, "1 to 32.")
        .field("max_servers", &ServiceConfig::max_servers, "1 to 32.")
        .field("max_calls", &ServiceConfig::max_calls, "Calls that one client may have out at once, 1 to 64.")
        .field("max_waiting", &ServiceConfig::max_waiting,
               "Requests that may wait at one server; 0: as many as all clients may have out.")
        .field("max_request_size", &ServiceConfig::max_request_size, "Bytes, 1 to 2**30.")
        .field("max_response_size", &ServiceConfig::max_response_size, "Bytes, 1 to 2**30.")
        .field("payload_alignment", &ServiceConfig::payload_alignment, "Bytes, a power of two, 8 to 4096.")
        .field("mode", &ServiceConfig::mode, "Of both files, as Config.mode.");
}

} // namespace

void bind_config(nb::module_& module)
{
    nb::enum_<channel::Type>(module, "ChannelType", "What a region is for.")
        .value("PUB_SUB", channel::PubSub)
        .value("BROADCAST", channel::Broadcast)
        .value("BLACKBOARD", channel::Blackboard);
    bind_channel_config(module);
    bind_service_config(module);
}

} // namespace python
} // namespace kickmsg
