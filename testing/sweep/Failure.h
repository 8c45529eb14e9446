/// How kickmsg-sweep ends, for scripts; part of its interface.
#pragma once

#include <stdexcept>
#include <string>

namespace kickmsg_sweep {

enum Exit : int {
    Passed   = 0, ///< nothing was found that is wrong
    Failed   = 1, ///< something was found
    CouldNot = 2, ///< it could not be run; stderr says why, and what to do
};

/// Ends the program with a line on stderr and CouldNot.
class Failure : public std::runtime_error {
public:
    Failure(std::string const& what, std::string const& remedy) : std::runtime_error(what + " (" + remedy + ")") {}
};

} // namespace kickmsg_sweep
