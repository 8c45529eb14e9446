/// The memory limits of control groups: found in trees of both versions, an error with both numbers before the kernel would kill.
#include "os/linux/MemoryLimit.h"
#include "remedy.h"
#include "support.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace kickmsg_test;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::channel::Config;
using kickmsg::os::MemoryRoom;
using kickmsg::os::too_little_memory;

namespace {

/// A folder that stands for the root of a file system; removed at the end.
class Tree {
public:
    Tree()
    {
        char pattern[] = "/tmp/kickmsg_tree_XXXXXX";
        root_          = mkdtemp(pattern);
    }
    Tree(Tree const&)            = delete;
    Tree& operator=(Tree const&) = delete;
    ~Tree()
    {
        std::filesystem::remove_all(root_);
    }
    Tree& file(std::string const& path, std::string const& text)
    {
        std::filesystem::path const full = root_ + path;
        std::filesystem::create_directories(full.parent_path());
        std::ofstream(full) << text;
        return *this;
    }
    /// A group of version 2.
    Tree& group(std::string const& path, std::string const& most, std::string const& current)
    {
        return file("/sys/fs/cgroup" + path + "/memory.max", most + "\n")
            .file("/sys/fs/cgroup" + path + "/memory.current", current + "\n");
    }
    /// A group of version 1.
    Tree& group_1(std::string const& path, std::string const& limit, std::string const& usage)
    {
        return file("/sys/fs/cgroup/memory" + path + "/memory.limit_in_bytes", limit + "\n")
            .file("/sys/fs/cgroup/memory" + path + "/memory.usage_in_bytes", usage + "\n");
    }
    Tree& self(std::string const& text)
    {
        return file("/proc/self/cgroup", text);
    }

    void expect_room(uint64_t needed) const
    {
        auto const found = too_little_memory(needed, root_);
        EXPECT_FALSE(found) << found->bytes << " of " << found->limit << " in " << found->group;
    }
    void expect_too_little(uint64_t needed, uint64_t bytes, uint64_t limit, std::string const& group) const
    {
        auto const found = too_little_memory(needed, root_);
        ASSERT_TRUE(found);
        EXPECT_EQ(found->bytes, bytes);
        EXPECT_EQ(found->limit, limit);
        EXPECT_EQ(found->group, root_ + group);
    }

private:
    std::string root_;
};

char const* const self_1 = "9:name=systemd:/x\n4:memory:/docker/abc\n3:cpu,cpuacct:/y\n0::/z\n";

} // namespace

TEST(MemoryLimit, OfVersionTwoIsWhatItLeaves)
{
    Tree tree;
    tree.self("0::/app\n").group("/app", "1000000", "400000");
    tree.expect_room(600000);
    tree.expect_too_little(600001, 600000, 1000000, "/sys/fs/cgroup/app");
}

TEST(MemoryLimit, OfVersionOneIsWhatItLeaves)
{
    Tree tree;
    tree.self(self_1).group_1("/docker/abc", "1000000", "400000");
    tree.expect_room(600000);
    tree.expect_too_little(600001, 600000, 1000000, "/sys/fs/cgroup/memory/docker/abc");
}

TEST(MemoryLimit, OfAnAncestorCountsToo)
{
    Tree two;
    two.self("0::/a/b/c\n").group("/a/b/c", "max", "1").group("/a/b", "5000", "1000").group("/a", "4000", "1000");
    two.expect_too_little(4500, 3000, 4000, "/sys/fs/cgroup/a");
    two.expect_room(3000);
    Tree one;
    one.self(self_1).group_1("/docker/abc", "9223372036854771712", "1").group_1("/docker", "4000", "1000");
    one.expect_too_little(4500, 3000, 4000, "/sys/fs/cgroup/memory/docker");
    one.expect_room(3000);
}

/// Of a container that sees its own group where the root of all groups should be, under a path that only the host has.
TEST(MemoryLimit, OfTheMountItselfCountsWhereThePathIsTheHosts)
{
    Tree two;
    two.self("0::/\n").group("", "4000", "1000");
    two.expect_too_little(3001, 3000, 4000, "/sys/fs/cgroup");
    Tree one;
    one.self(self_1).group_1("", "4000", "1000");
    one.expect_too_little(3001, 3000, 4000, "/sys/fs/cgroup/memory");
    Tree outside;
    outside.self("0::/../../other\n").group("", "4000", "1000");
    outside.expect_too_little(3001, 3000, 4000, "/sys/fs/cgroup");
}

TEST(MemoryLimit, ThatIsExceededAlreadyLeavesNothing)
{
    Tree tree;
    tree.self("0::/app\n").group("/app", "1000", "2000");
    tree.expect_too_little(1, 0, 1000, "/sys/fs/cgroup/app");
}

