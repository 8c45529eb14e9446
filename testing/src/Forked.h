/// A child process, by fork.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>

namespace kickmsg {
namespace testing {

/// Killed and reaped at the end of the scope at the latest, and on Linux when this process dies.
class Forked {
public:
    /// What the child does: it may say() something, and then returns its exit code.
    using Body = std::function<int(Forked& self)>;

    /// Errors: Error System, LimitReached.
    explicit Forked(Body const& body);
    Forked(Forked const&)            = delete;
    Forked& operator=(Forked const&) = delete;
    ~Forked();

    /// In the child: one text for the parent.
    void say(std::string const& text) noexcept;

    /// In the parent.
    pid_t pid() const noexcept
    {
        return pid_;
    }
    /// Returns: the line that the child says, or what it has said when it closes its end. Waits for one of them.
    std::string hear();
    /// Returns: what it has said by now, after its end: children of its own may have its end of the pipe.
    std::string heard();
    /// Returns: the status of waitpid(), when it has ended within `most`.
    std::optional<int> join(std::chrono::nanoseconds most);
    /// Kills it, and reaps it.
    void kill() noexcept;

private:
    [[noreturn]] void run(Body const& body) noexcept;

    pid_t pid_     = -1;
    int   ends_[2] = {-1, -1}; ///< to read from, to write to
};

} // namespace testing
} // namespace kickmsg
