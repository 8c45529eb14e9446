#include "OwnFile.h"

#include "OpenAboveStandard.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace kickmsg {
namespace os {

namespace {

/// A way as a path. The text lives in this object or in `native`.
class Path {
public:
    Path(SharedMemory::Native const& native, Ways::Way way) noexcept : text_(buffer_)
    {
        switch (way) {
        case Ways::ThreadSelf: // unlike /proc/self it outlives the main thread
            std::snprintf(buffer_, sizeof(buffer_), "/proc/thread-self/fd/%d", native.descriptor);
            break;
        case Ways::Self: // kernels before 3.17 have no thread-self
            std::snprintf(buffer_, sizeof(buffer_), "/proc/self/fd/%d", native.descriptor);
            break;
        case Ways::OwnName:
            text_ = native.path.c_str();
            break;
        case Ways::Empty:
            std::snprintf(buffer_, sizeof(buffer_), "descriptor %d", native.descriptor);
            break;
        }
    }
    Path(Path const&)            = delete;
    Path& operator=(Path const&) = delete;

    char const* text() const noexcept
    {
        return text_;
    }

private:
    char        buffer_[40];
    char const* text_;
};

/// Whether `path` leads to the object's file. What is there instead is not opened: it may be a device. Returns: 0, or
/// what to report: an errno, or -1 for another file.
int leads_elsewhere(SharedMemory::Native const& native, char const* path) noexcept
{
    struct stat status {};
    if (stat(path, &status) != 0) {
        return errno;
    }
    return status.st_dev == native.device && status.st_ino == native.inode ? 0 : -1;
}

/// No other way can help against it.
bool is_limit(int error) noexcept
{
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOSPC || error == EDQUOT;
}

bool is_forbidden(int error) noexcept
{
    return error == EACCES || error == EPERM || error == EROFS;
}

} // namespace

void Ways::failed(Way way, int error, bool found) noexcept
{
    found_ = found_ || found;
    if (count_ < sizeof(trials_) / sizeof(trials_[0])) {
        trials_[count_++] = Trial{way, error};
    }
}

int Ways::error() const noexcept
{
    int most = ENOENT;
    for (std::size_t i = 0; i < count_; ++i) {
        int const error = trials_[i].error;
        if (is_limit(error) || error == EEXIST) {
            return error;
        }
        bool const says_more = error > 0 && error != ENOENT && (most == ENOENT || is_forbidden(error));
        most                 = says_more && !is_forbidden(most) ? error : most;
    }
    return most;
}

std::string Ways::text(SharedMemory::Native const& native) const
{
    std::string all;
    for (std::size_t i = 0; i < count_; ++i) {
        all += (i == 0 ? "" : ", ") + std::string(Path(native, trials_[i].way).text()) + ": " +
               (trials_[i].error > 0 ? std::strerror(trials_[i].error) : "another file");
    }
    return all;
}

Description::Description(SharedMemory::Native const& native, int flags) noexcept
{
    if (native.is_mine(native.descriptor)) {
        for (Ways::Way const way : {Ways::ThreadSelf, Ways::Self}) {
            if (open(native, way, flags) || is_limit(ways_.error())) {
                return;
            }
        }
    }
    open(native, Ways::OwnName, flags);
}

bool Description::open(SharedMemory::Native const& native, Ways::Way way, int flags) noexcept
{
    Path const path(native, way);
    int        error = leads_elsewhere(native, path.text());
    bool const found = error == 0;
    if (found) {
        Descriptor file(open_above_standard(path.text(), flags));
        error = errno;
        if (native.is_mine(file.get())) {
            file_ = std::move(file);
            return true;
        }
        if (file.get() >= 0) { // the name changed hands in between
            error = -1;
        }
    }
    ways_.failed(way, error, found);
    return false;
}

void refuse(Call call, SharedMemory::Native const& native, Ways const& ways)
{
    refuse(call, native.name, ways.error(), std::string(words(call)) + ", tried " + ways.text(native));
}

bool link_own_file(SharedMemory::Native const& native, std::string const& path, Ways& ways) noexcept
{
    for (Ways::Way const way : {Ways::ThreadSelf, Ways::Self}) {
        Path const from(native, way);
        int        error = leads_elsewhere(native, from.text());
        if (error == 0) {
            if (linkat(AT_FDCWD, from.text(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) {
                return true;
            }
            error = errno;
        }
        ways.failed(way, error);
        if (error == EEXIST || is_limit(error)) {
            return false;
        }
    }
    // Without /proc: kernels allow it to the user that opened the file (from 6.10 on), or to one with CAP_DAC_READ_SEARCH.
    if (native.is_mine(native.descriptor) &&
        linkat(native.descriptor, "", AT_FDCWD, path.c_str(), AT_EMPTY_PATH) == 0) {
        return true;
    }
    ways.failed(Ways::Empty, errno);
    return false;
}

} // namespace os
} // namespace kickmsg
