#include "Directory.h"

#include "../Names.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <dirent.h>
#include <memory>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kickmsg {
namespace os {

namespace {

constexpr char const* directory      = "/tmp/kickmsg";
constexpr char const* object_begins  = "/k.";
constexpr mode_t      for_everybody  = 01777; ///< everybody's, and each removes his own
constexpr std::size_t longest_target = 256;

/// The object of an unnamed region of a process that is gone.
void clear_unnamed(std::string const& entry)
{
    Process owner;
    if (!owner.parse(entry.c_str() + 2) || owner.is_running()) {
        return;
    }
    Target target;
    if (target.parse(read_entry(path_of(entry)))) { // a dead process renames it no more
        shm_unlink(target.object.c_str());
    }
    unlink(path_of(entry).c_str());
}

} // namespace

std::string Target::text() const
{
    return object + " " + std::to_string(size);
}

bool Target::parse(std::string const& text)
{
    auto const space = text.find(' ');
    if (space == std::string::npos || text.rfind(object_begins, 0) != 0) {
        return false;
    }
    object = text.substr(0, space);
    size   = static_cast<std::size_t>(std::strtoull(text.c_str() + space, nullptr, 10));
    return size != 0;
}

std::string path_of(std::string const& entry)
{
    return std::string(directory) + "/" + entry;
}

std::string named_entry(std::string const& checked_name)
{
    return "n." + encoded(checked_name.substr(1));
}

std::string proof_stem(std::string const& object, char role)
{
    return "l." + object.substr(1) + "." + role;
}

std::string read_entry(std::string const& path)
{
    char          text[longest_target];
    ssize_t const length = readlink(path.c_str(), text, sizeof(text));
    return length > 0 ? std::string(text, static_cast<std::size_t>(length)) : std::string();
}

int make_directory() noexcept
{
    if (mkdir(directory, for_everybody) == 0) {
        chmod(directory, for_everybody); // whatever the umask took away
        return 0;
    }
    int const   error = errno;
    struct stat status {};
    if (error == EEXIST && lstat(directory, &status) == 0) {
        return S_ISDIR(status.st_mode) ? 0 : ENOTDIR; // not by a link that somebody laid
    }
    return error;
}

bool for_each_entry(std::string const& beginning, std::function<bool(std::string const&)> const& act)
{
    std::unique_ptr<DIR, int (*)(DIR*)> const listing(opendir(directory), closedir);
    if (!listing) {
        return false;
    }
    for (dirent const* entry = nullptr; (errno = 0, entry = readdir(listing.get())) != nullptr;) {
        if (std::string(entry->d_name).rfind(beginning, 0) == 0 && !act(entry->d_name)) {
            return true;
        }
    }
    return errno == 0;
}

std::string draw_temporary()
{
    static std::atomic<uint64_t> drawn{0};
    char                         number[20];
    std::snprintf(number, sizeof(number), ".%llx",
                  static_cast<unsigned long long>(drawn.fetch_add(1, std::memory_order_relaxed))); // relaxed: unique
    return "t." + Process::current().text() + number;
}

bool is_held(std::string const& proof)
{
    std::string const path   = path_of(proof);
    std::string const holder = read_entry(path);
    if (holder.empty()) {
        return errno != ENOENT;
    }
    Process process;
    return !process.parse(holder.c_str()) || process.is_running();
}

bool remove_dead(std::string const& proof)
{
    // One at a time: of two that have seen the same dead holder, the second would remove the proof of the one that came after it.
    std::string const right = path_of("c" + proof.substr(1));
    if (is_held(proof) || symlink(Process::current().text().c_str(), right.c_str()) != 0) {
        return false;
    }
    bool const removed = !is_held(proof) && unlink(path_of(proof).c_str()) == 0;
    unlink(right.c_str());
    return removed;
}

void clear_after_the_dead()
{
    for_each_entry("t.", [](std::string const& entry) {
        clear_unnamed(entry);
        return true;
    });
    for_each_entry("l.", [](std::string const& entry) {
        remove_dead(entry);
        return true;
    });
}

} // namespace os
} // namespace kickmsg
