/// rtt/: round trips between two pinned, forked processes over two regions, every payload byte written and read.
///
/// The sender writes into the slot (allocate, publish); the receiver copies (try_receive) or looks (try_receive_view),
/// polling (mode:spin) or sleeping (mode:block).
#include "plan.h"
#include "process.h"
#include "round.h"

#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"

#include <chrono>
#include <optional>
#include <stdexcept>
#include <vector>

namespace kickmsg {
namespace bench {
namespace {

constexpr uint32_t ring_capacity = 8;
constexpr uint32_t pool_size     = 16;

struct RttCase {
    std::size_t size;
    bool        view;  ///< receive in place
    bool        block; ///< sleep instead of polling
};

/// Both directions of one process: the subject's side of run_ping() and run_pong().
struct RttLink {
    Publisher&     out;
    Subscriber&    in;
    RttCase const& what;
    bool           oversubscribed;

    bool send(uint64_t sequence)
    {
        void* const slot = out.allocate(what.size);
        if (slot == nullptr) {
            return false;
        }
        write_payload(slot, what.size, sequence);
        return out.publish() == 1;
    }

    Got receive(uint64_t sequence)
    {
        return what.view ? receive_as(sequence, [this] { return take_view(); })
                         : receive_as(sequence, [this] { return take_copy(); });
    }

private:
    template <class Take>
    Got receive_as(uint64_t sequence, Take take)
    {
        auto sample = take();
        if (!sample) {
            return Got::Timeout;
        }
        return sample->len() == what.size ? judge_payload(sample->data(), what.size, sequence) : Got::Wrong;
    }

    std::optional<Subscriber::SampleView> take_view()
    {
        if (what.block) {
            return in.receive_view(std::chrono::seconds(static_cast<int>(answer_limit)));
        }
        return spin_until(oversubscribed, [this] { return in.try_receive_view(); });
    }

    std::optional<Subscriber::SampleRef> take_copy()
    {
        if (what.block) {
            return in.receive(std::chrono::seconds(static_cast<int>(answer_limit)));
        }
        return spin_until(oversubscribed, [this] { return in.try_receive(); });
    }
};

/// Touches one slot after another from the sending end: a ring full that the peer keeps, then the rest of the pool but
/// the slot being written and the one popped ahead.
void lap_send(Publisher& out, RttCase const& what, Line const& line)
{
    for (uint32_t sent = 0; sent < pool_size - 2; ++sent) {
        void* const slot = out.allocate(what.size);
        if (slot == nullptr) {
            throw std::runtime_error("warm-up: no slot for message " + std::to_string(sent));
        }
        write_payload(slot, what.size, sent);
        out.publish();
        if (sent + 1 == ring_capacity) {
            line.tell('f'); // the ring is full
            line.hear('k'); // the peer keeps its messages
        }
    }
    line.tell('e');
    line.hear('d');
}

/// The receiving end of lap_send().
void lap_receive(Subscriber& in, RttCase const& what, Line const& line)
{
    std::vector<Subscriber::SampleView> kept;
    line.hear('f');
    for (uint32_t received = 0; received < pool_size - 2; ++received) {
        auto view = in.try_receive_view();
        if (!view || !check_payload(view->data(), what.size, received)) {
            throw std::runtime_error("warm-up: message " + std::to_string(received) + " missing or damaged");
        }
        kept.push_back(std::move(*view));
        if (received + 1 == ring_capacity) {
            line.tell('k');
            line.hear('e');
        }
    }
    kept.clear();
    line.tell('d');
}

channel::Config geometry(RttCase const& what)
{
    channel::Config config;
    config.max_subscribers   = 1;
    config.max_publishers    = 1;
    config.sub_ring_capacity = ring_capacity;
    config.pool_size         = pool_size;
    config.max_payload_size  = what.size;
    config.payload_alignment = 32;
    return config;
}

/// The answering process: opens both regions itself. Returns: its exit code, 0 = every message right, none lost.
int answer(RttCase const& what, RegionName const& ping, RegionName const& pong, bool oversubscribed, Line const& line)
{
    line.hear('c'); // created
    SharedRegion ping_region = SharedRegion::open(ping.str());
    SharedRegion pong_region = SharedRegion::open(pong.str());
    Subscriber   in(ping_region);
    Publisher    out(pong_region);
    line.tell('o'); // open
    lap_receive(in, what, line);
    lap_send(out, what, line);
    RttLink   link{out, in, what, oversubscribed};
    int const code = run_pong(link);
    return code != 0 ? code : in.lost() == 0 ? 0 : 100;
}

Round measure_rtt(Plan const& plan, RttCase const& what)
{
    bool const       spare = plan.placement.oversubscribed;
    RegionName const ping("ping");
    RegionName const pong("pong");
    // forked before there is any handle: the child inherits none
    Child        child(plan.placement.second, static_cast<unsigned>(plan.latency_seconds + 60),
                       [&](Line const& line) { return answer(what, ping, pong, spare, line); });
    SharedRegion ping_region = SharedRegion::create(ping.str(), channel::PubSub, geometry(what));
    SharedRegion pong_region = SharedRegion::create(pong.str(), channel::PubSub, geometry(what));
    Publisher    out(ping_region);
    Subscriber   in(pong_region);
    child.line().tell('c');
    child.line().hear('o');
    ping_region.unlink(); // whatever happens from here on, no name stays behind
    pong_region.unlink();
    lap_send(out, what, child.line());
    lap_receive(in, what, child.line());
    RttLink   link{out, in, what, spare};
    Round     round = run_ping(link, plan.budget());
    int const code  = child.join();
    if (round.error.empty() && (code != 0 || in.lost() != 0)) {
        round.error =
            "the answering process ended with " + std::to_string(code) + ", lost here " + std::to_string(in.lost());
    }
    return round;
}

Cell rtt_cell(Plan const& plan, RttCase const& what, int group)
{
    std::string const key  = "/size:" + std::to_string(what.size);
    std::string const name = "rtt/peer:kickmsg" + key + "/receive:" + (what.view ? "view" : "copy") +
                             "/mode:" + (what.block ? "block" : "spin") + "/payload:touch";
    Cell cell     = latency_cell(plan, name, group, [what](Plan const& p) { return measure_rtt(p, what); });
    cell.floor    = (what.block ? "floor/futex" : "floor/payload") + key;
    cell.headline = what.size == headline_size && !what.block;
    return cell;
}

} // namespace

void add_rtt_cells(Plan const& plan, std::vector<Cell>& cells)
{
    for (std::size_t i = 0; i < plan.sizes.size(); ++i) {
        for (bool view : {false, true}) {
            int const group = group_sizes + static_cast<int>(i);
            cells.push_back(rtt_cell(plan, {plan.sizes[i], view, false}, group));
            cells.push_back(rtt_cell(plan, {plan.sizes[i], view, true}, group + static_cast<int>(plan.sizes.size())));
        }
    }
}

} // namespace bench
} // namespace kickmsg
