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

/// What becomes of the two, and what is asked then.
using Ending = std::function<void(Arena&, Victim& first, Victim& second, Findings&)>;

void pair_round(Operation const& first, unsigned one, Operation const& second, unsigned two, SweepResult& result,
                Ending const& ending)
{
    Arena arena(first.setting);
    SteppedSweep::prepare(first.before != nullptr ? first : second, arena);
    Bound const one_processor(processor());
    Victim      a(first.body(arena), processor());
    Victim      b(second.body(arena), processor());
    a.run_to_change(one, arena.watched());
    b.run_to_change(two, arena.watched());
    ++result.rounds;
    Findings found;
    ending(arena, a, b, found);
    for (std::string const& what : found) {
        result.found.push_back(first.name + " at state " + std::to_string(one) + ", " + second.name + " at state " +
                               std::to_string(two) + ": " + what);
    }
}

SweepResult all_pairs(Operation const& first, Operation const& second, Share const& share, Ending const& ending)
{
    SweepResult result;
    auto const  states_of_first  = static_cast<unsigned>(SteppedSweep::whole(first).states);
    auto const  states_of_second = static_cast<unsigned>(SteppedSweep::whole(second).states);
    for (unsigned one = 0; one <= states_of_first; ++one) {
        for (unsigned two = 0; two <= states_of_second; ++two) {
            if (is_chosen(one, two, share)) {
                pair_round(first, one, second, two, result, ending);
            }
        }
    }
    result.states = uint64_t{states_of_first + 1} * (states_of_second + 1);
    return result;
}

void recover_beside(Arena& arena, Victim& stopped, Victim& dead, Findings& found)
{
    dead.kill();
    arena.expect_no_delay(found);
    for (unsigned turn = 0; turn < 2; ++turn) { // the second: what the first one covered for a moment
        arena.region().recover();
    }
    arena.expect_nothing_taken(found);
    if (!stopped.run_to_end()) {
        found.push_back("the stopped victim could not finish: " + std::string(stopped.report().error));
    }
    arena.region().recover(); // what the stopped one covered
    arena.expect_all_there(found);
}

} // namespace

SweepResult pair_sweep(Operation const& first, Operation const& second, Share const& share, Recover const& recover)
{
    return all_pairs(first, second, share, [&recover](Arena& arena, Victim& one, Victim& two, Findings& found) {
        one.kill();
        two.kill();
        arena.expect_no_delay(found);
        arena.expect_recovered(found, recover);
    });
}

SweepResult pair_stop_sweep(Operation const& first, Operation const& second, Share const& share)
{
    return all_pairs(first, second, share, recover_beside);
}

} // namespace kickmsg_crash
