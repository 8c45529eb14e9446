/// What the companions have received and sent meanwhile: facts, for whoever knows what they should be. That one has done nothing is no
/// proof of anything.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace kickmsg_sweep {

class Progress {
public:
    /// Looks at the regions of the prefix.
    Progress(std::string const& prefix, std::vector<pid_t> const& processes);
    /// Returns: a line for each end that a companion has in a region: what it was then, and what it is `now`.
    std::vector<std::string> until(Progress const& now) const;

private:
    struct End {
        std::string what;
        uint64_t    moved  = 0; ///< messages that it received or sent
        uint64_t    unread = 0;
    };
    std::map<std::pair<std::string, uint64_t>, End> ends_; ///< by region and incarnation
};

} // namespace kickmsg_sweep
