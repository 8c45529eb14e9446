/// The examples' second process, where there is fork().
#pragma once

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

namespace example {

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
#if defined(__linux__) // elsewhere it ends when its pipe does
            prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
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
