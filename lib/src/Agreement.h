/// What the ends of a region agree on: the schema of its messages.
#pragma once

#include "RegionState.h"
#include "kickmsg/Error.h"
#include "kickmsg/Schema.h"

#include <optional>

namespace kickmsg {
namespace detail {

/// Returns: the error when a region of this `geometry`, which `object` is, has no room for messages of the type `wanted`, or
/// none that is aligned as they are. Of a descriptor that is none of a type nothing is known.
std::optional<Error> too_small(ErrorCode code, std::string const& object, Geometry const& geometry,
                               SchemaInfo const& wanted);
/// Returns: the schema that the region carries, if it is set.
std::optional<SchemaInfo> carried_schema(Mapping& mapping);
/// Returns: the error when the region carries something else than `wanted`. Nothing when it has no schema yet.
std::optional<Error> other_schema(Mapping& mapping, SchemaInfo const& wanted);
/// Returns: the error when the region carries something else than `wanted`, or could not. Nothing when it has no schema yet.
std::optional<Error> disagreement(Mapping& mapping, SchemaInfo const& wanted);

/// Sees to it that the region carries `wanted`: sets its schema where it has none.
/// Errors: as disagreement(); NotReady where a living participant sets one just now. Nothing waits for it.
void agree_at_once(RegionState& region, SchemaInfo const& wanted);
/// The same, but waits for one that sets a schema just now: about a second.
void agree(RegionState& region, SchemaInfo const& wanted);

} // namespace detail
} // namespace kickmsg
