#include "Processes.h"

#include "Output.h"

#include <cstdlib>
#include <dirent.h>
#include <fstream>
#include <sys/stat.h>

namespace kickmsg_tools {

namespace {

std::string line_of(std::string const& path)
{
    std::ifstream file(path);
    std::string   line;
    std::getline(file, line);
    return line;
}

/// Every process that maps a region keeps a descriptor of its file. Returns: false also where that may not be seen.
bool has_open(uint64_t pid, std::string const& region)
{
    struct stat wanted {};
    if (stat(("/dev/shm" + region).c_str(), &wanted) != 0) {
        return false;
    }
    std::string const folder = "/proc/" + std::to_string(pid) + "/fd";
    DIR* const        open   = opendir(folder.c_str());
    bool              found  = false;
    while (open != nullptr && !found) {
        dirent const* const entry = readdir(open);
        if (entry == nullptr) {
            break;
        }
        struct stat one {};
        found = stat((folder + "/" + entry->d_name).c_str(), &one) == 0 && one.st_dev == wanted.st_dev &&
                one.st_ino == wanted.st_ino;
    }
    if (open != nullptr) {
        closedir(open);
    }
    return found;
}

} // namespace

Process look_up(uint64_t pid, std::string const& region)
{
    Process           process;
    std::string const name = line_of("/proc/" + std::to_string(pid) + "/comm");
    process.command        = name.empty() ? "?" : printable(name);
    std::string const stat = line_of("/proc/" + std::to_string(pid) + "/stat");
    std::size_t const end  = stat.rfind(')'); // of the name, which may hold anything
    if (end != std::string::npos && end + 2 < stat.size()) {
        process.state = stat[end + 2];
    }
    process.verified = has_open(pid, region);
    return process;
}

std::string process_text(uint64_t pid, std::string const& region, bool alive)
{
    if (!alive) {
        return "dead";
    }
    Process const     process = look_up(pid, region);
    std::string const name    = process.command == "?" || process.verified ? process.command : process.command + "?";
    bool const        stopped = process.state == 'T' || process.state == 't';
    return stopped ? name + ", stopped" : name;
}

} // namespace kickmsg_tools
