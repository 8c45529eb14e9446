/// What the ends of a service see of the handles that they are made of.
#pragma once

#include "RegionState.h"
#include "SubscriberState.h"
#include "kickmsg/core/DirectedSender.h"

namespace kickmsg {
namespace detail {

struct ServiceAccess {
    static RegionState& state(SharedRegion const& region)
    {
        return region.state();
    }
    static SubscriberState& state(Subscriber const& subscriber) noexcept
    {
        return *subscriber.state_;
    }
    /// By which others know it.
    static core::Address address(Subscriber const& subscriber) noexcept
    {
        SubscriberState const& mine = state(subscriber);
        return {mine.ring(), core::OwnerWord::make(core::OwnerWord::Live, mine.self().record, mine.self().incarnation)};
    }
};

} // namespace detail
} // namespace kickmsg
