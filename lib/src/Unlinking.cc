#include "Unlinking.h"

#include "Attempts.h"
#include "Fitting.h"
#include "Replacing.h"
#include "kickmsg/core/Doorbell.h"

namespace kickmsg {
namespace detail {

namespace {

/// Returns: whether the region under a name can be used by nobody, or not by this process: it is to go as it is.
bool is_unusable(ErrorCode error) noexcept
{
    return error == ErrorCode::Corrupt || error == ErrorCode::WrongVersion || error == ErrorCode::NotReady ||
           error == ErrorCode::PermissionDenied;
}

/// Takes part, without a record, in a region that has the name. Returns: null when that has to be looked at again.
/// Errors: NameCollision, and those of a proof of life.
std::shared_ptr<RegionState> hold_for_removal(std::shared_ptr<Mapping> mapping, Identity const& identity,
                                              Attempts& attempts)
{
    auto region = std::make_shared<RegionState>(std::move(mapping));
    if (auto const other = collision(region->mapping(), &identity)) {
        throw *other;
    }
    return may_stay(region->mapping(), attempts.failure) ? region : nullptr;
}

/// While it is provisional others may put a region in its place, of which a removal by name alone would take the name. So it goes as the
/// dead's does. Returns: whether it has no name any more; false where only a removal by the right to it can take that.
bool unlink_provisional(Mapping& mapping)
{
    Attempts attempts;
    do {
        if (!mapping.memory().is_linked()) {
            return true;
        }
        Replacer   remover(mapping, Living::MayBeCalledAway);
        auto const outcome = remover.retire(attempts.failure);
        if (outcome == Replacement::Outcome::Retired && remover.take_name()) {
            note_unlinked(mapping);
            mapping.memory().clear_waiting();
            return true;
        }
        if (outcome == Replacement::Outcome::Occupied && may_stay(mapping, attempts.failure)) {
            return false; // settled meanwhile, and nobody is armed who found it provisional
        }
        Attempts::pause();
    } while (attempts.next());
    attempts.refuse(mapping.name());
}

} // namespace

void unlink_region(RegionState& region)
{
    Mapping& mapping = region.mapping();
    if (region.was_provisional() && unlink_provisional(mapping)) {
        return;
    }
    uint64_t const                   self = region.participant().self().incarnation;
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
            auto mapping = map_if_there(name);
            if (!mapping) {
                return;
            }
            region = hold_for_removal(std::move(mapping), identity, attempts);
        } catch (Error const& error) {
            if (!is_unusable(error.code())) {
                throw;
            }
            SharedMemory::unlink(name);
            return;
        }
        if (region) {
            return unlink_region(*region);
        }
        Attempts::pause();
    } while (attempts.next());
    attempts.refuse(name);
}

void note_unlinked(Mapping& mapping) noexcept
{
    if (!mapping.memory().is_linked()) {
        mapping.header().unlinks.fetch_add(1, std::memory_order_relaxed); // relaxed: its reader asks the system
    }
}

void call_away(Mapping& mapping) noexcept
{
    core::Doorbell<Policy, Layout>(mapping.layout()).call_away(mapping.header().unlinks);
}

} // namespace detail
} // namespace kickmsg
