/// The two regions of a service.
#pragma once

#include "RegionState.h"
#include "kickmsg/Config.h"
#include "kickmsg/Service.h"

#include <algorithm>
#include <string>

namespace kickmsg {
namespace detail {

constexpr uint32_t calls_limit = 64; ///< of one client: a bit each, in one word

/// Their sizes. Errors: Error InvalidConfig, naming the field.
channel::Config requests_config(ServiceConfig const& cfg);
channel::Config responses_config(ServiceConfig const& cfg);

/// Makes an end of a service by `make()`. Where there is no room for it, the error speaks of services. `what`: "client" or "server"; `most`: how
/// many there may be.
template <class Make>
auto as_end_of_service(char const* what, uint32_t most, Mapping& requests, Make make) -> decltype(make())
{
    try {
        return make();
    } catch (Error const& error) {
        if (error.code() != ErrorCode::NoFreeRing && error.code() != ErrorCode::NoFreeRecord) {
            throw;
        }
        std::string const field = std::string("max_") + what + "s";
        throw Error(error.code(), error.object(),
                    std::string("no room for another ") + what + ": " + field + " = " + std::to_string(most) +
                        ", all in use by the living: " + living_participants(requests),
                    Remedy{"end one of these, or make the service anew with a larger ServiceConfig::" + field});
    }
}

} // namespace detail
} // namespace kickmsg
