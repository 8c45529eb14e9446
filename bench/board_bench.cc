/// op/blackboard_read/peer:P and op/blackboard_write/peer:P: a value of 64 bytes is read, or written, both ends on one thread. Each peer has a process of
/// its own, and all of them the same loop: ours also, which op/blackboard_read/size:64 measures in the driver.
#include "peers/peer.h"
#include "plan.h"

namespace kickmsg {
namespace bench {

void add_board_cells(Plan const& plan, std::vector<Cell>& cells)
{
    for (Peer const& peer : all_peers()) {
        for (bool const writes : {false, true}) {
            if (!peer.board || !peer.absent.empty()) {
                continue;
            }
            Cell cell =
                sample_cell(std::string("op/blackboard_") + (writes ? "write" : "read") + "/peer:" + peer.name +
                                "/size:" + std::to_string(headline_size),
                            group_op, plan.rounds, 1, writes ? "value written" : "value read, and its sum checked",
                            [&peer, writes](Plan const& p) { return peer.board(p.placement, p.budget(), writes); });
            cell.peer       = peer.name;
            cell.peer_class = spin_copy;
            cell.settings   = "one key, a value of 64 bytes, nobody sleeps";
            cells.push_back(std::move(cell));
        }
    }
}

} // namespace bench
} // namespace kickmsg
