/// Descriptors that are never 0, 1 or 2: where a program has closed those, the next file opened would become its standard
/// output, and the next line that it prints would be written over the region.
#pragma once

#include "../posix/Descriptor.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

namespace kickmsg {
namespace os {

/// Holds the lowest free descriptor while it is a standard one, by one through which nothing can be read or written (O_PATH).
class Filler {
public:
    /// Returns: whether there may be another one to hold. Above the standard ones none is kept: the limit may be near.
    bool hold() noexcept
    {
        fd_ = ::open("/", O_PATH | O_CLOEXEC);
        if (fd_ > STDERR_FILENO) {
            close(fd_);
            fd_ = -1;
        }
        return fd_ >= 0;
    }
    Filler() noexcept                = default;
    Filler(Filler const&)            = delete;
    Filler& operator=(Filler const&) = delete;
    ~Filler()
    {
        int const error = errno;
        if (fd_ >= 0 && (fcntl(fd_, F_GETFL) & O_PATH) != 0) { // else another thread has put its own there by dup2()
            close(fd_);
        }
        errno = error;
    }

private:
    int fd_ = -1;
};

/// A descriptor of at least 3, made by `make()`. Returns: as that; -1 with EBUSY where other threads would not let it.
///
/// A file opened first and moved up afterwards would be standard output for an instant, in which another thread may print.
/// So the standard descriptors that are closed are held by fillers meanwhile: a print meets EBADF, as if they were closed. Only
/// where another thread closes one of them in this very call can the file get its number: it is given back at once. It is not
/// moved up, for by then the number may be that of a file which the other thread has put there.
template <class Make>
int above_standard(Make const& make) noexcept
{
    constexpr int attempts_limit = 100;
    for (int attempt = 0; attempt < attempts_limit; ++attempt) {
        Filler fillers[3];
        for (int held = 0; held < 3 && fillers[held].hold(); ++held) {
        }
        int const fd = make();
        if (fd < 0 || fd > STDERR_FILENO) {
            return fd;
        }
        Descriptor const low(fd);
    }
    // sometimes uncovered begin: another thread has to close a standard descriptor in each of a hundred openings
    errno = EBUSY;
    return -1;
    // uncovered end
}

/// open(), with O_CLOEXEC.
inline int open_above_standard(char const* path, int flags, mode_t mode = 0) noexcept
{
    return above_standard([&] { return ::open(path, flags | O_CLOEXEC, mode); });
}

} // namespace os
} // namespace kickmsg
