/// Removing the name of a region.
#pragma once

#include "RegionState.h"

#include <string>

namespace kickmsg {
namespace detail {

/// Removes the name of a region, if it has it and no other living participant is doing so. Errors: PermissionDenied, System.
void unlink_region(RegionState& region);
/// Removes a name, unless the region under it is one of another user name. Errors: NameCollision, and as above.
void unlink_region(std::string const& name, Identity const& identity);
/// To be called when a name has been removed: says so to those that hold the region, if it was theirs.
void note_unlinked(Mapping& mapping) noexcept;
/// To be called when another region has been put in the place of a provisional one: those that are in it follow, and who sleeps wakes.
void call_away(Mapping& mapping) noexcept;

} // namespace detail
} // namespace kickmsg
