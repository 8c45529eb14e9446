#include "Services.h"

#include "Regions.h"
#include "ServiceMessages.h" // of the library inside: what stands behind a payload
#include "kickmsg/Node.h"

namespace kickmsg_tools {

namespace {

[[noreturn]] void refuse_name(Context const& context, std::string const& name)
{
    throw Failure(NoServer,
                  "'" + printable(name) + "': nobody serves it, there is no such service with the prefix '" +
                      printable(context.node_prefix()) + "'",
                  "start its server; kickmsg list shows what there is");
}

/// Errors: Failure, Error.
kickmsg::RegionReport look_at_side(Context const& context, std::string const& name, std::string const& region)
{
    kickmsg::RegionReport report;
    try {
        report = kickmsg::inspect(region, kickmsg::InspectDepth::Rings);
    } catch (kickmsg::Error const& error) {
        if (error.code() != kickmsg::ErrorCode::NotFound) {
            throw;
        }
        refuse_name(context, name);
    }
    if (report.region.error) {
        throw *report.region.error;
    }
    if (report.region.kind != "service" || report.region.user_name != name) {
        throw Failure(CouldNot,
                      region + ": it is no part of the service '" + printable(name) + "' but of the " +
                          report.region.kind + " '" + printable(title(report.region)) + "'",
                      "kickmsg info " + region);
    }
    return report;
}

/// The sizes from which the two regions were computed (ServiceGeometry.h).
kickmsg::ServiceConfig config_of(kickmsg::ListedRegion const& requests, kickmsg::ListedRegion const& responses)
{
    kickmsg::ServiceConfig cfg;
    cfg.max_clients       = responses.config.max_subscribers;
    cfg.max_servers       = requests.config.max_subscribers;
    cfg.max_calls         = responses.config.max_views;
    cfg.max_waiting       = requests.config.sub_ring_capacity;
    cfg.max_request_size  = longest_payload(requests);
    cfg.max_response_size = longest_payload(responses);
    cfg.payload_alignment = requests.config.payload_alignment;
    cfg.mode              = requests.config.mode;
    return cfg;
}

} // namespace

FoundService find_service(Context const& context, std::string const& name)
{
    kickmsg::Node const node("kickmsg-tool", context.node_prefix());
    FoundService        found;
    found.requests  = look_at_side(context, name, node.request_region(name));
    found.responses = look_at_side(context, name, node.response_region(name));
    found.config    = config_of(found.requests.region, found.responses.region);
    return found;
}

void refuse_other_kinds(kickmsg::ListedRegion const& region)
{
    if (region.kind == "service") {
        throw Failure(CouldNot,
                      region.name + ": it is of the service '" + printable(region.user_name) +
                          "': who joins as something else would be given its requests, and not answer them",
                      "kickmsg call asks, kickmsg stats shows");
    }
    if (region.kind == "blackboard") {
        throw Failure(CouldNot, region.name + ": it is a blackboard, and carries no messages",
                      "kickmsg values, get and set are for these");
    }
}

std::string role_of(kickmsg::ListedRegion const& region, std::string const& kind)
{
    if (kind == "region") {
        return "open region";
    }
    bool const sends = kind == "publisher";
    return region.kind != "service" ? kind : sends == (region.owner == "requests") ? "client" : "server";
}

std::size_t longest_payload(kickmsg::ListedRegion const& region)
{
    using namespace kickmsg::detail;
    std::size_t const most = region.config.max_payload_size;
    return region.kind != "service"     ? most
           : region.owner == "requests" ? room_within<RequestNote>(most)
                                        : room_within<ResponseNote>(most);
}

} // namespace kickmsg_tools
