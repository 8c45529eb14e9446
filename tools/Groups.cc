#include "Groups.h"

#include "Output.h"
#include "os/linux/MemoryLimit.h" // of the library inside

#include <cstdint>

namespace kickmsg_tools {

namespace {

/// Larger ones are how version 1 writes that there is none: the largest number of bytes in whole pages.
constexpr uint64_t no_limit = uint64_t{1} << 60;

/// The file that has the limit.
std::string limit_file(std::string const& group, std::string const& root)
{
    bool const is_first = group.compare(root.size(), 22, "/sys/fs/cgroup/memory/") == 0 ||
                          group.substr(root.size()) == "/sys/fs/cgroup/memory";
    return group + (is_first ? "/memory.limit_in_bytes" : "/memory.max");
}

} // namespace

Checkup check_groups(std::size_t largest, std::string const& root)
{
    constexpr char const* what  = "control group";
    auto const            found = kickmsg::os::too_little_memory(UINT64_MAX, root); // the tightest, whatever it leaves
    if (!found || found->limit >= no_limit) {
        return {what, Checkup::Good, "no memory limit is seen", ""};
    }
    bool const        enough = found->bytes > largest;
    std::string const file   = limit_file(found->group, root);
    return {what, enough ? Checkup::Good : Checkup::Warning,
            bytes_text(static_cast<double>(found->bytes)) + " can be had under the limit of " +
                bytes_text(static_cast<double>(found->limit)) + " in " + file +
                (enough ? "" : ": the largest region would not fit once more"),
            enough
                ? ""
                : "raise " + file.substr(file.rfind('/') + 1) + " (of a container --memory): regions count towards it"};
}

} // namespace kickmsg_tools
