#include "Machine.h"

#include "Groups.h"
#include "Output.h"
#include "Regions.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace kickmsg_tools {

namespace {

using Reports = std::vector<kickmsg::RegionReport>;

constexpr char const* folder = "/dev/shm";

std::string content(std::string const& path)
{
    std::ifstream      file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

double total(Reports const& regions)
{
    double bytes = 0;
    for (auto const& report : regions) {
        bytes += static_cast<double>(report.region.size);
    }
    return bytes;
}

std::size_t largest_of(Reports const& regions)
{
    std::size_t bytes = kickmsg::channel::footprint({});
    for (auto const& report : regions) {
        bytes = std::max(bytes, report.region.size);
    }
    return bytes;
}

double largest(Reports const& regions)
{
    return static_cast<double>(largest_of(regions));
}

/// "type options" of what is mounted at /dev/shm.
std::string mount_of_folder()
{
    std::istringstream mounts(content("/proc/self/mounts"));
    std::string        device, where, type, options, rest, found;
    while (mounts >> device >> where >> type >> options && std::getline(mounts, rest)) {
        if (where == folder) {
            found = type + " " + options;
        }
    }
    return found;
}

Checkup check_size(Reports const& regions)
{
    struct statvfs status {};
    if (statvfs(folder, &status) != 0) {
        return {"/dev/shm", Checkup::Bad, std::string("cannot be looked at: ") + std::strerror(errno),
                "mount a tmpfs there"};
    }
    double const size = static_cast<double>(status.f_blocks) * static_cast<double>(status.f_frsize);
    double const free = static_cast<double>(status.f_bavail) * static_cast<double>(status.f_frsize);
    std::string  text =
        bytes_text(free) + " of " + bytes_text(size) + " free, regions take " + bytes_text(total(regions));
    if (free < largest(regions)) {
        return {"/dev/shm", Checkup::Bad, text + ": the largest of them would not fit once more",
                "mount -o remount,size=SIZE /dev/shm; of a container --shm-size"};
    }
    if (free < size / 10) {
        return {"/dev/shm", Checkup::Warning, text, "mount -o remount,size=SIZE /dev/shm, or kickmsg prune"};
    }
    return {"/dev/shm", Checkup::Good, text, ""};
}

Checkup check_mount()
{
    std::string const mount = mount_of_folder();
    struct stat       status {};
    if (mount.empty()) {
        return {"mount", Checkup::Warning, "nothing is mounted at /dev/shm: regions lie on the disk",
                "mount -t tmpfs tmpfs /dev/shm"};
    }
    if (mount.compare(0, 5, "tmpfs") != 0) {
        return {"mount", Checkup::Warning, "/dev/shm is no tmpfs: " + mount, "mount -t tmpfs tmpfs /dev/shm"};
    }
    if (mount.find(" ro,") != std::string::npos) {
        return {"mount", Checkup::Bad, "/dev/shm is read-only", "mount -o remount,rw /dev/shm"};
    }
    if (stat(folder, &status) == 0 && (status.st_mode & 01777U) != 01777U) {
        return {"mount", Checkup::Warning, "/dev/shm is not open to all users, or not sticky", "chmod 1777 /dev/shm"};
    }
    return {"mount", Checkup::Good, mount, ""};
}

Checkup check_limit(char const* name, decltype(RLIMIT_NOFILE) resource, double least, char const* remedy)
{
    struct rlimit limit {};
    if (getrlimit(resource, &limit) != 0) {
        return {name, Checkup::Unknown, "cannot be asked for", "ulimit -a"};
    }
    if (limit.rlim_cur == RLIM_INFINITY) {
        return {name, Checkup::Good, "unlimited", ""};
    }
    auto const value = static_cast<double>(limit.rlim_cur);
    return {name, value < least ? Checkup::Warning : Checkup::Good,
            std::to_string(limit.rlim_cur) +
                (value < least ? ", less than " + std::to_string(static_cast<uint64_t>(least)) : ""),
            value < least ? remedy : ""};
}

bool removes_ipc(std::string const& root)
{
    bool                     removes = true; // the default of systemd-logind
    std::vector<std::string> files   = {root + "/etc/systemd/logind.conf"};
    for (char const* const inside : {"/usr/lib/systemd/logind.conf.d", "/etc/systemd/logind.conf.d"}) {
        std::string const where = root + inside;
        DIR* const        open  = opendir(where.c_str());
        for (dirent* entry = open ? readdir(open) : nullptr; entry != nullptr; entry = readdir(open)) {
            files.push_back(where + "/" + entry->d_name);
        }
        if (open != nullptr) {
            closedir(open);
        }
    }
    for (std::string const& file : files) {
        std::istringstream lines(content(file));
        for (std::string line; std::getline(lines, line);) {
            if (line.compare(0, 10, "RemoveIPC=") == 0) {
                removes = line.substr(10) == "yes" || line.substr(10) == "true" || line.substr(10) == "1" ||
                          line.substr(10) == "on";
            }
        }
    }
    return removes;
}

Checkup check_logind(std::string const& root)
{
    constexpr uid_t first_user = 1000; // system users are spared
    if (access((root + "/run/systemd/seats").c_str(), F_OK) != 0) {
        return {"RemoveIPC", Checkup::Good, "no systemd-logind is at work", ""};
    }
    if (!removes_ipc(root)) {
        return {"RemoveIPC", Checkup::Good, "no", ""};
    }
    bool const spared = geteuid() < first_user;
    return {"RemoveIPC", spared ? Checkup::Good : Checkup::Warning,
            spared ? "yes, and this is a system user, which is spared"
                   : "yes: the regions of this user go when its last session ends",
            spared ? "" : "RemoveIPC=no in /etc/systemd/logind.conf, loginctl enable-linger, or a system user"};
}

/// Tried out on a nameless file, which ends with its descriptor.
Checkup check_kernel()
{
    struct utsname system {};
    (void)uname(&system);
    std::string const name = std::string(system.sysname) + " " + system.release;
    std::string       lacks;
    int const         file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0) {
        lacks = "nameless files in /dev/shm (O_TMPFILE)";
    } else {
        struct flock lock {};
        lock.l_type = F_WRLCK;
        lock.l_len  = 1;
        lacks       = fcntl(file, F_OFD_GETLK, &lock) != 0 ? "locks of open file descriptions" : "";
        close(file);
    }
    if (!lacks.empty()) {
        return {"kernel", Checkup::Bad, name + " lacks " + lacks, "Linux 3.15 or later, and a file system that has it"};
    }
    void* const page  = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool const  wipes = page != MAP_FAILED && madvise(page, 4096, MADV_WIPEONFORK) == 0;
    if (page != MAP_FAILED) {
        munmap(page, 4096);
    }
    return {"kernel", wipes ? Checkup::Good : Checkup::Warning, name + (wipes ? "" : " lacks MADV_WIPEONFORK"),
            wipes ? "" : "Linux 4.14 or later: copies made without fork() pass unnoticed"};
}

Checkup check_proc()
{
    bool const there = access("/proc/self/fd", R_OK) == 0;
    return {"/proc", there ? Checkup::Good : Checkup::Warning, there ? "mounted" : "not mounted",
            there ? "" : "mount -t proc proc /proc: the library looks through /proc/thread-self/fd"};
}

/// What waits to take a name lies in a hidden folder: of the living for an instant, of the killed until somebody clears it.
Checkup check_waiting()
{
    std::size_t count = 0;
    DIR* const  open  = opendir("/dev/shm/.kickmsg");
    for (dirent* entry = open != nullptr ? readdir(open) : nullptr; entry != nullptr; entry = readdir(open)) {
        count += entry->d_name[0] != '.' ? 1 : 0;
    }
    if (open != nullptr) {
        closedir(open);
    }
    return {"hidden files", count == 0 ? Checkup::Good : Checkup::Warning,
            count == 0 ? "none"
                       : std::to_string(count) +
                             " in /dev/shm/.kickmsg: something is being replaced, or its replacer was killed",
            count == 0 ? "" : "kickmsg prune clears those of the dead"};
}

/// Which of the regions fit a question, in words.
Checkup check_regions(char const* what, Reports const& regions, Checkup::Verdict verdict, char const* text,
                      char const* remedy, bool (*fits)(kickmsg::RegionReport const&))
{
    std::string names;
    std::size_t count = 0;
    for (auto const& report : regions) {
        if (fits(report) && ++count <= 5) {
            names += (names.empty() ? "" : ", ") + report.region.name;
        }
    }
    if (count == 0) {
        return {what, Checkup::Good, "none", ""};
    }
    return {what, verdict, std::to_string(count) + " " + text + ": " + names + (count > 5 ? ", ..." : ""), remedy};
}

bool has_error(kickmsg::RegionReport const& report, kickmsg::ErrorCode code)
{
    return report.region.error && report.region.error->code() == code;
}

bool is_shut(kickmsg::RegionReport const& report)
{
    return has_error(report, kickmsg::ErrorCode::PermissionDenied) ||
           (!report.region.error && access((folder + report.region.name).c_str(), R_OK | W_OK) != 0);
}

bool is_stale(kickmsg::RegionReport const& report)
{
    return has_error(report, kickmsg::ErrorCode::WrongVersion);
}

bool is_damaged(kickmsg::RegionReport const& report)
{
    return has_error(report, kickmsg::ErrorCode::Corrupt) || has_error(report, kickmsg::ErrorCode::NotReady);
}

bool is_left(kickmsg::RegionReport const& report)
{
    return !report.region.error && living(report.region) == 0;
}

bool has_dead(kickmsg::RegionReport const& report)
{
    return !report.region.error && dead(report.region) != 0;
}

} // namespace

