/// What happens to a name or a descriptor between two system calls of a process that creates, opens, replaces or unlinks a
/// region, chosen: when it is found taken, looked at or asked, before it changes hands, before it is removed.
#include "kickmsg/Node.h"
#include "os/linux/Native.h"
#include "proofs.h"
#include "support.h"
#include "waiting.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

using namespace kickmsg_test;
using kickmsg::ErrorCode;
using kickmsg::SharedMemory;
using kickmsg::SharedRegion;

namespace {

/// Past the C library's functions below.
int rename_file(char const* from, char const* to) noexcept
{
#ifdef SYS_rename
    return static_cast<int>(syscall(SYS_rename, from, to));
#else
    return static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
#endif
}
int remove_file(char const* path) noexcept
{
#ifdef SYS_unlink
    return static_cast<int>(syscall(SYS_unlink, path));
#else
    return static_cast<int>(syscall(SYS_unlinkat, AT_FDCWD, path, 0));
#endif
}

/// Runs once, when a name has been found taken, before anybody looks at what has it.
std::function<void()> when_taken;
/// Runs once, before a replacement takes a name.
std::function<void()> before_rename;
/// Runs once, before a name that is not hidden is removed.
std::function<void()> before_unlink;

/// Pauses of this process: a wait for others shows in them, and not in time.
std::atomic<unsigned> pauses{0};

/// Runs once, when a file has been looked at by its path.
std::function<void()> when_looked_at;

/// Runs once, when the kernel is about to be asked through a descriptor which participants live.
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

extern "C" int rename(char const* from, char const* to) noexcept
{
    if (before_rename) {
        std::exchange(before_rename, nullptr)();
    }
    return rename_file(from, to);
}

extern "C" int unlink(char const* path) noexcept
{
    if (before_unlink && std::string(path).find("/.kickmsg/") == std::string::npos) {
        std::exchange(before_unlink, nullptr)();
    }
    return remove_file(path);
}

extern "C" int nanosleep(timespec const* duration, timespec* left)
{
    ++pauses;
    errno = clock_nanosleep(CLOCK_MONOTONIC, 0, duration, left); // a cancellation point, as the other is
    return errno == 0 ? 0 : -1;
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
        std::string text; ///< without the parentheses that it gets
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

namespace {

/// Removes a name as `rm` does.
void remove_by_hand(std::string const& name)
{
    EXPECT_EQ(remove_file(("/dev/shm" + name).c_str()), 0);
}

/// A child that replaces the region that the dead left, and does `act` before its rename. Its exit code: 0 when it is in a
/// region that has the name, 1 when it is in one that has not, else the error code and 10.
int replacing(std::string const& name, std::function<void()> const& act, uint32_t pool = asked_for)
{
    before_rename = act;
    try {
        return make(name, small_config(pool)).diagnose().unlinked ? 1 : 0;
    } catch (kickmsg::Error const& error) {
        return 10 + static_cast<int>(error.code());
    }
}

/// What others may do beside a replacer that does not move, and what they have got.
struct Other {
    char const*                                                    name;
    std::function<std::optional<SharedRegion>(std::string const&)> act;
};
std::vector<Other> const others{
    {"open", [](std::string const& name) { return SharedRegion::open(name); }},
    {"create", [](std::string const& name) { return make(name); }},
    {"create_or_open",
     [](std::string const& name) {
         return SharedRegion::create_or_open(name, kickmsg::channel::PubSub, small_config());
     }},
    {"create_or_open another",
     [](std::string const& name) {
         return SharedRegion::create_or_open(name, kickmsg::channel::PubSub, small_config(16));
     }},
    {"unlink",
     [](std::string const& name) -> std::optional<SharedRegion> {
         std::size_t const cut = name.rfind('_');
         kickmsg::Node("n", name.substr(1, cut - 1)).unlink_topic(name.substr(cut + 1));
         EXPECT_EQ(error_of([&] { SharedRegion::open(name); }).code(), ErrorCode::NotFound);
         return std::nullopt;
     }},
    {"unlink and create",
     [](std::string const& name) {
         EXPECT_TRUE(SharedMemory::unlink(name));
         return make(name);
     }},
    {"remove by hand and create",
     [](std::string const& name) {
         remove_by_hand(name);
         return make(name);
     }},
};

} // namespace

TEST(BetweenCalls, AReplacerStoppedBeforeItsRenameDelaysNobodyAndRobsNobodyLater)
{
    for (Other const& other : others) {
        Name const name;
        make(name);
        Child replacer([&](Child&) { return replacing(name, [] { raise(SIGSTOP); }); });
        int   status = 0;
        ASSERT_EQ(waitpid(replacer.pid(), &status, WUNTRACED), replacer.pid());
        ASSERT_TRUE(WIFSTOPPED(status)) << other.name;

        unsigned const before = pauses;
        auto           region = other.act(name);
        EXPECT_LE(pauses - before, 4U) << other.name << " waited for a process that is stopped";
        EXPECT_TRUE(waiting_files(name).empty()) << other.name;
        EXPECT_FALSE(region && region->diagnose().unlinked) << other.name;
        EXPECT_EQ(kill(replacer.pid(), SIGCONT), 0);
        int const ended = replacer.join();
        EXPECT_EQ(ended, region ? 10 + static_cast<int>(ErrorCode::InUse) : 0) << other.name;
        EXPECT_FALSE(region && region->diagnose().unlinked) << other.name << " was robbed of its name";
        EXPECT_TRUE(waiting_files(name).empty()) << other.name;
    }
}

TEST(BetweenCalls, WhatAReplacerKilledBeforeItsRenameLeavesIsReportedAndClearedByTheNext)
{
    for (Other const& other : others) {
        Name const name;
        make(name);
        Child replacer([&](Child&) { return replacing(name, [] { raise(SIGKILL); }); });
        EXPECT_EQ(replacer.join(), -SIGKILL);
        EXPECT_EQ(waiting_files(name).size(), 1U) << "what this test is about";
        auto const region = other.act(name);
        EXPECT_TRUE(waiting_files(name).empty()) << other.name;
        EXPECT_EQ(region ? region->diagnose().leftover_files : 0U, 0U) << other.name;
    }
}

TEST(BetweenCalls, DiagnoseCountsTheFilesOfDeadReplacersOnly)
{
    Name const name;
    make(name);
    auto const held = SharedMemory::open(name);
    Child      dead([&](Child&) { return replacing(name, [] { raise(SIGKILL); }); });
    EXPECT_EQ(dead.join(), -SIGKILL);
    auto const dead_file = waiting_files(name);
    ASSERT_EQ(dead_file.size(), 1U);
    std::string const aside = dead_file.front() + "-aside";
    ASSERT_EQ(rename_file(dead_file.front().c_str(), "/dev/shm/kickmsg-aside"), 0);

    Child living([&](Child&) { return replacing(name, [] { raise(SIGSTOP); }); });
    int   status = 0;
    ASSERT_EQ(waitpid(living.pid(), &status, WUNTRACED), living.pid());
    ASSERT_EQ(rename_file("/dev/shm/kickmsg-aside", aside.c_str()), 0);
    EXPECT_EQ(waiting_files(name).size(), 2U);
    EXPECT_EQ(held.count_abandoned(), 1U) << "the other one waits for a process that lives";
    living.kill();
    EXPECT_EQ(held.count_abandoned(), 2U);
    auto const region = SharedRegion::open(name);
    EXPECT_EQ(region.diagnose().leftover_files, 0U) << "cleared by opening";
    EXPECT_TRUE(waiting_files(name).empty());
    std::ofstream(aside) << "left by a replacer that died after that";
    EXPECT_EQ(region.diagnose().leftover_files, 1U);
    SharedRegion::open(name);
    EXPECT_EQ(region.diagnose().leftover_files, 0U);
}

TEST(BetweenCalls, ANameTakenAwayByHandBeforeTheRenameIsNotTakenFromWhoeverHasItThen)
{
    for (bool const by_hand : {true, false}) {
        Name const                  name;
        std::optional<SharedRegion> next;
        make(name);
        int const ended = replacing(name, [&] {
            by_hand ? remove_by_hand(name) : static_cast<void>(SharedMemory::unlink(name));
            next.emplace(make(name));
        });
        EXPECT_EQ(ended, 10 + static_cast<int>(ErrorCode::InUse));
        EXPECT_FALSE(next->diagnose().unlinked);
    }
}

TEST(BetweenCalls, OfTwoUnlinksOfOneRegionTheSlowerDoesNotRemoveTheNextOnesName)
{
    Name const                  name;
    auto                        slow = make(name);
    auto                        fast = SharedRegion::open(name);
    std::optional<SharedRegion> next;
    before_unlink = [&] { // the slow one has looked, and is about to remove
        fast.unlink();
        try {
            next.emplace(make(name));
        } catch (kickmsg::Error const& error) {
            EXPECT_EQ(error.code(), ErrorCode::InUse) << error.what();
        }
    };
    slow.unlink();
    EXPECT_FALSE(before_unlink);
    EXPECT_TRUE(slow.diagnose().unlinked);
    if (!next) {
        next.emplace(make(name));
    }
    EXPECT_FALSE(next->diagnose().unlinked) << "another region's name was removed";
    fast.unlink();
    slow.unlink();
    EXPECT_FALSE(next->diagnose().unlinked);
}

TEST(BetweenCalls, AnUnlinkerThatIsStoppedOrKilledLeavesItsRightOnlyWhenItIsDead)
{
    Name const name;
    auto       region = make(name);
    Child      unlinker([&](Child&) {
        auto mine     = SharedRegion::open(name);
        before_unlink = [] { raise(SIGSTOP); };
        mine.unlink();
        return 0;
    });
    int        status = 0;
    ASSERT_EQ(waitpid(unlinker.pid(), &status, WUNTRACED), unlinker.pid());
    region.unlink();
    EXPECT_FALSE(region.diagnose().unlinked) << "it is the stopped one's to remove, whenever it continues";
    unlinker.kill();
    region.unlink();
    EXPECT_TRUE(region.diagnose().unlinked);
    auto const next = make(name);
    region.unlink();
    EXPECT_FALSE(next.diagnose().unlinked);
}

TEST(BetweenCalls, ATopicThatIsUnlinkedTwiceAtOnceIsRemovedOnce)
{
    Name const                  name;
    std::string const           prefix = name.str().substr(1);
    kickmsg::Node               node("n", prefix);
    std::string const           region = node.topic_region("t");
    std::optional<SharedRegion> next;
    make(region);
    before_unlink = [&] {
        node.unlink_topic("t");
        try {
            next.emplace(make(region));
        } catch (kickmsg::Error const& error) {
            EXPECT_EQ(error.code(), ErrorCode::InUse) << error.what();
        }
    };
    node.unlink_topic("t");
    EXPECT_FALSE(before_unlink);
    EXPECT_FALSE(next && next->diagnose().unlinked);
    next.reset();
    SharedMemory::unlink(region);
}
