/// Whether this process runs under an emulator of Linux, which answers some questions in the kernel's place.
#pragma once

#include <sys/mman.h>

namespace kickmsg_test {

/// qemu-user says yes to any advice about memory, one that no kernel knows included.
inline bool is_emulated() noexcept
{
    constexpr int unheard_of = 9999;
    void* const   page       = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool const    agreed     = page != MAP_FAILED && madvise(page, 4096, unheard_of) == 0;
    if (page != MAP_FAILED) {
        munmap(page, 4096);
    }
    return agreed;
}

} // namespace kickmsg_test
