/// Does what was generated: with threads, or with processes of this program's own file, which share nothing but the region
/// and the board.
#pragma once

#include "Accounts.h"

namespace kickmsg_stress {
namespace generated {

/// What the trials of a run did.
struct Coverage {
    uint64_t trials = 0, of_processes = 0, of_threads = 0, processes = 0;
    uint64_t sent = 0, received = 0, refused = 0, zero_length = 0, large = 0, lent = 0, shortened = 0, unheard = 0;
    uint64_t evicted = 0, overwritten = 0; ///< where only the one or only the other is possible
    uint64_t wraps = 0;                    ///< of rings
    uint64_t views = 0, most_held = 0, blocked = 0, woken = 0, joins_of_churners = 0;
    uint64_t stopped_processes = 0, stopped_threads = 0, sent_past_the_stopped = 0;

    void add(TrialPlan const& plan, Accounts const& accounts);
};

/// Returns: what is wrong, or nothing.
std::vector<std::string> perform(TrialPlan const& plan, Coverage& coverage);

constexpr char const* take_part_flag = "--take-part";
/// The main function of a process of a trial: `--take-part DESCRIPTOR PARTICIPANT`.
int main_of_participant(char const* descriptor, char const* participant);

} // namespace generated
} // namespace kickmsg_stress
