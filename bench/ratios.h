/// Medians and ratios over the rounds of a run. Two cells are compared within each round, and the median of that is reported.
#pragma once

#include "runner.h"

#include <optional>
#include <string>
#include <vector>

namespace kickmsg {
namespace bench {

/// Three decimals are beyond what is measured, and short enough to store.
double rounded(double value);

std::optional<double> median(std::vector<double> values);

/// Returns: the record of that name if it was measured, else null.
Record const* find(Run const& run, std::string const& name);

std::vector<double> rounds_of(Record const& record);

/// The ratio of two cells in each round that has both, the median of which is the ratio. `spare` is taken off both.
std::optional<double> median_ratio(Record const& record, Record const* base, double spare = 0.0);

double clock_cost(Run const& run);

/// The record as a multiple of its floor: both are round trips, or neither is.
std::optional<double> floor_ratio(Run const& run, Record const& record, double spare = 0.0);

} // namespace bench
} // namespace kickmsg
