/// What a SharedRegion holds: the mapping, a participant record of its own, and the turn-taking of repairs through it.
#pragma once

#include "AutomaticRecovery.h"
#include "Participant.h"
#include "kickmsg/Error.h"

#include <memory>
#include <mutex>
#include <optional>

namespace kickmsg {
namespace detail {

class RegionState {
public:
    /// Before it is occupied, as core::Provision wants it.
    explicit RegionState(std::shared_ptr<Mapping> mapping)
        : participant_(std::move(mapping)),
          was_provisional_(core::Provision<Policy>(this->mapping().header().provisional).is_open())
    {
    }

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
    /// False: its geometry was decided before this process came.
    bool was_provisional() const noexcept
    {
        return was_provisional_;
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
        return repair([this](RegionRecovery& recovery, core::Self /*self*/) {
            return recover_if_needed(recovery, mapping()).value_or(core::RecoveryCounts{});
        });
    }

    void recover_if_automatic()
    {
        if (automatic_recovery()) {
            recover();
        }
    }

    /// Gives a new participant a record, recovering the dead when none is free. Errors: as Participant::refuse; Mismatch where there
    /// are no messages.
    void admit(Participant& newcomer, ParticipantKind kind)
    {
        if (mapping().header().type == channel::Blackboard) {
            throw Error(ErrorCode::Mismatch, mapping().name(), "it is a blackboard, and carries no messages",
                        Remedy{"open it by Node::blackboard or Blackboard::open"});
        }
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
    bool         was_provisional_;
    std::mutex   repairs_; ///< held: participant_'s claim and covers_ are in use
    RegionCovers covers_;
};

} // namespace detail
} // namespace kickmsg
