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

struct Plan {
    std::string              mode = "quick";
    uint64_t                 seed = 1;
    std::vector<std::size_t> sizes;                  ///< payloads, bytes
    int                      rounds          = 3;    ///< of every cell; all cells once, then all again
    int                      headline_rounds = 9;    ///< of the 64-byte spin cells and their floor
    double                   latency_seconds = 0.1;  ///< of a round between processes
    double                   loop_seconds    = 0.02; ///< of a round of a single-threaded loop, at least
    Placement                placement;

    Budget budget() const
    {
        Budget budget;
        budget.seconds        = latency_seconds;
        budget.warm_up        = placement.oversubscribed ? 20 : 1000;
        budget.oversubscribed = placement.oversubscribed;
        return budget;
    }
};

/// Returns: the plan of "quick" (at most a minute), "report" (at most six) or "full".
Plan make_plan(std::string const& mode, uint64_t seed);

/// One row of the result. Exactly one of `measure` (a distribution) and `loop` (a Google Benchmark loop) is set.
struct Cell {
    std::string                            name;
    int                                    group  = 0; ///< cells of one group run next to each other in each round
    int                                    rounds = 1;
    std::string                            floor; ///< the cell that this one is a ratio to; empty = none
    bool                                   headline = false;
    bool                                   two_way  = false; ///< a round trip: one way is half of it
    std::function<Round(Plan const&)>      measure;
    std::function<void(benchmark::State&)> loop;
    bool                                   manual_time = false; ///< the loop sets its iteration times itself

    std::string family() const
    {
        return name.substr(0, name.find('/'));
    }
};

void add_floor_cells(Plan const& plan, std::vector<Cell>& cells);
void add_op_cells(Plan const& plan, std::vector<Cell>& cells);
void add_rtt_cells(Plan const& plan, std::vector<Cell>& cells);

/// A cell of a distribution between two processes; the headline's cells get its rounds.
Cell latency_cell(Plan const& plan, std::string name, int group, std::function<Round(Plan const&)> measure);
/// A cell of a single-threaded loop.
Cell loop_cell(Plan const& plan, std::string name, int group, std::function<void(benchmark::State&)> loop);

constexpr std::size_t headline_size = 64;
constexpr int         group_machine = 0; ///< the floor cells without a size
constexpr int         group_op      = 1;
constexpr int         group_sizes   = 10; ///< one group for each size from here on, polling; then as many, blocking

} // namespace bench
} // namespace kickmsg
