/// Each way in which Linux makes a child that has a copy of its parent's memory.
#pragma once

#include <csignal>
#include <cstdint>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace kickmsg_test {

struct WayToCopy {
    char const* name;
    pid_t (*make)(); ///< as fork()
    bool tells;      ///< runs the handlers of pthread_atfork
};

inline std::vector<WayToCopy> const& ways_to_copy()
{
    static std::vector<WayToCopy> const ways
    {
        {"fork", fork, true},
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
            {"_Fork", _Fork, false},
#endif
            {"SYS_clone", [] { return static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }, false},
            {"SYS_clone3",
             [] {
                 clone_args args{};
                 args.exit_signal = SIGCHLD;
                 return static_cast<pid_t>(syscall(SYS_clone3, &args, sizeof(args)));
             },
             false},
#if defined(SYS_fork)
            {"SYS_fork", [] { return static_cast<pid_t>(syscall(SYS_fork)); }, false},
#endif
    };
    return ways;
}

/// The exit code of `child`, or minus the signal that ended it.
inline int end_of(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/// Whether a page may be asked to be empty in each copy, and is.
inline bool are_pages_wiped()
{
    constexpr std::size_t page   = 4096;
    void* const           mapped = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *static_cast<int*>(mapped)   = 1;
    bool const  asked            = madvise(mapped, page, MADV_WIPEONFORK) == 0;
    pid_t const child            = fork();
    if (child == 0) {
        _exit(*static_cast<int*>(mapped));
    }
    bool const wiped = end_of(child) == 0;
    munmap(mapped, page);
    return asked && wiped;
}

} // namespace kickmsg_test
