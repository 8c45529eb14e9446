/// What the system says of a process: by reading /proc, and never its memory maps, which would hold up the process that is looked at.
#pragma once

#include <cstdint>
#include <string>

namespace kickmsg_tools {

struct Process {
    std::string command;          ///< "camera", "?" when it is not known
    char        state    = '?';   ///< of /proc/PID/stat: R, S, D, T (stopped), t (traced), Z
    bool        verified = false; ///< whether it has the region open: else it may be another pid namespace's number
};

/// The process `pid` as this pid namespace knows it, which has the region `region`. A pid is a number of the participant's own
/// namespace: where it cannot be seen that this process has the region open, it is said.
Process look_up(uint64_t pid, std::string const& region);

/// "camera", "camera, stopped", "camera?" where it is not verified, "dead".
std::string process_text(uint64_t pid, std::string const& region, bool alive);

} // namespace kickmsg_tools
