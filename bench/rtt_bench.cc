/// rtt/: round trips between two pinned, forked processes, for every peer, ours among them.
///
/// payload:touch writes and reads every byte; payload:handoff the first word of a message of that size.
#include "peers/peer.h"
#include "plan.h"

#include <algorithm>

namespace kickmsg {
namespace bench {
namespace {

std::string name_of(Peer const& peer, PeerCase const& what)
{
    return "rtt/peer:" + peer.name + "/size:" + std::to_string(what.size) +
           "/receive:" + (what.view ? "view" : "copy") + "/mode:" + (what.block ? "block" : "spin") +
           "/payload:" + (what.handoff ? "handoff" : "touch");
}

Cell rtt_cell(Plan const& plan, Peer const& peer, Variant const& variant, PeerCase const& what, int group)
{
    bool const full = peer.name == own_name && !what.handoff;
    Cell       cell = latency_cell(plan, name_of(peer, what), group, [&peer, what, full](Plan const& p) {
        return measure_peer(peer, what, p.placement, full ? p.budget() : p.peer_budget());
    });
    cell.floor      = (what.block ? "floor/futex/size:" : "floor/payload/size:") + std::to_string(what.size);
    cell.peer       = peer.name;
    cell.peer_class = variant.peer_class;
    cell.settings   = peer.settings ? peer.settings(what) : "";
    cell.skipped    = peer.refuses ? peer.refuses(what) : "";
    cell.headline   = what.size == headline_size && !what.block && !what.handoff;
    return cell;
}

bool within(std::vector<std::size_t> const& sizes, std::size_t size)
{
    return std::find(sizes.begin(), sizes.end(), size) != sizes.end();
}

/// The cells of one peer at one size.
void add_cells_of(Plan const& plan, Peer const& peer, std::size_t i, std::vector<Cell>& cells)
{
    auto const& touched = peer.name == own_name ? plan.sizes : plan.peer_sizes;
    for (Variant const& variant : peer.variants) {
        for (bool const handoff : {false, true}) {
            PeerCase what;
            what.size           = plan.sizes[i];
            what.view           = variant.view;
            what.block          = variant.block;
            what.handoff        = handoff;
            what.oversubscribed = plan.placement.oversubscribed;
            int const group     = group_sizes + static_cast<int>(i + (variant.block ? plan.sizes.size() : 0));
            if (within(handoff ? plan.handoff_sizes : touched, what.size)) {
                cells.push_back(rtt_cell(plan, peer, variant, what, group));
            }
        }
    }
}

} // namespace

void add_rtt_cells(Plan const& plan, std::vector<Cell>& cells)
{
    for (std::size_t i = 0; i < plan.sizes.size(); ++i) {
        for (Peer const& peer : all_peers()) {
            if (peer.absent.empty()) {
                add_cells_of(plan, peer, i, cells);
            }
        }
    }
}

} // namespace bench
} // namespace kickmsg
