#include "kickmsg/os/SharedMemory.h"

#include "../CopyWords.h"
#include "../Names.h"
#include "../posix/Descriptor.h"
#include "../posix/Guards.h"
#include "Directory.h"
#include "Native.h"
#include "kickmsg/os/Liveness.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kickmsg {

namespace {

using os::Descriptor;

constexpr std::size_t name_limit = 200; ///< of a name as encoded: file names end at 255 bytes

[[noreturn]] void refuse(ErrorCode code, std::string const& name, std::string const& what, int error)
{
    throw Error(code, name, what + ": " + std::strerror(error), error);
}

[[noreturn]] void refuse_system(std::string const& name, std::string const& what, int error)
{
    bool const denied = error == EACCES || error == EPERM;
    refuse(denied ? ErrorCode::PermissionDenied : ErrorCode::System, name, what, error);
}

/// The memory is the system's to find: macOS hands it out when it is touched, and cannot be asked to keep it ready.
void resize(int fd, std::string const& name, std::size_t size)
{
    if (ftruncate(fd, static_cast<off_t>(size)) == 0) {
        return;
    }
    if (errno == ENOMEM || errno == ENOSPC || errno == EFBIG || errno == EINVAL) {
        refuse(ErrorCode::NoSpace, name,
               "cannot reserve " + std::to_string(size) +
                   " bytes of shared memory, an unknown number of bytes are available",
               errno);
    }
    refuse(ErrorCode::System, name, "cannot reserve shared memory", errno);
}

void map(SharedMemory::Native& native, int fd, int protection = PROT_READ | PROT_WRITE)
{
    void* const mapped = mmap(nullptr, native.size, protection, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) {
        refuse(ErrorCode::System, native.name, "cannot map " + std::to_string(native.size) + " bytes", errno);
    }
    native.data = mapped;
}

/// Makes the entry under which the object is cleared should this process die, before there is an object.
void announce(SharedMemory::Native& native)
{
    for (;;) {
        std::string const entry = os::draw_temporary();
        os::Target        target;
        target.object = "/k." + entry.substr(2);
        target.size   = native.size;
        if (symlink(target.text().c_str(), os::path_of(entry).c_str()) == 0) {
            native.object  = target.object;
            native.unnamed = os::path_of(entry);
            return;
        }
        if (errno != EEXIST) { // drawn by another copy of this library in this process
            refuse_system(native.name, "cannot make an entry in " + os::path_of(""), errno);
        }
    }
}

/// Errors: Error Corrupt when it is shorter than its entry says.
void examine(SharedMemory::Native& native, int fd)
{
    struct stat status {};
    if (fstat(fd, &status) != 0) {
        refuse(ErrorCode::System, native.name, "cannot examine the shared memory object", errno);
    }
    if (status.st_size < 0 || static_cast<std::size_t>(status.st_size) < native.size) {
        throw Error(ErrorCode::Corrupt, native.name,
                    "the shared memory object has " + std::to_string(status.st_size) + " bytes, expected " +
                        std::to_string(native.size));
    }
    native.mode = status.st_mode & 0777;
}

[[noreturn]] void refuse_missing(std::string const& name)
{
    refuse(ErrorCode::NotFound, name, "there is no such region", ENOENT);
}

/// Returns: a descriptor of the object that the name leads to, whichever that is by the time that it is open.
int open_current(SharedMemory::Native& native, int flags = O_RDWR)
{
    for (std::string seen = os::read_entry(native.path());;) {
        os::Target target;
        if (seen.empty()) {
            refuse_missing(native.name);
        }
        if (!target.parse(seen)) {
            throw Error(ErrorCode::Corrupt, native.name, "its entry is none of this library: " + native.path());
        }
        int const fd = shm_open(target.object.c_str(), flags, 0);
        if (fd >= 0) {
            native.object = target.object;
            native.size   = target.size;
            return fd;
        }
        if (errno == EACCES) {
            refuse(ErrorCode::PermissionDenied, native.name, "the permission bits of the region forbid it", errno);
        }
        if (errno != ENOENT) {
            refuse(ErrorCode::System, native.name, "cannot open the shared memory object", errno);
        }
        std::string const again = os::read_entry(native.path());
        if (again == seen) {
            throw Error(ErrorCode::NotReady, native.name,
                        "its shared memory object is gone, by a reboot or by a foreign program");
        }
        seen = again;
    }
}

/// Moves an entry, and only if `flags` allow. Returns: 0, or errno.
int move(std::string const& from, std::string const& to, unsigned flags) noexcept
{
    return renamex_np(from.c_str(), to.c_str(), flags) == 0 ? 0 : errno;
}

/// Ends the object that an unnamed entry of this process leads to, and then the entry.
void end_unnamed(std::string const& path) noexcept
{
    try {
        os::Target target;
        if (target.parse(os::read_entry(path))) {
            shm_unlink(target.object.c_str());
        }
    } catch (...) { // out of memory: the next process that builds a region clears it when this process is gone
        return;
    }
    ::unlink(path.c_str());
}

} // namespace

