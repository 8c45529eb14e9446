/// Recorded histories of real threads, and the question whether operations that took effect one after another, each at a
/// moment between its begin and its end, could have answered so (M. Herlihy, J. Wing, "Linearizability", 1990).
///
/// Rings need no search: a received message's position is its place in that order. What was lost has one of the positions
/// left, which makes the check a schedule of unit tasks with windows, and earliest deadline first decides it exactly.
/// Pools need none either: the slots are independent but for the empty answers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kickmsg_stress {

/// Time stamp that no earlier load or store passes, and none passes it: bare rdtsc gives false alarms.
uint64_t stamp() noexcept;

struct Interval {
    uint64_t begin, end;
};

/// A send that returned its length. The sends of one publisher are in order of `number`.
struct Sent {
    uint32_t publisher, number;
    Interval when;
};
struct Received {
    uint32_t publisher, number;
    uint64_t position;
    Interval when;
};
/// What one subscriber saw, that was there from before the first send until after the last, and read all there was.
struct RingHistory {
    std::vector<Sent>     sent;
    std::vector<Received> received;
    uint64_t              start = 0; ///< first position
    uint64_t              lost  = 0; ///< what was reported to it
};

/// Returns: why no order explains the history; empty when one does.
std::string check(RingHistory const& history);
/// The same by trying every order. For a few sends.
bool is_explained_by_some_order(RingHistory const& history);

/// A slot from its pop to its push.
struct Hold {
    uint32_t slot;
    Interval pop, push;
};
/// All of a pool, full at first and in the end.
struct PoolHistory {
    uint32_t              slots = 0;
    std::vector<Hold>     holds;
    std::vector<Interval> empty; ///< pops that were answered "none"
};

std::string check(PoolHistory const& history);
bool        is_explained_by_some_order(PoolHistory const& history);

} // namespace kickmsg_stress
