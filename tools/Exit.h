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

    // Of a call that is not answered.
    NoServer = 3, ///< nobody serves it: nobody has seen the request
    NoAnswer =
        4, ///< not in time, though its server lives, and may still be at it; or there was no room for it all the time
    ServerGone = 5, ///< its server died or left, and had the request, or may have had it
    Refused    = 6, ///< its server let go of it without an answer
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
