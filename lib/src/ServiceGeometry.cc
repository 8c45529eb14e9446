#include "ServiceGeometry.h"

#include "ServiceMessages.h"

namespace kickmsg {
namespace detail {

namespace {

constexpr uint32_t    kept_most = 10; ///< that a publisher keeps, and has in hand (channel::Config)
constexpr uint32_t    spare     = 8;
constexpr std::size_t most_size = std::size_t{1} << 30;

[[noreturn]] void refuse(char const* field, uint64_t value, std::string const& expected)
{
    throw Error(ErrorCode::InvalidConfig, std::string("ServiceConfig::") + field,
                "is " + std::to_string(value) + ", expected " + expected);
}

void check_range(char const* field, uint64_t value, uint64_t least, uint64_t most)
{
    if (value < least || value > most) {
        refuse(field, value, std::to_string(least) + " to " + std::to_string(most));
    }
}

void check(ServiceConfig const& cfg)
{
    check_range("max_clients", cfg.max_clients, 1, channel::subscriber_limit);
    check_range("max_servers", cfg.max_servers, 1, channel::subscriber_limit);
    check_range("max_calls", cfg.max_calls, 1, calls_limit);
    check_range("max_request_size", cfg.max_request_size, 1, most_size);
    check_range("max_response_size", cfg.max_response_size, 1, most_size);
    check_range("payload_alignment", cfg.payload_alignment, 8, channel::alignment_limit);
    if (cfg.max_waiting != 0) {
        check_range("max_waiting", cfg.max_waiting, 2, channel::ring_limit);
    }
    for (auto const& [field, value] : {std::pair<char const*, uint32_t>{"payload_alignment", cfg.payload_alignment},
                                       {"max_waiting", cfg.max_waiting}}) {
        if ((value & (value - 1)) != 0) {
            refuse(field, value, "a power of two");
        }
    }
}

uint32_t power_of_two_from(uint32_t least) noexcept
{
    uint32_t power = 2;
    while (power < least) {
        power *= 2;
    }
    return power;
}

channel::Config common(ServiceConfig const& cfg)
{
    check(cfg);
    channel::Config both;
    both.payload_alignment = cfg.payload_alignment;
    both.mode              = cfg.mode;
    return both;
}

} // namespace

channel::Config requests_config(ServiceConfig const& cfg)
{
    channel::Config requests   = common(cfg);
    uint32_t const  calls      = cfg.max_clients * cfg.max_calls;
    requests.max_subscribers   = cfg.max_servers;
    requests.max_publishers    = cfg.max_clients;
    requests.sub_ring_capacity = cfg.max_waiting != 0 ? cfg.max_waiting : power_of_two_from(calls);
    requests.pool_size         = calls + kept_most * cfg.max_clients + cfg.max_servers + spare;
    requests.max_views         = calls;
    requests.max_payload_size  = length_with<RequestNote>(cfg.max_request_size);
    return requests;
}

/// No answer of a client finds its ring full: it has a place for each of its calls.
channel::Config responses_config(ServiceConfig const& cfg)
{
    channel::Config responses   = common(cfg);
    responses.max_subscribers   = cfg.max_clients;
    responses.max_publishers    = cfg.max_servers;
    responses.sub_ring_capacity = power_of_two_from(cfg.max_calls);
    responses.pool_size         = cfg.max_clients * (cfg.max_calls + 1) + kept_most * cfg.max_servers + spare;
    responses.max_views         = cfg.max_calls;
    responses.max_payload_size  = length_with<ResponseNote>(cfg.max_response_size);
    return responses;
}

} // namespace detail
} // namespace kickmsg
