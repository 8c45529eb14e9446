/// Creating, opening and replacing regions: processes that meet on a name meet on one file.
///
///   opener:    proof of life -> look at the state and at the name -> stay, or let go and open by name again
///   replacer:  arm -> retire the old region (core/Replacement.h) -> take its name; disarmed, or too late: once more
///   both:      clear what is armed for this name by others -> still in the region that has the name?
///
/// The last line is for names that change outside the protocol, by hand: a replacer that had looked at the name before has
/// taken it by then, or cannot take it any more. And it clears what killed replacers left.
#include "RegionState.h"
#include "Replacing.h"
#include "kickmsg/Error.h"
#include "kickmsg/os/Time.h"

#include <exception>
#include <optional>

namespace kickmsg {
namespace detail {

namespace {

/// Another process is between two steps of replacing or naming a region: look again, this often, then say so.
constexpr int  attempts_limit = 1000;
constexpr auto pause          = std::chrono::milliseconds(1);

[[noreturn]] void refuse_unsettled(std::string const& name, std::exception_ptr const& cause)
{
    if (cause) {
        std::rethrow_exception(cause);
    }
    throw Error(ErrorCode::InUse, name, "others have been replacing this region for about a second",
                Remedy{"let them go on, or end the one that is stopped, and call again"});
}

std::shared_ptr<Mapping> map_region(std::string const& name)
{
    SharedMemory   memory   = SharedMemory::open(name);
    Geometry const geometry = examine(memory.data(), memory.size(), memory.name());
    return std::make_shared<Mapping>(std::move(memory), geometry);
}

/// Takes a record for the region itself, and recovers what the dead left.
void settle_in(RegionState& region)
{
    Participant& participant = region.participant();
    if (!participant.enroll(ParticipantKind::Region) && !participant.adopt(ParticipantKind::Region)) {
        participant.refuse(ParticipantKind::Region);
    }
    region.recover_if_automatic();
}

[[noreturn]] void refuse_occupied(Mapping& mapping)
{
    throw Error(ErrorCode::InUse, mapping.name(), "the region is in use by " + living_participants(mapping));
}

/// Before anything is built: a region in use is an error even where there is no room for another.
void refuse_if_in_use(std::string const& name)
{
    try {
        auto const mapping = map_region(name);
        if (mapping->memory().is_linked() && os::is_anyone_alive(mapping->memory())) {
            refuse_occupied(*mapping);
        }
    } catch (Error const& error) {
        if (error.code() != ErrorCode::NotFound) {
            throw;
        }
    }
}

void check_type(channel::Type type)
{
    if (type != channel::PubSub && type != channel::Broadcast) {
        throw Error(ErrorCode::InvalidConfig, "channel::Type",
                    "is " + std::to_string(type) + ", expected 1 (PubSub) or 2 (Broadcast)",
                    Remedy{"choose one of these"});
    }
}

std::shared_ptr<RegionState> build_region(std::string const& name, channel::Type type, channel::Config const& cfg,
                                          Identity const& identity, Attach const& attach)
{
    Geometry const geometry = Geometry::of(cfg);
    SharedMemory   memory   = SharedMemory::build(name, static_cast<std::size_t>(geometry.total_size), cfg.mode);
    initialise(memory.data(), geometry, type, identity, cfg.schema);
    auto region = std::make_shared<RegionState>(std::make_shared<Mapping>(std::move(memory), geometry));
    settle_in(*region); // before it has a name: from the first moment it is in use
    attach(region);
    return region;
}

/// A region whose name another has been disarmed of, or has lost, can take none any more: then another is built.
void build_unless_fresh(std::shared_ptr<RegionState>& fresh, std::string const& name, channel::Type type,
                        channel::Config const& cfg, Identity const& identity, Attach const& attach)
{
    if (fresh && fresh->mapping().memory().is_spent()) {
        fresh.reset(); // first: there may be no room for two
    }
    if (!fresh) {
        fresh = build_region(name, type, cfg, identity, attach);
    }
}

/// Maps what has the name of `fresh`, if the dead alone hold it. Returns: null when it has to be looked at again.
/// Errors: InUse.
std::shared_ptr<Mapping> map_stale(RegionState& fresh)
{
    std::shared_ptr<Mapping> old;
    try {
        old = map_region(fresh.mapping().name());
    } catch (Error const& error) {
        if (error.code() == ErrorCode::NotFound) {
            return nullptr; // unlinked meanwhile: the name is free
        }
        throw;
    }
    if (!old->memory().is_linked()) {
        return nullptr;
    }
    if (os::is_anyone_alive(old->memory())) {
        refuse_occupied(*old);
    }
    return old;
}

/// What the attempts to get to a region have met.
struct Attempts {
    int                number = 0;
    std::exception_ptr failure; ///< why the last one failed, when that is an error

