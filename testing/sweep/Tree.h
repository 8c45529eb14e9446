/// The processes and threads of a program, traced from its first instruction on. Linux on x86-64.
#pragma once

#include "Code.h"
#include "Command.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace kickmsg_sweep {

/// What a thread has stopped for.
enum class Event {
    None,      ///< an interruption
    Step,      ///< one instruction
    CallEntry, ///< a system call is about to be made: Thread::call
    CallExit,  ///< it was made
    Mark,      ///< kickmsg::testing::mark(): Thread::mark
    Signal,    ///< a signal, which the next resumption delivers
    Born,      ///< it has started a thread or a process, which is stopped too
    Executed,  ///< another program has taken the place of the process's
    Gone,      ///< it has ended
};

class Tree {
public:
    struct Process {
        pid_t pid;
        Code  code;
        bool  touched = false; ///< it has mapped or named a region since it became this program
    };
    struct Thread {
        pid_t                    tid;
        std::shared_ptr<Process> process;
        bool                     stopped = true; ///< it can be resumed
        bool                     in_call = false;
        bool                     gone    = false;
        bool        forks  = false; ///< it has made a child that it shares its memory with, and waits for it
        int         signal = 0;     ///< for the next resumption
        long        call   = -1;
        std::string mark;
    };

    /// Starts it; returns when it is about to run its first instruction. `marks`: whether marks are looked for.
    /// Errors: Failure, when it cannot be executed or traced.
    Tree(Command const& command, Surroundings const& in, bool marks);
    Tree(Tree const&)            = delete;
    Tree& operator=(Tree const&) = delete;
    /// Kills all that is left of it.
    ~Tree();

    /// Lets all threads run, side by side, until `stop` says so of an event, or nobody is left, or `expired` says so. Then all are
    /// stopped, but those that are in a system call.
    /// Returns: the thread that `stop` meant; null otherwise.
    Thread* run(std::function<bool(Thread&, Event)> const& stop, std::function<bool()> const& expired);

    /// One instruction of a thread that is stopped; one system call of one that is in the middle of it.
    /// Returns: nullopt when it sleeps in a system call now, and will be stopped when it has made it.
    std::optional<Event> step(Thread& thread, bool is_call);
    /// To the beginning or the end of the next system call.
    /// Returns: as step().
    std::optional<Event> run_to_call(Thread& thread);
    /// Returns: what a thread that slept has stopped for.
    std::optional<Event> poll(Thread& thread);
    /// Whether it sleeps in the kernel, or will never run again.
    static bool is_asleep(Thread const& thread);
    /// The thread passes the mark that it is at.
    void pass_mark(Thread& thread, uint64_t address);

    static uint64_t address_of(Thread const& thread);             ///< of the instruction that is next
    static uint64_t argument_of(Thread const& thread, int which); ///< of a system call that is about to be made: 0 … 5
    static long     next_call_of(Thread const& thread); ///< the number of a call that its next instruction makes

    /// Those that have not ended, in the order of their beginning.
    std::vector<Thread*> threads();
    /// How the program ended; nullopt while it has not.
    std::optional<int> status() const noexcept
    {
        return status_;
    }
    pid_t pid() const noexcept
    {
        return root_;
    }
    /// SIGKILL to all its processes; returns when nothing is left of them.
    void kill();

private:
    static bool          resume(Thread& thread, int request);
    std::optional<Event> wait_unless_asleep(Thread& thread);
    Event                collect(Thread& thread, int status);
    void                 stop_all();
    void                 bear(Thread& parent, bool shares);
    Event                executed(Thread& thread);
    Event                end(Thread& thread, int status);
    Thread*              find(pid_t tid);

    std::vector<std::unique_ptr<Thread>> threads_;
    pid_t                                root_ = -1;
    bool                                 marks_;
    std::optional<int>                   status_;
};

} // namespace kickmsg_sweep
