/// Looking at regions from outside. They are read by pread(), never through a mapping: a file that becomes shorter meanwhile is a short
/// read, and no SIGBUS.
#include "../posix/Guards.h"
#include "Folder.h"
#include "Native.h"
#include "Refusal.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kickmsg {

namespace {

using os::Call;
using os::Descriptor;

/// What is no file may have the name: it is not opened, a device or a pipe would notice.
void refuse_other_kinds(SharedMemory::Native const& native)
{
    struct stat status {};
    if (lstat(native.path.c_str(), &status) != 0) {
        os::refuse(Call::Look, native.name, errno);
    }
    if (!S_ISREG(status.st_mode)) {
        throw Error(ErrorCode::Corrupt, native.name,
                    "what has this name is not a region, nor any file with bytes in it",
                    Remedy{"remove " + native.path + ", or choose another name"});
    }
}

bool begins(std::string const& name, std::string const& prefix) noexcept
{
    std::size_t const skipped = prefix.empty() || prefix[0] != '/' ? 1 : 0; // the slash
    return name.compare(skipped, prefix.size(), prefix) == 0;
}

} // namespace

SharedMemory SharedMemory::inspect(std::string const& name)
{
    pthread_testcancel(); // here, where there is nothing to undo
    os::NoCancellation const whole;
    auto                     native = Native::named(name);
    refuse_other_kinds(*native);
    Descriptor file(os::open_above_standard(native->path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    if (file.get() < 0) {
        os::refuse(Call::Look, native->name, errno);
    }
    native->examine(file.get());
    native->descriptor = file.release();
    return SharedMemory(std::move(native));
}

std::vector<std::string> SharedMemory::names(std::string const& prefix)
{
    os::NoCancellation const whole;
    std::vector<std::string> found;
    int const                error = os::for_each_entry(os::shared_memory_folder, [&](char const* file) {
        std::string const name = std::string("/") + file;
        bool const        ours = name == "/." || name == "/.." || name == "/.kickmsg"; // WaitingFiles.h
        if (!ours && begins(name, prefix)) {
            found.push_back(name);
        }
    });
    if (error != 0) {
        os::refuse(Call::List, os::shared_memory_folder, error);
    }
    std::sort(found.begin(), found.end());
    return found;
}

bool SharedMemory::read(std::size_t offset, void* to, std::size_t bytes) const noexcept
{
    os::NoCancellation const whole;
    auto*                    at = static_cast<unsigned char*>(to);
    while (bytes > 0) {
        ssize_t const got = pread(native_->descriptor, at, bytes, static_cast<off_t>(offset));
        if (got <= 0) { // tmpfs is not interrupted by signals
            return false;
        }
        at += got;
        offset += static_cast<std::size_t>(got);
        bytes -= static_cast<std::size_t>(got);
    }
    return native_->is_mine(native_->descriptor); // else it was closed wholesale, and its number is another file's
}

uint32_t SharedMemory::mode() const noexcept
{
    return native_->mode;
}

} // namespace kickmsg
