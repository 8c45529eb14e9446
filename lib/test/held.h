/// What a process holds of the system on Linux, to see that a call has left nothing.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

namespace kickmsg_test {

inline std::size_t count_lines(char const* path, std::string const& word)
{
    std::ifstream file(path);
    std::size_t   found = 0;
    for (std::string line; std::getline(file, line);) {
        found += line.find(word) != std::string::npos ? 1 : 0;
    }
    return found;
}

/// What this process holds of the system: descriptors, and mappings of shared memory objects.
struct Held {
    std::size_t descriptors = 0, mappings = 0;

    static Held now()
    {
        Held held;
        for (auto const& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
            held.descriptors += entry.path().empty() ? 0 : 1;
        }
        held.mappings = count_lines("/proc/self/maps", "/dev/shm/");
        return held;
    }
    bool operator==(Held const& other) const
    {
        return descriptors == other.descriptors && mappings == other.mappings;
    }
};

} // namespace kickmsg_test
