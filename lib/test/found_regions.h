/// What tests of discovery share: a prefix of their own, and the entries of a list.
#pragma once

#include "kickmsg/Discovery.h"
#include "support.h"

#include <string>
#include <vector>

namespace kickmsg_test {

/// A Node prefix of this test's own; all of its regions are removed before and after.
class Prefix {
public:
    explicit Prefix(std::string const& suffix = "find") : text_(prefix() + "_" + suffix)
    {
        clear();
    }
    Prefix(Prefix const&)            = delete;
    Prefix& operator=(Prefix const&) = delete;
    ~Prefix()
    {
        clear();
    }
    operator std::string const&() const noexcept // NOLINT(google-explicit-constructor)
    {
        return text_;
    }
    std::string const& str() const noexcept
    {
        return text_;
    }

private:
    void clear() const
    {
        for (std::string const& name : kickmsg::SharedMemory::names(text_ + "_")) {
            kickmsg::SharedMemory::unlink(name);
        }
    }

    std::string text_;
};

/// The one entry of that name.
inline kickmsg::ListedRegion listed(std::string const& name)
{
    std::vector<kickmsg::ListedRegion> found;
    for (kickmsg::ListedRegion& region : kickmsg::list(name)) {
        if (region.name == name) {
            found.push_back(std::move(region));
        }
    }
    EXPECT_EQ(found.size(), 1U) << name;
    return found.empty() ? kickmsg::ListedRegion{} : found[0];
}

inline std::vector<std::string> names_of(std::vector<kickmsg::ListedRegion> const& regions)
{
    std::vector<std::string> names;
    for (kickmsg::ListedRegion const& region : regions) {
        names.push_back(region.name);
    }
    return names;
}

} // namespace kickmsg_test
