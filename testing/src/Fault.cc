#include "kickmsg/testing/Fault.h"

#include "Condition.h"

#include "kickmsg/Error.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kickmsg {
namespace testing {

namespace {

constexpr char const* names[] = {"no_slot",       "no_ring",   "no_record", "no_space",
                                 "lost_messages", "late_wake", "dead_peer"};

std::unique_ptr<detail::Condition> make(std::string const& region, FaultKind kind, FaultSettings const& settings)
{
    switch (kind) {
    case FaultKind::NoSlot:
        return detail::hold_all_slots(region, settings);
    case FaultKind::NoRing:
        return detail::hold_all_rings(region);
    case FaultKind::NoRecord:
        return detail::hold_all_records(region);
    case FaultKind::NoSpace:
        return detail::limit_files(settings);
    case FaultKind::LostMessages:
        return detail::lap_rings(region, settings);
    case FaultKind::LateWake:
        return detail::delay_wakes(settings);
    case FaultKind::DeadPeer:
        break;
    }
    return detail::leave_dead_peer(region, settings);
}

bool is_of_process(FaultKind kind)
{
    return kind == FaultKind::NoSpace || kind == FaultKind::LateWake;
}

std::string region_for(FaultKind kind)
{
    if (!is_of_process(kind)) {
        throw Error(ErrorCode::InvalidConfig, std::string("Fault ") + to_string(kind),
                    "it is of a region, and none is given", Remedy{"name the region"});
    }
    return "";
}

} // namespace

char const* to_string(FaultKind kind) noexcept
{
    return names[static_cast<std::size_t>(kind)];
}

FaultKind fault_named(std::string const& name)
{
    auto const found = std::find(std::begin(names), std::end(names), name);
    if (found != std::end(names)) {
        return static_cast<FaultKind>(found - std::begin(names));
    }
    std::string all;
    for (char const* const each : names) {
        all += (all.empty() ? "" : ", ") + std::string(each);
    }
    throw Error(ErrorCode::InvalidName, name, "there is no fault of this name", Remedy{"choose one of " + all});
}

Fault::Fault(std::string const& region, FaultKind kind, FaultSettings const& settings)
    : condition_(make(region, kind, settings)),
      words_(std::string(to_string(kind)) + (is_of_process(kind) ? ": " : " of " + region + ": ") + condition_->words())
{
}

Fault::Fault(SharedRegion const& region, FaultKind kind, FaultSettings const& settings)
    : Fault(region.name(), kind, settings)
{
}

Fault::Fault(Node const& node, std::string const& topic, FaultKind kind, FaultSettings const& settings)
    : Fault(node.topic_region(topic), kind, settings)
{
}

Fault::Fault(FaultKind kind, FaultSettings const& settings) : Fault(region_for(kind), kind, settings) {}

Fault::Fault(Fault&& other) noexcept            = default;
Fault& Fault::operator=(Fault&& other) noexcept = default;
Fault::~Fault()                                 = default;

void Fault::undo() noexcept
{
    condition_.reset();
}

} // namespace testing
} // namespace kickmsg
