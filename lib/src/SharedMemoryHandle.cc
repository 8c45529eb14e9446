/// What the SharedMemory of every system has in common; a file of its own name would be the second of that name in an archive.
#include "kickmsg/os/SharedMemory.h"

#include "os/Native.h"

namespace kickmsg {

SharedMemory::SharedMemory(std::unique_ptr<Native> native) noexcept : native_(std::move(native)) {}
SharedMemory::SharedMemory(SharedMemory&&) noexcept            = default;
SharedMemory& SharedMemory::operator=(SharedMemory&&) noexcept = default;
SharedMemory::~SharedMemory()                                  = default;

std::string const& SharedMemory::name() const noexcept
{
    return native_->name;
}
void* SharedMemory::data() const noexcept
{
    return native_->data;
}
std::size_t SharedMemory::size() const noexcept
{
    return native_->size;
}
SharedMemory::Native& SharedMemory::native() const noexcept
{
    return *native_;
}

} // namespace kickmsg