std::vector<Checkup> check_machine(Reports const& regions, std::string const& root)
{
    return {
        check_size(regions),
        check_mount(),
        check_limit("RLIMIT_NOFILE", RLIMIT_NOFILE, static_cast<double>(regions.size()) + 64,
                    "ulimit -n: a region takes a descriptor"),
        check_limit("RLIMIT_FSIZE", RLIMIT_FSIZE, largest(regions), "ulimit -f unlimited: a region is a file"),
        check_limit("RLIMIT_AS", RLIMIT_AS, 4 * total(regions), "ulimit -v unlimited: regions are mapped whole"),
        check_groups(largest_of(regions), root),
        check_logind(root),
        check_kernel(),
        check_proc(),
        check_waiting(),
        check_regions("permissions", regions, Checkup::Warning, "that this user cannot join",
                      "run as their owner, or set Config::mode where they are made", is_shut),
        check_regions("layout versions", regions, Checkup::Warning, "of another version of the library",
                      "when their users have ended: kickmsg unlink REGION", is_stale),
        check_regions("damaged", regions, Checkup::Warning, "damaged or half made",
                      "when nobody uses them: kickmsg unlink REGION", is_damaged),
        check_regions("the dead", regions, Checkup::Warning, "with participants that died", "kickmsg recover --all",
                      has_dead),
        check_regions("left over", regions, Checkup::Warning, "that nobody alive uses",
                      "kickmsg prune --dry-run, then --prefix or --all", is_left),
    };
}

} // namespace kickmsg_tools
