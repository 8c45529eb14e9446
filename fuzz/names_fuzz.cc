/// Region and Node names: exactly the well-formed ones are taken, a region is found under the name it was given, and two
/// user names never meet in one region silently.
#include "support.h"

#include "kickmsg/Node.h"

#include <climits>
#include <optional>

using namespace kickmsg_fuzz;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::Node;
using kickmsg::SharedMemory;
using kickmsg::SharedRegion;

namespace {

kickmsg::channel::Config tiny()
{
    kickmsg::channel::Config cfg;
    cfg.max_subscribers   = 2;
    cfg.sub_ring_capacity = 2;
    cfg.pool_size         = 4;
    cfg.max_payload_size  = 8;
    cfg.max_publishers    = 2;
    return cfg;
}

template <class Call>
std::optional<ErrorCode> error_of(Call call)
{
    try {
        call();
    } catch (Error const& error) {
        return error.code();
    }
    return std::nullopt;
}

/// The rule for region names, in its own words.
bool well_formed(std::string const& name)
{
    std::string const rest = !name.empty() && name[0] == '/' ? name.substr(1) : name;
    return !rest.empty() && rest.size() < NAME_MAX && rest != "." && rest != ".." &&
           rest.find('/') == std::string::npos && rest.find('\0') == std::string::npos;
}

/// The rule for the parts of a Node's names.
bool part_allowed(std::string const& part)
{
    return !part.empty() && part.size() <= 255 && part.find('\0') == std::string::npos;
}

std::string safe(std::string const& text)
{
    std::string made;
    for (char c : text) {
        bool const kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                          c == '-' || c == '_';
        made += kept ? c : '_';
    }
    return made;
}

void check_region_name(std::string const& text)
{
    auto const refusal = error_of([&] { SharedMemory::checked_name(text); });
    require(refusal.has_value() != well_formed(text), "checked_name takes the well-formed names");
    require(!refusal || *refusal == ErrorCode::InvalidName, "checked_name's error");

    std::string const full  = "/" + prefix() + text;
    auto const        error = error_of([&] {
        auto const region = SharedRegion::create(full, kickmsg::channel::PubSub, tiny());
        require(region.name() == full && SharedRegion::open(full).info().name == full, "the region's own name");
    });
    require(error.has_value() != well_formed(full), "create takes the well-formed names");
    require(!error || *error == ErrorCode::InvalidName, "create's error");
    require(SharedMemory::unlink(full) != error.has_value(), "unlink finds what was created");
}

/// Both topics on one prefix: apart, the same, or a collision that is reported.
void check_topics(std::string const& one, std::string const& other)
{
    Node const node("fuzz", prefix());
    bool const fits    = part_allowed(one) && 2 + prefix().size() + one.size() <= NAME_MAX;
    auto const refused = error_of([&] { node.topic_region(one); });
    require(refused.has_value() == !fits && (fits || *refused == ErrorCode::InvalidName), "topic_region");
    if (!fits || error_of([&] { node.topic_region(other); })) {
        return;
    }
    require(node.topic_region(one) == "/" + prefix() + "_" + safe(one), "the pattern of topics");
    Node       user   = node;
    auto const holder = user.advertise(one, tiny());
    auto const error  = error_of([&] { user.subscribe(other); });
    bool const meet   = safe(one) == safe(other);
    auto const told   = meet ? ErrorCode::NameCollision : ErrorCode::NotFound;
    require(one == other ? !error : error == told, "two topics");
    require(error_of([&] { user.unlink_topic(other); }).has_value() == (meet && one != other), "unlink of the other's");
    SharedMemory::unlink(node.topic_region(one));
}

void check_parts(std::string const& name, std::string const& begin, std::string const& tag)
{
    auto const error = error_of([&] {
        Node const node(name, begin);
        require(node.name() == name && node.prefix() == begin, "a Node's own names");
    });
    require(error.has_value() != (part_allowed(name) && part_allowed(begin)), "Node takes the allowed names");
    if (error) {
        return;
    }
    Node const        node(name, begin);
    std::string const expected = "/" + safe(begin) + "_" + safe(name) + "_mbx_" + safe(tag);
    bool const        fits     = part_allowed(tag) && expected.size() <= NAME_MAX;
    auto const        refusal  = error_of([&] { require(node.mailbox_region(name, tag) == expected, "mailboxes"); });
    require(refusal.has_value() != fits && (fits || *refusal == ErrorCode::InvalidName), "mailbox_region");
    std::string const channel = "/" + safe(begin) + "_broadcast_" + safe(tag);
    bool const        short_  = part_allowed(tag) && channel.size() <= NAME_MAX;
    auto const        third   = error_of([&] { require(node.broadcast_region(tag) == channel, "broadcasts"); });
    require(third.has_value() != short_, "broadcast_region");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, std::size_t size)
{
    Input             input(data, size);
    std::string const one = input.text(), two = input.text(), three = input.text();
    check_region_name(one);
    check_topics(one, two);
    check_parts(one, two, three);
    return 0;
}
