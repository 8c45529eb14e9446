/// A second mapping of a region that the library knows nothing of: what a hostile or faulty process writes through.
#pragma once

#include "Layout.h"
#include "kickmsg/os/SharedMemory.h"

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

namespace kickmsg_test {

class RawRegion {
public:
    explicit RawRegion(std::string const& name)
        : memory_(kickmsg::SharedMemory::open(name)), layout_(memory_.data(), header().geometry)
    {
    }

    kickmsg::detail::RegionHeader& header() noexcept
    {
        return *static_cast<kickmsg::detail::RegionHeader*>(memory_.data());
    }
    kickmsg::detail::Layout& layout() noexcept
    {
        return layout_;
    }
    std::vector<unsigned char> bytes() const
    {
        auto const* const begin = static_cast<unsigned char const*>(memory_.data());
        return std::vector<unsigned char>(begin, begin + memory_.size());
    }

private:
    kickmsg::SharedMemory   memory_;
    kickmsg::detail::Layout layout_;
};

} // namespace kickmsg_test
