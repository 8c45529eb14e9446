/// The ways from a descriptor back to its own file: each is taken away in turn.
#include "support.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace kickmsg_test;
using kickmsg::ErrorCode;
using kickmsg::Publisher;
using kickmsg::SharedMemory;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;

namespace {

constexpr int   not_permitted = 77;
constexpr uid_t nobody        = 65534;

bool leads_somewhere(char const* path)
{
    int const fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

/// From here on this process sees no /proc. Returns: false where that may not be asked for.
bool lose_proc()
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
        return false;
    }
    while (umount2("/proc", MNT_DETACH) == 0) {
    }
    return !leads_somewhere("/proc/self/stat");
}

void expect_words(kickmsg::Error const& error, std::vector<std::string> const& words)
{
    for (auto const& word : words) {
        EXPECT_NE(std::string(error.what()).find(word), std::string::npos)
            << "no '" << word << "' in: " << error.what();
    }
}

/// A child that runs `body`, which returns false where it may not do what it wants.
void in_a_child(std::function<bool()> const& body, char const* needs)
{
    Child     child([&](Child&) {
        bool const permitted = body();
        return testing::Test::HasFailure() ? 1 : permitted ? 0 : not_permitted;
    });
    int const verdict = child.join();
    if (verdict == not_permitted) {
        GTEST_SKIP() << "not permitted here: " << needs;
    }
    EXPECT_EQ(verdict, 0);
}

/// Opens, joins and creates; on an open region and from the beginning.
void use_all(SharedRegion const& region, std::string const& name, std::string const& other)
{
    Publisher  publisher(region);
    Subscriber subscriber(region);
    send(publisher, 1);
    EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{1});
    auto      again = SharedRegion::open(name);
    Publisher second(again);
    EXPECT_EQ(again.diagnose().dead_participants, 0U);
    auto created = make(other);
    created.unlink();
}

struct LateWork {
    SharedRegion* region;
    std::string   name, other;
};

/// Works when the main thread of its process has ended, and ends the process.
void* outlive_main(void* argument)
{
    auto const&       work = *static_cast<LateWork*>(argument);
    std::string const mine = "/proc/self/fd/" + std::to_string(dup(STDERR_FILENO));
    while (access(mine.c_str(), F_OK) == 0) {
    }
    try {
        use_all(*work.region, work.name, work.other);
    } catch (std::exception const& error) {
        ADD_FAILURE() << error.what();
    }
    _exit(testing::Test::HasFailure() ? 1 : 0);
}

} // namespace

TEST(OwnFile, WhenTheMainThreadHasEndedRegionsAreOpenedJoinedAndCreated)
{
    Name const name, other("other");
    Child      child([&](Child&) {
        auto      region = make(name);
        LateWork  work{&region, name, other};
        pthread_t worker;
        if (pthread_create(&worker, nullptr, outlive_main, &work) == 0) {
            syscall(SYS_exit, 0); // as pthread_exit(), but that it unwinds no frame of the test program
        }
        return 1;
    });
    EXPECT_EQ(child.join(), 0);
}

TEST(OwnFile, WithoutProcARegionIsOpenedAndJoinedByItsName)
{
    Name const name;
    auto       region = make(name);
    in_a_child(
        [&] {
            auto opened = SharedRegion::open(name);
            if (!lose_proc()) {
                return false;
            }
            Publisher  publisher(opened);
            auto const again = SharedRegion::open(name);
            Subscriber subscriber(again);
            send(publisher, 1);
            EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{1});
            EXPECT_EQ(again.diagnose().dead_participants, 0U);
            return true;
        },
        "unshare() and umount()");
    EXPECT_EQ(region.recover().participants, 0U);
}

TEST(OwnFile, WithoutProcCreatingSaysEachWayThatWasTried)
{
    Name const name;
    in_a_child(
        [&] {
            if (!lose_proc()) {
                return false;
            }
            auto const error = error_of([&] { make(name); });
            EXPECT_EQ(error.code(), ErrorCode::System);
            EXPECT_EQ(error.os_error(), ENOENT);
            expect_words(error, {"/proc/thread-self/fd/", "/proc/self/fd/", "/dev/shm" + name.str(), "mount /proc"});
            return true;
        },
        "unshare() and umount()");
    EXPECT_FALSE(SharedMemory::unlink(name)) << "half a region was left";
}

TEST(OwnFile, WithoutProcAnObjectIsNamedThroughItsDescriptor)
{
    Name const name;
    in_a_child(
        [&] {
            if (!lose_proc()) {
                return false;
            }
            auto memory = SharedMemory::build(name, 4096, 0600); // here: a namespace has mounts of its own
            EXPECT_TRUE(memory.publish());
            EXPECT_TRUE(memory.is_linked());
            auto second = SharedMemory::build(name, 4096, 0600);
            EXPECT_FALSE(second.publish()) << "the name is taken";
            second.arm(memory, 1);
            EXPECT_TRUE(second.replace());
            EXPECT_TRUE(second.is_linked());
            EXPECT_FALSE(memory.is_linked());
            return true;
        },
        "unshare() and umount()");
}

TEST(OwnFile, WithoutProcANameThatAnotherFileHasIsNotTakenForTheRegion)
{
    Name const name;
    in_a_child(
        [&] {
            auto const region = make(name);
            SharedMemory::unlink(name);
            auto const other = make(name);
            if (!lose_proc()) {
                return false;
            }
            auto const error = error_of([&] { Publisher publisher(region); });
            EXPECT_EQ(error.os_error(), ENOENT);
            expect_words(error, {"/dev/shm" + name.str() + ": another file"});
            EXPECT_EQ(other.stats().participants.size(), 1U);
            EXPECT_EQ(region.stats().participants.size(), 1U);
            return true;
        },
        "unshare() and umount()");
}

TEST(OwnFile, AfterAChangeOfUserTheFilesModeDecidesAndWhatIsOpenGoesOn)
{
    for (bool const permitted : {true, false}) {
        Name const name;
        in_a_child(
            [&] {
                auto cfg          = small_config();
                cfg.mode          = permitted ? 0666 : 0600;
                auto       region = make(name, cfg);
                Publisher  publisher(region);
                Subscriber subscriber(region);
                if (geteuid() != 0 || setgid(nobody) != 0 || setuid(nobody) != 0) {
                    return false;
                }
                if (permitted) {
                    Publisher const second(region);
                } else {
                    auto const error = error_of([&] { Publisher second(region); });
                    EXPECT_EQ(error.code(), ErrorCode::PermissionDenied);
                    EXPECT_EQ(error.os_error(), EACCES);
                    expect_words(error, {"changed its user", "/fd/", "Permission denied"});
                }
                EXPECT_EQ(region.stats().participants.size(), 3U);
                EXPECT_EQ(region.diagnose().dead_participants, 0U);
                send(publisher, 1);
                EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{1});
                return true;
            },
            "setuid()");
    }
}
