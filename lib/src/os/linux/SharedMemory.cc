#include "kickmsg/os/SharedMemory.h"

#include "../Names.h"
#include "Native.h"
#include "kickmsg/Hash.h"

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace kickmsg {

namespace {

constexpr char const* directory = "/dev/shm";

[[noreturn]] void refuse(ErrorCode code, std::string const& name, std::string const& what, int error)
{
    throw Error(code, name, what + ": " + std::strerror(error), error);
}

[[noreturn]] void refuse_size(std::string const& name, std::size_t size, int error)
{
    struct statvfs fs {};
    std::string    available = "an unknown number of";
    if (statvfs(directory, &fs) == 0) {
        available = std::to_string(static_cast<unsigned long long>(fs.f_bavail) * fs.f_frsize);
    }
    refuse(ErrorCode::NoSpace, name,
           "cannot reserve " + std::to_string(size) + " bytes of shared memory, " + available +
               " bytes are available in " + directory + " (free some, enlarge it, or choose a smaller Config)",
           error);
}

void reserve(int fd, std::string const& name, std::size_t size)
{
    int error = 0;
    do {
        error = posix_fallocate(fd, 0, static_cast<off_t>(size));
    } while (error == EINTR);
    if (error == ENOSPC || error == EFBIG || error == ENOMEM || error == EDQUOT) {
        refuse_size(name, size, error);
    }
    if (error != 0) {
        refuse(ErrorCode::System, name, "cannot reserve shared memory", error);
    }
}

void map(SharedMemory::Native& native)
{
    struct stat status {};
    if (fstat(native.descriptor, &status) != 0) {
        refuse(ErrorCode::System, native.name, "cannot examine the shared memory object", errno);
    }
    if (status.st_size <= 0) {
        throw Error(ErrorCode::NotReady, native.name,
                    "the shared memory object is empty: still being created by a foreign program, or its creator died "
                    "(expected a complete region; remove it with SharedMemory::unlink if nobody uses it)");
    }
    native.device = status.st_dev;
    native.inode  = status.st_ino;
    native.size   = static_cast<std::size_t>(status.st_size);
    void* mapped  = mmap(nullptr, native.size, PROT_READ | PROT_WRITE, MAP_SHARED, native.descriptor, 0);
    if (mapped == MAP_FAILED) {
        refuse(ErrorCode::System, native.name, "cannot map " + std::to_string(native.size) + " bytes", errno);
    }
    native.data = mapped;
}

std::unique_ptr<SharedMemory::Native> named(std::string const& name)
{
    auto native  = std::make_unique<SharedMemory::Native>();
    native->name = SharedMemory::checked_name(name);
    native->path = directory + native->name;
    return native;
}

/// Where a replacement waits for the moment of its rename: one place per region name, so that what a killed replacer
/// leaves there is cleared by the next.
std::string waiting_path(std::string const& name)
{
    char digits[24];
    std::snprintf(digits, sizeof(digits), "%016llx", static_cast<unsigned long long>(hash::fnv1a_64(name)));
    return std::string(directory) + "/.kickmsg-" + digits;
}

std::string descriptor_path(int fd)
{
    return "/proc/self/fd/" + std::to_string(fd);
}

bool link_to(SharedMemory::Native const& native, std::string const& path)
{
    if (linkat(AT_FDCWD, descriptor_path(native.descriptor).c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) {
        return true;
    }
    if (errno == EEXIST) {
        return false;
    }
    refuse(errno == EACCES ? ErrorCode::PermissionDenied : ErrorCode::System, native.name,
           "cannot name the shared memory object (needs /proc and write access to " + std::string(directory) + ")",
           errno);
}

} // namespace

SharedMemory::Native::~Native()
{
    if (data != nullptr) {
        munmap(data, size);
    }
    if (is_mine(descriptor)) {
        close(descriptor);
    }
}

bool SharedMemory::Native::is_mine(int fd) const noexcept
{
    struct stat status {};
    return fd >= 0 && fstat(fd, &status) == 0 &&
           (data == nullptr || (status.st_dev == device && status.st_ino == inode));
}

std::string SharedMemory::checked_name(std::string const& name)
{
    std::string full = os::slashed(name);
    if (full.size() > NAME_MAX) {
        os::refuse_length(full, full.size(), NAME_MAX);
    }
    return full;
}

SharedMemory SharedMemory::build(std::string const& name, std::size_t size, uint32_t mode)
{
    auto native        = named(name);
    native->descriptor = ::open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, static_cast<mode_t>(mode));
    if (native->descriptor < 0) {
        refuse(errno == EACCES ? ErrorCode::PermissionDenied : ErrorCode::System, native->name,
               std::string("cannot create a shared memory object in ") + directory, errno);
    }
    if (fchmod(native->descriptor, static_cast<mode_t>(mode)) != 0) {
        refuse(ErrorCode::System, native->name, "cannot set the permission bits", errno);
    }
    reserve(native->descriptor, native->name, size);
    map(*native);
    return SharedMemory(std::move(native));
}

SharedMemory SharedMemory::open(std::string const& name)
{
    auto native        = named(name);
    native->descriptor = shm_open(native->name.c_str(), O_RDWR | O_CLOEXEC, 0);
    if (native->descriptor < 0 && errno == ENOENT) {
        refuse(ErrorCode::NotFound, native->name, "there is no such region (is its creator running?)", errno);
    }
    if (native->descriptor < 0 && errno == EACCES) {
        refuse(ErrorCode::PermissionDenied, native->name,
               "the permission bits of the region forbid it: joining needs to read and to write, reading alone is not "
               "enough "
               "(its creator chooses them in Config::mode)",
               errno);
    }
    if (native->descriptor < 0) {
        refuse(ErrorCode::System, native->name, "cannot open the shared memory object", errno);
    }
    map(*native);
    return SharedMemory(std::move(native));
}

bool SharedMemory::unlink(std::string const& name) noexcept
{
    try {
        std::string const full = checked_name(name);
        return shm_unlink(full.c_str()) == 0;
    } catch (...) {
        return false;
    }
}

bool SharedMemory::publish()
{
    return link_to(*native_, native_->path);
}

void SharedMemory::replace()
{
    std::string const waiting = waiting_path(native_->name);
    while (!link_to(*native_, waiting)) {
        // Left by a replacer that was killed: only one may replace this name at a time.
        if (::unlink(waiting.c_str()) != 0 && errno != ENOENT) {
            refuse(ErrorCode::PermissionDenied, native_->name,
                   "cannot remove " + waiting + ", which a killed process left", errno);
        }
    }
    if (rename(waiting.c_str(), native_->path.c_str()) != 0) {
        int const error = errno;
        ::unlink(waiting.c_str());
        refuse(ErrorCode::System, native_->name, "cannot replace the region that the dead left", error);
    }
}

bool SharedMemory::is_linked() const noexcept
{
    struct stat status {};
    return stat(native_->path.c_str(), &status) == 0 && status.st_dev == native_->device &&
           status.st_ino == native_->inode;
}

SharedMemory::SharedMemory(std::unique_ptr<Native> native) noexcept : native_(std::move(native)) {}
SharedMemory::SharedMemory(SharedMemory&&) noexcept            = default;
SharedMemory& SharedMemory::operator=(SharedMemory&&) noexcept = default;
SharedMemory::~SharedMemory()                                  = default;

std::string const& SharedMemory::name() const noexcept
{
    return native_->name;
}
void* SharedMemory::data() const noexcept
{
    return native_->data;
}
std::size_t SharedMemory::size() const noexcept
{
    return native_->size;
}
SharedMemory::Native& SharedMemory::native() const noexcept
{
    return *native_;
}

} // namespace kickmsg
