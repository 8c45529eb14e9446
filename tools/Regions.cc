#include "Regions.h"

#include "kickmsg/Node.h"
#include "kickmsg/os/SharedMemory.h"

#include <algorithm>
#include <sys/stat.h>

namespace kickmsg_tools {

using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::InspectDepth;
using kickmsg::ListedRegion;
using kickmsg::RegionReport;

namespace {

/// As list() decides: what is no region is nobody's business unless its name was asked for.
bool is_foreign(ListedRegion const& region)
{
    return region.error && region.layout_version == 0 &&
           (region.error->code() == ErrorCode::Corrupt || region.error->code() == ErrorCode::NotReady ||
            region.error->code() == ErrorCode::InvalidName);
}

/// What begins with a dot is no region: the folder itself, and what waits to take a name.
bool exists(std::string const& region)
{
    struct stat status {};
    return !region.empty() && region.compare(0, 2, "/.") != 0 && lstat(("/dev/shm" + region).c_str(), &status) == 0;
}

/// Returns: what `make` makes; empty where nothing can have such a name.
template <class Make>
std::string name_or_none(Make make)
{
    try {
        return make();
    } catch (Error const& error) {
        if (error.code() != ErrorCode::InvalidName) {
            throw;
        }
        return {};
    }
}

/// The region names that `name` may stand for under a prefix; empty ones where it cannot. Errors: Error InvalidName when it stands for none.
std::vector<std::string> candidates(std::string const& prefix, std::string const& name)
{
    kickmsg::Node const      node("kickmsg-tool", prefix);
    std::vector<std::string> all   = {name_or_none([&] { return node.topic_region(name); }),
                                      name_or_none([&] { return node.broadcast_region(name); })};
    std::size_t const        slash = name.rfind('/');
    if (slash != std::string::npos && slash > 0 && slash + 1 < name.size()) {
        std::string const owner = name.substr(0, slash), tag = name.substr(slash + 1);
        all.push_back(name_or_none([&] { return node.mailbox_region(owner, tag); }));
        if (owner == "requests" || owner == "responses") {
            all.push_back(name_or_none(
                [&] { return owner == "requests" ? node.request_region(tag) : node.response_region(tag); }));
        }
    }
    bool const none = std::all_of(all.begin(), all.end(), [](std::string const& one) { return one.empty(); });
    return none ? std::vector<std::string>{node.topic_region(name)} : all;
}

/// The regions that are called `name` under a prefix. A blackboard is one of them where nothing else is: it may have the name of a topic.
std::vector<std::string> those_called(std::string const& prefix, std::string const& name)
{
    std::vector<std::string> found;
    for (std::string const& region : candidates(prefix, name)) {
        if (exists(region)) {
            found.push_back(region);
        }
    }
    std::string const board =
        found.empty() ? name_or_none([&] { return kickmsg::Node("kickmsg-tool", prefix).blackboard_region(name); })
                      : "";
    if (exists(board)) {
        found.push_back(board);
    }
    return found;
}

bool ends_with(std::string const& text, std::string const& end)
{
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// The prefix under which there is something of that name; empty where there is none. Looks closely at those alone whose region's name ends as that of `name`
/// would.
std::string other_prefix(kickmsg::Node const& node, std::string const& name)
{
    std::string const last = name.substr(name.rfind('/') + 1);
    std::string const end  = name_or_none([&] { return node.topic_region(last.empty() ? name : last); });
    std::size_t const skip = node.topic_region("x").size() - 1;
    for (std::string const& region : kickmsg::SharedMemory::names("")) {
        if (end.empty() || !ends_with(region, end.substr(skip))) {
            continue;
        }
        try {
            auto const found = kickmsg::inspect(region, InspectDepth::Rings).region;
            if (!found.error && title(found) == name) {
                return found.prefix;
            }
        } catch (Error const&) { // it has gone meanwhile, or is no region's name
        }
    }
    return {};
}

/// What the remedy of a name that leads nowhere says.
std::string advice(std::string const& prefix, std::string const& name)
{
    kickmsg::Node const node("kickmsg-tool", prefix);
    if (exists(name_or_none([&] { return node.request_region(name); }))) {
        return "there is a service of that name: requests/" + printable(name) + " and responses/" + printable(name);
    }
    std::string const other = other_prefix(node, name);
    return other.empty() || other == prefix ? "kickmsg list shows what there is"
                                            : "there is one of another prefix: --prefix " + printable(other);
}

std::string text_of(kickmsg::channel::Type type)
{
    return type == kickmsg::channel::Blackboard  ? "blackboard"
           : type == kickmsg::channel::Broadcast ? "broadcast"
                                                 : "pubsub";
}

} // namespace

void for_each_region(Context const& context, InspectDepth depth,
                     std::function<void(kickmsg::RegionReport&&)> const& visit)
{
    std::string const beginning = context.beginning();
    for (std::string const& name : kickmsg::SharedMemory::names(beginning)) {
        RegionReport report;
        try {
            report = kickmsg::inspect(name, depth);
        } catch (Error const& error) {
            if (error.code() == ErrorCode::NotFound) { // it has gone meanwhile
                continue;
            }
            if (error.code() != ErrorCode::InvalidName) { // a file may have a name that is too long for a region
                throw;
            }
            report.region.name   = name;
            report.region.status = kickmsg::RegionStatus::Unreadable;
            report.region.error.emplace(error);
        }
        if (!beginning.empty() || !is_foreign(report.region)) {
            visit(std::move(report));
        }
    }
}

std::vector<RegionReport> scan(Context const& context, InspectDepth depth)
{
    std::vector<RegionReport> found;
    for_each_region(context, depth, [&found](RegionReport&& report) { found.push_back(std::move(report)); });
    return found;
}

std::string find_region(Context const& context, std::string const& name)
{
    if (!name.empty() && name[0] == '/' && name.find('/', 1) == std::string::npos && exists(name)) {
        return name;
    }
    std::vector<std::string> const found = those_called(context.node_prefix(), name);
    if (found.empty()) {
        throw Failure(CouldNot,
                      "'" + printable(name) +
                          "': no region, topic, broadcast, mailbox or blackboard of that name with the prefix '" +
                          printable(context.node_prefix()) + "'",
                      advice(context.node_prefix(), name));
    }
    if (found.size() > 1) {
        throw Failure(Usage, "'" + printable(name) + "': both " + found[0] + " and " + found[1] + " are called so",
                      "give the name of the region, with its slash");
    }
    return found[0];
}

RegionReport look_at(Context const& context, std::string const& name, InspectDepth depth)
{
    return kickmsg::inspect(find_region(context, name), depth);
}

std::vector<RegionReport> chosen(Context const& context, std::string const& name, InspectDepth depth)
{
    return name.empty() ? scan(context, depth) : std::vector<RegionReport>{look_at(context, name, depth)};
}

std::string title(ListedRegion const& region)
{
    if (region.user_name.empty()) {
        return region.name;
    }
    return region.owner.empty() ? region.user_name : region.owner + "/" + region.user_name;
}

std::string kind_of(ListedRegion const& region)
{
    return region.kind.empty() ? "?" : region.kind;
}

char const* status_text(kickmsg::RegionStatus status) noexcept
{
    switch (status) {
    case kickmsg::RegionStatus::Ready:
        return "ready";
    case kickmsg::RegionStatus::Retired:
        return "retired";
    case kickmsg::RegionStatus::HalfCreated:
        return "half-created";
    case kickmsg::RegionStatus::Unlinked:
        return "unlinked";
    case kickmsg::RegionStatus::Unreadable:
        return "unreadable";
    }
    return "unknown";
}

std::string without_remedy(Error const& error)
{
    std::string const text  = error.what();
    std::size_t const begin = text.find(error.object() + ": ");
    std::string const rest  = begin == std::string::npos ? text : text.substr(begin + error.object().size() + 2);
    return rest.substr(0, rest.rfind(" ("));
}

std::string remedy_of(Error const& error, std::string const& region)
{
    switch (error.code()) {
    case ErrorCode::PermissionDenied:
        return "look as its owner, or as root";
    case ErrorCode::InUse:
        return "end its users first: kickmsg who " + printable(region);
    case ErrorCode::WrongVersion:
    case ErrorCode::Corrupt:
    case ErrorCode::NotReady:
    case ErrorCode::InvalidConfig:
        return "when nobody uses it any more: kickmsg unlink " + printable(region);
    default:
        break;
    }
    std::string const text  = error.what();
    std::size_t const begin = text.rfind(" (");
    return begin == std::string::npos ? "" : printable(text.substr(begin + 2, text.size() - begin - 3));
}

std::string type_text(RegionReport const& report)
{
    return report.region.kind == "blackboard" ? "each key's own"
           : report.schema                    ? printable(kickmsg::schema::text_of(*report.schema))
                                              : std::string();
}

uint32_t living(ListedRegion const& region) noexcept
{
    return region.publishers.alive + region.subscribers.alive + region.handles.alive;
}

uint32_t dead(ListedRegion const& region) noexcept
{
    return region.publishers.dead + region.subscribers.dead + region.handles.dead;
}

std::string attendance_text(kickmsg::Attendance const& attendance)
{
    std::string const alive = std::to_string(attendance.alive);
    return attendance.dead == 0 ? alive : alive + "+" + std::to_string(attendance.dead) + " dead";
}

Json json_of(ListedRegion const& region)
{
    auto const attendance = [](kickmsg::Attendance const& of) { return Json{{"alive", of.alive}, {"dead", of.dead}}; };
    Json       json;
    json["region"]         = region.name;
    json["status"]         = status_text(region.status);
    json["bytes"]          = region.size;
    json["layout_version"] = region.layout_version;
    if (region.error) {
        json["error"] = region.error->what();
        return json;
    }
    json["kind"]    = region.kind;
    json["name"]    = title(region);
    json["prefix"]  = region.prefix;
    json["creator"] = Json{{"name", region.creator}, {"pid", region.creator_pid}, {"created_ns", region.created_ns}};
    json["provisional"] = region.provisional;
    json["type"]        = text_of(region.type);
    json["config"]      = Json{{"max_subscribers", region.config.max_subscribers},
                          {"sub_ring_capacity", region.config.sub_ring_capacity},
                          {"pool_size", region.config.pool_size},
                          {"max_payload_size", region.config.max_payload_size},
                          {"max_publishers", region.config.max_publishers},
                          {"payload_alignment", region.config.payload_alignment},
                          {"max_views", region.config.max_views},
                          {"send_time", region.config.send_time},
                          {"history", region.config.history},
                          {"mode", region.config.mode}};
    json["publishers"]  = attendance(region.publishers);
    json["subscribers"] = attendance(region.subscribers);
    json["handles"]     = attendance(region.handles);
    json["live_rings"]  = region.live_rings;
    json["sent"]        = region.sent;
    return json;
}

Json json_of(kickmsg::InspectedSubscriber const& subscriber)
{
    static char const* const  states[] = {"free", "joining", "live", "draining"};
    kickmsg::RingStats const& ring     = subscriber.ring;
    return Json{{"ring", ring.index},        {"state", states[static_cast<int>(ring.state)]},
                {"pid", ring.pid},           {"incarnation", subscriber.incarnation},
                {"alive", subscriber.alive}, {"position", ring.position},
                {"received", ring.received}, {"unread", ring.unread},
                {"lost", ring.lost},         {"evicted", ring.evicted},
                {"views", ring.views},       {"views_refused", ring.views_refused}};
}

Json json_of(kickmsg::InspectedPublisher const& publisher)
{
    return Json{{"pid", publisher.pid},   {"incarnation", publisher.incarnation}, {"alive", publisher.alive},
                {"sent", publisher.sent}, {"publishing", publisher.publishing},   {"kept", publisher.kept}};
}

Json json_of(kickmsg::PoolReport const& pool)
{
    return Json{{"free", pool.free}, {"kept", pool.kept},       {"unread", pool.unread},
                {"held", pool.held}, {"history", pool.history}, {"orphaned", pool.orphaned}};
}

Json json_of(kickmsg::SchemaInfo const& schema)
{
    Json json;
    json["text"]          = kickmsg::schema::text_of(schema);
    json["name"]          = std::string(schema.name);
    json["version"]       = schema.version;
    json["identity"]      = hex(schema.identity.data(), schema.identity.size());
    json["identity_algo"] = schema.identity_algo;
    json["layout"]        = hex(schema.layout.data(), schema.layout.size());
    json["layout_algo"]   = schema.layout_algo;
    json["flags"]         = schema.flags;
    if (auto const layout = kickmsg::schema::type_layout(schema)) {
        json["size"]      = layout->size;
        json["alignment"] = layout->alignment;
        json["is_slice"]  = layout->is_slice;
    }
    return json;
}

Json json_of(RegionReport const& report)
{
    Json json = json_of(report.region);
    if (report.region.error) {
        return json;
    }
    json["message_type"]    = report.schema ? json_of(*report.schema) : Json();
    json["schema_stuck"]    = report.schema_stuck;
    json["slot_bytes"]      = report.slot_bytes;
    json["last_length"]     = report.last_length;
    json["corrupt"]         = report.corrupt;
    json["sweep_owed"]      = report.sweep_owed;
    json["leftover_files"]  = report.leftover_files;
    json["pool"]            = report.pool ? json_of(*report.pool) : Json();
    json["subscriber_list"] = Json::array();
    for (auto const& subscriber : report.subscribers) {
        json["subscriber_list"].push_back(json_of(subscriber));
    }
    json["publisher_list"] = Json::array();
    for (auto const& publisher : report.publishers) {
        json["publisher_list"].push_back(json_of(publisher));
    }
    return json;
}

} // namespace kickmsg_tools
