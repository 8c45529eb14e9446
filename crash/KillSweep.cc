#include "Sweep.h"

#include "Victim.h"

#include "Settings.h"
#include "support.h"

namespace kickmsg_crash {

void kill_after_changes(Arena& arena, Operation const& operation, unsigned changes)
{
    Victim victim(operation.body(arena), -1);
    victim.run_to_change(changes, arena.watched());
    victim.kill();
}

namespace {

std::function<void(unsigned)> meanwhile(Operation const& operation, Arena& arena)
{
    if (operation.meanwhile == nullptr) {
        return {};
    }
    return [&operation, &arena](unsigned change) { operation.meanwhile(arena, change); };
}

constexpr uint64_t every = ~uint64_t{0};

/// KICKMSG_CRASH_STATE and KICKMSG_CRASH_STATE_2: a failure is shown again at the one state that it was found at.
bool is_chosen(unsigned one, unsigned two, Share const& share)
{
    uint64_t const only_one = number_from("KICKMSG_CRASH_STATE", every);
    uint64_t const only_two = number_from("KICKMSG_CRASH_STATE_2", every);
    if (only_one == every && only_two == every) {
        return (one + two) % share.of == share.offset % share.of;
    }
    return (only_one == every || only_one == one) && (only_two == every || only_two == two);
}

void report(SweepResult& result, Operation const& operation, unsigned state, Findings const& found)
{
    for (std::string const& what : found) {
        result.found.push_back(operation.name + ", state " + std::to_string(state) + ": " + what);
    }
}

/// The words that the operation changed, once it has run to its end.
void keep_words(SweepResult& result, Victim const& victim, Arena& arena)
{
    result.states = static_cast<unsigned>(victim.changes().size());
    result.steps  = victim.steps();
    for (std::size_t const offset : victim.changes()) {
        result.words.push_back(arena.word_at(offset));
    }
}

void prepare(Operation const& operation, Arena& arena)
{
    if (operation.before != nullptr) {
        operation.before(arena);
    }
}

/// One round of a sweep at one state. Returns: whether the operation got that far.
template <class Examine>
bool round(Operation const& operation, unsigned state, SweepResult& result, Examine examine)
{
    Arena arena(operation.setting);
    prepare(operation, arena);
    Bound const one_processor(processor());
    Victim      victim(operation.body(arena), processor());
    bool const  reached = victim.run_to_change(state, arena.watched(), meanwhile(operation, arena));
    if (!reached || number_from("KICKMSG_CRASH_STATE", every) != every) {
        keep_words(result, victim, arena);
    }
    ++result.rounds;
    Findings found;
    examine(arena, victim, found);
    report(result, operation, state, found);
    return reached;
}

template <class Examine>
SweepResult sweep(Operation const& operation, Examine examine)
{
    SweepResult    result;
    uint64_t const only  = number_from("KICKMSG_CRASH_STATE", every);
    unsigned       state = only == every ? 0 : static_cast<unsigned>(only);
    while (round(operation, state, result, examine) && only == every) {
        ++state;
    }
    return result;
}

} // namespace

SweepResult kill_sweep(Operation const& operation, Recover const& recover)
{
    return sweep(operation, [&recover](Arena& arena, Victim& victim, Findings& found) {
        victim.kill();
        arena.expect_no_delay(found);
        arena.expect_recovered(found, recover);
    });
}

SweepResult stop_sweep(Operation const& operation)
{
    return sweep(operation, [&operation](Arena& arena, Victim& victim, Findings& found) {
        arena.expect_no_delay(found);
        if (operation.before == nullptr) { // else there is something to take, from the dead
            arena.expect_nothing_taken(found);
        }
        if (!victim.run_to_end()) {
            found.push_back("the stopped victim could not finish: " + std::string(victim.report().error));
        }
        if (operation.before != nullptr) {
            arena.region().recover();
        }
        arena.expect_all_there(found);
    });
}

namespace {

void pair_round(Operation const& first, unsigned one, Operation const& second, unsigned two, SweepResult& result,
                Recover const& recover)
{
    Arena arena(first.setting);
    prepare(first.before != nullptr ? first : second, arena);
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

/// How many changes an operation makes when nobody disturbs it.
unsigned states_of(Operation const& operation)
{
    SweepResult result;
    round(operation, ~0U, result, [](Arena&, Victim&, Findings&) {});
    return result.states;
}

} // namespace

SweepResult pair_sweep(Operation const& first, Operation const& second, Share const& share, Recover const& recover)
{
    SweepResult    result;
    unsigned const states_of_first  = states_of(first);
    unsigned const states_of_second = states_of(second);
    for (unsigned one = 0; one <= states_of_first; ++one) {
        for (unsigned two = 0; two <= states_of_second; ++two) {
            if (is_chosen(one, two, share)) {
                pair_round(first, one, second, two, result, recover);
            }
        }
    }
    result.states = (states_of_first + 1) * (states_of_second + 1);
    return result;
}

} // namespace kickmsg_crash
