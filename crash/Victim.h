/// A process that is run instruction by instruction (ptrace) through one operation, and stopped where it has just changed
/// shared memory. A death between two changes leaves the same memory as a death at the change before: stopping at each
/// change is stopping at every instruction.
///
/// Linux on x86-64. The tracer and its victim share one processor: a step costs a third of what it costs across two.
#pragma once

#include "Body.h"

#include <sys/types.h>
#include <vector>

namespace kickmsg_crash {

class Victim {
public:
    /// Starts it; returns when it is prepared. `processor`: the one it shares with its tracer, or -1.
    /// Errors: std::runtime_error when the child dies or says nothing for a minute.
    Victim(Body const& body, int processor);
    Victim(Victim const&)            = delete;
    Victim& operator=(Victim const&) = delete;
    ~Victim();

    /// Steps until `changes` changes of `watched` have been seen since the beginning of the operation.
    /// `meanwhile` is called after each of them, and may itself change the memory.
    /// Returns: false when the operation ended before.
    bool run_to_change(unsigned changes, Watched const& watched, std::function<void(unsigned)> const& meanwhile = {});
    /// Runs it to its next system calls: 2n-1 is the entry of the n-th of the operation, 2n the return from it.
    /// Returns: false when the operation ended before.
    bool run_to_call(unsigned boundaries);
    /// Lets it run freely to the end of its life. Returns: whether it ended well.
    bool run_to_end();
    /// SIGKILL, and reaps it.
    void kill();

    /// Changes seen so far, each as the offset of its first byte.
    std::vector<std::size_t> const& changes() const noexcept
    {
        return changes_;
    }
    uint64_t steps() const noexcept
    {
        return steps_;
    }
    Report const& report() const noexcept
    {
        return *report_;
    }
    pid_t pid() const noexcept
    {
        return pid_;
    }

private:
    enum class Stop { Stepped, Call, Begin, End, Exited, Killed };

    [[noreturn]] void live(Body const& body, int processor) noexcept;
    Stop              wait_for_stop();
    void              look(Watched const& watched);

    Report*                    report_;
    pid_t                      pid_    = -1;
    bool                       exists_ = false;
    bool                       ended_  = false; ///< the operation
    int                        exit_   = -1;
    uint64_t                   steps_  = 0;
    std::vector<std::size_t>   changes_;
    std::vector<unsigned char> seen_; ///< the memory as it was last looked at
};

/// Binds the calling thread to one processor for as long as the object lives.
class Bound {
public:
    explicit Bound(int processor);
    Bound(Bound const&)            = delete;
    Bound& operator=(Bound const&) = delete;
    ~Bound();

private:
    struct Mask;
    Mask* before_;
};

} // namespace kickmsg_crash
