/// wake/ and floor/wake/: how long a sleeper takes to answer after the channel has been idle for a while.
///
/// A sample is the time from the send (the payload's writing included) until the polling sender sees the sleeper's
/// answer, one cache line: one timer, no second clock. The bare futex does the same with a word and a payload.
/// Rows `sleepers:N` are what the sender pays: the time of one send to N subscribers that sleep in processes of their own.
#include "plan.h"
#include "process.h"
#include "round.h"
#include "wake.h"

#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <deque>
#include <new>
#include <thread>
#include <utility>

#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace kickmsg {
namespace bench {
namespace {

channel::Config geometry()
{
    channel::Config config;
    config.max_subscribers   = 1;
    config.max_publishers    = 1;
    config.sub_ring_capacity = 8;
    config.pool_size         = 16;
    config.max_payload_size  = headline_size;
    return config;
}

int sleep_in_receive(RegionName const& name, WakeShared& shared, Line const& line)
{
    line.hear('c');
    SharedRegion const region = SharedRegion::open(name.str());
    Subscriber         in(region);
    line.tell('o');
    int const code = run_sleeper(shared, [&in](uint64_t sequence) {
        auto const view = in.receive_view(std::chrono::seconds(static_cast<int>(answer_limit)));
        if (!view) {
            return Got::Timeout;
        }
        return view->len() == headline_size ? judge_payload(view->data(), headline_size, sequence) : Got::Wrong;
    });
    return code != 0 ? code : in.lost() == 0 ? 0 : 100;
}

Round measure_wake(Plan const& plan, uint32_t idle_us)
{
    SharedBytes      memory(sizeof(WakeShared));
    auto&            shared = *new (memory.data()) WakeShared();
    RegionName const name("wake");
    Child            child(plan.placement.second, static_cast<unsigned>(plan.latency_seconds + 60),
                           [&](Line const& line) { return sleep_in_receive(name, shared, line); });
    SharedRegion     region = SharedRegion::create(name.str(), channel::PubSub, geometry());
    Publisher        out(region);
    child.line().tell('c');
    child.line().hear('o');
    region.unlink();
    Round const round = run_wakes(plan, idle_us, shared, [&out](uint64_t sequence) {
        void* const slot = out.allocate(headline_size);
        if (slot == nullptr) {
            return false;
        }
        write_payload(slot, headline_size, sequence);
        return out.publish() == 1;
    });
    return judged(round, child);
}

#ifdef __linux__
Got sleep_on_futex(WakeShared& shared, uint64_t sequence)
{
    auto const     seen  = static_cast<uint32_t>(sequence - 1);
    timespec const limit = {static_cast<time_t>(answer_limit), 0};
    while (shared.bell.value.load(std::memory_order_acquire) == seen) {
        if (syscall(SYS_futex, &shared.bell.value, FUTEX_WAIT, seen, &limit, nullptr, 0) != 0 && errno == ETIMEDOUT) {
            return Got::Timeout;
        }
    }
    return judge_payload(shared.payload, headline_size, sequence);
}

Round measure_bare_wake(Plan const& plan, uint32_t idle_us)
{
    SharedBytes memory(sizeof(WakeShared));
    auto&       shared = *new (memory.data()) WakeShared();
    Child       child(plan.placement.second, static_cast<unsigned>(plan.latency_seconds + 60), [&](Line const& line) {
        line.tell('o');
        return run_sleeper(shared, [&](uint64_t sequence) { return sleep_on_futex(shared, sequence); });
    });
    child.line().hear('o');
    Round const round = run_wakes(plan, idle_us, shared, [&shared](uint64_t sequence) {
        write_payload(shared.payload, headline_size, sequence);
        shared.bell.value.store(static_cast<uint32_t>(sequence), std::memory_order_release);
        syscall(SYS_futex, &shared.bell.value, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
        return true;
    });
    return judged(round, child);
}
#endif

/// What the sender knows of the sleepers.
struct alignas(128) Crowd {
    std::atomic<uint32_t> answers; ///< of all of them, to all messages
};

constexpr uint32_t settling_us = 300; ///< from the last answer to the next send: all sleep again

int sleep_in_crowd(RegionName const& name, Crowd& crowd, Line const& line)
{
    line.hear('c');
    SharedRegion const region = SharedRegion::open(name.str());
    Subscriber         in(region);
    line.tell('o');
    for (uint64_t sequence = 1;; ++sequence) {
        auto const view = in.receive_view(std::chrono::seconds(static_cast<int>(answer_limit)));
        Got const  got  = !view ? Got::Timeout : judge_payload(view->data(), headline_size, sequence);
        if (got != Got::Message) {
            return got == Got::Stop && in.lost() == 0 ? 0 : static_cast<int>(got) + 1;
        }
        crowd.answers.fetch_add(1, std::memory_order_release);
    }
}

/// Sends to `count` sleepers until the time is over.
Round send_to_sleepers(Plan const& plan, uint32_t count, Publisher& out, Crowd& crowd)
{
    Round          round;
    uint64_t       total = 0;
    uint64_t const end   = ticks() + to_ticks(plan.latency_seconds);
    auto const     send  = [&](uint64_t sequence) {
        void* const slot = out.allocate(headline_size);
        if (slot != nullptr) {
            write_payload(slot, headline_size, sequence);
        }
        return slot != nullptr && out.publish() == count;
    };
    for (uint64_t sequence = 1; ticks() < end || round.ticks.count() < least_samples; ++sequence) {
        std::this_thread::sleep_for(
            std::chrono::microseconds(settling_us)); // the processor is theirs to fall asleep on
        uint64_t const start = ticks();
        bool const     sent  = send(sequence);
        uint64_t const taken = ticks() - start;
        auto const     all   = static_cast<uint32_t>(sequence * count);
        if (!sent || !spin_until(true, [&] { return crowd.answers.load(std::memory_order_acquire) == all; })) {
            round.error = "not every sleeper answered message " + std::to_string(sequence);
            break;
        }
        if (sequence > 2) {
            round.ticks.record(taken);
            total += taken;
        }
    }
    send(stop_sequence);
    round.seconds = to_ns(static_cast<double>(total)) / 1e9;
    return round;
}

Round measure_sleepers(Plan const& plan, uint32_t count)
{
    SharedBytes       memory(sizeof(Crowd));
    auto&             crowd = *new (memory.data()) Crowd();
    RegionName const  name("wake");
    std::deque<Child> children; // forked before there is any handle: they inherit none
    for (uint32_t i = 0; i < count; ++i) {
        children.emplace_back(any_processor, static_cast<unsigned>(plan.latency_seconds + 60),
                              [&](Line const& line) { return sleep_in_crowd(name, crowd, line); });
    }
    channel::Config config = geometry();
    config.max_subscribers = count == 0 ? 1 : count;
    config.pool_size       = 64;
    SharedRegion region    = SharedRegion::create(name.str(), channel::PubSub, config);
    Publisher    out(region);
    for (Child& child : children) {
        child.line().tell('c');
        child.line().hear('o');
    }
    region.unlink();
    Round round = send_to_sleepers(plan, count, out, crowd);
    for (Child& child : children) {
        round = judged(std::move(round), child);
    }
    return round;
}

} // namespace

void add_wake_cells(Plan const& plan, std::vector<Cell>& cells)
{
    int const  rounds = plan.mode == "quick" ? plan.rounds : plan.family_rounds + 2;
    auto const add    = [&](std::string const& name, std::function<Round(Plan const&)> measure) {
        cells.push_back(sample_cell(name, group_wake, rounds, 2, "from the send until the sleeper's answer is seen",
                                       std::move(measure)));
    };
    for (uint32_t const idle_us : plan.extent.idle_us) {
        std::string const key = "wake/idle_us:" + std::to_string(idle_us);
        add(key, [idle_us](Plan const& p) { return measure_wake(p, idle_us); });
#ifdef __linux__
        cells.back().floor = "floor/" + key;
        add("floor/" + key, [idle_us](Plan const& p) { return measure_bare_wake(p, idle_us); });
#endif
    }
    for (uint32_t const count : plan.extent.sleepers) {
        cells.push_back(sample_cell("wake/sleepers:" + std::to_string(count), group_wake, rounds, 2,
                                    "one send to so many sleeping subscribers",
                                    [count](Plan const& p) { return measure_sleepers(p, count); }));
    }
}

} // namespace bench
} // namespace kickmsg
