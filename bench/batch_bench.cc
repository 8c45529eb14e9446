/// batch/: an experiment, measured only when it is asked for: what sending and receiving many messages by one call could bring at most.
///
/// Rows `ring:last` sleep and wake by a doorbell of this file's own, rung once for K messages, as a send of many would; rows `ring:each` by the
/// same one, looked at after each message, as the library does. The library's own look is in both: nobody sleeps in its receive.
/// Rows `drain:K` are K sends and then K receives on one thread; `empty_receive` and `empty_publish` are calls that find nothing to do, which is more than
/// a call for many could save on each further message.
#include "single_thread.h"
#include "wake.h"

#include <chrono>
#include <new>

#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace kickmsg {
namespace bench {
namespace {

#ifdef __linux__
constexpr uint32_t burst_idle_us = 100;
constexpr auto     patience      = std::chrono::seconds(static_cast<int>(answer_limit));

/// As core/Doorbell.h, for one sleeper.
class Bell {
public:
    void ring()
    {
        if (asleep_.value.load(std::memory_order_seq_cst) != 0 && asleep_.value.exchange(0) != 0) {
            rung_.value.fetch_add(1);
            syscall(SYS_futex, &rung_.value, FUTEX_WAKE, 1, nullptr, nullptr, 0);
        }
    }
    /// Sleeps unless `found()`. Returns after at most 50 ms.
    template <class Found>
    void sleep_unless(Found found)
    {
        timespec const limit = {0, 50'000'000};
        uint32_t const seen  = rung_.value.load();
        asleep_.value.store(1, std::memory_order_seq_cst);
        if (!found()) {
            syscall(SYS_futex, &rung_.value, FUTEX_WAIT, seen, &limit, nullptr, 0);
        }
        asleep_.value.store(0, std::memory_order_relaxed);
    }

private:
    Word asleep_ = {};
    Word rung_   = {};
};

struct Shared {
    Bell       bell;
    WakeShared wake = {};
    Word       stop = {};
};

channel::Config geometry()
{
    channel::Config config;
    config.max_subscribers   = 1;
    config.max_publishers    = 1;
    config.sub_ring_capacity = 1024;
    config.pool_size         = 1024 + 16;
    config.max_payload_size  = headline_size;
    return config;
}

/// Takes all there is, then sleeps. Each message in order, or it ends. `stopped()` is asked when there is nothing.
template <class Stopped>
Got take_all(Subscriber& in, Shared& shared, Stopped stopped)
{
    for (uint64_t sequence = 1;;) {
        auto view = in.try_receive_view();
        if (!view) {
            if (stopped()) {
                return Got::Stop;
            }
            shared.bell.sleep_unless([&] { return bool(view = in.try_receive_view()); });
        }
        if (view) {
            Got const got = judge_payload(view->data(), headline_size, sequence);
            if (got != Got::Message) {
                return got;
            }
            shared.wake.answer.value.store(static_cast<uint32_t>(sequence), std::memory_order_release);
            ++sequence;
        }
    }
}

/// K messages, each rung for or the last one alone.
bool send_burst(Publisher& out, Shared& shared, uint64_t& sequence, uint32_t count, bool each)
{
    for (uint32_t i = 0; i < count; ++i) {
        void* const slot = out.allocate_until(headline_size, patience);
        if (slot == nullptr) {
            return false;
        }
        write_payload(slot, headline_size, sequence++);
        if (out.publish_until(patience) != 1) {
            return false;
        }
        if (each || i + 1 == count) {
            shared.bell.ring();
        }
    }
    return true;
}

/// The pair: `measure` sends until its round is over, and says so by shared.stop.
template <class Measure>
Round measure_pair(Plan const& plan, Measure measure)
{
    SharedBytes      memory(sizeof(Shared));
    auto&            shared = *new (memory.data()) Shared();
    RegionName const name("batch");
    Child        child(plan.placement.second, static_cast<unsigned>(plan.latency_seconds + 60), [&](Line const& line) {
        line.hear('c');
        SharedRegion const region = SharedRegion::open(name.str());
        Subscriber         in(region);
        line.tell('o');
        Got const got = take_all(in, shared, [&shared] { return shared.stop.value.load() != 0; });
        return got == Got::Stop && in.lost() == 0 ? 0 : static_cast<int>(got) + 1;
    });
    SharedRegion region = SharedRegion::create(name.str(), channel::PubSub, geometry());
    Publisher    out(region);
    child.line().tell('c');
    child.line().hear('o');
    region.unlink();
    Round round = measure(out, shared);
    shared.stop.value.store(1);
    return judged(std::move(round), child);
}

/// The time from the first send of a burst until the last of it is answered.
Round measure_bursts(Plan const& plan, uint32_t count, bool each)
{
    return measure_pair(plan, [&](Publisher& out, Shared& shared) {
        Round          round;
        uint64_t       total    = 0;
        uint64_t       sequence = 1;
        uint64_t const end      = ticks() + to_ticks(plan.latency_seconds);
        for (uint64_t turn = 1; ticks() < end || round.ticks.count() < least_samples; ++turn) {
            for (uint64_t const until = ticks() + to_ticks(burst_idle_us / 1e6); ticks() < until;) {
            }
            uint64_t const start = ticks();
            bool const     sent  = send_burst(out, shared, sequence, count, each);
            auto const     last  = static_cast<uint32_t>(sequence - 1);
            if (!sent || !spin_until(plan.placement.oversubscribed, [&] {
                    return shared.wake.answer.value.load(std::memory_order_acquire) == last;
                })) {
                round.error = "no answer to message " + std::to_string(last);
                break;
            }
            uint64_t const taken = ticks() - start;
            if (turn > 2) {
                round.ticks.record(taken);
                total += taken;
            }
        }
        round.seconds = to_ns(static_cast<double>(total)) / 1e9;
        return round;
    });
}

/// Bursts one after another, the receiver sleeping whenever it has taken all: what one message costs.
Round measure_stream(Plan const& plan, uint32_t count, bool each)
{
    return measure_pair(plan, [&](Publisher& out, Shared& shared) {
        Round          round;
        uint64_t       sequence = 1;
        uint64_t const start    = ticks();
        uint64_t const end      = start + to_ticks(plan.latency_seconds);
        while (ticks() < end && round.error.empty()) {
            round.error = send_burst(out, shared, sequence, count, each) ? "" : "no room for a message";
        }
        shared.bell.ring();
        auto const last = static_cast<uint32_t>(sequence - 1);
        if (!spin_until(plan.placement.oversubscribed,
                        [&] { return shared.wake.answer.value.load(std::memory_order_acquire) == last; })) {
            round.error = "no answer to message " + std::to_string(last);
        }
        round.seconds                  = to_ns(static_cast<double>(ticks() - start)) / 1e9;
        round.operations               = sequence - 1;
        round.rates["delivered_per_s"] = static_cast<double>(sequence - 1) / round.seconds;
        return round;
    });
}

void add_bell_cells(Plan const& plan, std::vector<Cell>& cells)
{
    for (uint32_t const count : {1U, 4U, 16U, 64U}) {
        for (bool const each : {true, false}) {
            std::string const key = ":" + std::to_string(count) + "/ring:";
            std::string const end = each ? "each" : "last";
            auto const        add = [&](std::string const& name, char const* what, auto measure) {
                cells.push_back(sample_cell(name + key + end, group_batch, plan.rounds, 2, what,
                                                   [=](Plan const& p) { return measure(p, count, each); }));
                cells.back().floor = each ? "" : name + key + "each";
            };
            add("batch/burst", "from the first send until the last message's answer is seen", measure_bursts);
            add("batch/stream", "message delivered", measure_stream);
        }
    }
}
#endif

/// `count` messages sent, then received; a turn is one message.
void loop_drain(benchmark::State& state, uint32_t count)
{
    OwnRegion             region(Geometry{headline_size, 1, 64, 128});
    Publisher             out(*region);
    Subscriber            in(*region);
    std::vector<uint64_t> message = message_of(headline_size);
    while (state.KeepRunningBatch(count)) {
        for (uint32_t i = 0; i < count; ++i) {
            (void)out.send(message.data(), headline_size);
        }
        for (uint32_t i = 0; i < count; ++i) {
            auto const view = in.try_receive_view();
            if (!view || !check_payload(view->data(), headline_size, 1)) {
                state.SkipWithError("a message was missing or damaged");
                return;
            }
        }
    }
}

void loop_empty_receive(benchmark::State& state)
{
    OwnRegion  region(Geometry{});
    Subscriber in(*region);
    for (auto _ : state) {
        benchmark::DoNotOptimize(in.try_receive_view());
    }
}

void loop_empty_publish(benchmark::State& state)
{
    OwnRegion region(Geometry{});
    Publisher out(*region);
    for (auto _ : state) {
        benchmark::DoNotOptimize(out.publish());
    }
}

} // namespace

void add_batch_cells(Plan const& plan, std::vector<Cell>& cells)
{
#ifdef __linux__
    add_bell_cells(plan, cells);
#endif
    for (uint32_t const count : {1U, 4U, 16U, 64U}) {
        cells.push_back(loop_cell(plan, "batch/drain:" + std::to_string(count), group_batch,
                                  [count](auto& state) { loop_drain(state, count); }));
    }
    cells.push_back(loop_cell(plan, "batch/empty_receive", group_batch, loop_empty_receive));
    cells.push_back(loop_cell(plan, "batch/empty_publish", group_batch, loop_empty_publish));
}

} // namespace bench
} // namespace kickmsg
