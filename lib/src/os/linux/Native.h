/// A shared memory object on Linux: a file of /dev/shm, known by its inode.
#pragma once

#include "kickmsg/os/SharedMemory.h"

#include <memory>
#include <sys/types.h>

namespace kickmsg {

struct SharedMemory::Native {
    std::string name;
    std::string path;
    std::string waiting;            ///< where it waits to replace another; else empty
    bool        linked     = false; ///< it has, or had, a name: Linux gives none to a file that has lost its last one
    int         descriptor = -1;    ///< read-only, at least 3, holds no lock: liveness is probed through it
    dev_t       device     = 0;
    ino_t       inode      = 0;
    mode_t      mode       = 0;
    void*       data       = nullptr; ///< null of one that is only looked at
    std::size_t size       = 0;

    /// Of that name, and nothing yet. Errors: Error InvalidName.
    static std::unique_ptr<Native> named(std::string const& name);

    Native()                         = default;
    Native(Native const&)            = delete;
    Native& operator=(Native const&) = delete;
    ~Native();

    /// Whether `fd` is an open description of this very object: its number may have been closed and reused by others.
    bool is_mine(int fd) const noexcept;
    /// Notes which file `fd` is. Errors: Error Corrupt when it is no file with bytes in it but, say, a pipe; NotReady when it is empty.
    void examine(int fd);
};

} // namespace kickmsg
