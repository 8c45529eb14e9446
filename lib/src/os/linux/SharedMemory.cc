#include "kickmsg/os/SharedMemory.h"

#include "../Names.h"
#include "Native.h"
#include "kickmsg/Hash.h"

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <dirent.h>
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

/// Where replacements of a region wait for their rename. All of a name begin alike, so that what killed replacers leave is
/// found by the name alone.
std::string waiting_stem(std::string const& name)
{
    char digits[24];
    std::snprintf(digits, sizeof(digits), "%016llx", static_cast<unsigned long long>(hash::fnv1a_64(name)));
    return std::string(".kickmsg-") + digits;
}

/// The place of one attempt to replace one object, never used again: once it is empty, that attempt has failed for good.
/// It ends like the name, as far as that fits: so people see whose it is.
std::string waiting_path(SharedMemory::Native const& old, uint64_t replacer)
{
    char attempt[48];
    std::snprintf(attempt, sizeof(attempt), "-%llx-%llx.", static_cast<unsigned long long>(old.inode),
                  static_cast<unsigned long long>(replacer));
    std::string const place = waiting_stem(old.name) + attempt + old.name.substr(1);
    return std::string(directory) + "/" + place.substr(0, NAME_MAX);
}

/// Calls with the path of each file that waits to take `name`. What comes meanwhile may be left out.
template <class Act>
void for_each_waiting(std::string const& name, Act act)
{
    std::string const                         stem = waiting_stem(name);
    std::unique_ptr<DIR, int (*)(DIR*)> const listing(opendir(directory), closedir);
    while (dirent const* const entry = listing ? readdir(listing.get()) : nullptr) {
        std::string const found = entry->d_name;
        if (found.compare(0, stem.size(), stem) == 0 && (found.size() == stem.size() || found[stem.size()] == '-')) {
            act(std::string(directory) + "/" + found);
        }
    }
}

/// Whether nobody alive holds the object, so that nobody is about to give it a name. Returns: false in doubt.
bool is_abandoned(std::string const& path) noexcept
{
    int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        return false;
    }
    struct flock any {};
    any.l_type           = F_WRLCK;
    any.l_whence         = SEEK_SET; // from the first byte to the last that there can be
    bool const abandoned = fcntl(fd, F_OFD_GETLK, &any) == 0 && any.l_type == F_UNLCK;
    close(fd);
    return abandoned;
}

bool is_denied(int error) noexcept
{
    return error == EPERM || error == EACCES;
}

std::string owner_of(std::string const& path)
{
    struct stat status {};
    return lstat(path.c_str(), &status) == 0 ? "user " + std::to_string(status.st_uid) : "another user";
}

/// What the sticky bit of the directory forbids, in words.
[[noreturn]] void refuse_removal(std::string const& name, std::string const& what, std::string const& path,
                                 std::string const& remedy, int error)
{
    if (!is_denied(error)) {
        refuse(ErrorCode::System, name, what, error);
    }
    refuse(ErrorCode::PermissionDenied, name,
           what + ": " + path + " belongs to " + owner_of(path) + ", and in " + directory +
               " only its owner and root may replace or remove it (" + remedy + ")",
           error);
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
    if (!waiting.empty()) {
        ::unlink(waiting.c_str());
    }
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
               "the permission bits of the region forbid it (its creator chooses them in Config::mode)", errno);
    }
    if (native->descriptor < 0) {
        refuse(ErrorCode::System, native->name, "cannot open the shared memory object", errno);
    }
    map(*native);
    return SharedMemory(std::move(native));
}

bool SharedMemory::unlink(std::string const& name)
{
    std::string full;
    try {
        full = checked_name(name);
    } catch (Error const&) {
        return false; // nothing can have such a name
    }
    std::string const path    = directory + full;
    bool const        removed = ::unlink(path.c_str()) == 0;
    int const         error   = errno;
    for_each_waiting(full, [](std::string const& waiting) { ::unlink(waiting.c_str()); });
    if (!removed && error != ENOENT) {
        refuse_removal(full, "cannot remove the name of the region", path, "remove it as one of them", error);
    }
    return removed;
}

bool SharedMemory::publish()
{
    native_->linked = link_to(*native_, native_->path);
    return native_->linked;
}

void SharedMemory::arm(SharedMemory const& old, uint64_t replacer)
{
    std::string const waiting = waiting_path(*old.native_, replacer);
    while (!link_to(*native_, waiting)) {
        // Of a dead replacer of another object that had this number: the caller alone is this replacer of this object.
        if (::unlink(waiting.c_str()) != 0 && errno != ENOENT) {
            refuse_removal(native_->name, "cannot replace the region that the dead left", waiting,
                           "let one of them remove it", errno);
        }
    }
    native_->waiting = waiting;
    native_->linked  = true;
}

bool SharedMemory::is_spent() const noexcept
{
    return native_->linked;
}

bool SharedMemory::replace()
{
    bool const replaced = rename(native_->waiting.c_str(), native_->path.c_str()) == 0;
    if (!replaced && errno != ENOENT) {
        refuse_removal(native_->name, "cannot replace the region that the dead left", native_->path,
                       "let one of them remove it with SharedMemory::unlink; a region of the same Config is taken over "
                       "by create_or_open",
                       errno);
    }
    native_->waiting.clear();
    return replaced;
}

bool SharedMemory::disarm(uint64_t replacer) const
{
    std::string const waiting = waiting_path(*native_, replacer);
    if (::unlink(waiting.c_str()) != 0 && errno != ENOENT) {
        refuse_removal(native_->name, "another process is replacing this region (is it stopped under a debugger?)",
                       waiting, "end that process, or remove the file as one of them", errno);
    }
    return true;
}

void SharedMemory::clear_waiting() const
{
    for_each_waiting(native_->name, [](std::string const& waiting) { ::unlink(waiting.c_str()); });
}

std::size_t SharedMemory::count_abandoned() const
{
    std::size_t count = 0;
    for_each_waiting(native_->name, [&](std::string const& waiting) { count += is_abandoned(waiting) ? 1 : 0; });
    return count;
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
