/// floor/: what this machine charges for moving a cache line, with no library in between.
#include "plan.h"
#include "process.h"
#include "round.h"

#include <atomic>
#include <climits>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace kickmsg {
namespace bench {
namespace {

/// A flag with its own cache line, and the neighbour that a prefetcher drags along.
struct alignas(128) Flag {
    std::atomic<uint32_t> sequence;
};

/// One direction: a flag and a payload, both in shared memory. A size of 0 means the flag alone.
struct Way {
    Flag*          flag;
    unsigned char* payload;
    std::size_t    size;
};

struct SpinWait {
    bool oversubscribed;

    bool wait(std::atomic<uint32_t>& word, uint32_t seen) const
    {
        return spin_until(oversubscribed, [&] { return word.load(std::memory_order_acquire) != seen; });
    }
    void wake(std::atomic<uint32_t>&) const {}
};

#ifdef __linux__
/// The bare futex: sleeps unless the flag has changed, wakes after every change.
struct FutexWait {
    bool wait(std::atomic<uint32_t>& word, uint32_t seen) const
    {
        timespec const limit = {static_cast<time_t>(answer_limit), 0};
        while (word.load(std::memory_order_acquire) == seen) {
            if (syscall(SYS_futex, &word, FUTEX_WAIT, seen, &limit, nullptr, 0) != 0 && errno == ETIMEDOUT) {
                return false;
            }
        }
        return true;
    }
    void wake(std::atomic<uint32_t>& word) const
    {
        syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
    }
};
#endif

/// The whole protocol: payload, then flag; flag, then payload.
template <class Wait>
struct FloorLink {
    Way  out;
    Way  in;
    Wait waiting;

    bool send(uint64_t sequence)
    {
        if (out.size != 0) {
            write_payload(out.payload, out.size, sequence);
        }
        out.flag->sequence.store(static_cast<uint32_t>(sequence), std::memory_order_release);
        waiting.wake(out.flag->sequence);
        return true;
    }

