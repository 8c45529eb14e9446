/// The program under the sweep, brought to one of its states: a number of changes of shared memory. State 0 is before the first.
///
/// One of its threads runs at a time, instruction by instruction, until it sleeps in the kernel: what a state is depends on the program,
/// and not on the machine's scheduler, as far as that can be had. A death between two changes leaves the same memory as a death at the
/// change before: stopping at each change is stopping at every instruction.
#pragma once

#include "Companions.h"
#include "Tree.h"
#include "Watch.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace kickmsg_sweep {

/// A mark of the program: its n-th passing.
struct MarkName {
    std::string name; ///< empty: none
    uint64_t    nth = 1;

    /// "name" or "name:3".
    static MarkName parse(std::string const& text);
};

class Victim {
public:
    struct Plan {
        Command  command;
        MarkName from, to;
        double   limit  = 60;    ///< seconds
        bool     names  = false; ///< changes get the names of their words
        bool     sleeps = false; ///< one that sleeps for long is where it will stay: Reached::Asleep
    };
    struct Hooks {
        std::function<void()> begins; ///< states are counted from here on; may change the memory
        std::function<bool(Change const&)>
            changed; ///< after each change. Returns: whether it changed the memory itself
    };
    enum class Reached {
        State,  ///< it is stopped there
        End,    ///< it passed the last mark, or ended, before
        Asleep, ///< it sleeps, and nobody wakes it
        Limit,  ///< the time was over before
    };

    /// Starts it. Errors: Failure, when it cannot be.
    Victim(Plan const& plan, Surroundings const& in, Watch& watch, Companions* companions, Hooks hooks);

    /// Runs it to where states begin. Returns: false when it ended, or the time was over, before.
    bool begin();
    /// Runs it until it has made so many changes.
    Reached run_to(uint64_t changes);
    /// Lets it run freely to its end. Returns: false when the time was over before; then it is stopped.
    bool run_to_end();
    void kill()
    {
        tree_.kill();
    }

    std::vector<Change> const& changes() const noexcept
    {
        return changes_;
    }
    uint64_t steps() const noexcept
    {
        return steps_;
    }
    /// How it ended; nullopt while it has not.
    std::optional<int> status() const noexcept
    {
        return tree_.status();
    }
    /// How often each mark was passed.
    std::map<std::string, uint64_t> const& marks() const noexcept
    {
        return marks_;
    }
    pid_t pid() const noexcept
    {
        return tree_.pid();
    }
    /// What each of its threads is at, for a report.
    std::vector<Place> places();

private:
    using Thread = Tree::Thread;

    bool    is_expired() const;
    bool    passes(Thread const& thread, MarkName const& mark);
    void    note_event(Thread& thread, Event event);
    Thread* choose();
    Thread* next_of(std::vector<Thread*> const& all);
    Thread* wait_for_anybody();
    void    step(Thread& thread);
    void    step_through_call(Thread& thread);
    void    look(uint64_t address, Thread& thread);
    void    look_for_names(uint64_t address, Thread& thread);
    void    add(Change change);

    Plan                            plan_;
    Watch&                          watch_;
    Companions*                     companions_;
    Hooks                           hooks_;
    Tree                            tree_;
    uint64_t                        deadline_;
    pid_t                           last_   = 0; ///< thread that ran last
    uint64_t                        slice_  = 0; ///< steps since another one ran
    uint64_t                        steps_  = 0;
    bool                            begun_  = false;
    bool                            ended_  = false;
    bool                            asleep_ = false;
    std::vector<Change>             changes_;
    std::map<std::string, uint64_t> marks_;
};

} // namespace kickmsg_sweep
