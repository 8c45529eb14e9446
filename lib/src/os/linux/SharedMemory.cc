#include "kickmsg/os/SharedMemory.h"

#include "../Names.h"
#include "../posix/Guards.h"
#include "Descriptor.h"
#include "MemoryLimit.h"
#include "Native.h"
#include "OwnFile.h"
#include "Refusal.h"
#include "kickmsg/Hash.h"

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kickmsg {

namespace {

constexpr char const* directory = os::shared_memory_folder;
/// Where replacements wait for their name, and nothing else is: it is listed by every process that opens or creates a region.
constexpr char const* waiting_folder = "/dev/shm/.kickmsg";

using os::Call;
using os::Descriptor;

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

/// Where replacements of a region wait for their rename. All of a name begin alike, so that what killed replacers leave is
/// found by the name alone.
class WaitingStem {
public:
    explicit WaitingStem(std::string const& name) noexcept
    {
        std::snprintf(text_, sizeof(text_), "%016llx", static_cast<unsigned long long>(hash::fnv1a_64(name)));
    }
    char const* text() const noexcept
    {
        return text_;
    }
    /// Whether a file's name is this, or this and more behind a dash.
    bool begins(char const* file) const noexcept
    {
        std::size_t const length = std::strlen(text_);
        return std::strncmp(file, text_, length) == 0 && (file[length] == '\0' || file[length] == '-');
    }

private:
    char text_[32];
};

/// The place of one attempt to replace one object, never used again: once it is empty, that attempt has failed for good.
/// It ends like the name, as far as that fits: so people see whose it is.
std::string waiting_path(SharedMemory::Native const& old, uint64_t replacer)
{
    char attempt[48];
    std::snprintf(attempt, sizeof(attempt), "-%llx-%llx.", static_cast<unsigned long long>(old.inode),
                  static_cast<unsigned long long>(replacer));
    std::string const place = WaitingStem(old.name).text() + std::string(attempt) + old.name.substr(1);
    return std::string(waiting_folder) + "/" + place.substr(0, NAME_MAX);
}

/// Calls with the path of each file that waits to take `name`. What comes meanwhile may be left out. Allocates nothing but what
/// opendir() needs: a region that has its name already must not fail for want of memory.
template <class Act>
void for_each_waiting(std::string const& name, Act act) noexcept
{
    WaitingStem const                         stem(name);
    Descriptor                                folder(os::open_above_standard(waiting_folder, O_RDONLY | O_DIRECTORY));
    std::unique_ptr<DIR, int (*)(DIR*)> const listing(folder.get() < 0 ? nullptr : fdopendir(folder.get()), closedir);
    if (listing) {
        folder.release();
    }
    while (dirent const* const entry = listing ? readdir(listing.get()) : nullptr) {
        if (stem.begins(entry->d_name)) {
            char path[NAME_MAX + 32];
            std::snprintf(path, sizeof(path), "%s/%s", waiting_folder, entry->d_name);
            act(path);
        }
    }
}

/// For every user, as /dev/shm is. What cannot be made shows when a file is to be named there.
void make_waiting_folder() noexcept
{
    if (mkdir(waiting_folder, 01777) == 0) {
        chmod(waiting_folder, 01777); // whatever the umask
    }
}

/// Whether nobody alive holds the object, so that nobody is about to give it a name. Returns: false in doubt.
bool is_abandoned(char const* path) noexcept
{
    Descriptor const file(os::open_above_standard(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
    if (file.get() < 0) {
        return false;
    }
    struct flock any {};
    any.l_type   = F_WRLCK;
    any.l_whence = SEEK_SET; // from the first byte to the last that there can be
    return fcntl(file.get(), F_OFD_GETLK, &any) == 0 && any.l_type == F_UNLCK;
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
[[noreturn]] void refuse_removal(Call call, std::string const& name, std::string const& what, std::string const& path,
                                 Remedy const& remedy, int error)
{
    if (!is_denied(error)) {
        os::refuse(call, name, error, what);
    }
    throw Error(ErrorCode::PermissionDenied, name,
                what + ": " + path + " belongs to " + owner_of(path) + ", and in " + directory +
                    " only its owner and root may replace or remove it: " + std::strerror(error),
                remedy, error);
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

bool SharedMemory::unlink(std::string const& name)
{
    os::NoCancellation const whole;
    std::string              full;
    try {
        full = checked_name(name);
    } catch (Error const&) {
        return false; // nothing can have such a name
    }
    std::string const path    = directory + full;
    bool const        removed = ::unlink(path.c_str()) == 0;
    int const         error   = errno;
    for_each_waiting(full, [](char const* waiting) noexcept { ::unlink(waiting); });
    if (!removed && error != ENOENT) {
        refuse_removal(Call::Remove, full, "cannot remove the name of the region", path,
                       Remedy{"remove it as one of them"}, error);
    }
    return removed;
}

bool SharedMemory::publish()
{
    os::NoCancellation const whole;
    native_->linked = link_to(*native_, native_->path);
    return native_->linked;
}

void SharedMemory::arm(SharedMemory const& old, uint64_t replacer)
{
    os::NoCancellation const whole;
    std::string const        waiting = waiting_path(*old.native_, replacer);
    make_waiting_folder();
    while (!link_to(*native_, waiting)) {
        // Of a dead replacer of another object that had this number: the caller alone is this replacer of this object.
        if (::unlink(waiting.c_str()) != 0 && errno != ENOENT) {
            refuse_removal(Call::Remove, native_->name, "cannot replace the region that the dead left", waiting,
                           Remedy{"let one of them remove it"}, errno);
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
    os::NoCancellation const whole;
    bool const               replaced = rename(native_->waiting.c_str(), native_->path.c_str()) == 0;
    if (!replaced && errno != ENOENT) {
        refuse_removal(
            Call::Replace, native_->name, "cannot replace the region that the dead left", native_->path,
            Remedy{"let one of them remove it with SharedMemory::unlink; a region of the same Config is taken "
                   "over by create_or_open"},
            errno);
    }
    native_->waiting.clear();
    return replaced;
}

bool SharedMemory::disarm(uint64_t replacer) const
{
    os::NoCancellation const whole;
    std::string const        waiting = waiting_path(*native_, replacer);
    if (::unlink(waiting.c_str()) != 0 && errno != ENOENT) {
        refuse_removal(Call::Remove, native_->name, "another process is replacing this region", waiting,
                       Remedy{"end that process, or remove the file as one of them"}, errno);
    }
    return true;
}

void SharedMemory::clear_waiting() const
{
    os::NoCancellation const whole;
    for_each_waiting(native_->name, [](char const* waiting) noexcept { ::unlink(waiting); });
}

std::size_t SharedMemory::count_abandoned() const
{
    os::NoCancellation const whole;
    std::size_t              count = 0;
    for_each_waiting(native_->name, [&](char const* waiting) noexcept { count += is_abandoned(waiting) ? 1 : 0; });
    return count;
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
