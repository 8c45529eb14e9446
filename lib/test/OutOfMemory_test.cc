/// Allocations that fail inside the library: an Error as for every other refusal, never a bare std::bad_alloc.
#include "Guarded.h"
#include "emulator.h"
#include "remedy.h"
#include "support.h"

#include <cerrno>
#include <filesystem>
#include <sys/wait.h>
#include <unistd.h>

using namespace kickmsg_test;
using kickmsg::Error;
using kickmsg::ErrorCode;

TEST(OutOfMemory, IsAnErrorAboutTheObjectAtHand)
{
    Error const error = error_of([] { kickmsg::detail::guarded("/region", []() -> int { throw std::bad_alloc(); }); });
    EXPECT_EQ(error.code(), ErrorCode::LimitReached);
    EXPECT_EQ(error.object(), "/region");
    EXPECT_EQ(error.os_error(), ENOMEM);
    expect_remedy(error);
    EXPECT_EQ(kickmsg::detail::guarded("/region", [] { return 7; }), 7);
}

/// kickmsg_out_of_memory has an operator new of its own, which fails at each place in turn.
TEST(OutOfMemory, AtWhicheverAllocationOfASetUpCallIsAnErrorAndLeavesNothing)
{
    if (is_emulated()) {
        GTEST_SKIP() << "a program of another processor cannot be started by its name";
    }
    auto const  folder  = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    std::string program = folder / "kickmsg_out_of_memory";
    ASSERT_EQ(setenv("KICKMSG_TEST_PREFIX", prefix().c_str(), 1), 0);
    int const status = std::system(program.c_str());
    ASSERT_TRUE(WIFEXITED(status)) << status;
    if (WEXITSTATUS(status) == 77) {
        GTEST_SKIP() << "operator new cannot be replaced here";
    }
    EXPECT_EQ(WEXITSTATUS(status), 0);
}
