/// The one place where processes are waited for: what somebody else will ask for is kept for them.
#pragma once

#include <optional>
#include <sys/types.h>

namespace kickmsg_sweep {

/// Threads: one.
class Waits {
public:
    struct Status {
        pid_t pid;
        int   status;
    };
    /// Waits for whomever. Returns: nullopt when a signal came instead (Ticks), or there is nobody.
    static std::optional<Status> any();
    /// Waits for that thread or process. Returns: nullopt when there is no such.
    static std::optional<int> wait(pid_t pid);
    /// Returns: what it has to say; nullopt when it has nothing yet.
    static std::optional<int> poll(pid_t pid);
    /// What any() returned is somebody else's.
    static void keep(Status const& status);
    /// Takes leave of all that nobody asks for: orphans of the children of this process.
    static void clear();
};

/// While it lives, a signal comes ten times a second, so that a wait can look at the time.
class Ticks {
public:
    Ticks();
    Ticks(Ticks const&)            = delete;
    Ticks& operator=(Ticks const&) = delete;
    ~Ticks();
};

/// What the system says of a thread: 'S' asleep, 'R' running, 't' stopped by its tracer, 'Z' ended ...; 0 when there is none.
char state_of(pid_t tid);

} // namespace kickmsg_sweep
