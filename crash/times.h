/// What a death costs: how long recovery takes, and what the others notice of a kill before anybody recovers.
#pragma once

#include "Body.h"

#include "Histogram.h"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace kickmsg_crash {

/// One measured cell: times in nanoseconds, and facts beside them.
struct Measured {
    std::string                                   name;
    std::vector<uint64_t>                         samples;
    std::vector<std::pair<std::string, uint64_t>> facts;
};

/// How much of it.
struct Extent {
    std::vector<uint32_t> pools, rings;
    uint32_t              recoveries; ///< rounds of each cell
    uint32_t              sweeps;     ///< of kills over all states of an operation
    uint32_t              sleeps;     ///< rounds of a sleeper for each state
};

Extent quick_extent();
Extent full_extent();

/// recover() after one process died that held a ring, a view and a loan, among `rings` rings that all were in use.
Measured measure_recovery(uint32_t pool, uint32_t rings, bool traffic, uint32_t rounds);

/// The next message of the living, sent and received by polling, beside a victim at each state of a send and after its fate.
Measured measure_polling(Fate fate, uint32_t sweeps);
/// The next message of the living to a sleeper, with no victim about.
Measured measure_sleeping_undisturbed(uint32_t rounds);
/// The same beside a sender killed at each state of its send: from the kill, when what it had delivered reached the
/// sleeper, else from the next message of the living.
Measured measure_sleeping(uint32_t rounds);

} // namespace kickmsg_crash
