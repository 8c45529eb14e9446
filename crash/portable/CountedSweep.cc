#include "CountedSweep.h"

#include "CountedVictim.h"
#include "Settings.h"

namespace kickmsg_crash {

void kill_after_changes(Arena& arena, Operation const& operation, unsigned changes)
{
    Strike strike;
    strike.after = changes;
    CountedVictim const victim(arena, operation, strike);
}

namespace {

std::function<void()> meanwhile(Operation const& operation, Arena& arena)
{
    if (operation.meanwhile == nullptr) {
        return {};
    }
    return [&operation, &arena] { operation.meanwhile(arena, 0); };
}

/// One round: the victim strikes itself before its `at`-th point. Returns: whether it had that many.
template <class Examine>
bool round(Operation const& operation, Strike const& strike, CountedResult& result, Examine examine)
{
    Arena arena(operation.setting);
    if (operation.before != nullptr) {
        operation.before(arena);
    }
    CountedVictim victim(arena, operation, strike, meanwhile(operation, arena));
    if (victim.completed()) {
        result.points = victim.points();
        for (std::size_t const offset : victim.changes()) {
            result.words.push_back(arena.word_at(offset));
        }
    }
    ++result.rounds;
    Findings found;
    examine(arena, victim, found);
    for (std::string const& what : found) {
        result.found.push_back(operation.name + ", point " + std::to_string(strike.at_point) + ": " + what);
    }
    return !victim.completed();
}

template <class Examine>
CountedResult sweep(Operation const& operation, bool stops, Examine examine)
{
    CountedResult result;
    Strike        strike;
    strike.stops    = stops;
    strike.at_point = number_from("KICKMSG_CRASH_STATE", 0);
    if (strike.at_point != 0) {
        round(operation, strike, result, examine);
        return result;
    }
    do {
        ++strike.at_point;
    } while (round(operation, strike, result, examine));
    return result;
}

} // namespace

CountedResult counted_kill_sweep(Operation const& operation, Recover const& recover)
{
    return sweep(operation, false, [&recover](Arena& arena, CountedVictim&, Findings& found) {
        arena.expect_no_delay(found);
        arena.expect_recovered(found, recover);
    });
}

CountedResult counted_stop_sweep(Operation const& operation)
{
    return sweep(operation, true, [&operation](Arena& arena, CountedVictim& victim, Findings& found) {
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

CountedResult counted_run(Operation const& operation)
{
    CountedResult result;
    round(operation, Strike{}, result, [](Arena&, CountedVictim&, Findings&) {});
    return result;
}

} // namespace kickmsg_crash
