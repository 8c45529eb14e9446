/// What is asked of a region when those who took part in it are dead.
#pragma once

#include "Observer.h"

#include <string>
#include <vector>

namespace kickmsg_sweep {

class Judge {
public:
    /// `recovers`: false leaves recovery out, to see that something is found then. `quiet`: whether nobody alive is in the middle of
    /// anything; else what the living cover for a moment is allowed for.
    Judge(bool recovers, bool quiet) : recovers_(recovers), quiet_(quiet) {}

    /// One recover() brings everything back, exactly; another one finds nothing; diagnose() is clean; each slot, ring and record is
    /// there; nobody but the living holds anything.
    void examine(std::string const& name);
    /// All have ended: prune() removes all that begins with the prefix.
    void expect_pruned(std::string const& prefix);

    Findings const& findings() const noexcept
    {
        return found_;
    }
    std::vector<std::string> const& notes() const noexcept
    {
        return notes_;
    }

private:
    void find(std::string const& what)
    {
        found_.push_back(name_ + ": " + what);
    }
    void examine(kickmsg::SharedRegion& region);
    void expect_clean(kickmsg::SharedRegion const& region, bool anybody);
    void expect_nobody_dead();
    void expect_slots(bool anybody);
    void expect_no_notes();
    void expect_rooms(kickmsg::SharedRegion const& region);

    bool                     recovers_, quiet_;
    std::string              name_;
    Findings                 found_;
    std::vector<std::string> notes_;
};

} // namespace kickmsg_sweep
