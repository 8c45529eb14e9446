/// A mapped region, shared by all handles and views of this process that came from one opening of it.
#pragma once

#include "Layout.h"
#include "kickmsg/os/CoreDump.h"
#include "kickmsg/os/Liveness.h"
#include "kickmsg/os/SharedMemory.h"

#include <memory>
#include <string>

namespace kickmsg {
namespace detail {

/// Whether new mappings go into core dumps. Process-wide.
void set_core_dumps(bool included) noexcept;
bool core_dumps() noexcept;

class Mapping {
public:
    Mapping(SharedMemory memory, Geometry const& geometry)
        : memory_(std::move(memory)), layout_(memory_.data(), geometry), birth_(os::Birth::now())
    {
        if (!core_dumps()) {
            os::leave_out_of_core_dumps(memory_.data(), memory_.size());
        }
    }
    Mapping(Mapping const&)            = delete;
    Mapping& operator=(Mapping const&) = delete;
    ~Mapping();

    Layout& layout() noexcept
    {
        return layout_;
    }
    RegionHeader& header() noexcept
    {
        return layout_.header();
    }
    SharedMemory& memory() noexcept
    {
        return memory_;
    }
    Geometry const& geometry() const noexcept
    {
        return layout_.geometry();
    }
    std::string const& name() const noexcept
    {
        return memory_.name();
    }
    /// False in a child with memory of its own: its handles are inert.
    bool is_own() const noexcept
    {
        return birth_.is_own();
    }
    /// False also in a child that shares its parent's memory: it leaves nothing and unmaps nothing. A system call.
    bool may_end() const noexcept
    {
        return birth_.may_end();
    }

private:
    SharedMemory memory_;
    Layout       layout_;
    os::Birth    birth_;
};

/// Maps the region that has the name, to look: nobody takes it for use. Errors: those of SharedMemory::open() and examine().
std::shared_ptr<Mapping> map_region(std::string const& name);
/// The same, but null when there is none.
std::shared_ptr<Mapping> map_if_there(std::string const& name);

} // namespace detail
} // namespace kickmsg