/// Pages of files that the group has read fill it up to its limit in an hour; the kernel gives them up for the asking.
TEST(MemoryLimit, CountsTheCacheOfFilesAsFree)
{
    Tree two;
    two.self("0::/app\n").group("/app", "10000", "9000");
    two.file("/sys/fs/cgroup/app/memory.stat",
             "anon 1\nfile 7000\ninactive_anon 2500\nactive_file 1000\ninactive_file 4000\n");
    two.expect_room(6000);
    two.expect_too_little(6001, 6000, 10000, "/sys/fs/cgroup/app");
    Tree one;
    one.self(self_1).group_1("/docker/abc", "10000", "9000");
    one.file("/sys/fs/cgroup/memory/docker/abc/memory.stat",
             "inactive_file 7\ntotal_inactive_file 4000\ntotal_active_file 1000\n");
    one.expect_too_little(6001, 6000, 10000, "/sys/fs/cgroup/memory/docker/abc");
}

TEST(MemoryLimit, CountsSwapAsFarAsTheGroupMayUseIt)
{
    Tree tree;
    tree.self("0::/app\n").group("/app", "10000", "9000");
    tree.file("/proc/meminfo", "MemFree: 1 kB\nSwapTotal:      100 kB\nSwapFree:         50 kB\n");
    tree.expect_room(1000 + 51200);
    tree.expect_too_little(1000 + 51201, 1000 + 51200, 10000, "/sys/fs/cgroup/app");
    tree.file("/sys/fs/cgroup/app/memory.swap.max", "3000\n");
    tree.file("/sys/fs/cgroup/app/memory.swap.current", "1000\n");
    tree.expect_too_little(3001, 3000, 10000, "/sys/fs/cgroup/app");
    tree.file("/sys/fs/cgroup/app/memory.swap.current", "3001\n");
    tree.expect_too_little(1001, 1000, 10000, "/sys/fs/cgroup/app");
    tree.file("/sys/fs/cgroup/app/memory.swap.max", "max\n");
    tree.expect_room(1000 + 51200);
}

TEST(MemoryLimit, ThatIsNoneOrCannotBeReadIsNotRefused)
{
    uint64_t const huge = uint64_t{1} << 50;
    Tree().expect_room(huge);
    Tree().self("").expect_room(huge);
    Tree().self("0::/app\n").expect_room(huge);
    Tree().self("0::/app\n").group("/app", "max", "400000").expect_room(huge);
    Tree().self("0::/app\n").file("/sys/fs/cgroup/app/memory.max", "1000\n").expect_room(huge);
    Tree().self("0::/app\n").file("/sys/fs/cgroup/app/memory.max/folder", "1000\n").expect_room(huge);
    Tree().self("0::/app\n").group("/app", "99999999999999999999999999", "1").expect_room(huge);
    for (char const* const number : {"", "-5", "1000x", "x1000", "0x10", "1e3"}) {
        Tree().self("0::/app\n").group("/app", number, "1").expect_room(huge);
        Tree().self("0::/app\n").group("/app", "1000", number).expect_room(huge);
    }
    for (char const* const line : {"garbage", ":", "::", "0:", "0:memory", "\n\n\n", "0:memory:", "9:memoryx:/app\n"}) {
        Tree().self(line).group("/app", "1000", "1").group_1("/app", "1000", "1").expect_room(huge);
    }
    Tree().self(std::string(100000, ':')).group("/app", "1000", "1").expect_room(huge);
}

/// A group of its own with a limit smaller than the region: without the question before, the kernel would kill this child.
TEST(MemoryLimit, OfARealGroupIsAnErrorWithBothNumbersAndNotTheEndOfTheProcess)
{
    Name const        name;
    std::string const group = "/sys/fs/cgroup/memory/kickmsg_test_" + std::to_string(getpid());
    std::error_code   error;
    if (!std::filesystem::create_directory(group, error) ||
        !(std::ofstream(group + "/memory.limit_in_bytes") << (32 << 20) << std::flush)) {
        std::filesystem::remove(group, error);
        GTEST_SKIP() << "no control group with a memory limit can be made here";
    }
    Child     child([&](Child&) {
        if (!(std::ofstream(group + "/cgroup.procs") << getpid() << std::flush)) {
            return 77;
        }
        Config cfg                = small_config();
        cfg.max_payload_size      = 1U << 20;
        Error const       refused = error_of([&] { make(name, cfg); });
        std::string const text    = refused.what();
        EXPECT_EQ(refused.code(), ErrorCode::NoSpace) << text;
        EXPECT_EQ(refused.os_error(), ENOMEM);
        EXPECT_NE(text.find("cannot reserve " + std::to_string(kickmsg::channel::footprint(cfg)) + " bytes"),
                      std::string::npos)
            << text;
        EXPECT_NE(text.find("whose limit is " + std::to_string(32 << 20) + " bytes"), std::string::npos) << text;
        expect_remedy(refused);
        auto const region = make(name); // a smaller one fits
        return testing::Test::HasFailure() ? 1 : 0;
    });
    int const code = child.join();
    while (!std::filesystem::remove(group, error) &&
           error.value() == EBUSY) { // until the kernel has let go of the child
        usleep(1000);
    }
    if (code == 77) {
        GTEST_SKIP() << "no process can be moved to a control group here";
    }
    EXPECT_EQ(code, 0);
}
