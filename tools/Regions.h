/// Finding the regions that a command is about, and their words in text and JSON.
#pragma once

#include "Context.h"
#include "kickmsg/Inspect.h"

#include <functional>
#include <string>
#include <vector>

namespace kickmsg_tools {

/// Looks at all regions of --prefix, or of this machine, one after the other: of many none is kept. What is no region is among them only under a
/// prefix.
void for_each_region(Context const& context, kickmsg::InspectDepth depth,
                     std::function<void(kickmsg::RegionReport&&)> const& visit);
/// All of them.
std::vector<kickmsg::RegionReport> scan(Context const& context, kickmsg::InspectDepth depth);

/// The region that the user calls `name`: a region name with its slash, or a topic, a broadcast channel, OWNER/TAG of a mailbox, requests/SERVICE and responses/SERVICE, or, where
/// nothing else is called so, a blackboard, of the prefix of this run. Errors: Failure, which says what there is instead.
std::string           find_region(Context const& context, std::string const& name);
kickmsg::RegionReport look_at(Context const& context, std::string const& name,
                              kickmsg::InspectDepth depth = kickmsg::InspectDepth::Slots);

/// Those of `name`, or all when it is empty.
std::vector<kickmsg::RegionReport> chosen(Context const& context, std::string const& name, kickmsg::InspectDepth depth);

/// What the user calls a region.
std::string title(kickmsg::ListedRegion const& region);
std::string kind_of(kickmsg::ListedRegion const& region);
char const* status_text(kickmsg::RegionStatus status) noexcept;
/// What an error says, without its subject and without the remedy, which is for programs.
std::string without_remedy(kickmsg::Error const& error);
/// What to do at a terminal about `error`, which is of `region`.
std::string remedy_of(kickmsg::Error const& error, std::string const& region);
/// Its type, in words; empty when none is set.
std::string type_text(kickmsg::RegionReport const& report);
/// The sum of the living, of the dead.
uint32_t living(kickmsg::ListedRegion const& region) noexcept;
uint32_t dead(kickmsg::ListedRegion const& region) noexcept;
/// "2" or "2+1 dead".
std::string attendance_text(kickmsg::Attendance const& attendance);

Json json_of(kickmsg::ListedRegion const& region);
Json json_of(kickmsg::InspectedSubscriber const& subscriber);
Json json_of(kickmsg::InspectedPublisher const& publisher);
Json json_of(kickmsg::PoolReport const& pool);
Json json_of(kickmsg::SchemaInfo const& schema);
/// All that is known.
Json json_of(kickmsg::RegionReport const& report);

} // namespace kickmsg_tools
