/// The files in which replacements of a region wait for its name, found by the hash of the name.
#pragma once

#include "kickmsg/Hash.h"
#include "kickmsg/os/SharedMemory.h"

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace kickmsg_test {

constexpr char const* waiting_folder = "/dev/shm/.kickmsg";

inline std::string waiting_stem(std::string const& name)
{
    char digits[24];
    std::snprintf(digits, sizeof(digits), "%016llx",
                  static_cast<unsigned long long>(kickmsg::hash::fnv1a_64(kickmsg::SharedMemory::checked_name(name))));
    return digits;
}

inline std::vector<std::string> waiting_files(std::string const& name)
{
    std::vector<std::string> found;
    std::error_code          none_yet;
    for (auto const& entry : std::filesystem::directory_iterator(waiting_folder, none_yet)) {
        if (entry.path().filename().string().rfind(waiting_stem(name), 0) == 0) {
            found.push_back(entry.path().string());
        }
    }
    return found;
}

} // namespace kickmsg_test
