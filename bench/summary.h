/// What a run says about the machine, and about the targets, beside the headline.
#pragma once

#include "runner.h"

#include <nlohmann/json.hpp>

#include <string>

namespace kickmsg {
namespace bench {

/// One way at 64 bytes, touched, polling, as a multiple of the floor: at most this.
constexpr double headline_target = 1.5;

/// The floor of the machine in nanoseconds, and in read-modify-writes of it.
nlohmann::ordered_json floor_json(Run const& run);

/// What is aimed at, beside what was measured; what was not measured is not there.
nlohmann::ordered_json targets_json(Run const& run);

/// Both in a few lines of text.
std::string summary_text(Run const& run);

} // namespace bench
} // namespace kickmsg
