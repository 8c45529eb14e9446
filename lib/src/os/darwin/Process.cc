#include "Process.h"

#include "kickmsg/os/Liveness.h"

#include <cinttypes>
#include <cstdio>
#include <pthread.h>
#include <sys/proc.h>
#include <sys/sysctl.h>
#include <unistd.h>

namespace kickmsg {
namespace os {

namespace {

/// Of this copy of the address space: fork() is the one way to another.
std::atomic<uint64_t> forks{1};

enum class Known { Running, Ended, Nothing };

/// What the system says of a number. sysctl shows every user's processes to every user; proc_pidinfo would not.
Known look_up(uint64_t pid, uint64_t& start) noexcept
{
    int        what[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, static_cast<int>(pid)};
    kinfo_proc found{};
    size_t     bytes = sizeof(found);
    if (sysctl(what, sizeof(what) / sizeof(what[0]), &found, &bytes, nullptr, 0) != 0) {
        return Known::Nothing;
    }
    if (bytes == 0) {
        return Known::Ended;
    }
    if (bytes < sizeof(found)) {
        return Known::Nothing;
    }
    auto const& since = found.kp_proc.p_starttime;
    start             = static_cast<uint64_t>(since.tv_sec) * 1000000U + static_cast<uint64_t>(since.tv_usec);
    return found.kp_proc.p_stat == SZOMB ? Known::Ended : Known::Running;
}

} // namespace

Process Process::current() noexcept
{
    Process self;
    self.pid = static_cast<uint64_t>(getpid());
    (void)look_up(self.pid, self.start); // unknown: 0, which is_running() takes for a doubt
    return self;
}

std::string Process::text() const
{
    char hex[40];
    std::snprintf(hex, sizeof(hex), "%" PRIx64 ".%" PRIx64, pid, start);
    return hex;
}

bool Process::parse(char const* text) noexcept
{
    return std::sscanf(text, "%" SCNx64 ".%" SCNx64, &pid, &start) == 2;
}

bool Process::is_running() const noexcept
{
    uint64_t now = 0;
    switch (look_up(pid, now)) {
    case Known::Ended:
        return false;
    case Known::Running:
        return start == 0 || now == start;
    case Known::Nothing:
        break;
    }
    return true;
}

std::atomic<std::atomic<uint64_t>*> generation_word{&forks};

uint64_t begin_generation()
{
    static int const registered = pthread_atfork(nullptr, nullptr, [] {
        forks.fetch_add(1, std::memory_order_relaxed); // relaxed: the child has one thread
    });
    (void)registered;
    return generation();
}

uint64_t process_id() noexcept
{
    return static_cast<uint64_t>(getpid());
}

} // namespace os
} // namespace kickmsg
