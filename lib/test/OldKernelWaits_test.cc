/// Kernels and containers that do not know futex_waitv, or refuse it.
#include "os/WaitHooks.h"
#include "refuse_calls.h"
#include "support.h"

#include <cerrno>
#include <sys/syscall.h>

using namespace kickmsg_test;

TEST(OldKernelWaits, AKernelThatDoesNotKnowTheCallAndAFilterThatRefusesItSleepOnOneWord)
{
    for (int const error : {ENOSYS, EPERM, EACCES}) {
        Child     child([&](Child&) {
            if (!refuse({449, 0, 0, 0}, error)) {
                return not_permitted;
            }
            return static_cast<int>(kickmsg::os::ask_most_words());
        });
        int const most = child.join();
        if (most == not_permitted) {
            GTEST_SKIP() << "no filter of system calls here";
        }
        EXPECT_EQ(most, 1) << error;
    }
}
