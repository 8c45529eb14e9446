#include "PairSweep.h"

#include "Stepping.h"

namespace kickmsg_crash {

namespace {

/// KICKMSG_CRASH_STATE and KICKMSG_CRASH_STATE_2: a failure is shown again at the one state that it was found at.
bool is_chosen(unsigned one, unsigned two, Share const& share)
{
    uint64_t const only_one = number_from("KICKMSG_CRASH_STATE", every_state);
    uint64_t const only_two = number_from("KICKMSG_CRASH_STATE_2", every_state);
    if (only_one == every_state && only_two == every_state) {
        return (one + two) % share.of == share.offset % share.of;
    }
    return (only_one == every_state || only_one == one) && (only_two == every_state || only_two == two);
}

void pair_round(Operation const& first, unsigned one, Operation const& second, unsigned two, SweepResult& result,
                Recover const& recover)
{
    Arena arena(first.setting);
    SteppedSweep::prepare(first.before != nullptr ? first : second, arena);
    Bound const one_processor(processor());
    Victim      a(first.body(arena), processor());
    Victim      b(second.body(arena), processor());
    a.run_to_change(one, arena.watched());
    b.run_to_change(two, arena.watched());
    a.kill();
    b.kill();
    ++result.rounds;
    Findings found;
    arena.expect_no_delay(found);
    arena.expect_recovered(found, recover);
    for (std::string const& what : found) {
        result.found.push_back(first.name + " at state " + std::to_string(one) + ", " + second.name + " at state " +
                               std::to_string(two) + ": " + what);
    }
}

} // namespace

SweepResult pair_sweep(Operation const& first, Operation const& second, Share const& share, Recover const& recover)
{
    SweepResult result;
    auto const  states_of_first  = static_cast<unsigned>(SteppedSweep::whole(first).states);
    auto const  states_of_second = static_cast<unsigned>(SteppedSweep::whole(second).states);
    for (unsigned one = 0; one <= states_of_first; ++one) {
        for (unsigned two = 0; two <= states_of_second; ++two) {
            if (is_chosen(one, two, share)) {
                pair_round(first, one, second, two, result, recover);
            }
        }
    }
    result.states = uint64_t{states_of_first + 1} * (states_of_second + 1);
    return result;
}

} // namespace kickmsg_crash
