/// Runs the cells in interleaved rounds through Google Benchmark, and keeps what each round gave.
#pragma once

#include "plan.h"

#include <map>
#include <string>
#include <vector>

namespace kickmsg {
namespace bench {

/// All rounds of one cell.
struct Record {
    Cell                  cell;
    Histogram             ticks;    ///< merged over the rounds; empty for a loop
    std::map<int, double> round_ns; ///< by round: the median of a distribution, the mean of a loop
    int64_t               iterations  = 0;
    double                real_sum_ns = 0; ///< of all iterations
    double                cpu_sum_ns  = 0;
    std::string           error;
    std::vector<double>   after_before;  ///< of a bracket: its second median in a round / its first
    uint64_t              sent      = 0; ///< of a peer, over the rounds
    uint64_t              delivered = 0;
    std::string           transport;         ///< of a peer
    std::string           transport_checked; ///< what shows it, in the last round

    std::string                                unavailable; ///< as the rounds say
    std::map<std::string, Histogram>           beside;      ///< merged over the rounds
    std::map<std::string, uint64_t>            counts;      ///< summed over the rounds
    std::map<std::string, std::vector<double>> rates;       ///< one value for each round
};

struct Run {
    Plan                plan;
    std::vector<Record> records;
};

/// Runs every cell `cell.rounds` times: round after round, in each round the groups, and the cells of a group, in an order
/// drawn from the seed; a floor opens and closes its group. A line for each on standard error.
Run run_cells(Plan const& plan, std::vector<Cell> const& cells);

} // namespace bench
} // namespace kickmsg
