/// open/: messages sent on a schedule, whatever becomes of them, between two pinned processes. Latency counts from when
/// a message was due (no coordinated omission), and beside it from when it was sent.
///
/// One way is reported, not half of a round trip: that takes one clock. Where the two processors do not read one, the rows
/// say so and claim nothing (shared_clock.h). The loads are shares of the saturation: the messages a second that arrive
/// when the sender never waits, measured with the same loops just before each row's round.
#include "open_bench.h"

#include "open_sink.h"
#include "plan.h"
#include "round.h"
#include "shared_clock.h"

#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"

#include <atomic>
#include <chrono>
#include <cstring>
#include <new>
#include <thread>

namespace kickmsg {
namespace bench {
namespace {

bool send_one(Publisher& out, std::size_t size, uint64_t sequence, uint64_t now)
{
    auto* const slot = static_cast<unsigned char*>(out.allocate(size));
    if (slot == nullptr) {
        return false;
    }
    std::memcpy(slot, &now, stamp_size);
    write_payload(slot + stamp_size, size - stamp_size, sequence);
    return out.publish() == 1;
}

uint64_t wait_until(uint64_t due, bool oversubscribed)
{
    uint64_t now = ticks();
    while (now < due) {
        if (oversubscribed) {
            sched_yield();
        }
        now = ticks();
    }
    return now;
}

/// The sender: keeps to the schedule, catches up after a delay, gives up what is not sent at the end.
void run_sender(Publisher& out, OpenCase const& what, Flow const& flow, OpenShared& shared, bool oversubscribed)
{
    Schedule const schedule = shared.schedule = flow.from(ticks());
    uint64_t const end                        = schedule.start + to_ticks(flow.seconds);
    uint64_t const stall = flow.stall_ms == 0 ? UINT64_MAX : schedule.start + to_ticks(flow.seconds / 2);
    bool           yet   = false;
    for (uint64_t i = 0; i < schedule.count; ++i) {
        uint64_t const due = schedule.due(i);
        uint64_t       now = wait_until(due, oversubscribed);
        if (now > stall && !yet) {
            yet = true;
            std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(flow.stall_ms));
            now = ticks();
        }
        if (now > end) {
            shared.missed = flow.per_s == 0 ? 0 : schedule.count - i;
            break;
        }
        shared.late += static_cast<double>(now - due) > schedule.period ? 1 : 0;
        if (send_one(out, what.size, i, now)) {
            ++shared.sent;
        } else {
            ++shared.refused;
        }
    }
    shared.done.store(1, std::memory_order_release);
}

int send_all(OpenCase const& what, Flow const& flow, RegionName const& name, OpenShared& shared, bool oversubscribed,
             Line const& line)
{
    line.hear('c');
    SharedRegion const region = SharedRegion::open(name.str());
    Publisher          out(region);
    line.tell('o');
    line.hear('g');
    run_sender(out, what, flow, shared, oversubscribed);
    return 0;
}

channel::Config geometry(OpenCase const& what)
{
    channel::Config config;
    config.max_subscribers   = 1;
    config.max_publishers    = 1;
    config.sub_ring_capacity = what.ring;
    config.pool_size         = 2 * what.ring;
    config.max_payload_size  = what.size;
    return config;
}

/// What the sender and the receiver say must agree.
Round settle(OpenSink& sink, OpenShared const& shared, Flow const& flow, uint64_t lost)
{
    Round round;
    round.ticks                 = sink.latency.corrected;
    round.beside["uncorrected"] = sink.latency.uncorrected;
    round.counts = {{"sent", shared.sent}, {"received", sink.received}, {"lost", lost}, {"refused", shared.refused}};
    if (flow.per_s != 0) {
        round.counts["scheduled"] = shared.schedule.count;
        round.counts["late"]      = shared.late;
        round.counts["missed"]    = shared.missed;
    }
    round.rates["sent_per_s"]     = static_cast<double>(shared.sent) / flow.seconds;
    round.rates["received_per_s"] = static_cast<double>(sink.received) / flow.seconds;
    round.seconds                 = to_ns(round.ticks.mean() * static_cast<double>(round.ticks.count())) / 1e9;
    bool const all_sent = flow.per_s == 0 || shared.schedule.count == shared.sent + shared.refused + shared.missed;
    if (sink.received + lost != shared.sent || !all_sent) {
        round.error = "scheduled " + std::to_string(shared.schedule.count) + ", sent " + std::to_string(shared.sent) +
                      ", refused " + std::to_string(shared.refused) + ", missed " + std::to_string(shared.missed) +
                      ", received " + std::to_string(sink.received) + ", lost " + std::to_string(lost) +
                      ": expected sent = received + lost, scheduled = sent + refused + missed";
    }
    return round;
}

/// The best of several short flows without a pause: whatever else the machine does only makes it less.
Round find_saturation(Plan const& plan, OpenCase const& what)
{
    constexpr int tries = 3;
    Round         best;
    for (int i = 0; i < tries && best.error.empty(); ++i) {
        Round const round = measure_flow(plan.placement, what, Flow{std::min(0.05, plan.latency_seconds)});
        if (i == 0 || !round.error.empty() || round.rates.at("received_per_s") > best.rates.at("received_per_s")) {
            best = round;
        }
    }
    return best;
}

Round measure_open(Plan const& plan, OpenCase const& what, unsigned load)
{
    ClockOffset const clock = measure_clock_offset(plan.placement);
    if (!clock.is_shared()) {
        Round round;
        round.unavailable = "one way takes one clock: " + clock.text();
        return round;
    }
    Round const full = find_saturation(plan, what);
    if (!full.error.empty()) {
        return full;
    }
    double const saturation = full.rates.at("received_per_s");
    Flow const   flow{plan.latency_seconds, saturation * load / 100.0, plan.stall_ms};
    Round        round                   = measure_flow(plan.placement, what, flow);
    round.rates["saturation_per_s"]      = saturation;
    round.rates["saturation_sent_per_s"] = full.rates.at("sent_per_s");
    round.rates["scheduled_per_s"]       = flow.per_s;
    round.rates["clock_ahead_least_ns"]  = clock.low_ns;
    round.rates["clock_ahead_most_ns"]   = clock.high_ns;
    return round;
}

} // namespace

Schedule Flow::from(uint64_t now) const
{
    Schedule schedule;
    schedule.start  = now + to_ticks(0.001);
    schedule.period = per_s == 0 ? 0.0 : static_cast<double>(to_ticks(1.0)) / per_s;
    schedule.count  = per_s == 0 ? UINT64_MAX : static_cast<uint64_t>(seconds * per_s);
    return schedule;
}

Round measure_flow(Placement const& placement, OpenCase const& what, Flow const& flow)
{
    bool const       spare = placement.oversubscribed;
    SharedBytes      memory(sizeof(OpenShared));
    auto&            shared = *new (memory.data()) OpenShared();
    RegionName const name("open");
    // forked before there is any handle: the child inherits none
    Child        child(placement.second, static_cast<unsigned>(flow.seconds + 60),
                       [&](Line const& line) { return send_all(what, flow, name, shared, spare, line); });
    SharedRegion region = SharedRegion::create(name.str(), channel::PubSub, geometry(what));
    Subscriber   in(region);
    child.line().tell('c');
    child.line().hear('o');
    region.unlink();
    child.line().tell('g');
    OpenSink          sink(what, shared, spare);
    std::string const error =
        what.view ? sink.run([&] { return in.try_receive_view(); }) : sink.run([&] { return in.try_receive(); });
    int const code  = child.join();
    Round     round = settle(sink, shared, flow, in.lost());
    if (!error.empty() || code != 0) {
        round.error = error.empty() ? "the sending process ended with " + std::to_string(code) : error;
    }
    return round;
}

void add_open_cells(Plan const& plan, std::vector<Cell>& cells)
{
    for (unsigned const load : plan.extent.loads) {
        for (bool const view : {false, true}) {
            OpenCase const what{headline_size, view};
            cells.push_back(sample_cell("open/peer:kickmsg/load:" + std::to_string(load) + "/size:" +
                                            std::to_string(what.size) + "/receive:" + (view ? "view" : "copy"),
                                        group_open, plan.family_rounds, 2,
                                        "one way, from when the message was due until its payload has been read",
                                        [what, load](Plan const& p) { return measure_open(p, what, load); }));
        }
    }
}

} // namespace bench
} // namespace kickmsg
