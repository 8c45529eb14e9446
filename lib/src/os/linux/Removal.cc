/// Taking a name away from one region, which that removes, and from no other.
///
/// An unlink() that a process is about to make cannot be taken from it: whatever has the name by then loses it. A rename into a folder
/// can. So the place of one attempt is a folder, .kickmsg/H-i-n.name, under the name that a file of a replacer would have; the name is
/// moved into it, and ends there. Who disarms the attempt removes the empty folder, and the move fails for good.
#include "Removal.h"

#include "../posix/Guards.h"
#include "Native.h"
#include "WaitingFiles.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace kickmsg {

namespace {

constexpr unsigned replaces_nothing = 1; ///< RENAME_NOREPLACE, which older headers do not have

/// Gives the name back that was taken from another object: the name had changed by hand, just before. Where it exists it has been given
/// anew, and stays. In one step, which needs no leave to link a file of another user; where there is none, by a link.
void give_back(std::string const& taken, std::string const& path) noexcept
{
    if (syscall(SYS_renameat2, AT_FDCWD, taken.c_str(), AT_FDCWD, path.c_str(), replaces_nothing) != 0 &&
        errno != EEXIST) {
        (void)!linkat(AT_FDCWD, taken.c_str(), AT_FDCWD, path.c_str(), 0);
    }
}

} // namespace

void SharedMemory::arm_removal(uint64_t replacer) const
{
    os::NoCancellation const whole;
    Remedy const             remedy{"let one of them remove it"};
    if (!os::may_remove(native_->path)) {
        os::refuse_removal(os::Call::Remove, native_->name, "cannot remove the region that the dead left",
                           native_->path, remedy, EPERM);
    }
    os::make_waiting_folder();
    std::string const place = os::waiting_path(*native_, replacer);
    while (mkdir(place.c_str(), 0700) != 0) {
        // Of a dead replacer of another object that had this number: the caller alone is this replacer of this object.
        bool const taken = errno == EEXIST;
        if (!taken || !os::free_waiting_place(place.c_str())) {
            os::refuse_removal(os::Call::Remove, native_->name, "cannot remove the region that the dead left", place,
                               remedy, errno);
        }
    }
    chmod(place.c_str(), 0700); // whatever the umask
}

bool SharedMemory::take_away(uint64_t replacer) const
{
    os::NoCancellation const whole;
    std::string const        place = os::waiting_path(*native_, replacer);
    std::string const        taken = place + os::taken_file;
    if (rename(native_->path.c_str(), taken.c_str()) != 0) {
        if (errno == ENOENT) {
            return false; // disarmed, or the name is gone
        }
        os::refuse_removal(os::Call::Remove, native_->name, "cannot remove the region that the dead left",
                           native_->path, Remedy{"let one of them remove it"}, errno);
    }
    struct stat status {};
    bool const  mine =
        lstat(taken.c_str(), &status) == 0 && status.st_dev == native_->device && status.st_ino == native_->inode;
    if (!mine) {
        give_back(taken, native_->path);
    }
    ::unlink(taken.c_str());
    rmdir(place.c_str());
    return mine;
}

std::size_t SharedMemory::clear_abandoned(std::string const& prefix)
{
    os::NoCancellation const whole;
    return os::remove_abandoned(!prefix.empty() && prefix[0] == '/' ? prefix.substr(1) : prefix);
}

namespace os {

namespace {

bool is_denied(int error) noexcept
{
    return error == EPERM || error == EACCES;
}

std::string owner_of(std::string const& path)
{
    struct stat status {};
    return lstat(path.c_str(), &status) == 0 ? "user " + std::to_string(status.st_uid) : "another user";
}

} // namespace

bool may_remove(std::string const& path) noexcept
{
    struct stat folder {
    }, file{};
    uid_t const user = geteuid();
    if (user == 0 || stat(shared_memory_folder, &folder) != 0 || lstat(path.c_str(), &file) != 0) {
        return true; // the call that removes it says
    }
    return (folder.st_mode & S_ISVTX) == 0 || folder.st_uid == user || file.st_uid == user;
}

void refuse_removal(Call call, std::string const& name, std::string const& what, std::string const& path,
                    Remedy const& remedy, int error)
{
    if (!is_denied(error)) {
        refuse(call, name, error, what);
    }
    throw Error(ErrorCode::PermissionDenied, name,
                what + ": " + path + " belongs to " + owner_of(path) + ", and in " + shared_memory_folder +
                    " only its owner and root may replace or remove it: " + std::strerror(error),
                remedy, error);
}

} // namespace os
} // namespace kickmsg
