/// Whether a region goes into this process's core dumps: the kernel's own flags of the mapping.
#include "emulator.h"
#include "support.h"

#include <fstream>
#include <sstream>
#include <string>
#include <sys/stat.h>

using namespace kickmsg_test;
using kickmsg::SharedRegion;

namespace {

/// The flags of the largest mapping of the region's file, as /proc/self/smaps shows them; empty when there is none.
std::string flags_of(std::string const& name)
{
    struct stat status {};
    EXPECT_EQ(stat(("/dev/shm" + name).c_str(), &status), 0);
    std::ifstream smaps("/proc/self/smaps");
    std::string   line, found, rights, offset, device;
    bool          is_it   = false;
    std::size_t   largest = 0;
    while (std::getline(smaps, line)) {
        std::istringstream words(line);
        std::size_t        from = 0, to = 0;
        ino_t              inode = 0;
        char               dash  = 0;
        if (words >> std::hex >> from >> dash >> to && dash == '-') {
            words >> rights >> offset >> device >> std::dec >> inode;
            is_it   = inode == status.st_ino && to - from > largest;
            largest = is_it ? to - from : largest;
        } else if (is_it && line.rfind("VmFlags:", 0) == 0) {
            found = line + " ";
        }
    }
    return found;
}

bool is_left_out(std::string const& name)
{
    std::string const flags = flags_of(name);
    EXPECT_NE(flags, "") << "no mapping of " << name;
    return flags.find(" dd ") != std::string::npos;
}

/// The process's choice, as it was before at the end.
struct Choice {
    explicit Choice(bool included)
    {
        kickmsg::set_core_dumps(included);
    }
    ~Choice()
    {
        kickmsg::set_core_dumps(true);
    }
};

} // namespace

TEST(CoreDump, HasTheRegionsOfAProcessUnlessItChoosesOtherwise)
{
    Name const name;
    auto const region = make(name);
    if (flags_of(name).empty()) {
        GTEST_SKIP() << "the kernel shows no flags of mappings here (an emulator's /proc)";
    }
    EXPECT_FALSE(is_left_out(name));
}

TEST(CoreDump, LeavesOutRegionsThatAreMappedAfterTheChoice)
{
    if (is_emulated()) {
        GTEST_SKIP() << "an emulator takes the advice and does nothing";
    }
    Name const name;
    Name const later("later");
    auto const region = make(name);
    if (flags_of(name).empty()) {
        GTEST_SKIP() << "the kernel shows no flags of mappings here (an emulator's /proc)";
    }
    {
        Choice const without(false);
        auto const   made = make(later);
        EXPECT_TRUE(is_left_out(later));
        EXPECT_FALSE(is_left_out(name)) << "a mapping that was there before";
    }
    auto const again = SharedRegion::open(later);
    EXPECT_FALSE(is_left_out(later));
}
