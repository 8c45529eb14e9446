/// From the records of a run to the rows of the JSON, and to the headline.
#pragma once

#include "runner.h"

#include <nlohmann/json.hpp>

#include <string>

namespace kickmsg {
namespace bench {

/// The document: Google Benchmark's JSON with more in `context` and in each row. One row a line.
std::string to_json(Run const& run);

/// The headline, in a few lines of text: one way at 64 bytes touched, as a multiple of the floor.
std::string headline_text(Run const& run);

/// Returns: the rows that gave an error.
int failed_rows(Run const& run);

/// Returns: the rows that were not measured, each with its reason, and gave no error.
int skipped_rows(Run const& run);

} // namespace bench
} // namespace kickmsg
