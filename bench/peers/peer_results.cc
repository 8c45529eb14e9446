#include "peer_results.h"

#include "peer.h"

#include <algorithm>

namespace kickmsg {
namespace bench {
namespace {

using Json = nlohmann::ordered_json;

Json promises_json(Promises const& promises)
{
    return {{"copies", promises.copies},
            {"loss", promises.loss},
            {"survives_kill_9", promises.survives_kill_9},
            {"needs_daemon", promises.needs_daemon},
            {"multi_subscriber", promises.subscribers}};
}

Json state_of(Peer const& peer, Run const& run)
{
    std::string state  = "not run";
    std::string reason = "no row of this run is of this peer";
    for (Record const& record : run.records) {
        if (record.cell.peer != peer.name || state == "measured") {
            continue;
        }
        if (!record.round_ns.empty()) {
            state  = "measured";
            reason = "";
        } else if (!record.error.empty()) {
            state  = "failed";
            reason = record.error;
        }
    }
    if (!peer.absent.empty()) {
        state  = "absent";
        reason = peer.absent;
    }
    return {{"name", peer.name}, {"version", peer.version}, {"state", state}, {"reason", reason}};
}

} // namespace

void add_peer_fields(Json& row, Record const& record)
{
    if (record.cell.peer.empty()) {
        return;
    }
    auto const& peers = all_peers();
    auto const  peer =
        std::find_if(peers.begin(), peers.end(), [&](Peer const& each) { return each.name == record.cell.peer; });
    row["peer"]     = record.cell.peer;
    row["class"]    = record.cell.peer_class;
    row["settings"] = record.cell.settings;
    row["promises"] = promises_json(peer->promises);
    if (!record.cell.skipped.empty()) {
        row["skipped"] = record.cell.skipped;
        return;
    }
    row["transport"]         = record.transport;
    row["transport_checked"] = record.transport_checked;
    row["sent"]              = record.sent;
    row["delivered"]         = record.delivered;
}

Json peers_json(Run const& run)
{
    Json list = Json::array();
    for (Peer const& peer : all_peers()) {
        list.push_back(state_of(peer, run));
    }
    return list;
}

} // namespace bench
} // namespace kickmsg
