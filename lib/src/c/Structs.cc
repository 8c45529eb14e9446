#include "c/Structs.h"

namespace kickmsg {
namespace c {

static_assert(sizeof(kickmsg_schema) == sizeof(SchemaInfo) &&
                  offsetof(kickmsg_schema, layout) == offsetof(SchemaInfo, layout) &&
                  offsetof(kickmsg_schema, name) == offsetof(SchemaInfo, name) &&
                  offsetof(kickmsg_schema, version) == offsetof(SchemaInfo, version) &&
                  offsetof(kickmsg_schema, identity_algo) == offsetof(SchemaInfo, identity_algo) &&
                  offsetof(kickmsg_schema, layout_algo) == offsetof(SchemaInfo, layout_algo) &&
                  offsetof(kickmsg_schema, flags) == offsetof(SchemaInfo, flags) &&
                  offsetof(kickmsg_schema, reserved) == offsetof(SchemaInfo, reserved),
              "a schema of C is that of C++, byte for byte");
static_assert(KICKMSG_PUB_SUB == static_cast<int>(channel::PubSub) &&
                  KICKMSG_BROADCAST == static_cast<int>(channel::Broadcast),
              "the numbers of C are those of C++");

void refuse_size(char const* name, std::size_t size, std::string const& expected)
{
    throw Error(ErrorCode::InvalidConfig, name, "struct_size is " + std::to_string(size) + ": " + expected,
                Remedy{"set struct_size to sizeof, or begin with the macro ..._INIT"});
}

channel::Config config_of(kickmsg_config const* given)
{
    channel::Config config;
    if (given == nullptr) {
        return config;
    }
    kickmsg_config const known = read_struct(*given, "kickmsg_config", offsetof(kickmsg_config, history));
    config.max_subscribers     = known.max_subscribers;
    config.sub_ring_capacity   = known.sub_ring_capacity;
    config.pool_size           = known.pool_size;
    config.max_publishers      = known.max_publishers;
    config.max_payload_size    = static_cast<std::size_t>(std::min<uint64_t>(known.max_payload_size, SIZE_MAX));
    config.payload_alignment   = known.payload_alignment;
    config.mode                = known.mode;
    config.max_views           = known.max_views;
    config.send_time           = known.send_time != 0;
    config.history             = known.history;
    if (known.schema != nullptr) {
        config.schema = schema_of(*known.schema);
    }
    return config;
}

ServiceConfig config_of(kickmsg_service_config const* given)
{
    ServiceConfig config;
    if (given == nullptr) {
        return config;
    }
    kickmsg_service_config const known = read_struct(*given, "kickmsg_service_config");
    config.max_clients                 = known.max_clients;
    config.max_servers                 = known.max_servers;
    config.max_calls                   = known.max_calls;
    config.max_waiting                 = known.max_waiting;
    config.max_request_size            = static_cast<std::size_t>(std::min<uint64_t>(known.max_request_size, SIZE_MAX));
    config.max_response_size = static_cast<std::size_t>(std::min<uint64_t>(known.max_response_size, SIZE_MAX));
    config.payload_alignment = known.payload_alignment;
    config.mode              = known.mode;
    return config;
}

SchemaInfo schema_of(kickmsg_schema const& given) noexcept
{
    SchemaInfo info;
    std::memcpy(&info, &given, sizeof(info));
    return info;
}

kickmsg_schema schema_of(SchemaInfo const& info) noexcept
{
    kickmsg_schema schema;
    std::memcpy(&schema, &info, sizeof(schema));
    return schema;
}

kickmsg_participant participant_of(ParticipantStats const& stats) noexcept
{
    kickmsg_participant participant{};
    participant.pid         = stats.pid;
    participant.incarnation = stats.incarnation;
    participant.sent        = stats.sent;
    participant.record      = stats.record;
    participant.alive       = stats.alive ? 1 : 0;
    copy_to(participant.kind, stats.kind);
    return participant;
}

} // namespace c
} // namespace kickmsg

using namespace kickmsg;

kickmsg_status kickmsg_footprint(kickmsg_config const* config, uint64_t* bytes)
{
    return c::guard([&] { return c::give<uint64_t>(bytes, channel::footprint(c::config_of(config)), "bytes"); });
}