SharedMemory::Native::~Native()
{
    os::NoCancellation const whole;
    if (data != nullptr) {
        munmap(data, size);
    }
    if (!unnamed.empty() && birth.may_end()) { // else it is the parent's
        end_unnamed(unnamed);
    }
}

std::string SharedMemory::Native::path() const
{
    return os::path_of(os::named_entry(name));
}

std::string SharedMemory::checked_name(std::string const& name)
{
    return os::checked_encoded(name, name_limit);
}

SharedMemory SharedMemory::build(std::string const& name, std::size_t size, uint32_t mode)
{
    pthread_testcancel(); // here, where there is nothing to undo
    os::NoCancellation const whole;
    auto                     native = std::make_unique<Native>();
    native->name                    = checked_name(name);
    if (int const error = os::make_directory()) {
        refuse_system(native->name, "cannot make the directory " + os::path_of(""), error);
    }
    os::clear_after_the_dead();
    native->birth = os::Birth::now();
    native->size  = size;
    announce(*native);
    Descriptor const fd(shm_open(native->object.c_str(), O_CREAT | O_EXCL | O_RDWR, static_cast<mode_t>(mode)));
    if (fd.get() < 0) {
        refuse_system(native->name, "cannot create a shared memory object", errno);
    }
    (void)fchmod(fd.get(), static_cast<mode_t>(mode)); // where refused, the umask of this process holds
    resize(fd.get(), native->name, size);
    map(*native, fd.get());
    return SharedMemory(std::move(native));
}

SharedMemory SharedMemory::open(std::string const& name)
{
    pthread_testcancel(); // here, where there is nothing to undo
    os::NoCancellation const whole;
    auto                     native = std::make_unique<Native>();
    native->name                    = checked_name(name);
    Descriptor const fd(open_current(*native));
    examine(*native, fd.get());
    map(*native, fd.get());
    return SharedMemory(std::move(native));
}

SharedMemory SharedMemory::inspect(std::string const& name)
{
    pthread_testcancel(); // here, where there is nothing to undo
    os::NoCancellation const whole;
    auto                     native = std::make_unique<Native>();
    native->name                    = checked_name(name);
    Descriptor const fd(open_current(*native, O_RDONLY));
    examine(*native, fd.get());
    map(*native, fd.get(), PROT_READ); // macOS gives an object its size once: it becomes no shorter
    return SharedMemory(std::move(native));
}

