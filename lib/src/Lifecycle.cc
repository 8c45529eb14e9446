/// Creating, opening and replacing regions: processes that meet on a name meet on one file.
///
///   opener:    proof of life -> look at the state and at the name -> stay, or let go and open by name again
///   replacer:  arm -> retire the old region (core/Replacement.h) -> take its name; disarmed, or too late: once more
///   both:      clear what is armed for this name by others -> still in the region that has the name?
///
/// The last line is for names that change outside the protocol, by hand: a replacer that had looked at the name before has
/// taken it by then, or cannot take it any more. And it clears what killed replacers left.
#include "Lifecycle.h"

#include "Agreement.h"
#include "Attempts.h"
#include "Fitting.h"
#include "Replacing.h"
#include "Unlinking.h"
#include "kickmsg/Error.h"

namespace kickmsg {
namespace detail {

namespace {

/// A region that is to have its name when the call returns.
struct Wanted {
    std::string const&     name;
    channel::Type          type;
    channel::Config const& cfg;
    Identity const&        identity;
    SchemaInfo const*      schema; ///< null when any will do
    Attach const&          attach;
    Says                   says;
    Geometry               geometry;
};

Geometry checked_geometry(channel::Config const& cfg, SchemaInfo const* schema)
{
    Geometry const geometry = Geometry::of(cfg);
    auto const     small =
        schema != nullptr ? too_small(ErrorCode::InvalidConfig, "Config", geometry, *schema) : std::nullopt;
    if (small) {
        throw *small;
    }
    return geometry;
}

channel::Type checked(channel::Type type, Identity const& identity)
{
    bool const is_board = type == channel::Blackboard && identity.kind == Identity::Blackboard;
    if (type != channel::PubSub && type != channel::Broadcast && !is_board) {
        throw Error(ErrorCode::InvalidConfig, "channel::Type",
                    "is " + std::to_string(type) + ", expected 1 (PubSub) or 2 (Broadcast)",
                    Remedy{"choose one of these"});
    }
    return type;
}

/// Takes a record for the region itself, and recovers what the dead left.
void enroll_region(RegionState& region)
{
    Participant& participant = region.participant();
    if (!participant.enroll(ParticipantKind::Region) && !participant.adopt(ParticipantKind::Region)) {
        participant.refuse(ParticipantKind::Region);
    }
    region.recover_if_automatic();
}

Error occupied(Mapping& mapping)
{
    return Error(ErrorCode::InUse, mapping.name(), "the region is in use by " + living_participants(mapping));
}

/// Whether it has its name and living participants.
bool is_in_use(Mapping& mapping)
{
    return mapping.memory().is_linked() && os::is_anyone_alive(mapping.memory());
}

/// Before anything is built: a region in use is an error even where there is no room for another.
void refuse_if_in_use(std::string const& name)
{
    auto const mapping = map_if_there(name);
    if (mapping && is_in_use(*mapping)) {
        throw occupied(*mapping);
    }
}

/// `carried`: the schema of the region in whose place it goes.
std::shared_ptr<RegionState> build_region(Wanted const& wanted, std::optional<SchemaInfo> const& carried)
{
    using Provision                        = core::Provision<Policy>;
    std::optional<SchemaInfo> const schema = wanted.schema != nullptr ? *wanted.schema
                                             : carried                ? carried
                                                                      : wanted.cfg.schema;

    Geometry const& geometry = wanted.geometry;
    SharedMemory    memory =
        SharedMemory::build(wanted.name, static_cast<std::size_t>(geometry.total_size), wanted.cfg.mode);
    initialise(memory.data(), geometry, wanted.type, wanted.identity, schema,
               wanted.says == Says::Guess ? Provision::open : Provision::settled);
    auto region = std::make_shared<RegionState>(std::make_shared<Mapping>(std::move(memory), geometry));
    enroll_region(*region); // before it has a name: from the first moment it is in use
    wanted.attach(region);
    return region;
}

/// A region whose name another has been disarmed of, or has lost, can take none any more: then another is built.
void build_unless_fresh(std::shared_ptr<RegionState>& fresh, Wanted const& wanted,
                        std::optional<SchemaInfo> const& carried = std::nullopt)
{
    if (fresh && (fresh->mapping().memory().is_spent() || carried)) {
        fresh.reset(); // first: there may be no room for two
    }
    if (!fresh) {
        fresh = build_region(wanted, carried);
    }
}

/// Returns: why the region is not the one that is wanted, whatever its geometry.
std::optional<Error> difference_in_kind(Mapping& mapping, Wanted const& wanted)
{
    if (auto other = collision(mapping, &wanted.identity)) {
        return other;
    }
    if (auto other = wanted.schema != nullptr ? other_schema(mapping, *wanted.schema) : std::nullopt) {
        return other;
    }
    return misfit(mapping, wanted.type, mapping.geometry(), wanted.identity);
}

/// Returns: why a provisional region cannot be replaced by the one that is wanted: those that are in it could not follow.
std::optional<Error> obstacle(Mapping& mapping, Wanted const& wanted)
{
    if (auto other = difference_in_kind(mapping, wanted)) {
        return other;
    }
    auto const carried = carried_schema(mapping);
    return carried ? too_small(ErrorCode::Mismatch, mapping.name(), wanted.geometry, *carried) : std::nullopt;
}

/// Whether the living in `old` would follow `wanted`; null: whatever they would, they stay.
Living living_in(Mapping& old, Wanted const* wanted)
{
    return wanted != nullptr && is_provisional(old.header()) && !obstacle(old, *wanted) ? Living::MayBeCalledAway
                                                                                        : Living::Stay;
}

/// By the replacer of `old`, which it has retired. Returns: whether `fresh` has the name for good.
bool take_place(Replacer& replacer, Mapping& old, Living living, Mapping& fresh)
{
    if (!replacer.take_name()) {
        return false;
    }
    if (living == Living::MayBeCalledAway) {
        call_away(old);
    }
    return has_name_for_good(fresh);
}

/// Returns: whether `fresh` has taken the place of the region that has its name, which only the dead hold, or which is provisional.
/// `wanted`: by one that may replace a provisional region under its living; null by others.
bool replace_region(RegionState& fresh, Attempts& attempts, Wanted const* wanted)
{
    attempts.occupied.reset();
    if (fresh.mapping().memory().is_spent()) {
        return false; // it had the name, and lost it at once: another is built
    }
    auto const old = map_if_there(fresh.mapping().name());
    if (!old || !old->memory().is_linked()) {
        return false; // unlinked meanwhile: the name is free, or another region's
    }
    Living const living = living_in(*old, wanted);
    if (living == Living::Stay && os::is_anyone_alive(old->memory())) {
        attempts.occupied = occupied(*old);
        return false;
    }
    if (attempts.polite() && is_being_replaced(*old)) {
        Attempts::pause();
        return false;
    }
    Replacer replacer(*old, fresh.mapping().memory(), living);
    switch (replacer.retire(attempts.failure)) {
    case Replacement::Outcome::Busy:
        Attempts::pause();
        return false;
    case Replacement::Outcome::Occupied:
        attempts.occupied = occupied(*old);
        return false;
    case Replacement::Outcome::Retired:
        break;
    }
    return take_place(replacer, *old, living, fresh.mapping());
}

/// Returns: whether `fresh` has its name now, which nobody had.
bool publish_region(RegionState& fresh)
{
    return fresh.mapping().memory().publish() && has_name_for_good(fresh.mapping());
}

/// Returns: null when `map` finds none. Errors: those of `map` and of opening.
std::shared_ptr<RegionState> open_by(std::shared_ptr<Mapping> (*map)(std::string const&), std::string const& name,
                                     Identity const* identity)
{
    Attempts attempts;
    do {
        auto mapping = map(name);
        if (!mapping) {
            return nullptr;
        }
        if (!attempts.polite() || !is_being_replaced(*mapping)) {
            auto region = std::make_shared<RegionState>(std::move(mapping));
            if (may_stay(region->mapping(), attempts.failure)) {
                if (auto const other = collision(region->mapping(), identity)) {
                    throw *other;
                }
                if (auto const other = wrong_type(region->mapping(), identity)) {
                    throw *other;
                }
                enroll_region(*region);
                return region;
            }
        } // else without a proof of life, which would turn the replacer away
        Attempts::pause();
    } while (attempts.next());
    attempts.refuse(name);
}

/// What has a name that a region is wanted under.
struct Found {
    std::shared_ptr<RegionState> fitting;
    bool                         stale = false; ///< it does not fit, and the dead alone hold it, or it is provisional
    bool                         provisional = false; ///< and those that hold it would follow
    std::optional<SchemaInfo>    schema;              ///< theirs
};

/// Returns: the error when the region is not the one that is wanted. Types before geometries: those of other types follow from them.
std::optional<Error> misfit(Mapping& mapping, Wanted const& wanted)
{
    if (wanted.schema != nullptr && !collision(mapping, &wanted.identity)) {
        if (auto other = disagreement(mapping, *wanted.schema)) {
            return other;
        }
    }
    bool const any = wanted.says == Says::Guess;
    return misfit(mapping, wanted.type, any ? mapping.geometry() : wanted.geometry, wanted.identity);
}

/// Of a region that does not fit. Errors: why it cannot be replaced, when the living use it.
Found find_stale(Mapping& mapping, Wanted const& wanted, Error const& mismatch)
{
    if (!is_in_use(mapping)) {
        return {nullptr, true, false, std::nullopt};
    }
    if (!is_provisional(mapping.header())) {
        throw mismatch;
    }
    if (auto const other = obstacle(mapping, wanted)) {
        throw *other;
    }
    return {nullptr, true, true, carried_schema(mapping)};
}

/// Errors: what does not fit, when the living use it.
Found find(Wanted const& wanted)
{
    auto const mapping = map_if_there(wanted.name);
    if (!mapping) {
        return {};
    }
    auto const mismatch = misfit(*mapping, wanted);
    if (!mismatch) {
        auto       region = open_by(map_if_there, wanted.name, nullptr);
        bool const fits   = region && !misfit(region->mapping(), wanted);
        return {fits ? region : nullptr, false, false, std::nullopt};
    }
    return find_stale(*mapping, wanted, *mismatch);
}

/// Returns: whether the region, which fits, is the one to stay in.
bool is_settled(RegionState& region, Attempts& attempts)
{
    while (!settle(region, attempts.failure)) {
        if (!region.mapping().memory().is_linked() || !attempts.next()) {
            return false; // replaced: by another one, which is looked at next
        }
        Attempts::pause();
    }
    return true;
}

} // namespace

std::shared_ptr<RegionState> create_region(std::string const& name, channel::Type type, channel::Config const& cfg,
                                           Identity const& identity, SchemaInfo const* schema, Attach const& attach)
{
    Wanted const wanted{name,           checked(type, identity),      cfg, identity, schema, attach,
                        Says::Geometry, checked_geometry(cfg, schema)};
    refuse_if_in_use(name);
    std::shared_ptr<RegionState> fresh;
    Attempts                     attempts;
    do {
        build_unless_fresh(fresh, wanted);
        if (publish_region(*fresh) || replace_region(*fresh, attempts, nullptr)) {
            return fresh;
        }
        if (attempts.occupied) {
            throw *attempts.occupied;
        }
    } while (attempts.next());
    attempts.refuse(name);
}

std::shared_ptr<RegionState> open_region(std::string const& name, Identity const* identity)
{
    return open_by(map_region, name, identity);
}

std::shared_ptr<RegionState> open_at_once(std::string const& name, channel::Type type,
                                          std::optional<Geometry> const& geometry, Identity const& identity,
                                          SchemaInfo const* schema)
{
    auto const mapping = map_region(name);
    if (auto const other = misfit(*mapping, type, geometry ? *geometry : mapping->geometry(), identity)) {
        throw *other;
    }
    if (auto const other = schema != nullptr ? disagreement(*mapping, *schema) : std::nullopt) {
        throw *other; // before it takes a record there
    }
    auto               region = std::make_shared<RegionState>(mapping);
    std::exception_ptr failure; // another user's file that waits for the name: looked at again later
    if (!may_stay(*mapping, failure)) {
        return nullptr;
    }
    enroll_region(*region);
    if (schema != nullptr) {
        agree_at_once(*region, *schema);
    }
    return !geometry || settle(*region, failure) ? region : nullptr;
}

std::shared_ptr<RegionState> create_or_open_region(std::string const& name, channel::Type type,
                                                   channel::Config const& cfg, Identity const& identity,
                                                   SchemaInfo const* schema, Says says, Attach const& attach)
{
    Wanted const                 wanted{name, checked(type, identity),      cfg, identity, schema, attach,
                        says, checked_geometry(cfg, schema)};
    std::shared_ptr<RegionState> fresh;
    Attempts                     attempts;
    do {
        Found const found = find(wanted);
        if (found.fitting) {
            attach(found.fitting);
            if (schema != nullptr) {
                agree(*found.fitting, *schema);
            }
            if (says == Says::Guess || is_settled(*found.fitting, attempts)) {
                return found.fitting;
            }
            continue;
        }
        build_unless_fresh(fresh, wanted, found.schema);
        if (publish_region(*fresh) ||
            (found.stale && replace_region(*fresh, attempts, found.provisional ? &wanted : nullptr))) {
            return fresh;
        } // where it is occupied: it may fit now
    } while (attempts.next());
    attempts.refuse(name);
}

} // namespace detail
} // namespace kickmsg
