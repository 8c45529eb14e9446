#include "c/Handles.h"
#include "c/Structs.h"

using namespace kickmsg;

static_assert(KICKMSG_RING_FREE == static_cast<int>(RingState::Free) &&
                  KICKMSG_RING_JOINING == static_cast<int>(RingState::Joining) &&
                  KICKMSG_RING_LIVE == static_cast<int>(RingState::Live) &&
                  KICKMSG_RING_DRAINING == static_cast<int>(RingState::Draining),
              "the numbers of C are those of C++");

namespace {

kickmsg_ring_stats ring_of(RingStats const& from)
{
    kickmsg_ring_stats ring{};
    ring.index         = from.index;
    ring.state         = static_cast<uint32_t>(from.state);
    ring.pid           = from.pid;
    ring.position      = from.position;
    ring.received      = from.received;
    ring.lost          = from.lost;
    ring.unread        = from.unread;
    ring.evicted       = from.evicted;
    ring.views         = from.views;
    ring.views_refused = from.views_refused;
    return ring;
}

} // namespace

kickmsg_status kickmsg_region_take_stats(kickmsg_region const* region, kickmsg_stats** stats)
{
    return c::with(region, [&](SharedRegion& open) { return c::make_for(stats, [&] { return open.stats(); }); });
}

kickmsg_status kickmsg_stats_totals(kickmsg_stats const* stats, kickmsg_region_stats* totals)
{
    return c::with(stats, [&](RegionStats& seen) {
        kickmsg_region_stats to{};
        to.pool_free    = seen.pool_free;
        to.pool_kept    = seen.pool_kept;
        to.corrupt      = seen.corrupt;
        to.sent         = seen.sent;
        to.rings        = seen.rings.size();
        to.participants = seen.participants.size();
        to.provisional  = seen.provisional ? 1 : 0;
        return c::fill(totals, to, "totals");
    });
}

kickmsg_status kickmsg_stats_ring(kickmsg_stats const* stats, size_t index, kickmsg_ring_stats* ring)
{
    return c::with(stats, [&](RegionStats& seen) {
        return index < seen.rings.size() ? c::fill(ring, ring_of(seen.rings[index]), "ring") : c::refuse_index("index");
    });
}

kickmsg_status kickmsg_stats_participant(kickmsg_stats const* stats, size_t index, kickmsg_participant* participant)
{
    return c::with(stats, [&](RegionStats& seen) {
        return index < seen.participants.size()
                   ? c::fill(participant, c::participant_of(seen.participants[index]), "participant")
                   : c::refuse_index("index");
    });
}

kickmsg_status kickmsg_stats_destroy(kickmsg_stats* stats)
{
    return c::end(stats);
}
