/// Services: one name, two regions.
#pragma once

#include "Context.h"
#include "kickmsg/Inspect.h"
#include "kickmsg/Service.h"

#include <cstddef>
#include <string>

namespace kickmsg_tools {

struct FoundService {
    kickmsg::RegionReport  requests, responses; ///< as they were when they were looked at
    kickmsg::ServiceConfig config;              ///< the sizes that its ends have agreed upon
};

/// Looks for the service `name` of the prefix of this run. Errors: Failure: NoServer where there is none; Error.
FoundService find_service(Context const& context, std::string const& name);

/// Who listens to the requests of a service is a server to its clients, and would be given requests that it never answers. A blackboard
/// carries no messages. Errors: Failure, if `region` is one of these.
void refuse_other_kinds(kickmsg::ListedRegion const& region);

/// What a participant of that kind is in that region: "client" or "server" of a service, "open region", else as `kind`.
std::string role_of(kickmsg::ListedRegion const& region, std::string const& kind);
/// Bytes of the longest message that its users may send there: of a service without what stands behind a request and an answer.
std::size_t longest_payload(kickmsg::ListedRegion const& region);

} // namespace kickmsg_tools
