/// Whether a region is the one that its opener means.
#pragma once

#include "Mapping.h"
#include "kickmsg/Error.h"

#include <optional>

namespace kickmsg {
namespace detail {

/// Returns: the error when the region is one of another user name.
std::optional<Error> collision(Mapping& mapping, Identity const* expected);
/// Returns: the error when the region is of the other type than what the opener calls it. A raw region may be of either.
std::optional<Error> wrong_type(Mapping& mapping, Identity const* expected);
/// The same of a copy of the header of the region `name`.
/// @{
std::optional<Error> collision(RegionHeader const& header, std::string const& name, Identity const* expected);
std::optional<Error> wrong_type(RegionHeader const& header, std::string const& name, Identity const* expected);
/// @}
/// Returns: the error when the region is not the one that is asked for.
std::optional<Error> misfit(Mapping& mapping, channel::Type type, Geometry const& geometry, Identity const& identity);

} // namespace detail
} // namespace kickmsg
