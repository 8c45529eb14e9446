/// Every shared mapping of the library lies between two guards, so that an index out of range is a fault and never a
/// neighbour's memory. Linked with --wrap=mmap and --wrap=munmap.
#include <cstddef>
#include <sys/mman.h>
#include <sys/types.h>

namespace {

/// A slot index has 24 bits, and the slots of the targets' regions are shorter than 512 bytes.
constexpr std::size_t guard = std::size_t{1} << 33;

std::size_t whole_pages(std::size_t size)
{
    return (size + 4095) / 4096 * 4096;
}

} // namespace

extern "C" void* __real_mmap(void* address, std::size_t size, int protection, int flags, int descriptor, off_t offset);
extern "C" int   __real_munmap(void* address, std::size_t size);
extern "C" void* __wrap_mmap(void* address, std::size_t size, int protection, int flags, int descriptor, off_t offset);
extern "C" int   __wrap_munmap(void* address, std::size_t size);

extern "C" void* __wrap_mmap(void* address, std::size_t size, int protection, int flags, int descriptor, off_t offset)
{
    if (address != nullptr || (flags & MAP_SHARED) == 0) {
        return __real_mmap(address, size, protection, flags, descriptor, offset);
    }
    std::size_t const whole = 2 * guard + whole_pages(size);
    void* const       room = __real_mmap(nullptr, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) {
        return MAP_FAILED;
    }
    void* const mapped =
        __real_mmap(static_cast<char*>(room) + guard, size, protection, flags | MAP_FIXED, descriptor, offset);
    if (mapped == MAP_FAILED) {
        __real_munmap(room, whole);
    }
    return mapped;
}

/// The library unmaps nothing but what it mapped shared.
extern "C" int __wrap_munmap(void* address, std::size_t size)
{
    return __real_munmap(static_cast<char*>(address) - guard, 2 * guard + whole_pages(size));
}
