/// rtt/service/: a request and its response, polled, beside two bare messages (rtt/peer:P/size:64, one there and one back).
#include "peers/peer.h"
#include "plan.h"

#include <algorithm>

namespace kickmsg {
namespace bench {

void add_service_cells(Plan const& plan, std::vector<Cell>& cells)
{
    std::string const size = "/size:" + std::to_string(headline_size);
    auto const        at   = std::find(plan.sizes.begin(), plan.sizes.end(), headline_size) - plan.sizes.begin();
    for (Peer const& peer : all_peers()) {
        if (peer.service && peer.absent.empty()) {
            Cell cell  = latency_cell(plan, "rtt/service/peer:" + peer.name + size, group_sizes + static_cast<int>(at),
                                      [&peer](Plan const& p) { return peer.service(p.placement, p.budget()); });
            cell.what  = "request and response";
            cell.floor = "rtt/peer:" + peer.name + size + "/receive:view/mode:spin/payload:touch";
            cell.peer  = peer.name;
            cell.peer_class = spin_zero_copy;
            cell.settings   = "request and response of 64 bytes, written in place, one in flight";
            cells.push_back(std::move(cell));
        }
    }
}

} // namespace bench
} // namespace kickmsg
