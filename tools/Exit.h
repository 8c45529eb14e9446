/// How kickmsg ends, for scripts; part of its interface.
#pragma once

#include <stdexcept>
#include <string>

namespace kickmsg_tools {

enum Exit : int {
    Done     = 0,  ///< done; nothing was found that is wrong
    Findings = 1,  ///< done; something was found, or nothing matched, or the two differ
    CouldNot = 2,  ///< it could not be done or looked at; stderr says why, and what to do
    Usage    = 64, ///< the command line cannot be understood, or lacks something
};

/// Ends the command with a line on stderr and `code`.
class Failure : public std::runtime_error {
public:
    Failure(Exit code, std::string const& what, std::string const& remedy)
        : std::runtime_error("kickmsg: " + what + " (" + remedy + ")"), code_(code)
    {
    }
    Exit code() const noexcept
    {
        return code_;
    }

private:
    Exit code_;
};

} // namespace kickmsg_tools
