#include "kickmsg/os/SharedMemory.h"

#include "../Names.h"
#include "../posix/Guards.h"
#include "MemoryLimit.h"
#include "Native.h"
#include "OwnFile.h"
#include "Refusal.h"
#include "kickmsg/Hash.h"

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kickmsg {

namespace {

constexpr char const* directory = os::shared_memory_folder;

using os::Call;
using os::Descriptor;

[[noreturn]] void refuse(ErrorCode code, std::string const& name, std::string const& what, int error)
{
    throw Error(code, name, what + ": " + std::strerror(error), error);
}

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
        os::refuse(Call::Reserve, name, EFBIG,
                   cannot_reserve(size) + "RLIMIT_FSIZE allows files of " + std::to_string(limit.rlim_cur) + " bytes");
    }
    if (auto const room = os::too_little_memory(size)) {
        throw Error(ErrorCode::NoSpace, name,
                    cannot_reserve(size) + std::to_string(room->bytes) + " bytes are available to the control group " +
                        room->group + ", whose limit is " + std::to_string(room->limit) + " bytes",
                    Remedy{"raise the memory limit of the container, end what uses it, or choose a smaller Config"},
                    ENOMEM);
    }
}

/// Reserves `part` bytes at `offset`. Returns: 0, EINTR or another errno.
int reserve_part(int fd, std::size_t offset, std::size_t part) noexcept
{
    return posix_fallocate(fd, static_cast<off_t>(offset), static_cast<off_t>(part));
}

/// In parts: a signal undoes the part that it interrupts, and a timer may be faster than any size that is fixed. So an interrupted
/// part is halved, down to a page, and what is kept grows again.
void reserve(int fd, std::string const& name, std::size_t size)
{
    constexpr std::size_t largest = std::size_t{64} << 20;
    constexpr std::size_t page    = 4096;
    constexpr int         most    = 1000; ///< interruptions of single pages in a row
    check_limits(name, size);
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
        } else if (os::classify(Call::Reserve, error) == ErrorCode::NoSpace) {
            os::refuse(Call::Reserve, name, error,
                       cannot_reserve(size) + os::available_bytes() + " bytes are available in " + directory);
        } else {
            os::refuse(Call::Reserve, name, error);
        }
    }
}

/// Errors: Error Corrupt when it is no file with bytes in it but, say, a pipe; NotReady when it is empty.
void examine(SharedMemory::Native& native, int fd)
{
    struct stat status {};
    if (fstat(fd, &status) != 0) {
        os::refuse(Call::Examine, native.name, errno);
    }
    if (!S_ISREG(status.st_mode)) {
        throw Error(ErrorCode::Corrupt, native.name, "what has this name is not a region: a pipe or a device",
                    Remedy{"remove " + native.path + ", or choose another name"});
    }
    if (status.st_size <= 0) {
        throw Error(ErrorCode::NotReady, native.name,
                    "the shared memory object is empty: still being created by a foreign program, or its creator died");
    }
    native.device = status.st_dev;
    native.inode  = status.st_ino;
    native.size   = static_cast<std::size_t>(status.st_size);
}

/// Keeps a description of the file for questions: nothing can be written through it, unless no path leads to the file, which then
/// needs the one that it was made with to get its name.
void keep_descriptor(SharedMemory::Native& native, Descriptor& file)
{
    native.descriptor = file.get();
    os::Description reopened(native, O_RDONLY);
    native.descriptor = reopened.release();
    if (native.descriptor < 0 && reopened.ways().found_none()) {
        native.descriptor = file.release();
    }
    if (native.descriptor < 0) {
        os::refuse(Call::OpenAgain, native, reopened.ways());
    }
}

/// Maps the file. `file`: allows reading and writing.
void map(SharedMemory::Native& native, Descriptor& file)
{
    examine(native, file.get());
    void* const mapped = mmap(nullptr, native.size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (mapped == MAP_FAILED) {
        os::refuse(Call::MapRegion, native.name, errno, "cannot map " + std::to_string(native.size) + " bytes");
    }
    native.data = mapped;
    keep_descriptor(native, file);
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

bool link_to(SharedMemory::Native const& native, std::string const& path)
{
    os::Ways ways;
    if (os::link_own_file(native, path, ways)) {
        return true;
    }
    if (ways.error() == EEXIST) {
        return false;
    }
    os::refuse(Call::NameFile, native, ways);
}

} // namespace

SharedMemory::Native::~Native()
{
    os::NoCancellation const whole;
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
    pthread_testcancel(); // here, where there is nothing to undo
    os::NoCancellation const whole;
    auto                     native = named(name);
    auto const               bits   = static_cast<mode_t>(mode);
    Descriptor               file(os::open_above_standard(directory, O_TMPFILE | O_RDWR, bits));
    if (file.get() < 0) {
        os::refuse(Call::MakeFile, native->name, errno);
    }
    if (fchmod(file.get(), bits) != 0) {
        os::refuse(Call::SetMode, native->name, errno);
    }
    reserve(file.get(), native->name, size);
    map(*native, file);
    return SharedMemory(std::move(native));
}

SharedMemory SharedMemory::open(std::string const& name)
{
    pthread_testcancel(); // here, where there is nothing to undo
    os::NoCancellation const whole;
    auto                     native = named(name);
    // What is no region may have the name: a link is not followed, a pipe, a lease or a terminal neither waited for nor taken.
    Descriptor file(os::open_above_standard(native->path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    if (file.get() < 0) {
        os::refuse(Call::OpenFile, native->name, errno);
    }
    map(*native, file);
    return SharedMemory(std::move(native));
}

bool SharedMemory::unlink(std::string const& name) noexcept
{
    os::NoCancellation const whole;
    try {
        std::string const full = checked_name(name);
        return shm_unlink(full.c_str()) == 0;
    } catch (...) {
        return false;
    }
}

bool SharedMemory::publish()
{
    os::NoCancellation const whole;
    return link_to(*native_, native_->path);
}

void SharedMemory::replace()
{
    os::NoCancellation const whole;
    std::string const        waiting = waiting_path(native_->name);
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
    os::NoCancellation const whole;
    struct stat              status {};
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
