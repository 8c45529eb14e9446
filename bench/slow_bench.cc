/// slow/: the round trip of a fast pair beside subscribers that have been stopped (SIGSTOP) and hold their rings, full.
///
/// A message of the pair is delivered to every ring, those of the stopped too: there it pushes the oldest one out. In the rows
/// with a dry pool there are fewer slots than places in a ring: each message first has to be given room by giving up the oldest.
#include "plan.h"
#include "process.h"
#include "round.h"

#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"

#include <algorithm>
#include <deque>

namespace kickmsg {
namespace bench {
namespace {

/// One direction for each process: as in rtt/, polling, in place, 64 bytes touched.
struct SlowLink {
    Publisher&  out;
    Subscriber& in;
    std::size_t reached; ///< rings that a message of this side gets to
    bool        oversubscribed;

    bool send(uint64_t sequence)
    {
        void* const slot = out.allocate(headline_size);
        if (slot == nullptr) {
            return false;
        }
        write_payload(slot, headline_size, sequence);
        return out.publish() == reached;
    }

    Got receive(uint64_t sequence)
    {
        auto const view = spin_until(oversubscribed, [this] { return in.try_receive_view(); });
        if (!view) {
            return Got::Timeout;
        }
        return view->len() == headline_size ? judge_payload(view->data(), headline_size, sequence) : Got::Wrong;
    }
};

constexpr uint32_t capacity = 64;

uint32_t ample(uint32_t subscribers)
{
    return capacity * subscribers + 16;
}

channel::Config geometry(uint32_t subscribers, uint32_t pool)
{
    channel::Config config;
    config.max_subscribers   = subscribers;
    config.max_publishers    = 1;
    config.sub_ring_capacity = capacity;
    config.pool_size         = pool;
    config.max_payload_size  = headline_size;
    return config;
}

int answer(RegionName const& ping, RegionName const& pong, bool oversubscribed, Line const& line)
{
    line.hear('c');
    SharedRegion const ping_region = SharedRegion::open(ping.str());
    SharedRegion const pong_region = SharedRegion::open(pong.str());
    Subscriber         in(ping_region);
    Publisher          out(pong_region);
    line.tell('o');
    SlowLink  link{out, in, 1, oversubscribed};
    int const code = run_pong(link);
    return code != 0 ? code : in.lost() == 0 ? 0 : 100;
}

/// Subscribers of `name` that are stopped.
class Stopped {
public:
    Stopped(RegionName const& name, uint32_t count)
    {
        for (uint32_t i = 0; i < count; ++i) {
            children_.emplace_back(any_processor, 600U, [&name](Line const& line) {
                line.hear('c');
                SharedRegion const region = SharedRegion::open(name.str());
                Subscriber const   subscriber(region);
                line.tell('o');
                line.hear('e'); // never comes: stopped here
                return 1;
            });
        }
    }
    void join_and_stop()
    {
        for (Child& child : children_) {
            child.line().tell('c');
            child.line().hear('o');
            child.stop();
        }
    }

private:
    std::deque<Child> children_;
};

/// What is measured beside: subscribers, and whether their rings hold more than the pool.
struct Beside {
    uint32_t stopped;
    bool     dry;
};

Round measure_beside(Plan const& plan, Beside const& beside)
{
    uint32_t const   stopped = beside.stopped;
    bool const       spare   = plan.placement.oversubscribed;
    uint32_t const   most    = *std::max_element(plan.extent.stopped.begin(), plan.extent.stopped.end());
    RegionName const ping("ping");
    RegionName const pong("pong");
    // forked before there is any handle: the children inherit none
    Child        child(plan.placement.second, static_cast<unsigned>(plan.latency_seconds + 60),
                       [&](Line const& line) { return answer(ping, pong, spare, line); });
    Stopped      others(ping, stopped);
    SharedRegion ping_region = SharedRegion::create(ping.str(), channel::PubSub,
                                                    geometry(1 + most, beside.dry ? capacity - 16 : ample(1 + most)));
    SharedRegion pong_region = SharedRegion::create(pong.str(), channel::PubSub, geometry(1, ample(1)));
    Publisher    out(ping_region);
    Subscriber   in(pong_region);
    child.line().tell('c');
    child.line().hear('o');
    others.join_and_stop();
    ping_region.unlink();
    pong_region.unlink();
    SlowLink  link{out, in, 1 + stopped, spare};
    Round     round = run_ping(link, plan.budget());
    int const code  = child.join();
    if (round.error.empty() && (code != 0 || in.lost() != 0)) {
        round.error =
            "the answering process ended with " + std::to_string(code) + ", lost here " + std::to_string(in.lost());
    }
    return round;
}

} // namespace

void add_slow_cells(Plan const& plan, std::vector<Cell>& cells)
{
    for (bool const dry : {false, true}) {
        for (uint32_t const stopped : plan.extent.stopped) {
            if (dry && stopped == 0) {
                continue; // nobody holds the pool
            }
            std::string const name = "slow/stopped:" + std::to_string(stopped) + (dry ? "/pool:dry" : "");
            cells.push_back(latency_cell(plan, name, group_slow, [stopped, dry](Plan const& p) {
                return measure_beside(p, {stopped, dry});
            }));
            cells.back().floor = "slow/stopped:0";
        }
    }
}

} // namespace bench
} // namespace kickmsg
