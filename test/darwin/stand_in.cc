/// macOS's calls, by Linux's.
#include "stand_in.h"

#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <sys/proc.h>
#include <sys/syscall.h>
#include <sys/sysctl.h>
#include <unistd.h>

extern "C" {

int renamex_np(char const* from, char const* to, unsigned flags)
{
    unsigned const here = (flags & RENAME_SWAP) != 0 ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    return static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, here));
}

/// A process that there is not has no bytes, as there.
int sysctl(int* what, unsigned length, void* found, std::size_t* bytes, void* /*fresh*/, std::size_t /*fresh_bytes*/)
{
    if (length != 4 || what[0] != CTL_KERN || what[1] != KERN_PROC || what[2] != KERN_PROC_PID ||
        *bytes < sizeof(kinfo_proc)) {
        errno = EINVAL;
        return -1;
    }
    char path[40];
    std::snprintf(path, sizeof(path), "/proc/%d/stat", what[3]);
    std::FILE* const file = std::fopen(path, "r");
    if (file == nullptr) {
        bool const gone = errno == ENOENT;
        *bytes          = 0;
        return gone ? 0 : -1;
    }
    char              text[1024];
    std::size_t const got = std::fread(text, 1, sizeof(text) - 1, file);
    std::fclose(file);
    text[got]                = '\0';
    char const* const  state = std::strrchr(text, ')'); // the name before it may hold anything
    unsigned long long ticks = 0;
    if (state == nullptr || // fields 4 to 21 lie between the state and the start
        std::sscanf(state + 3, " %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu",
                    &ticks) != 1) {
        *bytes = 0; // it ended while it was read
        return 0;
    }
    kinfo_proc answer{};
    answer.kp_proc.p_starttime.tv_sec  = static_cast<time_t>(ticks / 100);
    answer.kp_proc.p_starttime.tv_usec = static_cast<suseconds_t>(ticks % 100 * 10000 + 1); // never 0, as there
    answer.kp_proc.p_stat              = state[2] == 'Z' || state[2] == 'X' ? SZOMB : 2;
    std::memcpy(found, &answer, sizeof(answer));
    *bytes = sizeof(answer);
    return 0;
}

int __ulock_wait(uint32_t /*operation*/, void* word, uint64_t expected, uint32_t timeout_us)
{
    timespec relative{};
    relative.tv_sec  = static_cast<time_t>(timeout_us / 1000000);
    relative.tv_nsec = static_cast<long>(timeout_us % 1000000 * 1000);
    return static_cast<int>(
        syscall(SYS_futex, word, FUTEX_WAIT, static_cast<uint32_t>(expected), &relative, nullptr, 0));
}

int __ulock_wake(uint32_t /*operation*/, void* word, uint64_t /*unused*/)
{
    return static_cast<int>(syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0));
}

} // extern "C"
