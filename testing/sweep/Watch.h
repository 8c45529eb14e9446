/// The regions of a prefix, watched for changes: the words of the protocol, and their names. What messages carry is not looked at.
#pragma once

#include "Code.h"
#include "Layout.h"
#include "kickmsg/os/SharedMemory.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace kickmsg_sweep {

/// One change of shared memory.
struct Change {
    /// Instead of an offset: what became of the name of a region.
    static constexpr std::size_t named = ~std::size_t{0}, unnamed = named - 1;

    std::string region; ///< without the prefix
    std::size_t offset = named;
    uint64_t    before = 0, after = 0; ///< the 8 bytes there
    Place       place;                 ///< the instruction
    std::string word;                  ///< where names were asked for

    /// Whether it is a change of the same word.
    bool is_like(Change const& other) const noexcept
    {
        return region == other.region && offset == other.offset;
    }
    std::string text() const
    {
        return region + ": " + word;
    }
};

/// How many take part in a region at once.
struct Attendance {
    uint32_t subscribers = 0, publishers = 0;
};

class Watch {
public:
    /// `prefix`: as in KICKMSG_PREFIX.
    explicit Watch(std::string prefix) : begin_("/" + prefix + "_") {}

    /// What there is now is what later changes are compared with.
    void resync();
    /// Whether something has changed since: `change` says what, but for the instruction. More of the same instruction belongs to it.
    bool look(Change& change);
    /// Whether a region has got a name or lost it. One a call; the rest is found by the next.
    bool look_for_names(Change& change);

    /// Returns: the names of the regions, with their slash.
    std::vector<std::string> names() const;
    /// Returns: the names without the prefix of what may be a region and cannot be read as one.
    std::vector<std::string> const& unreadable() const noexcept
    {
        return unreadable_;
    }
    std::string word_of(Change const& change) const;
    /// Of a region, by its name without the prefix: the most at once, as far as it was asked for.
    std::map<std::string, Attendance> const& attendance() const noexcept
    {
        return attendance_;
    }
    void        count_attendance();
    std::string full_name(std::string const& region) const
    {
        return begin_ + region;
    }

private:
    struct Range {
        std::size_t begin, size, at; ///< `at`: in the copy
    };
    struct Region {
        explicit Region(std::string const& name);

        kickmsg::SharedMemory      memory;
        kickmsg::detail::Layout    layout;
        std::vector<Range>         ranges;
        std::vector<unsigned char> copy;
    };
    static bool find(Region& region, Change& change);
    static void take(Region& region);
    bool        add(std::string const& name);

    std::string                                    begin_;
    std::map<std::string, std::unique_ptr<Region>> regions_; ///< by the name without the prefix
    std::vector<std::string>                       unreadable_;
    std::map<std::string, Attendance>              attendance_;
};

} // namespace kickmsg_sweep
