/// The heap of kickmsg_unit: counted, and made to fail.
#pragma once

#include <cstdint>

namespace kickmsg_test {

/// Of this thread.
struct Allocations {
    uint64_t count = 0;
    uint64_t first = 0; ///< `count` at which the heap begins to refuse; 0 = never
    uint64_t last  = 0; ///< `count` at which it refuses for the last time
    uint64_t bytes = 0; ///< asked for so far
};
extern thread_local Allocations allocations;

/// In its scope the heap refuses: everything, or what is said.
class NoMemory {
public:
    NoMemory() : NoMemory(1, UINT64_MAX) {}
    /// The allocations `first` to `last`, counted from here, 1 being the next.
    NoMemory(uint64_t first, uint64_t last) noexcept
    {
        uint64_t const now = allocations.count;
        allocations.first  = now + first;
        allocations.last   = last > UINT64_MAX - now ? UINT64_MAX : now + last;
    }
    NoMemory(NoMemory const&)            = delete;
    NoMemory& operator=(NoMemory const&) = delete;
    ~NoMemory()
    {
        allocations.first = 0;
    }
};

} // namespace kickmsg_test
