/// Memory limits that answer with a kill instead of an errno: those of control groups.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace kickmsg {
namespace os {

struct MemoryRoom {
    uint64_t    bytes = 0; ///< that can be had: what the limit leaves, what the kernel would give up or swap out for it
    uint64_t    limit = 0;
    std::string group; ///< folder of the control group whose limit it is
};

/// The tightest memory limit of this process's control groups, if it leaves less than `needed` bytes. Nothing where there is room,
/// no limit, or none that can be read: unknown is not refused.
/// `root`: stands before /proc and /sys/fs/cgroup. A seam for the tests.
std::optional<MemoryRoom> too_little_memory(uint64_t needed, std::string const& root = "");

} // namespace os
} // namespace kickmsg
