#include "kickmsg/os/Time.h"

#include <cerrno>
#include <ctime>

namespace kickmsg {

uint64_t monotonic_ns() noexcept
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1000000000U + static_cast<uint64_t>(now.tv_nsec);
}

void sleep(std::chrono::nanoseconds duration)
{
    if (duration.count() <= 0) {
        return;
    }
    timespec left{};
    left.tv_sec  = static_cast<time_t>(duration.count() / 1000000000);
    left.tv_nsec = static_cast<long>(duration.count() % 1000000000);
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

} // namespace kickmsg
