/// How a handle moves to another region of its name, when its own has lost it.
#pragma once

#include "RegionState.h"
#include "kickmsg/Error.h"
#include "kickmsg/core/Doorbell.h"

#include <memory>
#include <new>
#include <optional>
#include <string>

namespace kickmsg {
namespace detail {

/// What the user of a Node asked for, and asks for again.
struct Destination {
    std::string               region;
    channel::Type             type = channel::PubSub;
    std::optional<Geometry>   geometry; ///< nothing: whatever is there
    Identity                  identity;
    std::optional<SchemaInfo> schema;                ///< of its messages; nothing: whatever is there
    bool                      until_decided = false; ///< it is followed out of provisional regions only

    SchemaInfo const* wanted_schema() const noexcept
    {
        return schema ? &*schema : nullptr;
    }
};

/// Runs `step` of a move. Returns: false when it was refused; the handle stays, and looks again.
template <class Step>
bool is_granted(Step step) noexcept
{
    try {
        step();
        return true;
    } catch (Error const&) {
        return false;
    } catch (std::bad_alloc const&) {
        return false;
    }
}

/// What a handle is doing when it may look: how much a look may cost.
enum class Moment {
    Busy,  ///< a message goes out, and somebody hears it: one load; the clock once the name is known to be lost
    Idle,  ///< a poll found nothing: the clock at every 64th
    Rested ///< it has slept, or nobody hears it: the clock
};

/// Decides when to look at the name, and looks. It never waits, and opens only what others have made.
///
/// Threads: that of its handle.
/// Cost:    as Moment says. Where the clock says so, at most every 20 ms, or there is news of the name: system calls.
class Follower {
public:
    explicit Follower(Destination destination) : destination_(std::move(destination)) {}

    /// Returns: the region to move to; null to stay.
    std::shared_ptr<RegionState> look(Mapping& here, Moment moment) noexcept
    {
        // relaxed: a hint, which the system is asked about
        uint64_t const unlinks = here.header().unlinks.load(std::memory_order_relaxed);
        bool const     is_news = unlinks != unlinks_;
        bool const     is_turn =
            is_lost_ || moment == Moment::Rested || (moment == Moment::Idle && ++polls_ % polls_a_look == 0);
        if (!is_news && !is_turn) {
            return nullptr;
        }
        unlinks_ = unlinks;
        return follows() ? ask(here, is_news) : nullptr;
    }

    /// Whether it goes where the name goes.
    bool follows() const noexcept
    {
        return !destination_.until_decided || !is_decided_;
    }

    /// By a subscriber that has announced that it is about to sleep. Returns: whether to look before.
    bool has_news(Mapping& here) const noexcept
    {
        return core::Doorbell<Policy, Layout>::news(here.header().unlinks) != unlinks_ && follows();
    }

    /// The handle has gone there. `is_decided`: the region was not provisional any more when it came.
    void arrive(bool is_decided) noexcept
    {
        unlinks_    = 0; // the word there is another one
        is_lost_    = false;
        is_decided_ = is_decided;
    }

private:
    static constexpr uint32_t polls_a_look = 64;

    std::shared_ptr<RegionState> ask(Mapping& here, bool is_news) noexcept;

    Destination destination_;
    uint64_t    unlinks_  = 0; ///< the word when it was last seen
    uint64_t    due_ns_   = 0; ///< when to ask the system again
    uint64_t    pause_ns_ = 0;
    uint32_t    polls_    = 0;
    /// Its region was seen settled, and under its name afterwards: one that comes to settle it when another has the name is too late.
    bool is_decided_ = false;
    bool is_lost_    = false; ///< the name led elsewhere at the last look: by the clock, whatever the moment
};

} // namespace detail
} // namespace kickmsg
