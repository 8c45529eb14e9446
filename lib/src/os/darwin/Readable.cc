/// A pipe with at most one byte in it.
#include "kickmsg/os/Readable.h"

#include "../posix/Polling.h"

#include <fcntl.h>
#include <unistd.h>

namespace kickmsg {
namespace os {

Readable::Readable() : birth_(Birth::now())
{
    int ends[2] = {-1, -1};
    if (pipe(ends) != 0) {
        refuse_descriptor(errno);
    }
    for (int const end : ends) {
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
