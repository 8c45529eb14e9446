/// What list() and inspect() report of one region.
#pragma once

#include "Inspection.h"
#include "kickmsg/Discovery.h"

#include <functional>
#include <optional>
#include <string>

namespace kickmsg {
namespace detail {

/// Looks at what has that name; `more`, where there is one, first looks at what can be read, and its errors are the entry's.
/// Returns: nothing when there is none any more, nor, unless `foreign`, when it is no region.
std::optional<ListedRegion> look_at(std::string const& name, bool foreign,
                                    std::function<void(Inspection const&)> const& more = nullptr);

} // namespace detail
} // namespace kickmsg
