/// Which way the bytes of a peer take, by what its process has that it had not before: mappings shared with others,
/// descriptors, and traffic on the loopback interface. No tracing, so the measurement is not disturbed.
#include "peer.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#ifdef __linux__
#include <dirent.h>
#include <sys/vfs.h>
#include <unistd.h>
#endif

namespace kickmsg {
namespace bench {
namespace {

#ifdef __linux__
constexpr long mqueue_magic = 0x19800202; // linux/magic.h has no name for it: ipc/mqueue.c, MQUEUE_MAGIC

/// Of IP and UDP, in front of every payload that a library sends itself: less than that a message is its housekeeping.
constexpr std::size_t datagram_header = 28;

/// The lines of /proc/self/maps whose pages are shared and writable by somebody: "rw-s", "r--s".
std::vector<std::string> shared_mappings()
{
    std::vector<std::string> found;
    std::ifstream            in("/proc/self/maps");
    for (std::string line; std::getline(in, line);) {
        auto const space = line.find(' ');
        bool const file  = line.find(" /usr/") != std::string::npos; // tables of libraries, not messages
        if (space != std::string::npos && line.size() > space + 5 && line[space + 4] == 's' && !file) {
            found.push_back(line);
        }
    }
    return found;
}

std::size_t bytes_of(std::string const& mapping)
{
    auto const dash = mapping.find('-');
    return std::stoull(mapping.substr(dash + 1), nullptr, 16) - std::stoull(mapping.substr(0, dash), nullptr, 16);
}

std::vector<int> open_descriptors()
{
    std::vector<int> found;
    DIR* const       folder = opendir("/proc/self/fd");
    while (dirent const* const entry = folder == nullptr ? nullptr : readdir(folder)) {
        if (entry->d_name[0] != '.' && std::atoi(entry->d_name) != dirfd(folder)) {
            found.push_back(std::atoi(entry->d_name));
        }
    }
    if (folder != nullptr) {
        closedir(folder);
    }
    return found;
}

std::string kind_of(int fd)
{
    char              target[256];
    ssize_t const     length = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target, sizeof(target) - 1);
    std::string const text(target, length > 0 ? static_cast<std::size_t>(length) : 0);
    struct statfs     system = {};
    if (fstatfs(fd, &system) == 0 && static_cast<long>(system.f_type) == mqueue_magic) {
        return "message queue";
    }
    return text.compare(0, 7, "socket:") == 0 ? "socket" : text.compare(0, 5, "pipe:") == 0 ? "pipe" : "other";
}

/// Bytes received over the loopback interface so far, by everybody.
uint64_t loopback_bytes()
{
    std::ifstream in("/sys/class/net/lo/statistics/rx_bytes");
    uint64_t      bytes = 0;
    in >> bytes;
    return bytes;
}
#endif

} // namespace

#ifdef __linux__
TransportWatch::TransportWatch()
    : mappings_(shared_mappings()), descriptors_(open_descriptors()), loopback_bytes_(loopback_bytes())
{
}

void TransportWatch::opened()
{
    loopback_bytes_ = loopback_bytes();
}

Transport TransportWatch::seen(std::size_t size, uint64_t messages) const
{
    uint64_t const             loopback = loopback_bytes() - loopback_bytes_;
    std::size_t                shared   = 0;
    std::map<std::string, int> kinds;
    for (std::string const& mapping : shared_mappings()) {
        bool const before = std::find(mappings_.begin(), mappings_.end(), mapping) != mappings_.end();
        shared += before ? 0 : bytes_of(mapping);
    }
    for (int const fd : open_descriptors()) {
        if (std::find(descriptors_.begin(), descriptors_.end(), fd) == descriptors_.end()) {
            ++kinds[kind_of(fd)];
        }
    }
    double const       each = static_cast<double>(loopback) / static_cast<double>(std::max<uint64_t>(messages, 1));
    std::ostringstream text;
    text << "new in the process: " << shared / 1024 << " KiB of shared mappings, " << kinds["socket"] << " sockets, "
         << kinds["pipe"] << " pipe ends, " << kinds["message queue"] << " message queues; loopback "
         << static_cast<uint64_t>(each) << " bytes a message";
    Transport transport;
    transport.checked = text.str();
    // a payload that went over the loopback interface was counted there, whatever else the process has mapped
    transport.what = each >= static_cast<double>(size + datagram_header) && kinds["socket"] > 0 ? "socket"
                     : shared >= size                                                           ? "shared memory"
                     : kinds["message queue"] > 0                                               ? "kernel queue"
                     : kinds["socket"] > 0                                                      ? "socket"
                     : kinds["pipe"] > 0                                                        ? "pipe"
                                                                                                : "unknown";
    return transport;
}
#else
TransportWatch::TransportWatch() : loopback_bytes_(0) {}

void TransportWatch::opened() {}

Transport TransportWatch::seen(std::size_t, uint64_t) const
{
    return {"not checked", "there is no /proc here"};
}
#endif

} // namespace bench
} // namespace kickmsg
