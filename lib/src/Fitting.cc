#include "Fitting.h"

#include <string>

namespace kickmsg {
namespace detail {

namespace {

channel::Type type_of(Identity const& identity) noexcept
{
    return identity.kind == Identity::Broadcast    ? channel::Broadcast
           : identity.kind == Identity::Blackboard ? channel::Blackboard
                                                   : channel::PubSub;
}

/// Empty when it is that type.
std::string difference(RegionHeader const& header, channel::Type type)
{
    uint32_t const found = header.type;
    return found == type ? ""
                         : "type is " + std::to_string(found) + ", expected " + std::to_string(type) +
                               " (1 = PubSub, 2 = Broadcast, 3 = Blackboard)";
}

} // namespace

std::optional<Error> collision(RegionHeader const& header, std::string const& name, Identity const* expected)
{
    Identity const found = identity_of(header);
    if (expected == nullptr || expected->kind == Identity::Region || found.kind == Identity::Region ||
        found.same_name(*expected)) {
        return std::nullopt;
    }
    return Error(ErrorCode::NameCollision, name,
                 "two different names lead to this region: expected " + expected->readable() + ", found " +
                     found.readable(),
                 Remedy{"rename one of the two, or give them different prefixes"});
}

std::optional<Error> collision(Mapping& mapping, Identity const* expected)
{
    return collision(mapping.header(), mapping.name(), expected);
}

std::optional<Error> wrong_type(Mapping& mapping, Identity const* expected)
{
    return wrong_type(mapping.header(), mapping.name(), expected);
}

std::optional<Error> wrong_type(RegionHeader const& header, std::string const& name, Identity const* expected)
{
    if (expected == nullptr || expected->kind == Identity::Region) {
        return std::nullopt;
    }
    std::string const wrong = difference(header, type_of(*expected));
    return wrong.empty() ? std::nullopt
                         : std::make_optional<Error>(ErrorCode::Mismatch, name, wrong + " for " + expected->readable());
}

std::optional<Error> misfit(Mapping& mapping, channel::Type type, Geometry const& geometry, Identity const& identity)
{
    if (auto other = collision(mapping, &identity)) {
        return other;
    }
    std::string wrong = difference(mapping.header(), type);
    if (wrong.empty()) {
        wrong = mapping.geometry().difference(geometry);
    }
    return wrong.empty() ? std::nullopt
                         : std::make_optional<Error>(ErrorCode::Mismatch, mapping.name(),
                                                     "the region in use has another geometry: " + wrong);
}

} // namespace detail
} // namespace kickmsg
