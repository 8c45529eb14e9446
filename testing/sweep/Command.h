/// Programs that the sweep starts: what, in which surroundings, and where their output goes.
#pragma once

#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace kickmsg_sweep {

/// A program and its arguments.
struct Command {
    std::vector<std::string> words;

    /// `line` as a shell reads it.
    static Command of_shell(std::string const& line);
    std::string    text() const;
};

/// What programs of one round share: variables of their environment, and a file that takes their output.
class Surroundings {
public:
    /// `shown`: they write where this process does, so nothing can be quoted.
    explicit Surroundings(bool shown);
    Surroundings(Surroundings const&)            = delete;
    Surroundings& operator=(Surroundings const&) = delete;
    ~Surroundings();

    void set(std::string const& variable, std::string const& value);
    /// Returns: the end of what they have written.
    std::string output() const;
    /// What is written from here on is an output of its own.
    void forget_output();

    /// Starts it in a process group of its own. `before` runs in the child; false ends it.
    /// Errors: Failure, when it cannot be executed (unless it is found out `later`: the child then exits with 127).
    pid_t start(Command const& command, std::function<bool()> const& before = {}, bool later = false) const;

private:
    [[noreturn]] void become(Command const& command, std::function<bool()> const& before, int report) const;

    std::vector<std::string> variables_;
    int                      file_ = -1;
};

/// Runs it to its end. Returns: its exit code, or 128 and the signal that ended it.
int run(Command const& command, Surroundings const& in);

/// "exit code 3", "signal 11 (Segmentation fault)".
std::string describe_end(int status);

} // namespace kickmsg_sweep
