/// tput/reliable/peer:P: what one publisher that waits for room brings to 1, 2 and 4 subscribers, ours and the peers that lose nothing. Written
/// and read in place by all; every message whole and in order, or the row has failed.
#include "flow.h"
#include "peers/peer.h"
#include "plan.h"

#include <deque>
#include <new>

namespace kickmsg {
namespace bench {
namespace {

/// The processes of a case, forked before there is any handle; the publisher is the first.
std::deque<Child> start_all(Peer const& peer, Placement const& placement, FlowCase const& what, FlowShared& shared,
                            double seconds)
{
    unsigned const    limit  = static_cast<unsigned>(seconds + 60);
    bool const        pinned = what.subscribers == 1; // more than two processes are placed by the kernel
    std::deque<Child> children;
    children.emplace_back(pinned ? placement.first : any_processor, limit,
                          [&](Line const& line) { return peer.flow.publish(what, shared, line); });
    for (uint32_t i = 0; i < what.subscribers; ++i) {
        children.emplace_back(pinned ? placement.second : any_processor, limit,
                              [&, i](Line const& line) { return peer.flow.subscribe(what, i, shared, line); });
    }
    return children;
}

/// Adds up, and checks that every subscriber has every message.
Round settle(FlowCase const& what, FlowShared const& shared, double seconds)
{
    Round          round;
    uint64_t const sent    = shared.publisher.sent;
    uint64_t       in_time = 0;
    if (shared.publisher.wrong != 0) {
        round.error = "message " + std::to_string(sent - 1) + " was not sent to every subscriber";
    }
    for (uint32_t i = 0; i < what.subscribers; ++i) {
        FlowAccount const& account = shared.subscribers[i];
        in_time += account.in_time;
        round.counts["received"] += account.received;
        if (account.wrong != 0 || account.received != sent) {
            round.error = "subscriber " + std::to_string(i) + ": received " + std::to_string(account.received) +
                          " of " + std::to_string(sent) + ", of which " + std::to_string(account.wrong) +
                          " damaged or out of order";
        }
    }
    round.counts["sent"]           = sent;
    round.counts["lost"]           = sent * what.subscribers - round.counts["received"];
    round.seconds                  = seconds;
    round.operations               = std::max<uint64_t>(1, in_time);
    round.rates["sent_per_s"]      = static_cast<double>(sent) / seconds;
    round.rates["delivered_per_s"] = static_cast<double>(in_time) / seconds;
    round.rates["lost_share"]      = 0;
    return round;
}

/// What went wrong with the processes; empty when nothing did.
std::string join_all(std::deque<Child>& children)
{
    std::string error;
    for (std::size_t i = 1; i <= children.size(); ++i) {
        bool const publishes = i == children.size();
        Child&     child     = publishes ? children.front() : children[i];
        if (publishes) {
            child.line().tell('q');
        }
        int const code = child.join();
        if (code != 0) {
            error = (publishes ? "the publisher ended with " : "a subscriber ended with ") + std::to_string(code);
        }
    }
    return error;
}

} // namespace

Round measure_flow(Peer const& peer, FlowCase what, Placement const& placement, double wanted)
{
    PeerCase    names;
    SharedBytes memory(sizeof(FlowShared));
    auto&       shared         = *new (memory.data()) FlowShared();
    names.size                 = what.size;
    names                      = named(names);
    what.suffix                = names.suffix;
    what.tag                   = names.tag;
    what.memory                = memory.fd();
    what.oversubscribed        = static_cast<int>(1 + what.subscribers) > placement.processors;
    auto const        held     = peer.hold ? peer.hold(names) : nullptr;
    std::deque<Child> children = start_all(peer, placement, what, shared, wanted);
    for (Child const& child : children) {
        child.line().tell('c');
        child.line().hear('o');
    }
    uint64_t const start = ticks();
    shared.phase.store(1, std::memory_order_release);
    usleep(static_cast<useconds_t>(wanted * 1e6));
    shared.phase.store(2, std::memory_order_release);
    double const      seconds = to_ns(static_cast<double>(ticks() - start)) / 1e9;
    std::string const error   = join_all(children);
    Round             round   = settle(what, shared, seconds);
    round.error               = error.empty() ? round.error : error;
    return round;
}

void add_flow_cells(Plan const& plan, std::vector<Cell>& cells)
{
    for (Peer const& peer : all_peers()) {
        for (uint32_t const subscribers : plan.extent.flow_subscribers) {
            if (!peer.absent.empty() || subscribers > peer.flow.most_subscribers) {
                continue;
            }
            for (std::size_t const size : plan.extent.flow_sizes) {
                FlowCase what;
                what.subscribers = subscribers;
                what.size        = size;
                Cell cell        = sample_cell(
                           "tput/reliable/peer:" + peer.name + "/subscribers:" + std::to_string(subscribers) +
                               "/size:" + std::to_string(size),
                           group_tput, plan.family_rounds, static_cast<int>(1 + subscribers), "message delivered",
                           [&peer, what](Plan const& p) { return measure_flow(peer, what, p.placement, p.latency_seconds); });
                cell.peer       = peer.name;
                cell.peer_class = spin_zero_copy;
                cell.settings   = peer.flow.settings;
                cells.push_back(std::move(cell));
            }
        }
    }
}

} // namespace bench
} // namespace kickmsg
