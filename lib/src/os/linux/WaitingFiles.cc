#include "WaitingFiles.h"

#include "OpenAboveStandard.h"
#include "kickmsg/Hash.h"

#include <climits>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <memory>
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

/// Calls with the path of each file that waits to take `name`. What comes meanwhile may be left out. Allocates nothing but what
/// opendir() needs: a region that has its name already must not fail for want of memory.
template <class Act>
void for_each_waiting(std::string const& name, Act act) noexcept
{
    WaitingStem const                         stem(name);
    Descriptor                                folder(open_above_standard(waiting_folder, O_RDONLY | O_DIRECTORY));
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

/// Whether nobody alive holds the object, so that nobody is about to give it a name. Returns: false in doubt.
bool is_abandoned(char const* path) noexcept
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

void remove_waiting(std::string const& name) noexcept
{
    for_each_waiting(name, [](char const* waiting) noexcept { unlink(waiting); });
}

std::size_t count_abandoned(std::string const& name) noexcept
{
    std::size_t count = 0;
    for_each_waiting(name, [&](char const* waiting) noexcept { count += is_abandoned(waiting) ? 1 : 0; });
    return count;
}

} // namespace os
} // namespace kickmsg
