/// A pipe with at most one byte in it.
#include "kickmsg/os/Readable.h"

#include "../posix/Polling.h"

#include <fcntl.h>
#include <unistd.h>

namespace kickmsg {
namespace os {

namespace {

/// The next byte that is printed to a standard descriptor that was closed would make the handle readable. Returns: -1 when there is none to
/// be had.
int move_above_standard(int descriptor) noexcept
{
    if (descriptor > STDERR_FILENO) {
        return descriptor;
    }
    int const moved = fcntl(descriptor, F_DUPFD, STDERR_FILENO + 1);
    int const error = errno;
    close(descriptor);
    errno = error;
    return moved;
}

} // namespace

Readable::Readable() : birth_(Birth::now())
{
    int ends[2] = {-1, -1};
    if (pipe(ends) != 0) {
        refuse_descriptor(errno);
    }
    for (int& end : ends) {
        end = move_above_standard(end);
        if (end < 0) {
            int const error = errno;
            close(ends[&end == ends ? 1 : 0]);
            refuse_descriptor(error);
        }
        fcntl(end, F_SETFD, FD_CLOEXEC);
        fcntl(end, F_SETFL, O_NONBLOCK);
    }
    reads_  = ends[0];
    writes_ = ends[1];
}

Readable::~Readable()
{
    if (birth_.may_end()) {
        close(reads_);
        close(writes_);
    }
}

void Readable::set() noexcept
{
    char const one = 1;
    while (write(writes_, &one, 1) < 0 && errno == EINTR) {
    }
}

void Readable::reset() noexcept
{
    char some[8];
    for (errno = 0; read(reads_, some, sizeof(some)) > 0 || errno == EINTR; errno = 0) {
    }
}

void Readable::wait(std::chrono::nanoseconds timeout) const noexcept
{
    wait_readable(reads_, timeout);
}

} // namespace os
} // namespace kickmsg
