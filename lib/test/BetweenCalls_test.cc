/// What happens to a name between two system calls of who creates a region, chosen: at the moment it is found taken.
#include "os/linux/Native.h"
#include "proofs.h"
#include "support.h"

#include <cerrno>
#include <cstdarg>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

using namespace kickmsg_test;
using kickmsg::ErrorCode;
using kickmsg::SharedMemory;
using kickmsg::SharedRegion;

namespace {

/// Runs once, when a name has been found taken, before anybody looks at what has it.
std::function<void()> when_taken;

/// Runs once, when a file has been looked at by its path.
std::function<void()> when_looked_at;

/// Runs once, when the kernel is about to be asked through a descriptor who lives.
std::function<void(int)> when_asked;

constexpr uint32_t asked_for = 32;

/// Both ways to come to a region of this size where the dead left one of another.
std::vector<std::function<SharedRegion(std::string const&)>> const creations{
    [](std::string const& name) { return make(name, small_config(asked_for)); },
    [](std::string const& name) {
        return SharedRegion::create_or_open(name, kickmsg::channel::PubSub, small_config(asked_for));
    },
};

} // namespace

/// In place of the C library's: the same system call.
extern "C" int linkat(int from, char const* old_path, int to, char const* new_path, int flags) noexcept
{
    auto const answer = static_cast<int>(syscall(SYS_linkat, from, old_path, to, new_path, flags));
    if (answer != 0 && errno == EEXIST && when_taken) {
        std::exchange(when_taken, nullptr)();
        errno = EEXIST;
    }
    return answer;
}

/// In place of the C library's: the same system call.
extern "C" int fcntl(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    void* const argument = va_arg(arguments, void*);
    va_end(arguments);
    if (command == F_OFD_GETLK && when_asked) {
        std::exchange(when_asked, nullptr)(fd);
    }
    return static_cast<int>(syscall(SYS_fcntl, fd, command, argument));
}

/// In place of the C library's: the same system call.
extern "C" int stat(char const* path, struct stat* status) noexcept
{
    auto const answer = static_cast<int>(syscall(SYS_newfstatat, AT_FDCWD, path, status, 0));
    if (answer == 0 && when_looked_at) {
        std::exchange(when_looked_at, nullptr)();
    }
    return answer;
}

TEST(BetweenCalls, ANameThatChangesHandsBeforeItIsOpenedIsNoWayToTheRegion)
{
    Object     object;
    auto const change = [&] {
        EXPECT_TRUE(SharedMemory::unlink(object.name));
        std::ofstream("/dev/shm" + object.name.str()) << "foreign";
    };
    Child child([&](Child&) {
        close(object.memory.native().descriptor); // no other way is left
        when_looked_at = change;
        auto const error =
            error_of([&] { kickmsg::os::ProofOfLife const proof(object.memory, kickmsg::os::Role::Participant, 5); });
        EXPECT_FALSE(when_looked_at) << "nobody looked";
        EXPECT_NE(std::string(error.what()).find(": another file"), std::string::npos) << error.what();
        EXPECT_TRUE(lives(object.memory, 6)) << "a doubt";
        return testing::Test::HasFailure() ? 1 : 0;
    });
    EXPECT_EQ(child.join(), 0);
}

TEST(BetweenCalls, ADescriptorWhoseNumberBecomesAnotherFilesIsNoProofOfDeath)
{
    Object                         object;
    kickmsg::os::ProofOfLife const proof(object.memory, kickmsg::os::Role::Participant, 5);
    int const                      stranger = memfd_create("stranger", MFD_CLOEXEC);
    int                            taken    = -1;
    int                            kept     = -1;
    when_asked                              = [&](int fd) {
        taken = fd;
        kept  = dup(fd);
        EXPECT_EQ(dup2(stranger, fd), fd);
    };
    EXPECT_TRUE(lives(object.memory, 5));
    EXPECT_GE(taken, 0) << "nobody asked";
    EXPECT_TRUE(lives(object.memory, 5)) << "asked through the name";
    EXPECT_FALSE(lives(object.memory, 6));
    EXPECT_EQ(dup2(kept, taken), taken);
    close(kept);
    close(stranger);
    EXPECT_TRUE(lives(object.memory, 5));
}

TEST(BetweenCalls, ANameThatIsUnlinkedBeforeItIsReplacedIsTaken)
{
    for (auto const& create : creations) {
        Name const name;
        make(name);
        when_taken        = [&] { EXPECT_TRUE(SharedMemory::unlink(name)); };
        auto const region = create(name);
        EXPECT_FALSE(when_taken) << "the name was never found taken";
        EXPECT_EQ(region.info().pool_size, asked_for);
        EXPECT_FALSE(region.diagnose().unlinked);
    }
}

TEST(BetweenCalls, WhatIsNoRegionAndComesToTheNameMeanwhileIsAnErrorAndStays)
{
    for (auto const& create : creations) {
        Name const        name;
        std::string const path = "/dev/shm" + name.str();
        make(name);
        when_taken = [&] {
            EXPECT_TRUE(SharedMemory::unlink(name));
            std::ofstream(path) << "foreign";
        };
        auto const error = error_of([&] { create(name); });
        EXPECT_FALSE(when_taken) << "the name was never found taken";
        EXPECT_EQ(error.code(), ErrorCode::Corrupt) << error.what();
        std::string text;
        std::ifstream(path) >> text;
        EXPECT_EQ(text, "foreign");
    }
}

TEST(BetweenCalls, ARegionInUseThatComesToTheNameMeanwhileIsNotReplaced)
{
    Name const                  name;
    std::optional<SharedRegion> other;
    auto const                  come = [&] {
        EXPECT_TRUE(SharedMemory::unlink(name));
        other.emplace(make(name, small_config(asked_for)));
    };
    make(name);
    when_taken = come;
    EXPECT_EQ(error_of([&] { creations[0](name); }).code(), ErrorCode::InUse);
    EXPECT_FALSE(other->diagnose().unlinked);

    other.reset();
    SharedMemory::unlink(name);
    make(name);
    when_taken        = come;
    auto const joined = creations[1](name);
    EXPECT_FALSE(other->diagnose().unlinked);
    EXPECT_EQ(joined.stats().participants.size(), 2U) << "it fits: both are in it";
}
