/// tput/: P publishing and S subscribing processes, all at full speed: what is delivered, lost and refused.
///
/// Nobody waits for anybody: a subscriber that is too slow loses messages and knows how many. Each one must account for
/// every message sent: received + lost = sent. tput/reliable: the publisher waits for room instead, and nothing may be lost.
#include "plan.h"
#include "process.h"
#include "round.h"

#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"

#include <atomic>
#include <chrono>
#include <cstring>
#include <deque>
#include <new>
#include <vector>

#include <unistd.h>

namespace kickmsg {
namespace bench {
namespace {

constexpr uint32_t ring_capacity  = 64;
constexpr uint32_t most_processes = 48;
constexpr auto     patience       = std::chrono::milliseconds(100);
constexpr unsigned number_bits    = 40; ///< a message's sequence: its publisher above, its number below

struct TputCase {
    uint32_t    publishers;
    uint32_t    subscribers;
    std::size_t size;
    bool        reliable = false; ///< overwrites nothing

    bool oversubscribed(Placement const& placement) const
    {
        return static_cast<int>(publishers + subscribers) > placement.processors;
    }
};

/// What one process has done, in memory of all.
struct alignas(128) Account {
    uint64_t sent     = 0;
    uint64_t refused  = 0;
    uint64_t received = 0;
    uint64_t in_time  = 0; ///< of the received, those before the stop
    uint64_t lost     = 0;
    bool     wrong    = false;
};

struct Shared {
    alignas(128) std::atomic<uint32_t> phase; ///< 0 = not yet, 1 = go, 2 = stop
    alignas(128) std::atomic<uint32_t> publishers_done;
    Account accounts[most_processes];
};

void wait_for_start(Shared const& shared, bool oversubscribed)
{
    while (shared.phase.load(std::memory_order_acquire) == 0) {
        if (oversubscribed) {
            usleep(100);
        }
    }
}

int publish(TputCase const& what, uint32_t number, RegionName const& name, Shared& shared, bool oversubscribed,
            Line const& line)
{
    line.hear('c');
    SharedRegion const region = SharedRegion::open(name.str());
    Publisher          out(region);
    line.tell('o');
    wait_for_start(shared, oversubscribed);
    Account own;
    while (shared.phase.load(std::memory_order_acquire) == 1) {
        void* const slot = what.reliable ? out.allocate_until(what.size, patience) : out.allocate(what.size);
        if (slot == nullptr) {
            ++own.refused;
            continue;
        }
        write_payload(slot, what.size, (uint64_t{number} << number_bits) + own.sent);
        if (what.reliable) { // subscribers read until all publishers have ended
            static_cast<void>(
                out.publish_until(std::chrono::nanoseconds::max())); // the accounts show what was not delivered
        } else {
            out.publish();
        }
        ++own.sent;
    }
    shared.accounts[number] = own;
    shared.publishers_done.fetch_add(1, std::memory_order_acq_rel);
    return 0;
}

/// Whether a message is whole, and later than the last one of its publisher.
bool is_right(Subscriber::SampleRef const& sample, TputCase const& what, std::vector<uint64_t>& next)
{
    uint64_t sequence = 0;
    std::memcpy(&sequence, sample.data(), sizeof(sequence));
    uint64_t const publisher = sequence >> number_bits;
    uint64_t const number    = sequence & ((uint64_t{1} << number_bits) - 1);
    bool const     right     = sample.len() == what.size && check_payload(sample.data(), what.size, sequence) &&
                       publisher < next.size() && number >= next[publisher];
    if (right) {
        next[publisher] = number + 1;
    }
    return right;
}

int subscribe(TputCase const& what, uint32_t place, RegionName const& name, Shared& shared, bool oversubscribed,
              Line const& line)
{
    line.hear('c');
    SharedRegion const region = SharedRegion::open(name.str());
    Subscriber         in(region);
    line.tell('o');
    wait_for_start(shared, oversubscribed);
    Account               own;
    std::vector<uint64_t> next(what.publishers, 0);
    for (bool last = false; !own.wrong;) {
        auto const sample = in.try_receive();
        if (sample) {
            own.wrong = !is_right(*sample, what, next);
            ++own.received;
            own.in_time += shared.phase.load(std::memory_order_relaxed) == 1 ? 1 : 0;
        } else if (last) {
            break;
        } else {
            // all that was sent is in the ring once every publisher has said so: one more look suffices
            last = shared.publishers_done.load(std::memory_order_acquire) == what.publishers;
            if (oversubscribed && !last) {
                sched_yield();
            }
        }
    }
    own.lost               = in.lost();
    shared.accounts[place] = own;
    return own.wrong ? 1 : 0;
}

channel::Config geometry(TputCase const& what)
{
    channel::Config config;
    config.max_subscribers   = std::max(what.subscribers, 1U);
    config.max_publishers    = what.publishers;
    config.sub_ring_capacity = ring_capacity;
    config.pool_size         = config.max_subscribers * ring_capacity + 4 * what.publishers + what.subscribers;
    config.max_payload_size  = what.size;
    return config;
}

/// The processes of a case, forked before there is any handle.
std::deque<Child> start_all(Plan const& plan, TputCase const& what, RegionName const& name, Shared& shared)
{
    bool const        spare = what.oversubscribed(plan.placement);
    unsigned const    limit = static_cast<unsigned>(plan.latency_seconds + 60);
    std::deque<Child> children;
    for (uint32_t i = 0; i < what.publishers + what.subscribers; ++i) {
        bool const publishes = i < what.publishers;
        // two processes are pinned as everywhere; more than that the kernel places
        int const processor = what.publishers + what.subscribers > 2 ? any_processor
                              : publishes                            ? plan.placement.first
                                                                     : plan.placement.second;
        children.emplace_back(processor, limit, [&, i, publishes, spare](Line const& line) {
            return publishes ? publish(what, i, name, shared, spare, line)
                             : subscribe(what, i, name, shared, spare, line);
        });
    }
    return children;
}

/// Adds up, and checks that every subscriber accounts for every message.
Round settle(TputCase const& what, Shared const& shared, double seconds)
{
    Round    round;
    uint64_t sent    = 0;
    uint64_t in_time = 0;
    for (uint32_t i = 0; i < what.publishers; ++i) {
        sent += shared.accounts[i].sent;
        round.counts["refused"] += shared.accounts[i].refused;
    }
    for (uint32_t i = what.publishers; i < what.publishers + what.subscribers; ++i) {
        Account const& account = shared.accounts[i];
        in_time += account.in_time;
        round.counts["received"] += account.received;
        round.counts["lost"] += account.lost;
        if (account.received + account.lost != sent || (what.reliable && account.lost != 0)) {
            round.error = "subscriber " + std::to_string(i - what.publishers) + ": received " +
                          std::to_string(account.received) + " + lost " + std::to_string(account.lost) + ", expected " +
                          std::to_string(sent) + " sent";
        }
    }
    round.counts["sent"]           = sent;
    round.seconds                  = seconds;
    round.operations               = std::max<uint64_t>(1, what.subscribers == 0 ? sent : in_time);
    round.rates["sent_per_s"]      = static_cast<double>(sent) / seconds;
    round.rates["delivered_per_s"] = static_cast<double>(in_time) / seconds;
    round.rates["lost_share"]      = sent == 0 || what.subscribers == 0 ? 0.0
                                                                        : static_cast<double>(round.counts["lost"]) /
                                                                         (static_cast<double>(sent) * what.subscribers);
    return round;
}

Round measure_throughput(Plan const& plan, TputCase const& what)
{
    SharedBytes       memory(sizeof(Shared));
    auto&             shared = *new (memory.data()) Shared();
    RegionName const  name("tput");
    std::deque<Child> children = start_all(plan, what, name, shared);
    SharedRegion      region   = SharedRegion::create(name.str(), channel::PubSub, geometry(what));
    for (Child const& child : children) {
        child.line().tell('c');
        child.line().hear('o');
    }
    region.unlink();
    uint64_t const start = ticks();
    shared.phase.store(1, std::memory_order_release);
    usleep(static_cast<useconds_t>(plan.latency_seconds * 1e6));
    shared.phase.store(2, std::memory_order_release);
    double const seconds = to_ns(static_cast<double>(ticks() - start)) / 1e9;
    std::string  error;
    for (Child& child : children) {
        int const code = child.join();
        if (code != 0) {
            error = code == 1 ? "a message was damaged or out of its publisher's order"
                              : "a process ended with " + std::to_string(code);
        }
    }
    Round round = settle(what, shared, seconds);
    round.error = error.empty() ? round.error : error;
    return round;
}

} // namespace

void add_tput_cells(Plan const& plan, std::vector<Cell>& cells)
{
    auto const add = [&](uint32_t publishers, uint32_t subscribers, std::size_t size) {
        TputCase const what{publishers, subscribers, size};
        cells.push_back(sample_cell("tput/publishers:" + std::to_string(publishers) +
                                        "/subscribers:" + std::to_string(subscribers) + "/size:" + std::to_string(size),
                                    group_tput, plan.family_rounds, static_cast<int>(publishers + subscribers),
                                    subscribers == 0 ? "message sent" : "message delivered",
                                    [what](Plan const& p) { return measure_throughput(p, what); }));
    };
    for (uint32_t const publishers : plan.extent.publishers) {
        for (uint32_t const subscribers : plan.extent.subscribers) {
            add(publishers, subscribers, headline_size);
        }
    }
    for (uint32_t const publishers : {1U, 4U}) {
        for (uint32_t const subscribers : {1U, 4U}) {
            add(publishers, subscribers, 4096);
        }
    }
    for (std::size_t const size : {64U, 4096U, 65536U}) {
        for (uint32_t const subscribers : {1U, 2U, 4U}) {
            TputCase const what{1, subscribers, size, true};
            cells.push_back(sample_cell(
                "tput/reliable/subscribers:" + std::to_string(subscribers) + "/size:" + std::to_string(size),
                group_tput, plan.family_rounds, static_cast<int>(1 + subscribers), "message delivered",
                [what](Plan const& p) { return measure_throughput(p, what); }));
        }
    }
}

} // namespace bench
} // namespace kickmsg