std::vector<std::string> SharedMemory::names(std::string const& prefix)
{
    os::NoCancellation const whole;
    std::vector<std::string> found;
    std::string const        begin = prefix.empty() || prefix[0] != '/' ? "/" + prefix : prefix;
    bool const               read  = os::for_each_entry("n.", [&](std::string const& entry) {
        std::string const name = "/" + os::decoded(entry.substr(2));
        if (name.compare(0, begin.size(), begin) == 0) {
            found.push_back(name);
        }
        return true;
    });
    if (!read && errno != ENOENT) { // the first region makes the directory
        refuse_system(os::path_of(""), "cannot list the shared memory objects", errno);
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::size_t SharedMemory::clear_abandoned(std::string const& /*prefix*/)
{
    os::NoCancellation const whole;
    os::clear_after_the_dead(); // an entry without a name does not say which one it was to have
    return 0;
}

bool SharedMemory::read(std::size_t offset, void* to, std::size_t bytes) const noexcept
{
    return os::copy_words(native_->data, native_->size, offset, to, bytes);
}

uint32_t SharedMemory::mode() const noexcept
{
    return native_->mode;
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
    // Taken away first: what was taken is what ends.
    std::string const taken = os::path_of(os::draw_temporary());
    int const         error = move(os::path_of(os::named_entry(full)), taken, RENAME_EXCL);
    if (error == ENOENT) {
        return false;
    }
    if (error != 0) {
        refuse_system(full, "cannot remove the name of the region (its owner and root may)", error);
    }
    end_unnamed(taken);
    return true;
}

bool SharedMemory::publish()
{
    os::NoCancellation const whole;
    int const                error = move(native_->unnamed, native_->path(), RENAME_EXCL);
    if (error == EEXIST) {
        return false;
    }
    if (error != 0) {
        refuse_system(native_->name, "cannot name the shared memory object in " + os::path_of(""), error);
    }
    native_->unnamed.clear();
    return true;
}

void SharedMemory::arm(SharedMemory const& /*old*/, uint64_t /*replacer*/) {}

void SharedMemory::arm_removal(uint64_t /*replacer*/) const {}

bool SharedMemory::take_away(uint64_t /*replacer*/) const
{
    os::NoCancellation const whole;
    std::string const        taken = os::path_of(os::draw_temporary());
    int const                error = move(native_->path(), taken, RENAME_EXCL);
    if (error == ENOENT) {
        return false;
    }
    if (error != 0) {
        refuse_system(native_->name, "cannot remove the region that the dead left (its owner and root may)", error);
    }
    os::Target target;
    bool const mine = target.parse(os::read_entry(taken)) && target.object == native_->object;
    if (mine || move(taken, native_->path(), RENAME_EXCL) != 0) { // else given back: the name had changed by hand
        end_unnamed(taken);
    }
    return mine;
}

bool SharedMemory::disarm(uint64_t /*replacer*/) const
{
    return false; // the exchange of replace() cannot be taken away from a process: it is waited for
}

bool SharedMemory::is_spent() const noexcept
{
    return false;
}

void SharedMemory::clear_waiting() const {} // build() clears what the dead left

std::size_t SharedMemory::count_abandoned() const
{
    return 0;
}

bool SharedMemory::replace()
{
    os::NoCancellation const whole;
    for (;;) { // the entry changes places with the former one, or takes a place that is free
        int error = move(native_->unnamed, native_->path(), RENAME_SWAP);
        if (error == 0) {
            end_unnamed(native_->unnamed);
            break;
        }
        if (error == ENOENT) {
            error = move(native_->unnamed, native_->path(), RENAME_EXCL);
        }
        if (error == 0) {
            break;
        }
        if (error != EEXIST) { // else named meanwhile: by another
            refuse_system(native_->name, "cannot replace the region that the dead left", error);
        }
    }
    native_->unnamed.clear();
    return true;
}

bool SharedMemory::is_linked() const noexcept
{
    os::NoCancellation const whole;
    try {
        os::Target target;
        return target.parse(os::read_entry(native_->path())) && target.object == native_->object;
    } catch (...) {
        return true; // doubt
    }
}

} // namespace kickmsg
