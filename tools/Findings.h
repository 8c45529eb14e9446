/// What is wrong with a region, and what to do about it.
#pragma once

#include "Output.h"
#include "kickmsg/Inspect.h"

#include <string>
#include <vector>

namespace kickmsg_tools {

struct Finding {
    std::string code;   ///< for scripts: "dead", "orphaned", "full", ...; listed in tools/README.md
    std::string region; ///< its name; empty: of the machine
    std::string text;
    std::string remedy;
};

std::vector<Finding> findings_of(kickmsg::RegionReport const& report);
Json                 json_of(Finding const& finding);
void                 show(Finding const& finding);

} // namespace kickmsg_tools
