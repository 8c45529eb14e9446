/// The operations that have a budget, through the public API: the same code over the shipped library (instructions, system
/// calls) and over the counting one (atomic operations).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace kickmsg {
namespace budgets {

/// Repeated as often as it is asked for, but at most `most_repetitions` times between two calls of `prepare`. Neither allocates.
struct Operation {
    std::string                       family; ///< exchange, send, receive, poll
    std::string                       name;
    uint32_t                          live_rings = 1;
    std::function<void(uint64_t)>     prepare;       ///< what so many repetitions need; not part of them
    std::function<uint64_t(uint64_t)> run;           ///< Returns: the repetitions that went as they should
    bool                              looks = false; ///< at others, once in many repetitions: its loads are an average
    bool asks = false; ///< the system, once in many repetitions, whether a subscriber is alive

    std::string str() const
    {
        return family + "/" + name + "/rings:" + std::to_string(live_rings);
    }
};

constexpr uint64_t most_repetitions = 512;

/// All of them, each on a region of its own whose name is gone already.
std::vector<Operation> all_operations();

/// Runs each slot and each place of a ring through once, so that what is counted then is the steady state.
/// Errors: std::runtime_error when a repetition goes wrong.
void warm_up(Operation& operation);

/// `operation.run`. Errors: std::runtime_error when a repetition goes wrong.
void repeat(Operation& operation, uint64_t times);

} // namespace budgets
} // namespace kickmsg
