/// What is measured in which mode, and one cell of it.
#pragma once

#include "process.h"
#include "round.h"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace kickmsg {
namespace bench {

/// Which cells of the families beside floor, op and rtt there are.
struct Extent {
    std::vector<unsigned>    loads = {10, 50, 80, 95};    ///< open loop: percent of the saturation
    std::vector<uint32_t>    idle_us;                     ///< before a wake
    std::vector<uint32_t>    sleepers = {1, 8};           ///< that one send wakes
    std::vector<uint32_t>    publishers, subscribers;     ///< of the throughput grid
    std::vector<uint32_t>    stopped = {0, 1, 4, 8};      ///< subscribers beside the fast one
    std::vector<uint32_t>    rings   = {1, 2, 8, 16, 32}; ///< live
    std::vector<uint32_t>    pools, ring_sizes, live_publishers;
    std::vector<uint32_t>    topics           = {1, 8, 64}; ///< that one wait is for
    std::vector<uint32_t>    flow_subscribers = {1, 2, 4};  ///< of a reliable flow
    std::vector<std::size_t> flow_sizes       = {64, 1024, 16384, 65536};
};

struct Plan {
    std::string              mode = "quick";
    uint64_t                 seed = 1;
    std::vector<std::size_t> sizes;                  ///< payloads, bytes
    int                      rounds = 3;             ///< of every cell; all cells once, then all again
    std::vector<std::size_t> peer_sizes;             ///< of `sizes`, those at which other libraries are measured
    std::vector<std::size_t> handoff_sizes;          ///< those at which all are measured with one word touched, too
    double                   peer_seconds    = 0.1;  ///< of a round of theirs
    int                      headline_rounds = 9;    ///< of the 64-byte spin cells of all, and their floor
    double                   latency_seconds = 0.1;  ///< of a round between processes
    double                   loop_seconds    = 0.02; ///< of a round of a single-threaded loop, at least
    Placement                placement;
    int                      family_rounds = 1; ///< of a cell that starts many processes, or takes long
    double                   stall_ms      = 0; ///< injected once into the sender of each open loop
    Extent                   extent;

    Budget budget() const
    {
        Budget budget;
        budget.seconds        = latency_seconds;
        budget.warm_up        = placement.oversubscribed ? 20 : 1000;
        budget.oversubscribed = placement.oversubscribed;
        return budget;
    }
    Budget peer_budget() const
    {
        Budget less  = budget();
        less.seconds = peer_seconds;
        return less;
    }
};

/// Returns: the plan of "quick" (at most a minute), "report" (at most a quarter of an hour) or "full".
Plan make_plan(std::string const& mode, uint64_t seed);

/// One row of the result. Exactly one of `measure` (a distribution) and `loop` (a Google Benchmark loop) is set.
struct Cell {
    std::string                            name;
    int                                    group  = 0; ///< cells of one group run next to each other in each round
    int                                    rounds = 1;
    std::string                            floor; ///< the cell that this one is a ratio to; empty = none
    bool                                   headline = false;
    bool                                   bracket  = false; ///< first and last of its group in each round: a floor
    bool                                   two_way  = false; ///< a round trip: one way is half of it
    int                                    threads  = 1;     ///< at work at the same time, in all processes
    std::string                            what;             ///< one sample of the distribution, in words
    std::function<Round(Plan const&)>      measure;
    std::function<void(benchmark::State&)> loop;
    std::string                            peer;                ///< whose row it is; empty for what is no peer's
    std::string                            peer_class;          ///< what it may be compared with
    std::string                            settings;            ///< of the peer in this row
    std::string                            skipped;             ///< why it is not measured; empty when it is
    bool                                   manual_time = false; ///< the loop sets its iteration times itself

    std::string family() const
    {
        return name.substr(0, name.find('/'));
    }
};

void add_floor_cells(Plan const& plan, std::vector<Cell>& cells);
void add_op_cells(Plan const& plan, std::vector<Cell>& cells);
void add_c_cells(Plan const& plan, std::vector<Cell>& cells);
void add_rtt_cells(Plan const& plan, std::vector<Cell>& cells);
void add_open_cells(Plan const& plan, std::vector<Cell>& cells);
void add_tput_cells(Plan const& plan, std::vector<Cell>& cells);
/// Of wake/ and of its floor, floor/wake/.
void add_wake_cells(Plan const& plan, std::vector<Cell>& cells);
/// Of wake/set/ and wake/epoll/: one wait for many topics.
void add_wait_set_cells(Plan const& plan, std::vector<Cell>& cells);
/// Of tput/reliable/peer:P.
void add_flow_cells(Plan const& plan, std::vector<Cell>& cells);
/// Of op/blackboard_read/peer:P and op/blackboard_write/peer:P.
void add_board_cells(Plan const& plan, std::vector<Cell>& cells);
/// Of rtt/service/.
void add_service_cells(Plan const& plan, std::vector<Cell>& cells);
/// An experiment, measured only when it is asked for.
void add_batch_cells(Plan const& plan, std::vector<Cell>& cells);
void add_slow_cells(Plan const& plan, std::vector<Cell>& cells);
void add_setup_cells(Plan const& plan, std::vector<Cell>& cells);
void add_scale_cells(Plan const& plan, std::vector<Cell>& cells);

/// A cell of a distribution between two processes; the headline's cells get its rounds.
Cell latency_cell(Plan const& plan, std::string name, int group, std::function<Round(Plan const&)> measure);
/// A cell of any other distribution, or of a rate: `rounds` rounds, `threads` threads, `what` one sample is.
Cell sample_cell(std::string name, int group, int rounds, int threads, std::string what,
                 std::function<Round(Plan const&)> measure);
/// A cell of a single-threaded loop.
Cell loop_cell(Plan const& plan, std::string name, int group, std::function<void(benchmark::State&)> loop);

constexpr std::size_t headline_size = 64;
constexpr int         group_machine = 0; ///< the floor cells without a size
constexpr int         group_op      = 1;
constexpr int         group_open    = 2;
constexpr int         group_tput    = 3;
constexpr int         group_wake    = 4;
constexpr int         group_slow    = 5;
constexpr int         group_setup   = 6;
constexpr int         group_scale   = 7;
constexpr int         group_batch   = 8;
constexpr int         group_sizes   = 10; ///< one group for each size from here on, polling; then as many, blocking

} // namespace bench
} // namespace kickmsg
