#include "WaitingFiles.h"

#include "Folder.h"
#include "OpenAboveStandard.h"
#include "Removal.h"
#include "kickmsg/Hash.h"

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace kickmsg {
namespace os {

namespace {

/// Where replacements wait for their name, and nothing else is: it is listed by every process that opens or creates a region.
constexpr char const* waiting_folder = "/dev/shm/.kickmsg";

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

/// Calls with the path and the name of each file or folder that waits. What comes meanwhile may be left out. Allocates nothing but what
/// opendir() needs: a region that has its name already must not fail for want of memory.
template <class Act>
void for_each_waiting(Act act) noexcept
{
    for_each_entry(waiting_folder, [&act](char const* file) noexcept {
        char path[NAME_MAX + 32];
        std::snprintf(path, sizeof(path), "%s/%s", waiting_folder, file);
        act(path, file);
    });
}

/// The same for what waits to take `name`.
template <class Act>
void for_each_waiting(std::string const& name, Act act) noexcept
{
    WaitingStem const stem(name);
    for_each_waiting([&](char const* path, char const* file) noexcept {
        if (stem.begins(file)) {
            act(path);
        }
    });
}

/// The name that a place is for, "H-i-n.name": a file's name ends where the system ends it.
struct WantedName {
    bool             is_there; ///< false: the file is no such place
    bool             is_cut;   ///< the name may go on
    std::string_view text;

    explicit WantedName(char const* file) noexcept
        : is_there(std::strchr(file, '.') != nullptr), is_cut(std::strlen(file) == NAME_MAX),
          text(is_there ? std::strchr(file, '.') + 1 : "")
    {
    }
    /// Whether it begins so, as far as it is known.
    bool begins(std::string_view prefix) const noexcept
    {
        return is_there && text.substr(0, prefix.size()) == prefix.substr(0, is_cut ? text.size() : prefix.npos);
    }
    /// Whether it may be that name.
    bool is(std::string_view name) const noexcept
    {
        return is_there && text == (is_cut ? name.substr(0, text.size()) : name);
    }
};

/// Whether nobody alive holds the object, so that nobody is about to give it a name. Returns: false in doubt.
bool is_abandoned_file(char const* path) noexcept
{
    Descriptor const file(open_above_standard(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
    if (file.get() < 0) {
        return false;
    }
    struct flock any {};
    any.l_type   = F_WRLCK;
    any.l_whence = SEEK_SET; // from the first byte to the last that there can be
    return fcntl(file.get(), F_OFD_GETLK, &any) == 0 && any.l_type == F_UNLCK;
}

bool is_folder(char const* path) noexcept
{
    struct stat status {};
    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

struct TakenPath {
    char text[NAME_MAX + 48];

    explicit TakenPath(char const* folder) noexcept
    {
        std::snprintf(text, sizeof(text), "%s%s", folder, taken_file);
    }
};

/// A folder is what a killed process left once a name has been moved into it; an empty one is an attempt that may go on.
bool is_abandoned(char const* path) noexcept
{
    return is_abandoned_file(is_folder(path) ? TakenPath(path).text : path);
}

/// Whether a region that a waiting place is meant for, "H-i-n.name", has its name still. Returns: true in doubt. One that comes
/// meanwhile may be left out.
bool has_name(char const* file) noexcept
{
    WantedName const         wanted(file);
    char const* const        dash  = std::strchr(file, '-');
    unsigned long long const inode = dash != nullptr ? std::strtoull(dash + 1, nullptr, 16) : 0;
    if (!wanted.is_there || inode == 0) {
        return true;
    }
    bool      found = false;
    int const error = for_each_entry(shared_memory_folder, [&](char const* entry) noexcept {
        char        path[NAME_MAX + 32];
        struct stat status {};
        std::snprintf(path, sizeof(path), "%s/%s", shared_memory_folder, entry);
        found = found || (wanted.is(entry) && lstat(path, &status) == 0 && status.st_ino == inode);
    });
    return found || error != 0;
}

/// Whether it is an attempt to take a name that is gone: it fails, whoever made it, and is ended by the removal of its place.
bool is_in_vain(char const* path, char const* file) noexcept
{
    struct stat status {};
    return is_folder(path) && lstat(TakenPath(path).text, &status) != 0 && errno == ENOENT && !has_name(file);
}

} // namespace

std::string waiting_path(SharedMemory::Native const& old, uint64_t replacer)
{
    char attempt[48];
    std::snprintf(attempt, sizeof(attempt), "-%llx-%llx.", static_cast<unsigned long long>(old.inode),
                  static_cast<unsigned long long>(replacer));
    std::string const place = WaitingStem(old.name).text() + std::string(attempt) + old.name.substr(1);
    return std::string(waiting_folder) + "/" + place.substr(0, NAME_MAX);
}

void make_waiting_folder() noexcept
{
    if (mkdir(waiting_folder, 01777) == 0) {
        chmod(waiting_folder, 01777); // whatever the umask
    }
}

bool remove_waiting_file(char const* path) noexcept
{
    if (unlink(path) == 0 || errno == ENOENT) {
        return true;
    }
    if (!is_folder(path)) {
        return errno == ENOENT; // removed meanwhile
    }
    TakenPath const taken(path);
    if (is_abandoned_file(taken.text)) {
        unlink(taken.text);
    }
    return rmdir(path) == 0 || errno == ENOENT || errno == ENOTEMPTY; // not empty: it has taken the name already
}

bool free_waiting_place(char const* path) noexcept
{
    if (!remove_waiting_file(path)) {
        return false;
    }
    struct stat status {};
    bool const  is_free = lstat(path, &status) != 0;
    errno               = ENOTEMPTY;
    return is_free;
}

void remove_waiting(std::string const& name) noexcept
{
    for_each_waiting(name, [](char const* waiting) noexcept { remove_waiting_file(waiting); });
}

std::size_t remove_abandoned(std::string const& prefix) noexcept
{
    std::size_t count = 0;
    for_each_waiting([&](char const* waiting, char const* file) noexcept {
        bool const ended = WantedName(file).begins(prefix) && (is_abandoned(waiting) || is_in_vain(waiting, file));
        count += ended && remove_waiting_file(waiting) ? 1 : 0;
    });
    return count;
}

std::size_t count_abandoned(std::string const& name) noexcept
{
    std::size_t count = 0;
    for_each_waiting(name, [&](char const* waiting) noexcept { count += is_abandoned(waiting) ? 1 : 0; });
    return count;
}

} // namespace os
} // namespace kickmsg
