/// What a SharedRegion holds: the mapping, a participant record of its own, and the turn-taking of repairs through it.
#pragma once

#include "Mapping.h"
#include "kickmsg/Error.h"
#include "kickmsg/Region.h"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace kickmsg {
namespace detail {

class RegionState {
public:
    explicit RegionState(std::shared_ptr<Mapping> mapping) : participant_(std::move(mapping)) {}

    Mapping& mapping() const noexcept
    {
        return participant_.mapping();
    }
    std::shared_ptr<Mapping> const& shared_mapping() const noexcept
    {
        return participant_.shared_mapping();
    }
    Participant& participant() noexcept
    {
        return participant_;
    }

    /// Runs `run(RegionRecovery&, core::Self)`. A record has one working claim: another thread that comes meanwhile does it
    /// through a record of its own, and waits only where none is free.
    template <class Repair>
    auto repair(Repair run)
    {
        std::unique_lock<std::mutex> mine(repairs_, std::try_to_lock);
        std::optional<Participant>   other;
        if (!mine.owns_lock() && !is_admitted(other)) {
            other.reset();
            mine.lock();
        }
        LifeCheck      life(mapping().memory());
        core::Self     self = other ? other->self() : participant_.self();
        RegionRecovery recovery(mapping().layout(), self, life, other ? nullptr : &covers_);
        return run(recovery, self);
    }

    core::RecoveryCounts recover()
    {
        return repair(
            [this](RegionRecovery& recovery, core::Self /*self*/) { return run_if_needed(recovery, mapping()); });
    }

    void recover_if_automatic()
    {
        if (automatic_recovery()) {
            recover();
        }
    }

    /// Gives a new participant a record, recovering the dead when none is free. Errors: as Participant::refuse.
    void admit(Participant& newcomer, ParticipantKind kind)
    {
        if (newcomer.enroll(kind)) {
            return;
        }
        recover_if_automatic();
        if (!newcomer.enroll(kind)) {
            newcomer.refuse(kind);
        }
    }

private:
    bool is_admitted(std::optional<Participant>& other) const
    {
        try {
            other.emplace(shared_mapping());
            return other->enroll(ParticipantKind::Region);
        } catch (Error const&) {
            return false; // no descriptor to spare, say
        }
    }

    Participant  participant_;
    std::mutex   repairs_; ///< held: participant_'s claim and covers_ are in use
    RegionCovers covers_;
};

/// Makes the handles that are wanted of a region, before a fresh one gets its name. May be called for a region that another
/// one then takes the place of.
using Attach = std::function<void(std::shared_ptr<RegionState> const& region)>;

/// A fresh region under `name`, in place of one that only the dead left.
std::shared_ptr<RegionState> create_region(std::string const& name, channel::Type type, channel::Config const& cfg,
                                           Identity const& identity, Attach const& attach);
/// `identity`: what the opener calls it, null when it does not say.
std::shared_ptr<RegionState> open_region(std::string const& name, Identity const* identity);
/// Removes the name of a region, if it has it and no other living participant is doing so. Errors: PermissionDenied, System.
void unlink_region(RegionState& region);
/// Looks once, and does not wait where another process is between two steps. Returns: null when the region is not to stay in.
/// `geometry`: nothing when any will do. Errors: as open_region, and Mismatch.
std::shared_ptr<RegionState> open_if_settled(std::string const& name, channel::Type type,
                                             std::optional<Geometry> const& geometry, Identity const& identity);
/// To be called when a name has been removed: says so to those that hold the region, if it was theirs.
void note_unlinked(Mapping& mapping) noexcept;
/// Removes a name, unless the region under it is one of another user name. Errors: NameCollision, and as above.
void                         unlink_region(std::string const& name, Identity const& identity);
std::shared_ptr<RegionState> create_or_open_region(std::string const& name, channel::Type type,
                                                   channel::Config const& cfg, Identity const& identity,
                                                   Attach const& attach);

} // namespace detail
} // namespace kickmsg
