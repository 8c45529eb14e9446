/// What of this machine Kickmsg depends on: shared memory, limits, the kernel, systemd.
#pragma once

#include <string>
#include <vector>

#include "kickmsg/Inspect.h"

namespace kickmsg_tools {

struct Checkup {
    enum Verdict { Good, Warning, Bad, Unknown };
    std::string what;
    Verdict     verdict = Good;
    std::string text;
    std::string remedy; ///< empty where it is good
};

/// `root`: stands before /proc, /sys and /etc where control groups and systemd are looked at. A seam for the tests.
std::vector<Checkup> check_machine(std::vector<kickmsg::RegionReport> const& regions, std::string const& root = "");

} // namespace kickmsg_tools
