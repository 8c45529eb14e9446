/// Creating and opening regions.
#pragma once

#include "RegionState.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace kickmsg {
namespace detail {

/// Makes the handles that are wanted of a region, before a fresh one gets its name. May be called for a region that another
/// one then takes the place of.
using Attach = std::function<void(std::shared_ptr<RegionState> const& region)>;

/// What its caller says of the geometry that it asks for.
enum class Says {
    Geometry, ///< that it has to be this one
    Guess     ///< what to take while nobody else has decided: such a region is provisional (core::Provision)
};

/// A fresh region under `name`, in place of one that only the dead left. `schema`, here and below: what it has to carry, null when any
/// will do.
std::shared_ptr<RegionState> create_region(std::string const& name, channel::Type type, channel::Config const& cfg,
                                           Identity const& identity, SchemaInfo const* schema, Attach const& attach);
/// `identity`: what the opener calls it, null when it does not say.
std::shared_ptr<RegionState> open_region(std::string const& name, Identity const* identity);
/// Looks once, and does not wait where another process is between two steps. Returns: null when the region is not to stay in.
/// `geometry`: nothing when any will do. Errors: as open_region, Mismatch, SchemaMismatch, and NotReady where its schema is just being set.
std::shared_ptr<RegionState> open_at_once(std::string const& name, channel::Type type,
                                          std::optional<Geometry> const& geometry, Identity const& identity,
                                          SchemaInfo const* schema);
/// The region `name`, whoever made it, or a fresh one. A provisional one of another geometry is replaced under its living, which follow.
std::shared_ptr<RegionState> create_or_open_region(std::string const& name, channel::Type type,
                                                   channel::Config const& cfg, Identity const& identity,
                                                   SchemaInfo const* schema, Says says, Attach const& attach);

} // namespace detail
} // namespace kickmsg
