#include "MemoryLimit.h"

#include "OpenAboveStandard.h"

namespace kickmsg {
namespace os {

namespace {

/// What the two versions of control groups call the same things.
struct Files {
    char const* limit;
    char const* usage;
    char const* swap_limit;
    char const* swap_usage;
    char const* inactive;
    char const* active;
};

constexpr Files version_2{"/memory.max",          "/memory.current", "/memory.swap.max",
                          "/memory.swap.current", "inactive_file ",  "active_file "};
constexpr Files version_1{"/memory.limit_in_bytes",       "/memory.usage_in_bytes", "/memory.memsw.limit_in_bytes",
                          "/memory.memsw.usage_in_bytes", "total_inactive_file ",   "total_active_file "};

/// Returns: the text of a small file; empty when it cannot be read.
std::string read_text(std::string const& path)
{
    Descriptor const file(open_above_standard(path.c_str(), O_RDONLY));
    std::string      text;
    char             part[4096];
    while (file.get() >= 0 && text.size() < 16 * sizeof(part)) {
        ssize_t const got = read(file.get(), part, sizeof(part));
        if (got <= 0) {
            break;
        }
        text.append(part, static_cast<std::size_t>(got));
    }
    return text;
}

/// The number that `text` begins with; nothing when it is another word, such as "max", or too large to be a limit.
std::optional<uint64_t> number_in(std::string const& text)
{
    uint64_t    value = 0;
    std::size_t i     = 0;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
        if (value > UINT64_MAX / 20) {
            return std::nullopt;
        }
        value = value * 10 + static_cast<uint64_t>(text[i] - '0');
    }
    bool const ended = i == text.size() || text[i] == '\n' || text[i] == ' ';
    return i != 0 && ended ? std::optional<uint64_t>(value) : std::nullopt;
}

/// The number in the line that begins with `key`; 0 when there is none.
uint64_t number_after(std::string const& text, std::string const& key)
{
    std::size_t const line = ("\n" + text).find("\n" + key);
    if (line == std::string::npos) {
        return 0;
    }
    std::size_t const digits = text.find_first_of("0123456789", line + key.size());
    return digits == std::string::npos ? 0 : number_in(text.substr(digits, 20)).value_or(0);
}

/// What the kernel can make room with instead of a kill: unused pages of files, and swap as far as this group may use it.
uint64_t reclaimable(std::string const& group, Files const& files, std::string const& root)
{
    std::string const stat  = read_text(group + "/memory.stat");
    uint64_t const    cache = number_after(stat, files.inactive) + number_after(stat, files.active);
    uint64_t          swap  = number_after(read_text(root + "/proc/meminfo"), "SwapFree:") * 1024;
    auto const        most  = number_in(read_text(group + files.swap_limit));
    if (most) {
        uint64_t const used = number_in(read_text(group + files.swap_usage)).value_or(0);
        uint64_t const left = *most > used ? *most - used : 0;
        swap                = left < swap ? left : swap;
    }
    return cache + swap;
}

/// Returns: what this one group leaves, if that is less than `needed`.
std::optional<MemoryRoom> look_at(std::string const& group, Files const& files, std::string const& root,
                                  uint64_t needed)
{
    auto const limit = number_in(read_text(group + files.limit));
    auto const usage = limit ? number_in(read_text(group + files.usage)) : std::nullopt;
    if (!usage) {
        return std::nullopt;
    }
    uint64_t const left = *limit > *usage ? *limit - *usage : 0;
    if (left >= needed) {
        return std::nullopt;
    }
    uint64_t const room = left + reclaimable(group, files, root);
    return room < needed ? std::optional<MemoryRoom>(MemoryRoom{room, *limit, group}) : std::nullopt;
}

/// Looks at `path` below `mount` and at all above it. A path that is not there belongs to another namespace: the mount itself is
/// then this container's own group.
std::optional<MemoryRoom> look_upwards(std::string const& mount, std::string path, Files const& files,
                                       std::string const& root, uint64_t needed)
{
    std::optional<MemoryRoom> tightest;
    for (;;) {
        path.erase(path.find_last_not_of('/') + 1);
        auto const found = look_at(root + mount + path, files, root, needed);
        if (found && (!tightest || found->bytes < tightest->bytes)) {
            tightest = found;
        }
        if (path.empty()) {
            return tightest;
        }
        path.erase(path.find_last_of('/') == std::string::npos ? 0 : path.find_last_of('/'));
    }
}

/// A line of /proc/self/cgroup: "number:controllers:path", no number other than 0 and no controllers in version 2.
std::optional<MemoryRoom> look_at_line(std::string const& line, std::string const& root, uint64_t needed)
{
    std::size_t const first  = line.find(':');
    std::size_t const second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) {
        return std::nullopt;
    }
    std::string const controllers = line.substr(first + 1, second - first - 1);
    std::string const path        = line.substr(second + 1);
    if (controllers.empty()) {
        return look_upwards("/sys/fs/cgroup", path, version_2, root, needed);
    }
    bool const has_memory = ("," + controllers + ",").find(",memory,") != std::string::npos;
    return has_memory ? look_upwards("/sys/fs/cgroup/memory", path, version_1, root, needed) : std::nullopt;
}

} // namespace

std::optional<MemoryRoom> too_little_memory(uint64_t needed, std::string const& root)
{
    std::string const         text = read_text(root + "/proc/self/cgroup");
    std::optional<MemoryRoom> tightest;
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t const end   = text.find('\n', begin);
        auto const        found = look_at_line(text.substr(begin, end - begin), root, needed);
        if (found && (!tightest || found->bytes < tightest->bytes)) {
            tightest = found;
        }
        begin = end == std::string::npos ? text.size() : end + 1;
    }
    return tightest;
}

} // namespace os
} // namespace kickmsg
