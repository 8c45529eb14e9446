/// Programs of C11 alone, two processes at a time: helper_c_peer.c.
#include "support.h"

#include "kickmsg/Discovery.h"

#include <filesystem>
#include <unistd.h>

using namespace kickmsg_test;

namespace {

std::string names()
{
    return prefix() + "_c";
}

/// Starts the program in `role`. It ends with 98 where it cannot be started.
std::function<int(Child&)> program(char const* role)
{
    return [role, begin = names()](Child&) { // of this process: a child would have a prefix of its own
        auto const path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "kickmsg_c_peer";
        execl(path.c_str(), path.c_str(), begin.c_str(), role, nullptr);
        return 98;
    };
}

/// The one that is named first ends by itself when the other one fails.
void meet(char const* one, char const* other)
{
    Child     first(program(one));
    Child     second(program(other));
    int const code = first.join();
    EXPECT_EQ(code, 0) << one;
    if (code != 0) {
        second.kill(); // it may wait for ever
        return;
    }
    EXPECT_EQ(second.join(), 0) << other;
    EXPECT_TRUE(kickmsg::list(names()).empty()) << "a region is left";
}

} // namespace

TEST(CProcesses, EachMessageOfAPublisherArrivesOnceCopiedOrInPlace)
{
    meet("publish", "subscribe");
}

TEST(CProcesses, ACallIsAnsweredRefusedCancelledOrOneOfManyThatAreOut)
{
    meet("call", "serve");
}

TEST(CProcesses, AWaitSetReportsTheSubscriberOfEachTopicAndAWake)
{
    meet("watch", "feed");
}
