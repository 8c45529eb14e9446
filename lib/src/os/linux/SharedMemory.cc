#include "kickmsg/os/SharedMemory.h"

#include "../Names.h"
#include "../posix/Guards.h"
#include "Native.h"
#include "OpenAboveStandard.h"
#include "OwnFile.h"
#include "Refusal.h"
#include "Removal.h"
#include "Reservation.h"
#include "WaitingFiles.h"

#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kickmsg {

namespace {

constexpr char const* directory = os::shared_memory_folder;

using os::Call;
using os::Descriptor;

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
    native.examine(file.get());
    void* const mapped = mmap(nullptr, native.size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (mapped == MAP_FAILED) {
        os::refuse(Call::MapRegion, native.name, errno, "cannot map " + std::to_string(native.size) + " bytes");
    }
    native.data = mapped;
    keep_descriptor(native, file);
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
    return fd >= 0 && fstat(fd, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

void SharedMemory::Native::examine(int fd)
{
    struct stat status {};
    if (fstat(fd, &status) != 0) {
        os::refuse(Call::Examine, name, errno);
    }
    if (!S_ISREG(status.st_mode)) {
        throw Error(ErrorCode::Corrupt, name, "what has this name is not a region: a pipe or a device",
                    Remedy{"remove " + path + ", or choose another name"});
    }
    if (status.st_size <= 0) {
        throw Error(ErrorCode::NotReady, name,
                    "the shared memory object is empty: still being created by a foreign program, or its creator died");
    }
    device = status.st_dev;
    inode  = status.st_ino;
    mode   = status.st_mode & 0777;
    size   = static_cast<std::size_t>(status.st_size);
}

std::unique_ptr<SharedMemory::Native> SharedMemory::Native::named(std::string const& name)
{
    auto native  = std::make_unique<Native>();
    native->name = checked_name(name);
    native->path = directory + native->name;
    return native;
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
    auto                     native = Native::named(name);
    auto const               bits   = static_cast<mode_t>(mode);
    Descriptor               file(os::open_above_standard(directory, O_TMPFILE | O_RDWR, bits));
    if (file.get() < 0) {
        os::refuse(Call::MakeFile, native->name, errno);
    }
    if (fchmod(file.get(), bits) != 0) {
        os::refuse(Call::SetMode, native->name, errno);
    }
    os::reserve(file.get(), native->name, size);
    map(*native, file);
    return SharedMemory(std::move(native));
}

SharedMemory SharedMemory::open(std::string const& name)
{
    pthread_testcancel(); // here, where there is nothing to undo
    os::NoCancellation const whole;
    auto                     native = Native::named(name);
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
    os::remove_waiting(full);
    if (!removed && error != ENOENT) {
        os::refuse_removal(Call::Remove, full, "cannot remove the name of the region", path,
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
    std::string const        waiting = os::waiting_path(*old.native_, replacer);
    os::make_waiting_folder();
    while (!link_to(*native_, waiting)) {
        // Of a dead replacer of another object that had this number: the caller alone is this replacer of this object.
        if (!os::free_waiting_place(waiting.c_str())) {
            os::refuse_removal(Call::Remove, native_->name, "cannot replace the region that the dead left", waiting,
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
        os::refuse_removal(
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
    std::string const        waiting = os::waiting_path(*native_, replacer);
    if (!os::remove_waiting_file(waiting.c_str())) {
        os::refuse_removal(Call::Remove, native_->name, "another process is replacing this region", waiting,
                           Remedy{"end that process, or remove the file as one of them"}, errno);
    }
    return true;
}

void SharedMemory::clear_waiting() const
{
    os::NoCancellation const whole;
    os::remove_waiting(native_->name);
}

std::size_t SharedMemory::count_abandoned() const
{
    os::NoCancellation const whole;
    return os::count_abandoned(native_->name);
}

bool SharedMemory::is_linked() const noexcept
{
    os::NoCancellation const whole;
    struct stat              status {};
    return stat(native_->path.c_str(), &status) == 0 && status.st_dev == native_->device &&
           status.st_ino == native_->inode;
}

} // namespace kickmsg
