/// An eventfd.
#include "kickmsg/os/Readable.h"

#include "../posix/Polling.h"
#include "OpenAboveStandard.h"

#include <cerrno>
#include <sys/eventfd.h>
#include <unistd.h>

namespace kickmsg {
namespace os {

Readable::Readable()
    : reads_(above_standard([] { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); })), writes_(reads_),
      birth_(Birth::now())
{
    if (reads_ < 0) {
        refuse_descriptor(errno);
    }
}

Readable::~Readable()
{
    if (birth_.may_end()) {
        close(reads_);
    }
}

void Readable::set() noexcept
{
    eventfd_write(writes_, 1);
}

void Readable::reset() noexcept
{
    eventfd_t counted = 0;
    eventfd_read(reads_, &counted);
}

void Readable::wait(std::chrono::nanoseconds timeout) const noexcept
{
    wait_readable(reads_, timeout);
}

} // namespace os
} // namespace kickmsg
