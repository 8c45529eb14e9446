/// What the examples share and a program of yours does not need: a second process, a name prefix, a verdict.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>

#include <csignal>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace example {

/// Begins every region name, so that two runs at once can stay apart.
inline std::string prefix()
{
    char const* const given = std::getenv("KICKMSG_TEST_PREFIX");
    return given != nullptr && *given != '\0' ? given : "kickmsg_example";
}

inline void require(bool holds, std::string const& what)
{
    if (!holds) {
        throw std::runtime_error(what);
    }
}

/// Returns: 0 when `body` comes to its end; 1, with a message, when it throws.
inline int run(std::function<void()> const& body)
{
    try {
        body();
        return 0;
    } catch (std::exception const& error) {
        std::fprintf(stderr, "failed: %s\n", error.what());
        return 1;
    }
}

/// Calls `action` at the end of the scope, whichever way it is left.
class AtEnd {
public:
    explicit AtEnd(std::function<void()> action) : action_(std::move(action)) {}
    AtEnd(AtEnd const&)            = delete;
    AtEnd& operator=(AtEnd const&) = delete;
    ~AtEnd()
    {
        action_();
    }

private:
    std::function<void()> action_;
};

/// A second process, forked at once, that runs `body` from start() on. Construct it before any Kickmsg handle: handles
/// do not work in a forked child, each process opens its own.
class Process {
public:
    explicit Process(std::function<void(Process&)> const& body)
    {
        if (pipe(to_child_) != 0 || pipe(to_parent_) != 0 || (pid_ = fork()) < 0) {
            throw std::runtime_error("cannot start a process");
        }
        close(pid_ == 0 ? to_child_[1] : to_child_[0]);
        close(pid_ == 0 ? to_parent_[0] : to_parent_[1]);
        if (pid_ == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            char byte = 0;
            _exit(read(to_child_[0], &byte, 1) == 1 ? run([&] { body(*this); }) : 1);
        }
    }
    Process(Process const&)            = delete;
    Process& operator=(Process const&) = delete;
    ~Process()
    {
        if (pid_ > 0) {
            kill();
        }
        close(to_child_[1]);
        close(to_parent_[0]);
    }

    void start()
    {
        require(write(to_child_[1], "s", 1) == 1, "cannot start the other process");
    }
    /// In the other process: lets the first one return from wait_until_there(), and stops here until it is killed.
    void stay_there()
    {
        require(write(to_parent_[1], "t", 1) == 1, "cannot tell the first process");
        for (;;) {
            pause();
        }
    }
    void wait_until_there()
    {
        char byte = 0;
        require(read(to_parent_[0], &byte, 1) == 1, "the other process ended early");
    }
    void kill()
    {
        ::kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    /// Waits for its end, which must be a success.
    void join()
    {
        int status = 0;
        waitpid(pid_, &status, 0);
        pid_ = -1;
        require(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the other process failed");
    }

private:
    pid_t pid_ = -1;
    int   to_child_[2];
    int   to_parent_[2];
};

} // namespace example
