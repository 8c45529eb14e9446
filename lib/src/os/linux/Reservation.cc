#include "Reservation.h"

#include "MemoryLimit.h"
#include "Refusal.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

namespace kickmsg {
namespace os {

namespace {

std::string cannot_reserve(std::size_t size)
{
    return "cannot reserve " + std::to_string(size) + " bytes of shared memory, ";
}

/// Limits that the kernel enforces by a signal: SIGXFSZ, whose default is the end of the process, and the SIGKILL of a control
/// group that is out of memory. Asked before, they are errors as any other.
void check_limits(std::string const& name, std::size_t size)
{
    rlimit limit{};
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < size) {
        refuse(Call::Reserve, name, EFBIG,
               cannot_reserve(size) + "RLIMIT_FSIZE allows files of " + std::to_string(limit.rlim_cur) + " bytes");
    }
    if (auto const room = too_little_memory(size)) {
        throw Error(ErrorCode::NoSpace, name,
                    cannot_reserve(size) + std::to_string(room->bytes) + " bytes are available to the control group " +
                        room->group + ", whose limit is " + std::to_string(room->limit) + " bytes",
                    Remedy{"raise the memory limit of the container, end what uses it, or choose a smaller Config"},
                    ENOMEM);
    }
}

[[noreturn]] void refuse_for_room(std::string const& name, std::size_t size, int error)
{
    refuse(Call::Reserve, name, error,
           cannot_reserve(size) + available_bytes() + " bytes are available in " + shared_memory_folder);
}

/// What cannot fit is refused before a part of it is taken: else the file system is full, for everybody, until the last part is refused.
void check_room(std::string const& name, std::size_t size)
{
    struct statvfs fs {};
    bool const     is_bounded = statvfs(shared_memory_folder, &fs) == 0 && fs.f_blocks != 0;
    if (is_bounded && static_cast<unsigned long long>(fs.f_bavail) * fs.f_frsize < size) {
        refuse_for_room(name, size, ENOSPC);
    }
}

/// Reserves `part` bytes at `offset`. Returns: 0, EINTR or another errno.
int reserve_part(int fd, std::size_t offset, std::size_t part) noexcept
{
    return posix_fallocate(fd, static_cast<off_t>(offset), static_cast<off_t>(part));
}

} // namespace

/// In parts: a signal undoes the part that it interrupts, and a timer may be faster than any size that is fixed. So an interrupted
/// part is halved, down to a page, and what is kept grows again.
void reserve(int fd, std::string const& name, std::size_t size)
{
    constexpr std::size_t largest = std::size_t{64} << 20;
    constexpr std::size_t page    = 4096;
    constexpr int         most    = 1000; ///< interruptions of single pages in a row
    check_limits(name, size);
    check_room(name, size);
    std::size_t part        = largest;
    int         interrupted = 0;
    for (std::size_t done = 0; done < size;) {
        std::size_t const now   = part < size - done ? part : size - done;
        int const         error = reserve_part(fd, done, now);
        if (error == 0) {
            done += now;
            part        = part < largest ? 2 * part : largest;
            interrupted = 0;
        } else if (error == EINTR && interrupted < most) {
            interrupted += part == page ? 1 : 0;
            part = part > page ? part / 2 : page;
        } else if (classify(Call::Reserve, error) == ErrorCode::NoSpace) {
            refuse_for_room(name, size, error);
        } else {
            refuse(Call::Reserve, name, error);
        }
    }
}

} // namespace os
} // namespace kickmsg
