#include "placement.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <vector>

#include <sched.h>
#include <unistd.h>

namespace kickmsg_testkit {

namespace {

std::string topology(int processor, char const* file)
{
    std::ifstream in("/sys/devices/system/cpu/cpu" + std::to_string(processor) + "/" + file);
    std::string   text;
    std::getline(in, text);
    return text;
}

std::vector<int> find_allowed_processors()
{
    std::vector<int> found;
#ifdef __linux__
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof(set), &set) == 0) {
        for (int i = 0; i < CPU_SETSIZE; ++i) {
            if (CPU_ISSET(i, &set)) {
                found.push_back(i);
            }
        }
    }
#else
    for (int i = 0; i < static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)); ++i) {
        found.push_back(i);
    }
#endif
    return found;
}

/// As they were when this was asked first, before anything was pinned.
std::vector<int> const& allowed_processors()
{
    static std::vector<int> const found = find_allowed_processors();
    return found;
}

/// How good `b` is as the peer of `a`: another core before a sibling thread, the same package before another.
int rank_pair(int a, int b)
{
    bool const same_package =
        topology(a, "topology/physical_package_id") == topology(b, "topology/physical_package_id");
    bool const siblings = same_package && !topology(a, "topology/core_id").empty() &&
                          topology(a, "topology/core_id") == topology(b, "topology/core_id");
    return siblings ? 0 : same_package ? 2 : 1;
}

std::string describe_pair(int a, int b)
{
    static char const* const words[] = {"two threads of one core", "separate packages",
                                        "separate cores of one package"};
    std::string              text    = "processors " + std::to_string(a) + " and " + std::to_string(b) + ", ";
    text += topology(a, "topology/core_id").empty() ? "topology unknown" : words[rank_pair(a, b)];
    std::string const l3 = topology(a, "cache/index3/shared_cpu_list");
    if (!l3.empty()) {
        text += l3 == topology(b, "cache/index3/shared_cpu_list") ? ", shared L3" : ", separate L3";
    }
    return text;
}

} // namespace

Placement choose_placement()
{
    Placement              placement;
    std::vector<int> const usable = allowed_processors();
    placement.processors          = std::max(1, static_cast<int>(usable.size()));
    if (usable.size() < 2) {
        placement.first = placement.second = usable.empty() ? 0 : usable[0];
        placement.oversubscribed           = true;
        placement.text                     = "one processor for both processes";
        return placement;
    }
    placement.first  = usable[0];
    placement.second = usable[1];
    for (int candidate : usable) {
        if (candidate != placement.first &&
            rank_pair(placement.first, candidate) > rank_pair(placement.first, placement.second)) {
            placement.second = candidate;
        }
    }
    placement.text = describe_pair(placement.first, placement.second);
    return placement;
}

void pin_to(int processor)
{
#ifdef __linux__
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int const usable : allowed_processors()) {
        if (processor == usable || processor == any_processor) {
            CPU_SET(static_cast<unsigned>(usable), &set);
        }
    }
    if (sched_setaffinity(0, sizeof(set), &set) != 0) {
        throw std::runtime_error(std::string("cannot pin to a processor: ") + std::strerror(errno));
    }
#else
    static_cast<void>(processor); // no pinning here: the placement says so
#endif
}

} // namespace kickmsg_testkit