    /// Whether to let a running process that is replacing the region go first: once.
    bool polite() const noexcept
    {
        return number == 0;
    }
    bool next() noexcept
    {
        return ++number < attempts_limit;
    }
};

/// Returns: whether `fresh` has taken the place of the region that has its name, which only the dead hold.
bool replace_region(RegionState& fresh, Attempts& attempts)
{
    if (fresh.mapping().memory().is_spent()) {
        return false; // it had the name, and lost it at once: another is built
    }
    auto const old = map_stale(fresh);
    if (!old) {
        return false;
    }
    if (attempts.polite() && is_being_replaced(*old)) {
        sleep(pause);
        return false;
    }
    Replacer replacer(*old, fresh.mapping().memory());
    switch (replacer.retire(attempts.failure)) {
    case Replacement::Outcome::Busy:
        sleep(pause);
        return false;
    case Replacement::Outcome::Occupied:
        refuse_occupied(*old);
    case Replacement::Outcome::Retired:
        break;
    }
    return replacer.take_name() && has_name_for_good(fresh.mapping());
}

/// Returns: whether `fresh` has its name now, which nobody had.
bool publish_region(RegionState& fresh)
{
    return fresh.mapping().memory().publish() && has_name_for_good(fresh.mapping());
}

/// Returns: the error when the region is one of another user name.
std::optional<Error> collision(Mapping& mapping, Identity const* expected)
{
    Identity const found = identity_of(mapping.header());
    if (expected == nullptr || expected->kind == Identity::Region || found.kind == Identity::Region ||
        found.same_name(*expected)) {
        return std::nullopt;
    }
    return Error(ErrorCode::NameCollision, mapping.name(),
                 "two different names lead to this region: expected " + expected->readable() + ", found " +
                     found.readable(),
                 Remedy{"rename one of the two, or give them different prefixes"});
}

channel::Type type_of(Identity const& identity) noexcept
{
    return identity.kind == Identity::Broadcast ? channel::Broadcast : channel::PubSub;
}

/// Returns: the error when the region is of the other type than what the opener calls it. A raw region may be of either.
std::optional<Error> wrong_type(Mapping& mapping, Identity const* expected)
{
    if (expected == nullptr || expected->kind == Identity::Region || mapping.header().type == type_of(*expected)) {
        return std::nullopt;
    }
    return Error(ErrorCode::Mismatch, mapping.name(),
                 "type is " + std::to_string(mapping.header().type) + ", expected " +
                     std::to_string(type_of(*expected)) + " (1 = PubSub, 2 = Broadcast) for " + expected->readable());
}

/// Returns: the error when the region is not the one that is asked for.
std::optional<Error> misfit(Mapping& mapping, channel::Type type, Geometry const& geometry, Identity const& identity)
{
    if (auto other = collision(mapping, &identity)) {
        return other;
    }
    std::string difference = mapping.geometry().difference(geometry);
    if (mapping.header().type != type) {
        difference = "type is " + std::to_string(mapping.header().type) + ", expected " + std::to_string(type) +
                     " (1 = PubSub, 2 = Broadcast)";
    }
    if (!difference.empty()) {
        return Error(ErrorCode::Mismatch, mapping.name(), "the region in use has another geometry: " + difference);
    }
    return std::nullopt;
}

/// Opens the region if it fits. Returns: null when it has to be looked at again.
/// Errors: what does not fit, when the living use it; `stale` is set when only the dead do.
std::shared_ptr<RegionState> open_if_fitting(std::string const& name, channel::Type type, Geometry const& geometry,
                                             Identity const& identity, bool& stale)
{
    auto const                 mapping  = map_region(name); // to look, not to take part: nobody must take it for use
    std::optional<Error> const mismatch = misfit(*mapping, type, geometry, identity);
    if (!mismatch) {
        auto region = open_region(name, nullptr);
        return misfit(region->mapping(), type, geometry, identity) ? nullptr : region;
    }
    if (mapping->memory().is_linked() && os::is_anyone_alive(mapping->memory())) {
        throw *mismatch;
    }
    stale = true;
    return nullptr;
}

/// Returns: whether `fresh` has its name now; false when others were faster.
bool take_name(RegionState& fresh, bool stale, Attempts& attempts)
{
    if (publish_region(fresh)) {
        return true;
    }
    try {
        return stale && replace_region(fresh, attempts);
    } catch (Error const& error) {
        if (error.code() == ErrorCode::InUse) {
            return false; // looked at again: it may fit now
        }
        throw;
    }
}

/// Returns: whether the region under a name can be used by nobody, or not by this process: it is to go as it is.
bool is_unusable(ErrorCode error) noexcept
{
    return error == ErrorCode::Corrupt || error == ErrorCode::WrongVersion || error == ErrorCode::NotReady ||
           error == ErrorCode::PermissionDenied;
}

/// Takes part, without a record, in the region that has the name. Returns: null when it has to be looked at again.
/// Errors: NameCollision, and those of opening.
std::shared_ptr<RegionState> hold_for_removal(std::string const& name, Identity const& identity, Attempts& attempts)
{
    auto region = std::make_shared<RegionState>(map_region(name));
    if (auto const other = collision(region->mapping(), &identity)) {
        throw *other;
    }
    return is_settled(region->mapping(), attempts.failure) ? region : nullptr;
}

} // namespace

std::shared_ptr<RegionState> create_region(std::string const& name, channel::Type type, channel::Config const& cfg,
                                           Identity const& identity, Attach const& attach)
{
    check_type(type);
    Geometry::of(cfg); // what is wrong with the Config is said first
    refuse_if_in_use(name);
    std::shared_ptr<RegionState> fresh;
    Attempts                     attempts;
    do {
        build_unless_fresh(fresh, name, type, cfg, identity, attach);
        if (publish_region(*fresh) || replace_region(*fresh, attempts)) {
            return fresh;
        }
    } while (attempts.next());
    refuse_unsettled(name, attempts.failure);
}

std::shared_ptr<RegionState> open_region(std::string const& name, Identity const* identity)
{
    Attempts attempts;
    do {
        auto mapping = map_region(name);
        if (!attempts.polite() || !is_being_replaced(*mapping)) {
            auto region = std::make_shared<RegionState>(std::move(mapping));
            if (is_settled(region->mapping(), attempts.failure)) {
                if (auto const other = collision(region->mapping(), identity)) {
                    throw *other;
                }
                if (auto const other = wrong_type(region->mapping(), identity)) {
                    throw *other;
                }
                settle_in(*region);
                return region;
            }
        } // else without a proof of life, which would turn the replacer away
        sleep(pause);
    } while (attempts.next());
    refuse_unsettled(name, attempts.failure);
}

std::shared_ptr<RegionState> open_if_settled(std::string const& name, channel::Type type,
                                             std::optional<Geometry> const& geometry, Identity const& identity)
{
    auto const mapping = map_region(name); // to look, not to take part: nobody must take it for use
    if (auto const other = misfit(*mapping, type, geometry ? *geometry : mapping->geometry(), identity)) {
        throw *other;
    }
    auto               region = std::make_shared<RegionState>(mapping);
    std::exception_ptr failure; // another user's file that waits for the name: looked at again later
    if (!is_settled(*mapping, failure)) {
        return nullptr;
    }
    settle_in(*region);
    return region;
}

std::shared_ptr<RegionState> create_or_open_region(std::string const& name, channel::Type type,
                                                   channel::Config const& cfg, Identity const& identity,
                                                   Attach const& attach)
{
    check_type(type);
    Geometry const               geometry = Geometry::of(cfg);
    std::shared_ptr<RegionState> fresh;
    Attempts                     attempts;
    do {
        bool stale = false;
        try {
            if (auto region = open_if_fitting(name, type, geometry, identity, stale)) {
                attach(region);
                return region;
            }
        } catch (Error const& error) {
            if (error.code() != ErrorCode::NotFound) {
                throw;
            }
        }
        build_unless_fresh(fresh, name, type, cfg, identity, attach);
        if (take_name(*fresh, stale, attempts)) {
            return fresh;
        }
    } while (attempts.next());
    refuse_unsettled(name, attempts.failure);
}

void unlink_region(RegionState& region)
{
    Mapping&                         mapping = region.mapping();
    uint64_t const                   self    = region.participant().self().incarnation;
    LifeCheck                        life(mapping.memory());
    core::Removal<Policy, LifeCheck> removal(mapping.header().remover, life);
    if (!removal.claim(self) || !mapping.memory().is_linked()) {
        return;
    }
    try {
        SharedMemory::unlink(mapping.name());
        note_unlinked(mapping);
    } catch (...) {
        removal.give_back(self); // another may be allowed to
        throw;
    }
}

void unlink_region(std::string const& name, Identity const& identity)
{
    Attempts attempts;
    do {
        std::shared_ptr<RegionState> region;
        try {
            region = hold_for_removal(name, identity, attempts);
        } catch (Error const& error) {
            if (error.code() == ErrorCode::NotFound) {
                return;
            }
            if (!is_unusable(error.code())) {
                throw;
            }
            SharedMemory::unlink(name);
            return;
        }
        if (region) {
            return unlink_region(*region);
        }
        sleep(pause);
    } while (attempts.next());
    refuse_unsettled(name, attempts.failure);
}

void note_unlinked(Mapping& mapping) noexcept
{
    if (!mapping.memory().is_linked()) {
        mapping.header().unlinks.fetch_add(1, std::memory_order_relaxed); // relaxed: its reader asks the system
    }
}

} // namespace detail
} // namespace kickmsg
