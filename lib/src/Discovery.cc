/// Finding regions, and what a Node says of topics that it has not joined.
#include "kickmsg/Discovery.h"

#include "Fitting.h"
#include "Guarded.h"
#include "Listing.h"
#include "WaitBudget.h"
#include "kickmsg/Node.h"

#include <algorithm>

namespace kickmsg {

using detail::guarded;
using detail::Identity;
using detail::Inspection;

namespace {

Attendance attendance(std::vector<ParticipantStats> const& participants, char const* kind) noexcept
{
    return {detail::count(participants, kind, true), detail::count(participants, kind, false)};
}

RegionStatus status_of(Inspection const& seen) noexcept
{
    if (!seen.memory().is_linked()) {
        return RegionStatus::Unlinked; // sometimes uncovered: the name has to go between two steps
    }
    // relaxed: of a copy
    uint64_t const state = seen.header().state.load(std::memory_order_relaxed);
    return core::OwnerWord::state(state) == core::OwnerWord::Retired ? RegionStatus::Retired : RegionStatus::Ready;
}

/// Whatever may fail comes before the first field is filled in.
void describe(Inspection const& seen, ListedRegion& entry)
{
    detail::Geometry const      geometry     = seen.examine();
    auto                        participants = seen.participants(geometry);
    uint32_t const              live_rings   = seen.live_rings(geometry);
    uint64_t const              sent         = seen.sent(geometry);
    detail::RegionHeader const& header       = seen.header();
    detail::Identity const      identity     = detail::identity_of(header);

    entry.status       = status_of(seen);
    entry.kind         = identity.kind_name();
    entry.prefix       = identity.prefix;
    entry.user_name    = identity.text;
    entry.owner        = identity.owner;
    entry.creator      = identity.creator;
    entry.creator_pid  = header.creator_pid;
    entry.created_ns   = header.created_ns;
    entry.type         = static_cast<channel::Type>(header.type);
    entry.config       = geometry.config();
    entry.config.mode  = seen.memory().mode();
    entry.provisional  = detail::is_provisional(header);
    entry.publishers   = attendance(participants, "publisher");
    entry.subscribers  = attendance(participants, "subscriber");
    entry.handles      = attendance(participants, "region");
    entry.live_rings   = live_rings;
    entry.sent         = sent;
    entry.participants = std::move(participants);
}

/// Whether what cannot be read may be a region all the same.
bool is_undecided(ErrorCode code) noexcept
{
    return code == ErrorCode::PermissionDenied || code == ErrorCode::LimitReached || code == ErrorCode::System;
}

/// Asks until the answer is true or the time is over, first after 1 ms, then after twice as long each time, up to 20 ms.
template <class Ask>
bool wait_until(std::chrono::nanoseconds timeout, Ask ask)
{
    constexpr std::chrono::nanoseconds longest = std::chrono::milliseconds(20);
    std::chrono::nanoseconds           pause   = std::chrono::milliseconds(1);
    for (detail::WaitBudget budget(timeout);; pause = std::min(2 * pause, longest)) {
        if (ask()) {
            return true;
        }
        budget.look();
        if (budget.is_over()) {
            return false;
        }
        sleep(detail::sleep_length(std::min(pause, budget.left())));
    }
}

/// Asks `ask(Inspection, Geometry)` of the region of a topic. Returns: false when there is none, or one that is only half made.
template <class Ask>
bool ask_of_topic(Node const& node, std::string const& topic, Ask ask)
{
    std::string const region = node.topic_region(topic);
    Identity          wanted;
    wanted.kind   = Identity::Topic;
    wanted.prefix = node.prefix();
    wanted.text   = topic;
    try {
        Inspection const       seen(region);
        detail::Geometry const geometry = seen.examine();
        if (auto const other = detail::collision(seen.header(), region, &wanted)) {
            throw *other;
        }
        if (auto const other = detail::wrong_type(seen.header(), region, &wanted)) {
            throw *other;
        }
        return ask(seen, geometry);
    } catch (Error const& error) {
        if (error.code() != ErrorCode::NotFound && error.code() != ErrorCode::NotReady) {
            throw;
        }
        return false;
    }
}

} // namespace

std::optional<ListedRegion> detail::look_at(std::string const& name, bool foreign,
                                            std::function<void(Inspection const&)> const& more)
{
    ListedRegion entry;
    entry.name = name;
    try {
        Inspection const seen(name);
        entry.size           = seen.memory().size();
        entry.layout_version = seen.is_region() ? seen.header().version : 0;
        foreign              = foreign || seen.is_region();
        if (more) {
            more(seen);
        }
        describe(seen, entry);
    } catch (Error const& error) {
        if (error.code() == ErrorCode::NotFound || (!foreign && !is_undecided(error.code()))) {
            return std::nullopt;
        }
        entry.status = error.code() == ErrorCode::NotReady ? RegionStatus::HalfCreated : RegionStatus::Unreadable;
        entry.error.emplace(error);
    }
    return entry;
}

std::vector<ListedRegion> list(std::string const& prefix)
{
    return guarded("list", [&prefix] {
        std::vector<ListedRegion> found;
        for (std::string const& name : SharedMemory::names(prefix)) {
            if (auto entry = detail::look_at(name, !prefix.empty())) {
                found.push_back(std::move(*entry));
            }
        }
        return found;
    });
}

std::vector<std::string> Node::topics() const
{
    return guarded("Node::topics", [this] {
        std::string const        any = topic_region("x");
        std::vector<std::string> found;
        for (ListedRegion const& region : list(any.substr(0, any.size() - 1))) {
            bool const in_use = region.publishers.alive + region.subscribers.alive + region.handles.alive > 0;
            if (in_use && region.kind == "topic" && region.prefix == prefix_) {
                found.push_back(region.user_name);
            }
        }
        std::sort(found.begin(), found.end());
        return found;
    });
}

bool Node::has_publisher(std::string const& topic) const
{
    return guarded("Node::has_publisher", [&] {
        return ask_of_topic(*this, topic, [](Inspection const& seen, detail::Geometry const& geometry) {
            return detail::count(seen.participants(geometry), "publisher", true) > 0;
        });
    });
}

bool Node::has_subscriber(std::string const& topic) const
{
    return guarded("Node::has_subscriber", [&] {
        return ask_of_topic(*this, topic, [](Inspection const& seen, detail::Geometry const& geometry) {
            return seen.live_rings(geometry) > 0;
        });
    });
}

bool Node::wait_for_publisher(std::string const& topic, std::chrono::nanoseconds timeout) const
{
    return wait_until(timeout, [&] { return has_publisher(topic); });
}

bool Node::wait_for_subscriber(std::string const& topic, std::chrono::nanoseconds timeout) const
{
    return wait_until(timeout, [&] { return has_subscriber(topic); });
}

} // namespace kickmsg
