/// Messages a second, from looks at one and the same region.
#pragma once

#include "kickmsg/Inspect.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace kickmsg_tools {

/// Two looks at each region: what was sent into it between them.
class Rates {
public:
    /// The reports of one look: those of the look before are compared with them, and forgotten.
    void add(std::vector<kickmsg::RegionReport> const& reports);
    /// One more report of this look.
    void add_one(kickmsg::RegionReport const& report);

    /// Returns: messages a second; less than 0 where that is not known.
    double of(kickmsg::RegionReport const& report) const;
    /// Returns: bytes a second, as if all messages were as long as the last one that is known; less than 0 where that is not known.
    double bandwidth_of(kickmsg::RegionReport const& report) const;

private:
    struct Seen {
        uint64_t at   = 0; ///< monotonic, ns
        uint64_t sent = 0;
        double   rate = -1;
    };
    static Seen compared(std::map<std::string, Seen> const& before, kickmsg::RegionReport const& report, uint64_t now);

    std::map<std::string, Seen> seen_; ///< by the region's name and the time of its making
};

} // namespace kickmsg_tools
