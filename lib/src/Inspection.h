/// A region looked at from outside.
#pragma once

#include "RegionHeader.h"
#include "kickmsg/Error.h"
#include "kickmsg/Region.h"
#include "kickmsg/os/SharedMemory.h"

#include <string>
#include <vector>

namespace kickmsg {
namespace detail {

/// Copies of what a region says of itself, made without a proof of life, a record or a word written. All of it may be anything: it is
/// judged as that of a region that is opened, and nothing is followed out of the copies.
class Inspection {
public:
    /// Errors: those of SharedMemory::inspect().
    explicit Inspection(std::string const& name);
    Inspection(Inspection const&)            = delete;
    Inspection& operator=(Inspection const&) = delete;

    SharedMemory const& memory() const noexcept
    {
        return memory_;
    }
    /// As it was when it was read: zero behind the end of a shorter file.
    RegionHeader const& header() const noexcept
    {
        return *reinterpret_cast<RegionHeader const*>(image_);
    }
    /// Whether it is a region, of whichever layout version.
    bool is_region() const noexcept
    {
        return header().magic == region_magic;
    }

    /// Returns: its geometry, checked. Errors: Error Corrupt, WrongVersion, NotReady.
    Geometry examine() const;
    /// Returns: those whose record is in use, of a region of that geometry; a dead one's record that is being recovered is not.
    /// Errors:  Error Corrupt when the file has become shorter.
    std::vector<ParticipantStats> participants(Geometry const& geometry) const;
    /// Returns: messages sent into it, ever. Errors: as participants().
    uint64_t sent(Geometry const& geometry) const;
    /// Returns: how many rings take deliveries and have a living owner. What is sent from now on reaches them. Errors: as participants().
    uint32_t live_rings(Geometry const& geometry) const;

    /// Copies `bytes` bytes from `offset` on to `to`. Errors: Error Corrupt when the file has become shorter.
    void read(uint64_t offset, void* to, std::size_t bytes) const;

private:
    SharedMemory memory_;
    alignas(core::line_size) unsigned char image_[header_bytes] = {};
};

/// Returns: how many of `participants` are publishers, subscribers or open regions, by `kind`, and `alive`.
uint32_t count(std::vector<ParticipantStats> const& participants, char const* kind, bool alive) noexcept;

/// "publisher pid 12, subscriber pid 17": the living among them, for messages; of many the first ten.
std::string text_of_living(std::vector<ParticipantStats> const& participants);

} // namespace detail
} // namespace kickmsg
