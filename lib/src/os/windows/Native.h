/// A shared memory object on Windows: a section of the paging file, which its last user takes along.
///
/// A section cannot be renamed, and its name goes with its last handle. So a region's name is a section of its own, the
/// *name cell*: 0, or the number of the region's section. Publishing, replacing and unlinking are one atomic operation on
/// it. A fresh cell is zero, which is its empty state: it needs no initialising, and nobody can find it half-made.
///
///   Local\kickmsg-name.<name>               the cell; held by each process that has a region of this name mapped
///   Local\kickmsg-region.<number>.<name>    a region: one page for the platform, then its bytes
///   Local\kickmsg-bell.<offset>.<number>.<name>                              an event, while somebody sleeps on a word
///   \\.\pipe\kickmsg-life.<role><incarnation>.<session>.<number>.<name>      a proof of life (Liveness.cc)
///
/// Numbers are taken from the cell by its holders, so none is used twice while the cell lives; one that a dying process
/// of an earlier cell still holds is passed over.
#pragma once

#include "../Names.h"
#include "Objects.h"
#include "kickmsg/os/SharedMemory.h"

#include <atomic>

namespace kickmsg {

struct NameCell {
    std::atomic<uint64_t> drawn;   ///< the last number given to a region
    std::atomic<uint64_t> current; ///< the region that has the name; 0: none
};
static_assert(sizeof(NameCell) == 16 && std::atomic<uint64_t>::is_always_lock_free, "shared between processes");

/// The first page of a region's section. Read again only to wake and to sleep: overwritten, it costs wakes, nothing else.
struct Preamble {
    static constexpr uint64_t    this_magic = 0x316e69776b63696b;
    static constexpr std::size_t bytes      = 4096; ///< keeps the payload alignment, which is a page at most
    static constexpr std::size_t stem_limit = 240;

    uint64_t magic;
    uint64_t size;             ///< of what follows the page
    char     stem[stem_limit]; ///< "<number>.<name>"
};
static_assert(sizeof(Preamble) <= Preamble::bytes, "one page");

struct SharedMemory::Native {
    std::string name;
    os::Section cell;
    os::Section region;
    uint64_t    number   = 0;
    uint64_t    replaced = 0; ///< the region whose name it is to take
    std::string lives;        ///< the end of the names of its proofs of life
    void*       data = nullptr;
    std::size_t size = 0;

    NameCell& names() const noexcept
    {
        return *static_cast<NameCell*>(cell.view());
    }
    std::string encoded_name() const
    {
        return os::encoded(name.substr(1));
    }
    std::string stem_of(uint64_t region_number) const
    {
        return os::digits(region_number) + "." + encoded_name();
    }
    std::string section_of(uint64_t region_number) const
    {
        return "Local\\kickmsg-region." + stem_of(region_number);
    }
};

} // namespace kickmsg
