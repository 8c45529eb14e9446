/// core/Replacement.h over the system: what it asks, the replacer with its proof of life, and the look at the name that
/// ends every way to a region.
#pragma once

#include "RegionState.h"
#include "kickmsg/core/Ownership.h"
#include "kickmsg/core/Replacement.h"
#include "kickmsg/os/Liveness.h"

#include <exception>

namespace kickmsg {
namespace detail {

/// What the protocol of replacing asks of the system.
class Surroundings {
public:
    /// `fresh`: by a replacer `incarnation`, what is to have the name; null when nothing is. `provision`: of a region whose living are no
    /// obstacle while it is provisional; null when they are.
    explicit Surroundings(SharedMemory const& memory, SharedMemory* fresh = nullptr, uint64_t incarnation = 0,
                          Policy::atomic<uint32_t>* provision = nullptr) noexcept
        : memory_(memory), fresh_(fresh), incarnation_(incarnation), provision_(provision)
    {
    }

    bool arm() noexcept
    {
        return attempt(arm_failure_, [this] {
            fresh_ != nullptr ? fresh_->arm(memory_, incarnation_) : memory_.arm_removal(incarnation_);
            return true;
        });
    }
    bool disarm(uint64_t replacer) noexcept
    {
        if (attempt(disarm_failure_, [=] { return memory_.disarm(replacer); })) {
            return true;
        }
        bool const dead = !os::is_alive(memory_, os::Role::Replacer, replacer);
        disarm_failure_ = dead ? nullptr : disarm_failure_;
        return dead;
    }
    bool is_anyone_alive() const noexcept
    {
        bool const is_no_obstacle = provision_ != nullptr && core::Provision<Policy>(*provision_).is_open();
        return !is_no_obstacle && os::is_anyone_alive(memory_);
    }
    bool is_linked() const noexcept
    {
        return memory_.is_linked();
    }
    /// Null when there was none.
    std::exception_ptr const& arm_failure() const noexcept
    {
        return arm_failure_;
    }
    std::exception_ptr const& disarm_failure() const noexcept
    {
        return disarm_failure_;
    }

private:
    template <class Act>
    static bool attempt(std::exception_ptr& failure, Act act) noexcept
    {
        try {
            failure = nullptr;
            return act();
        } catch (...) {
            failure = std::current_exception();
            return false;
        }
    }

    SharedMemory const&       memory_;
    SharedMemory*             fresh_;
    uint64_t                  incarnation_;
    Policy::atomic<uint32_t>* provision_;
    std::exception_ptr        arm_failure_;
    std::exception_ptr        disarm_failure_;
};

using Replacement = core::Replacement<Policy, Surroundings>;

/// Whether a running process is between two steps of replacing this region. Waited for once, out of politeness.
inline bool is_being_replaced(Mapping& mapping) noexcept
{
    // relaxed: nothing depends on the answer
    uint64_t const word = mapping.header().state.load(std::memory_order_relaxed);
    return core::OwnerWord::state(word) == core::OwnerWord::Retired &&
           os::is_alive(mapping.memory(), os::Role::Replacer, core::OwnerWord::incarnation(word));
}

/// Whether the living are an obstacle to who replaces a region.
enum class Living { Stay, MayBeCalledAway /**< while it is provisional */ };

/// A replacer of `old`: named in its state, with a proof of life of its own in it.
class Replacer {
public:
    Replacer(Mapping& old, SharedMemory& fresh, Living living) : Replacer(old, &fresh, living) {}
    /// One that takes the name away, and puts nothing in the place of the region.
    explicit Replacer(Mapping& old, Living living = Living::Stay) : Replacer(old, nullptr, living) {}
    Replacer(Replacer const&)            = delete;
    Replacer& operator=(Replacer const&) = delete;
    /// What was to have the name ends its own attempt.
    ~Replacer()
    {
        if (fresh_ == nullptr) {
            surroundings_.disarm(incarnation_);
        }
    }

    /// `failure`: why another could not be disarmed. Errors: of SharedMemory::arm().
    Replacement::Outcome retire(std::exception_ptr& failure)
    {
        auto const outcome = replacement_.retire(incarnation_);
        if (surroundings_.arm_failure()) {
            std::rethrow_exception(surroundings_.arm_failure());
        }
        failure = surroundings_.disarm_failure();
        return outcome;
    }

    /// After Retired. Returns: false when somebody has disarmed this one. Errors: of SharedMemory::replace().
    bool take_name()
    {
        try {
            return fresh_ != nullptr ? fresh_->replace() : old_.take_away(incarnation_);
        } catch (...) {
            replacement_.give_back(incarnation_);
            throw;
        }
    }

private:
    Replacer(Mapping& old, SharedMemory* fresh, Living living)
        : old_(old.memory()), fresh_(fresh),
          incarnation_(core::Registry<Policy, Layout>(old.layout()).draw_incarnation()),
          proof_(old.memory(), os::Role::Replacer, incarnation_),
          surroundings_(old.memory(), fresh, incarnation_,
                        living == Living::Stay ? nullptr : &old.header().provisional),
          replacement_(old.header().state, surroundings_)
    {
    }

    SharedMemory&   old_;
    SharedMemory*   fresh_;
    uint64_t        incarnation_;
    os::ProofOfLife proof_;
    Surroundings    surroundings_;
    Replacement     replacement_;
};

/// Whether the name leads to this region, and will not be taken by a replacer that is armed for it now.
inline bool has_name_for_good(Mapping& mapping)
{
    mapping.memory().clear_waiting();
    return mapping.memory().is_linked();
}

/// After the proof of life. Returns: whether this region is the one to stay in. `failure`: why it is not, if that is an error.
inline bool may_stay(Mapping& mapping, std::exception_ptr& failure)
{
    Surroundings surroundings(mapping.memory());
    bool const   occupies = Replacement(mapping.header().state, surroundings).occupy();
    failure               = surroundings.disarm_failure();
    return occupies && has_name_for_good(mapping);
}

/// By one that stays for the region's geometry, under a proof of life: from now on only the dead's is replaced. Returns, `failure`: as may_stay().
inline bool settle(RegionState& region, std::exception_ptr& failure)
{
    if (!region.was_provisional()) {
        return true;
    }
    core::Provision<Policy>(region.mapping().header().provisional).settle();
    return may_stay(region.mapping(), failure);
}

} // namespace detail
} // namespace kickmsg
