/// Programs that live beside the victim (--beside). While the victim is stepped they are stopped, so that what changes is the victim's.
#pragma once

#include "Command.h"

#include <chrono>
#include <string>
#include <sys/types.h>
#include <vector>

namespace kickmsg_sweep {

class Companions {
public:
    /// Starts them, running.
    Companions(std::vector<std::string> const& commands, Surroundings const& in);
    Companions(Companions const&)            = delete;
    Companions& operator=(Companions const&) = delete;
    /// Ends them: SIGTERM, and SIGKILL for those that are still there two seconds later.
    ~Companions();

    bool is_empty() const noexcept
    {
        return all_.empty();
    }
    /// Lets them run until each takes part in a region of the prefix or has ended, ten seconds at most.
    /// Returns: whether each does.
    bool wait_until_joined(std::string const& prefix);
    /// They run from here on.
    void go();
    /// All their threads are stopped when it returns.
    void stop();
    /// Lets them run until all sleep, at most so long, and stops them.
    /// Returns: whether all slept.
    bool settle(std::chrono::nanoseconds longest);
    /// What is to be said of those that have ended by themselves; each once.
    std::vector<std::string> ended();
    /// Ends them, as the destructor.
    void end();

    /// Returns: their processes and all descendants.
    std::vector<pid_t> processes() const;

private:
    struct One {
        pid_t       pid;
        std::string text;
        bool        alive = true;
    };
    void signal(int number) const;
    void reap();
    bool is_any_left() const;
    bool are_asleep() const;

    std::vector<One>         all_;
    std::vector<std::string> ended_;
    bool                     stopped_ = false;
};

} // namespace kickmsg_sweep
