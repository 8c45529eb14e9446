#include "leftovers.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kickmsg {
namespace bench {
namespace {

namespace fs = std::filesystem;

fs::path const    shared_memory   = "/dev/shm";
fs::path const    temporary       = "/tmp"; // where iceoryx puts its sockets and locks, whatever TMPDIR is
char const* const notebook_prefix = "kickmsg_bench_run.";

bool begins(std::string const& text, std::string const& with)
{
    return text.compare(0, with.size(), with) == 0;
}

std::vector<fs::path> entries(fs::path const& folder)
{
    std::error_code       none; // a folder that is not there has no entries
    std::vector<fs::path> found;
    for (fs::directory_iterator it(folder, none), end; it != end; it.increment(none)) {
        found.push_back(it->path());
    }
    return found;
}

void remove_beginning_with(fs::path const& folder, std::string const& prefix)
{
    std::error_code none; // what another has removed meanwhile is removed
    for (fs::path const& path : entries(folder)) {
        if (begins(path.filename().string(), prefix)) {
            fs::remove_all(path, none);
        }
    }
}

/// The segments and sockets of iox-roudi; the second segment is named for the group that runs it.
std::vector<fs::path> names_of_roudi()
{
    std::vector<fs::path> names = {shared_memory / "iceoryx_mgmt", temporary / "roudi", temporary / "roudi.lock"};
    group const* const    own   = getgrgid(getgid());
    if (own != nullptr) {
        names.push_back(shared_memory / own->gr_name);
    }
    return names;
}

bool is_of_fastdds(std::string const& name)
{
    std::string const bare = begins(name, "sem.") ? name.substr(4) : name;
    return begins(bare, "fastrtps_") || begins(bare, "fast_datasharing_");
}

std::vector<fs::path> names_of_fastdds()
{
    std::vector<fs::path> names;
    for (fs::path const& path : entries(shared_memory)) {
        if (is_of_fastdds(path.filename().string())) {
            names.push_back(path);
        }
    }
    return names;
}

/// Files that living processes have mapped or open, as far as this user may see: others cannot use its files.
std::set<std::string> files_in_use()
{
    std::set<std::string> used;
    std::error_code       none;
    for (fs::path const& process : entries("/proc")) {
        std::ifstream maps(process / "maps");
        for (std::string line; std::getline(maps, line);) {
            auto const at = line.find('/');
            if (at != std::string::npos) {
                used.insert(line.substr(at));
            }
        }
        for (fs::path const& descriptor : entries(process / "fd")) {
            used.insert(fs::read_symlink(descriptor, none).string());
        }
    }
    return used;
}

bool is_own(fs::path const& path)
{
    struct stat status;
    return lstat(path.c_str(), &status) == 0 && status.st_uid == geteuid();
}

/// Of these names those that came with the run.
void remove_new(std::vector<fs::path> const& names, Traces const& traces, std::set<std::string> const& used)
{
    std::error_code none;
    for (fs::path const& path : names) {
        bool const is_new = std::find(traces.before.begin(), traces.before.end(), path.string()) == traces.before.end();
        if (is_new && is_own(path) && used.count(path.string()) == 0) {
            fs::remove(path, none);
        }
    }
}

/// The lock is one that a living iox-roudi holds; while it is held here none can start. Returns: false when one lives.
bool remove_of_roudi(Traces const& traces)
{
    fs::path const lock = temporary / "iox-unique-roudi.lock";
    int const      fd   = open(lock.c_str(), O_RDWR | O_CLOEXEC);
    bool const     free = fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (free) {
        auto names = names_of_roudi();
        names.push_back(lock);
        remove_new(names, traces, {});
    }
    if (fd >= 0) {
        close(fd);
    }
    return free;
}

Traces read_traces(fs::path const& path)
{
    Traces        traces;
    std::ifstream file(path);
    std::getline(file, traces.prefix);
    for (std::string line; std::getline(file, line);) {
        traces.before.push_back(line);
    }
    return traces;
}

} // namespace

Notebook::Notebook(std::string const& prefix)
    : path_((temporary / (notebook_prefix + std::to_string(getpid()))).string()), fd_(-1)
{
    traces_.prefix = prefix;
    auto known     = names_of_roudi();
    known.push_back(temporary / "iox-unique-roudi.lock");
    for (fs::path const& path : names_of_fastdds()) {
        known.push_back(path);
    }
    std::string text = prefix + "\n";
    for (fs::path const& path : known) {
        if (fs::exists(fs::symlink_status(path))) {
            traces_.before.push_back(path.string());
            text += path.string() + "\n";
        }
    }
    fd_ = open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd_ < 0 || flock(fd_, LOCK_EX | LOCK_NB) != 0 ||
        write(fd_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        throw std::runtime_error("cannot write and lock " + path_ + ": " + std::strerror(errno));
    }
}

void Notebook::remove() const
{
    unlink(path_.c_str());
}

bool remove_leftovers(Traces const& traces)
{
    if (traces.prefix.size() < 4) {
        return true; // nothing that distinguishes a name from others
    }
    remove_beginning_with(shared_memory, traces.prefix);
    remove_beginning_with(temporary, traces.prefix);
    for (char const* const folder : {"iceoryx2/nodes", "iceoryx2/services"}) {
        remove_beginning_with(temporary / folder, traces.prefix);
    }
    remove_new(names_of_fastdds(), traces, files_in_use());
    return remove_of_roudi(traces);
}

void sweep_after_dead_runs()
{
    for (fs::path const& path : entries(temporary)) {
        if (!begins(path.filename().string(), notebook_prefix) || !is_own(path)) {
            continue;
        }
        int const fd = open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
            if (remove_leftovers(read_traces(path))) {
                unlink(path.c_str());
            }
        }
        if (fd >= 0) {
            close(fd);
        }
    }
}

} // namespace bench
} // namespace kickmsg
