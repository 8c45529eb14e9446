/// A shared memory object on macOS: made by shm_open under a name that is used once, which is its identity; the region's own
/// name is an entry of a directory (Directory.h). No descriptor is kept: the mapping keeps the memory.
#pragma once

#include "kickmsg/os/Liveness.h"
#include "kickmsg/os/SharedMemory.h"

#include <cstdint>

namespace kickmsg {

struct SharedMemory::Native {
    std::string name;
    std::string object;
    std::string unnamed;     ///< path of its entry while it has no name; else empty
    os::Birth   birth;       ///< of the object without a name
    uint32_t    mode = 0600; ///< when it was opened
    void*       data = nullptr;
    std::size_t size = 0;

    Native()                         = default;
    Native(Native const&)            = delete;
    Native& operator=(Native const&) = delete;
    ~Native();

    std::string path() const;
};

} // namespace kickmsg