    Got receive(uint64_t sequence)
    {
        auto const seen = static_cast<uint32_t>(sequence - 1);
        if (!waiting.wait(in.flag->sequence, seen)) {
            return Got::Timeout;
        }
        if (in.size != 0) {
            return judge_payload(in.payload, in.size, sequence);
        }
        uint32_t const flag = in.flag->sequence.load(std::memory_order_relaxed);
        return flag == static_cast<uint32_t>(sequence)        ? Got::Message
               : flag == static_cast<uint32_t>(stop_sequence) ? Got::Stop
                                                              : Got::Wrong;
    }
};

Way way_at(SharedBytes const& memory, std::size_t size, int direction)
{
    std::size_t const room = (size + 4095) / 4096 * 4096;
    unsigned char*    base = memory.data();
    Way               way;
    way.flag    = new (base + std::size_t{128} * static_cast<std::size_t>(direction)) Flag();
    way.payload = base + 4096 + room * static_cast<std::size_t>(direction);
    way.size    = size;
    return way;
}

template <class Wait>
Round measure_floor(Plan const& plan, std::size_t size, Wait waiting)
{
    SharedBytes memory(4096 + 2 * ((size + 4095) / 4096 * 4096) + 4096);
    Way const   ping = way_at(memory, size, 0);
    Way const   pong = way_at(memory, size, 1);
    Child       child(plan.placement.second, static_cast<unsigned>(plan.latency_seconds + 60), [&](Line const& line) {
        FloorLink<Wait> link{pong, ping, waiting};
        line.tell('r');
        return run_pong(link);
    });
    FloorLink<Wait> link{ping, pong, waiting};
    child.line().hear('r');
    Round     round = run_ping(link, plan.budget());
    int const code  = child.join();
    if (round.error.empty() && code != 0) {
        round.error = "the answering process ended with " + std::to_string(code);
    }
    return round;
}

/// Reads the clock without pause: what is not the clock's own cost was taken by somebody else (interrupts, the host).
Round measure_hiccups(Plan const& plan)
{
    Round          round;
    uint64_t const start = ticks();
    uint64_t const end   = start + to_ticks(plan.latency_seconds);
    uint64_t       last  = start;
    while (last < end) {
        uint64_t const now = ticks();
        round.ticks.record(now - last);
        last = now;
    }
    round.seconds = to_ns(static_cast<double>(last - start)) / 1e9;
    return round;
}

void loop_clock(benchmark::State& state)
{
    for (auto _ : state) {
        benchmark::DoNotOptimize(ticks());
    }
}

void loop_rmw(benchmark::State& state)
{
    auto counter = std::make_unique<Flag>();
    for (auto _ : state) {
        // seq_cst: the plain locked operation that the machine has, uncontended and in the first-level cache
        benchmark::DoNotOptimize(counter->sequence.fetch_add(1, std::memory_order_seq_cst));
    }
}

/// One that has to wait for a store to another line, cached too: what it costs in the middle of an operation.
void loop_rmw_after_store(benchmark::State& state)
{
    auto     counter = std::make_unique<Flag>();
    auto     other   = std::make_unique<Flag>();
    uint32_t value   = 0;
    for (auto _ : state) {
        other->sequence.store(++value, std::memory_order_relaxed);
        benchmark::DoNotOptimize(counter->sequence.fetch_add(1, std::memory_order_seq_cst));
    }
}

void loop_memcpy(benchmark::State& state, std::size_t size)
{
    auto const from = std::make_unique<unsigned char[]>(size);
    auto const to   = std::make_unique<unsigned char[]>(size);
    std::memset(from.get(), 1, size);
    std::memset(to.get(), 2, size);
    for (auto _ : state) {
        std::memcpy(to.get(), from.get(), size);
        benchmark::DoNotOptimize(to.get());
        benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(static_cast<int64_t>(size) * static_cast<int64_t>(state.iterations()));
}

/// A message without a library: its payload copied in, copied out, and every byte read, as op/send_receive does.
void loop_touch(benchmark::State& state, std::size_t size)
{
    std::vector<unsigned char> message(size);
    std::vector<unsigned char> slot(size);
    std::vector<unsigned char> buffer(size);
    write_payload(message.data(), size, 1);
    for (auto _ : state) {
        std::memcpy(slot.data(), message.data(), size);
        benchmark::DoNotOptimize(slot.data());
        benchmark::ClobberMemory();
        std::memcpy(buffer.data(), slot.data(), size);
        benchmark::DoNotOptimize(buffer.data());
        benchmark::ClobberMemory();
        if (!check_payload(buffer.data(), size, 1)) {
            state.SkipWithError("the payload is damaged");
            break;
        }
    }
}

} // namespace

void add_floor_cells(Plan const& plan, std::vector<Cell>& cells)
{
    cells.push_back(loop_cell(plan, "floor/clock", group_machine, loop_clock));
    cells.push_back(loop_cell(plan, "floor/rmw", group_machine, loop_rmw));
    cells.push_back(loop_cell(plan, "floor/rmw_after_store", group_machine, loop_rmw_after_store));
    cells.push_back(
        sample_cell("floor/hiccup", group_machine, plan.rounds, 1, "gap between two clock readings", measure_hiccups));
    bool const spare = plan.placement.oversubscribed;
    cells.push_back(latency_cell(plan, "floor/line", group_machine,
                                 [spare](Plan const& p) { return measure_floor(p, 0, SpinWait{spare}); }));
    for (std::size_t i = 0; i < plan.sizes.size(); ++i) {
        std::size_t const size  = plan.sizes[i];
        std::string const key   = "/size:" + std::to_string(size);
        int const         group = group_sizes + static_cast<int>(i);
        cells.push_back(latency_cell(plan, "floor/payload" + key, group,
                                     [spare, size](Plan const& p) { return measure_floor(p, size, SpinWait{spare}); }));
        cells.back().headline = size == headline_size;
        cells.back().bracket  = true;
#ifdef __linux__
        cells.push_back(latency_cell(plan, "floor/futex" + key, group + static_cast<int>(plan.sizes.size()),
                                     [size](Plan const& p) { return measure_floor(p, size, FutexWait{}); }));
        cells.back().bracket = true;
#endif
        cells.push_back(loop_cell(plan, "floor/memcpy" + key, group_op,
                                  [size](benchmark::State& state) { loop_memcpy(state, size); }));
        cells.push_back(loop_cell(plan, "floor/touch" + key, group_op,
                                  [size](benchmark::State& state) { loop_touch(state, size); }));
    }
}

} // namespace bench
} // namespace kickmsg
