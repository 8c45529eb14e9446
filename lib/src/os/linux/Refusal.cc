#include "Refusal.h"

#include <cerrno>
#include <cstring>
#include <sys/resource.h>
#include <sys/statvfs.h>

namespace kickmsg {
namespace os {

namespace {

std::string folder()
{
    return shared_memory_folder;
}

struct Words {
    char const* what;
    char const* manual;
};

Words words_of(Call call) noexcept
{
    switch (call) {
    case Call::MakeFile:
        return {"cannot create a shared memory object in /dev/shm", "open(2)"};
    case Call::SetMode:
        return {"cannot set the permission bits of the shared memory object", "fchmod(2)"};
    case Call::Reserve:
        return {"cannot reserve shared memory", "posix_fallocate(3)"};
    case Call::Examine:
        return {"cannot examine the shared memory object", "fstat(2)"};
    case Call::OpenFile:
        return {"cannot open the shared memory object", "open(2)"};
    case Call::Look:
        return {"cannot look at the shared memory object", "open(2)"};
    case Call::List:
        return {"cannot list the shared memory objects in /dev/shm", "open(2)"};
    case Call::OpenAgain:
        return {"cannot open the shared memory object through its descriptor", "open(2)"};
    case Call::MapRegion:
        return {"cannot map the shared memory object", "mmap(2)"};
    case Call::NameFile:
        return {"cannot name the shared memory object in /dev/shm", "linkat(2)"};
    case Call::Replace:
        return {"cannot replace the region that the dead left", "rename(2)"};
    case Call::Remove:
        return {"cannot remove a name from /dev/shm", "unlink(2)"};
    case Call::ProofOpen:
        return {"cannot take a proof of life: cannot open a description of the region", "open(2)"};
    case Call::ProofMap:
        return {"cannot take a proof of life: cannot map a page", "mmap(2)"};
    case Call::ProofLock:
        break;
    }
    return {"cannot take a proof of life: cannot lock a byte of the region's file", "fcntl(2)"};
}

bool opens_by_name(Call call) noexcept
{
    return call == Call::OpenFile || call == Call::Look;
}

bool opens_existing(Call call) noexcept
{
    return call == Call::OpenFile || call == Call::OpenAgain || call == Call::ProofOpen;
}

bool maps(Call call) noexcept
{
    return call == Call::MapRegion || call == Call::ProofMap || call == Call::ProofLock;
}

bool changes_folder(Call call) noexcept
{
    return call == Call::MakeFile || call == Call::NameFile || call == Call::Replace || call == Call::Remove;
}

/// A file system with a limit of files, and none left. (A limit of 0 is none.)
bool is_out_of_inodes() noexcept
{
    struct statvfs fs {};
    return statvfs(shared_memory_folder, &fs) == 0 && fs.f_files != 0 && fs.f_favail == 0;
}

bool is_folder_missing() noexcept
{
    struct statvfs fs {};
    return statvfs(shared_memory_folder, &fs) != 0;
}

std::string limit_text(decltype(RLIMIT_AS) which)
{
    rlimit limit{};
    return getrlimit(which, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY
               ? std::to_string(static_cast<unsigned long long>(limit.rlim_cur))
               : "";
}

/// What is known of the limit that the call met: text to follow its words.
std::string circumstances(Call call, int error)
{
    if (error == EMFILE) {
        std::string const allowed = limit_text(RLIMIT_NOFILE);
        return allowed.empty() ? "" : ", RLIMIT_NOFILE allows descriptors below " + allowed;
    }
    if (error == ENOSPC && changes_folder(call)) {
        return is_out_of_inodes() ? ", no inode is available in " + folder()
                                  : ", " + available_bytes() + " bytes are available in " + folder();
    }
    if (error == ENOMEM && maps(call)) {
        std::string const space = limit_text(RLIMIT_AS);
        return space.empty() ? "" : ", RLIMIT_AS allows " + space + " bytes of address space";
    }
    if (error == EAGAIN && maps(call) && call != Call::ProofLock) {
        std::string const locked = limit_text(RLIMIT_MEMLOCK);
        return locked.empty() ? "" : ", RLIMIT_MEMLOCK allows " + locked + " locked bytes";
    }
    if (error == ENOENT && opens_by_name(call) && is_folder_missing()) {
        return ", nor is there " + folder();
    }
    return "";
}

std::string permission_remedy(Call call)
{
    if (call == Call::ProofOpen) {
        return "run as the user that created the region, or have its creator set the permission bits by Config::mode; "
               "a "
               "process that has changed its user since it opened the region joins it before that";
    }
    if (opens_existing(call)) {
        return "run as the user that created the region, or have its creator set the permission bits by Config::mode: "
               "joining "
               "needs to read and to write, reading alone is not enough";
    }
    if (call == Call::Look) {
        return "run as the user that created the region, or have its creator set the permission bits by Config::mode: "
               "looking needs to read, say 0644";
    }
    if (call == Call::List) {
        return "allow this user to read " + folder();
    }
    if (changes_folder(call)) {
        return "allow this user to write to " + folder() + ", and to use /proc";
    }
    return "allow this call in the security policy that this process runs under";
}

std::string space_remedy(Call call, int error)
{
    if (error == EFBIG) {
        return "raise RLIMIT_FSIZE, or choose a smaller Config";
    }
    if (error == EDQUOT) {
        return "remove files of this user from " + folder() + ", raise the quota, or choose a smaller Config";
    }
    if (error == ENOSPC && changes_folder(call) && is_out_of_inodes()) {
        return "remove files from " + folder() + ", or mount it with a larger nr_inodes";
    }
    return "free some, enlarge it, or choose a smaller Config";
}

std::string limit_remedy(Call call, int error)
{
    switch (error) {
    case EMFILE:
        return "close descriptors, or raise RLIMIT_NOFILE";
    case ENFILE:
        return "close descriptors in any process, or raise fs.file-max";
    case ENOLCK:
        return "release file locks, or raise RLIMIT_LOCKS";
    case EAGAIN:
        return "raise RLIMIT_MEMLOCK, or do without mlockall(MCL_FUTURE)";
    default:
        return maps(call) ? "raise RLIMIT_AS or vm.max_map_count, or close regions" : "free memory of the system";
    }
}

std::string missing_remedy(Call call)
{
    if (opens_by_name(call)) {
        return is_folder_missing() ? "mount a tmpfs on " + folder() : "start its creator first, or use create_or_open";
    }
    return call == Call::MakeFile || call == Call::List ? "mount a tmpfs on " + folder()
                                                        : "mount /proc, and a tmpfs on " + folder();
}

std::string system_remedy(Call call, int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return missing_remedy(call);
    case EISDIR: // what an open for a nameless file gets from a file system that has none
    case EOPNOTSUPP:
        return call == Call::MakeFile ? "mount a tmpfs on " + folder() + ", which can hold nameless files"
                                      : "mount a tmpfs on " + folder();
    case ESTALE:
        return "open the region anew";
    case EBUSY: // other threads were opening and closing the standard descriptors all the time
    case EINTR:
        return "call again";
    case EAGAIN:
        return opens_by_name(call) ? "end the program that holds a lease on the file, or call again" : "call again";
    default:
        return std::string("see ") + words_of(call).manual + " for errno " + std::to_string(error);
    }
}

std::string remedy_of(Call call, std::string const& region, int error)
{
    switch (classify(call, error)) {
    case ErrorCode::PermissionDenied:
        return error == EROFS ? "mount " + folder() + " so that it can be written to" : permission_remedy(call);
    case ErrorCode::NoSpace:
        return space_remedy(call, error);
    case ErrorCode::LimitReached:
        return limit_remedy(call, error);
    case ErrorCode::NotFound:
        return missing_remedy(call);
    case ErrorCode::InvalidName:
        return "choose a shorter name";
    case ErrorCode::Corrupt:
        return "remove " + folder() + region + ", or choose another name";
    default:
        return system_remedy(call, error);
    }
}

std::string what_happened(Call call, int error)
{
    switch (classify(call, error)) {
    case ErrorCode::NotFound:
        return "there is no such region";
    case ErrorCode::Corrupt:
        return "what has this name is not a region, but a file of another kind or in another use";
    default:
        return words_of(call).what;
    }
}

} // namespace

ErrorCode classify(Call call, int error) noexcept
{
    switch (error) {
    case EACCES:
    case EPERM:
    case EROFS:
        return ErrorCode::PermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return ErrorCode::NoSpace;
    case EMFILE:
    case ENFILE:
    case ENOLCK:
        return ErrorCode::LimitReached;
    case ENOMEM:
        return call == Call::Reserve ? ErrorCode::NoSpace : ErrorCode::LimitReached;
    case EAGAIN: // of mmap: too much memory is locked
        return maps(call) && call != Call::ProofLock ? ErrorCode::LimitReached : ErrorCode::System;
    case ENOENT:
        return opens_by_name(call) ? ErrorCode::NotFound : ErrorCode::System;
    case ENAMETOOLONG:
        return ErrorCode::InvalidName;
    case ELOOP: // a symbolic link, which is not followed
    case EISDIR:
    case ENXIO: // a socket, or a device that is not there
    case ENODEV:
    case ETXTBSY:
        return opens_by_name(call) ? ErrorCode::Corrupt : ErrorCode::System;
    default:
        return ErrorCode::System;
    }
}

char const* words(Call call) noexcept
{
    return words_of(call).what;
}

std::string available_bytes()
{
    struct statvfs fs {};
    if (statvfs(shared_memory_folder, &fs) != 0) {
        return "an unknown number of";
    }
    return std::to_string(static_cast<unsigned long long>(fs.f_bavail) * fs.f_frsize);
}

void refuse(Call call, std::string const& region, int error, std::string const& detail)
{
    std::string const what = detail.empty() ? what_happened(call, error) : detail;
    throw Error(classify(call, error), region, what + circumstances(call, error) + ": " + std::strerror(error),
                Remedy{remedy_of(call, region, error)}, error);
}

} // namespace os
} // namespace kickmsg
