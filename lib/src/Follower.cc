#include "Follower.h"

#include "Lifecycle.h"
#include "kickmsg/os/Time.h"
#include "os/NoCancellation.h"

#include <algorithm>

namespace kickmsg {
namespace detail {

namespace {

constexpr uint64_t longest_pause_ns = 20000000;
constexpr uint64_t first_pause_ns =
    16000; ///< after a name was found lost: the process that took it away often makes it anew at once

/// Returns: null when there is nothing to go to.
std::shared_ptr<RegionState> opened(Destination const& to) noexcept
{
    std::shared_ptr<RegionState> there;
    is_granted([&] { there = open_at_once(to.region, to.type, to.geometry, to.identity, to.wanted_schema()); });
    return there;
}

/// Whether nobody can replace the region any more under its living, if it still has its name afterwards: a replacer that had found it
/// provisional is named in its state.
bool is_settled(RegionHeader& header) noexcept
{
    return !core::Provision<Policy>(header.provisional).is_open() &&
           core::OwnerWord::state(header.state.load(std::memory_order_seq_cst)) == core::OwnerWord::Ready;
}

} // namespace

std::shared_ptr<RegionState> Follower::ask(Mapping& here, bool is_news) noexcept
{
    uint64_t const now = monotonic_ns();
    if (!is_news && now < due_ns_) {
        return nullptr;
    }
    os::NoCancellation const whole; // the handle's call is noexcept
    is_decided_ = is_settled(here.header());
    is_lost_    = !here.memory().is_linked();
    is_decided_ = is_decided_ && !is_lost_;
    auto there  = is_lost_ ? opened(destination_) : nullptr;
    pause_ns_   = !is_lost_ || there ? longest_pause_ns
                  : is_news          ? first_pause_ns
                                     : std::min(std::max(2 * pause_ns_, first_pause_ns), longest_pause_ns);
    due_ns_     = monotonic_ns() + pause_ns_;
    return there;
}

} // namespace detail
} // namespace kickmsg
