/// Descriptors belong to the whole process: which ones the library holds, and what the rest of the program can do to them.
#include "kickmsg/Node.h"
#include "kickmsg/WaitSet.h"
#include "kickmsg/os/Liveness.h"
#include "os/linux/Native.h"
#include "support.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace kickmsg_test;
using kickmsg::SharedMemory;
using kickmsg::SharedRegion;
using kickmsg::channel::PubSub;

namespace {

std::vector<int> open_descriptors()
{
    std::vector<int> open;
    for (int fd = 0; fd < 1024; ++fd) {
        if (fcntl(fd, F_GETFD) >= 0) {
            open.push_back(fd);
        }
    }
    return open;
}

/// The failures of a child that has no standard output go to where the parent's went.
int verdict_of_a_mute(int former_output)
{
    dup2(former_output, STDOUT_FILENO);
    return testing::Test::HasFailure() ? 1 : 0;
}

/// As a daemon that closed them and put nothing there. Returns: what standard output was.
int close_standard_descriptors()
{
    int const former = fcntl(STDOUT_FILENO, F_DUPFD, 100);
    std::fflush(stdout);
    for (int const fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        close(fd);
    }
    return former;
}

void expect_standard_descriptors_closed()
{
    for (int const fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        EXPECT_EQ(fcntl(fd, F_GETFD), -1) << fd << " is the library's";
    }
}

} // namespace

TEST(Descriptors, ARegionIsNeverStandardOutput)
{
    Name const name;
    Child      child([&](Child&) {
        int const former = close_standard_descriptors();
        {
            auto const created = make(name);
            expect_standard_descriptors_closed();
            auto const         opened = SharedRegion::open(name);
            kickmsg::Publisher publisher(opened);
            expect_standard_descriptors_closed();
            for (int const fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
                EXPECT_LT(write(fd, "temperature 21.5\n", 17), 0);
            }
            auto const again = SharedRegion::open(name);
        }
        return verdict_of_a_mute(former);
    });
    EXPECT_EQ(child.join(), 0);
}

TEST(Descriptors, WhatAnotherThreadPrintsMeanwhileReachesNoRegion)
{
    Name const name;
    Child      child([&](Child&) {
        int const         former = close_standard_descriptors();
        std::atomic<bool> done{false};
        std::atomic<long> written{0};
        std::thread       printer([&] {
            while (!done) {
                for (int const fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
                    written += write(fd, "x", 1) > 0 ? 1 : 0;
                }
            }
        });
        for (int round = 0; round < 500; ++round) {
            auto const          region = make(name);
            kickmsg::Subscriber subscriber(SharedRegion::open(name));
        }
        done = true;
        printer.join();
        EXPECT_EQ(written, 0) << "bytes went through a descriptor of the library";
        return verdict_of_a_mute(former);
    });
    EXPECT_EQ(child.join(), 0);
}

/// As a daemon does whose threads run already. Whatever the other thread does to its descriptors, none of them stays the region.
TEST(Descriptors, StandardDescriptorsThatAnotherThreadClosesMeanwhileAreNotKept)
{
    Name const name;
    Child      child([&](Child&) {
        int const         former = close_standard_descriptors();
        std::atomic<bool> done{false};
        std::thread       daemoniser([&] {
            while (!done) {
                for (int const fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
                    dup2(former, fd);
                    close(fd);
                }
                std::this_thread::sleep_for(
                               std::chrono::microseconds(10)); // without a break no file may be opened at all
            }
        });
        for (int round = 0; round < 1000; ++round) {
            try {
                SharedMemory const memory = SharedMemory::build(name, 4096, 0600);
                EXPECT_GE(memory.native().descriptor, 3);
            } catch (kickmsg::Error const& error) {
                ADD_FAILURE() << error.what();
            }
        }
        done = true;
        daemoniser.join();
        return verdict_of_a_mute(former);
    });
    EXPECT_EQ(child.join(), 0);
}

/// Of the three, each may be closed or not.
TEST(Descriptors, WhicheverStandardDescriptorsAreOpenStayAsTheyAre)
{
    Name const name;
    for (unsigned closed = 0; closed < 8; ++closed) {
        Child child([&](Child&) {
            int const former = fcntl(STDOUT_FILENO, F_DUPFD, 100);
            for (int fd = 0; fd < 3; ++fd) {
                if ((closed & (1U << fd)) != 0) {
                    close(fd);
                } else {
                    dup2(former, fd);
                }
            }
            auto const before = open_descriptors();
            {
                auto const region = make(name);
                EXPECT_EQ(open_descriptors().size(), before.size() + 1);
            }
            EXPECT_EQ(open_descriptors(), before);
            return verdict_of_a_mute(former);
        });
        EXPECT_EQ(child.join(), 0) << "closed: " << closed;
    }
}

TEST(Descriptors, ARegionKeepsOneHandlesAndViewsNone)
{
    Name const        name;
    std::size_t const before = open_descriptors().size();
    {
        auto region = make(name);
        EXPECT_EQ(open_descriptors().size(), before + 1) << "created";
        auto const opened = SharedRegion::open(name);
        EXPECT_EQ(open_descriptors().size(), before + 2) << "opened";
        kickmsg::Publisher  publisher(region);
        kickmsg::Subscriber subscriber(region);
        send(publisher, 1);
        auto const view = subscriber.try_receive_view();
        EXPECT_TRUE(view);
        region.recover();
        EXPECT_EQ(open_descriptors().size(), before + 2) << "handles and views";
    }
    EXPECT_EQ(open_descriptors().size(), before);
}

TEST(Descriptors, TheOneThatARegionKeepsCannotBeWrittenThroughAndIsNotInherited)
{
    Name const   name;
    SharedMemory built = SharedMemory::build(name, 4096, 0600);
    EXPECT_TRUE(built.publish()) << "a read-only descriptor leads to a name, too";
    SharedMemory const opened = SharedMemory::open(name);
    for (SharedMemory const* memory : {&std::as_const(built), &opened}) {
        int const fd = memory->native().descriptor;
        EXPECT_GE(fd, 3);
        EXPECT_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
        EXPECT_EQ(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        EXPECT_LT(write(fd, "x", 1), 0);
        EXPECT_NE(ftruncate(fd, 0), 0);
        EXPECT_TRUE(memory->native().is_mine(fd));
    }
    kickmsg::os::ProofOfLife const proof(built, kickmsg::os::Role::Participant, 7);
    EXPECT_TRUE(kickmsg::os::is_alive(opened, kickmsg::os::Role::Participant, 7)) << "asked through a read-only one";
    EXPECT_FALSE(kickmsg::os::is_alive(opened, kickmsg::os::Role::Participant, 8));
}

TEST(Descriptors, TheHandleOfAWaitSetIsNeverStandardOutput)
{
    Child child([&](Child&) {
        int const former = close_standard_descriptors();
        {
            kickmsg::WaitSet set;
            EXPECT_GT(set.native_handle(), STDERR_FILENO);
            expect_standard_descriptors_closed();
        }
        return verdict_of_a_mute(former);
    });
    EXPECT_EQ(child.join(), 0);
}
