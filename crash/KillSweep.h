/// The sweeps over one operation: its victim killed, or stopped, at each state that it can be met in. What a state is, and how
/// a victim is brought there, says the lens: the tracer that steps it (Stepping.h), or the policy that counts (portable/Counting.h).
#pragma once

#include "Operations.h"
#include "Settings.h"

namespace kickmsg_crash {

struct SweepResult {
    uint64_t                 states = 0; ///< of the whole operation
    unsigned                 rounds = 0;
    uint64_t                 steps  = 0; ///< instructions of one whole operation, where they are counted
    std::vector<std::string> words;      ///< what was changed, in order
    Findings                 found;      ///< with the state they were found at
};

using Recover = std::function<void(kickmsg::SharedRegion&)>;

constexpr uint64_t every_state = ~uint64_t{0};

/// The sweeps through one lens. A `Victim` of it is one process, met at one state of its operation:
///
///   Victim(Arena&, Operation const&, uint64_t state, Fate)   brings it there, and to its fate
///   reached()                                  whether the operation has so many states
///   states(), steps(), changes()               seen so far
///   report(), run_to_end()                     as Victim's
///   kill_after(Arena&, Operation const&, n)    kills another one when it has made n changes
///
/// and it names `state`, what findings call one, and `first`, the number of the first.
template <class Victim>
class KillSweep {
public:
    /// Kills the victim at each state, the last of them after the operation; asks every question after each kill.
    static SweepResult kill(Operation const& operation, Recover const& recover)
    {
        return sweep(operation, Fate::Killed, [&recover](Arena& arena, Victim&, Findings& found) {
            arena.expect_no_delay(found);
            arena.expect_recovered(found, recover);
        });
    }

    /// Stops it there instead; others lap its rings and recover many times; it continues and finishes.
    static SweepResult stop(Operation const& operation)
    {
        return sweep(operation, Fate::Stopped, [&operation](Arena& arena, Victim& victim, Findings& found) {
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

    /// One whole run of it, to see what it changes.
    static SweepResult whole(Operation const& operation)
    {
        SweepResult result;
        round(operation, every_state, Fate::Killed, result, [](Arena&, Victim&, Findings&) {});
        return result;
    }

    /// What the operation asks for before its victim begins.
    static void prepare(Operation const& operation, Arena& arena)
    {
        if (operation.before != nullptr) {
            operation.before(arena, {kill_at, words_of});
        }
    }

private:
    /// One round of a sweep at one state. Returns: whether the operation got that far.
    template <class Examine>
    static bool round(Operation const& operation, uint64_t state, Fate fate, SweepResult& result, Examine examine)
    {
        Arena arena(operation.setting);
        prepare(operation, arena);
        Victim     victim(arena, operation, state, fate);
        bool const reached = victim.reached();
        if (!reached || only_state() != every_state) {
            keep_words(result, victim, arena);
        }
        ++result.rounds;
        Findings found;
        examine(arena, victim, found);
        for (std::string const& what : found) {
            result.found.push_back(operation.name + ", " + Victim::state + " " + std::to_string(state) + ": " + what);
        }
        return reached;
    }

    template <class Examine>
    static SweepResult sweep(Operation const& operation, Fate fate, Examine examine)
    {
        SweepResult    result;
        uint64_t const only  = only_state();
        uint64_t       state = only == every_state ? Victim::first : only;
        while (round(operation, state, fate, result, examine) && only == every_state) {
            ++state;
        }
        return result;
    }

    /// KICKMSG_CRASH_STATE: a failure is shown again at the one state that it was found at.
    static uint64_t only_state()
    {
        return number_from("KICKMSG_CRASH_STATE", every_state);
    }

    static void keep_words(SweepResult& result, Victim const& victim, Arena& arena)
    {
        result.states = victim.states();
        result.steps  = victim.steps();
        for (std::size_t const offset : victim.changes()) {
            result.words.push_back(arena.word_at(offset));
        }
    }

    static void kill_at(Arena& arena, Operation const& operation, unsigned changes)
    {
        Victim::kill_after(arena, operation, changes);
    }
    static std::vector<std::string> words_of(Operation const& operation)
    {
        return whole(operation).words;
    }
};

} // namespace kickmsg_crash
