/// Limits of a process, met for real: address space, locked memory, descriptors; and signals that come all the time.
#include "emulator.h"
#include "refuse_calls.h"
#include "remedy.h"
#include "support.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <unistd.h>

using namespace kickmsg_test;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::SharedMemory;
using kickmsg::SharedRegion;
using kickmsg::channel::Config;

namespace {

constexpr std::size_t large = std::size_t{256} << 20;

Config large_config()
{
    Config cfg           = small_config();
    cfg.max_payload_size = large / cfg.pool_size;
    return cfg;
}

std::size_t available_bytes()
{
    struct statvfs fs {};
    return statvfs("/dev/shm", &fs) == 0 ? static_cast<std::size_t>(fs.f_bavail) * fs.f_frsize : 0;
}

bool has_room(std::size_t bytes)
{
    return available_bytes() > 2 * bytes;
}

void expect_limit(std::string const& name, std::string const& words, std::string const& remedy, int os_error)
{
    Error const error = error_of([&] { make(name, large_config()); });
    EXPECT_EQ(error.code(), ErrorCode::LimitReached) << error.what();
    EXPECT_EQ(error.os_error(), os_error) << error.what();
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    EXPECT_NE(remedy_in(error.what()).find(remedy), std::string::npos) << error.what();
    expect_remedy(error);
    EXPECT_FALSE(SharedMemory::unlink(name));
}

int verdict()
{
    return testing::Test::HasFailure() ? 1 : 0;
}

std::atomic<long> signals{0};

void count_signal(int)
{
    signals.fetch_add(1, std::memory_order_relaxed);
}

/// A signal every `microseconds` from now on, which interrupts system calls.
void start_timer(int microseconds)
{
    struct sigaction action {};
    action.sa_handler = count_signal; // no SA_RESTART
    sigaction(SIGALRM, &action, nullptr);
    itimerval const each{{0, microseconds}, {0, microseconds}};
    setitimer(ITIMER_REAL, &each, nullptr);
}

} // namespace

TEST(Limits, OfAddressSpaceIsSaidAsWhatItIs)
{
    if (is_emulated()) {
        GTEST_SKIP() << "an emulator's own memory counts against the limit, or the limit is not passed on";
    }
    if (!has_room(large)) {
        GTEST_SKIP() << "/dev/shm has no room for a large region";
    }
    Name const name;
    Child      child([&](Child&) {
        rlimit const limit{large, large};
        EXPECT_EQ(setrlimit(RLIMIT_AS, &limit), 0);
        expect_limit(name, "RLIMIT_AS allows " + std::to_string(large) + " bytes", "raise RLIMIT_AS", ENOMEM);
        return verdict();
    });
    EXPECT_EQ(child.join(), 0);
}

TEST(Limits, OfLockedMemoryIsSaidAsWhatItIs)
{
    if (is_emulated()) {
        GTEST_SKIP() << "an emulator's own memory counts against the limit, or the limit is not passed on";
    }
    if (!has_room(large)) {
        GTEST_SKIP() << "/dev/shm has no room for a large region";
    }
    Name const name;
    Child      child([&](Child&) {
        rlimit limit{};
        EXPECT_EQ(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
        limit.rlim_cur = limit.rlim_max = std::min<rlim_t>(limit.rlim_max, large / 2);
        EXPECT_EQ(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
        if ((geteuid() == 0 && seteuid(65534) != 0) || mlockall(MCL_FUTURE) != 0) { // root has no such limit
            return not_permitted;
        }
        expect_limit(name, "RLIMIT_MEMLOCK allows " + std::to_string(limit.rlim_cur), "raise RLIMIT_MEMLOCK", EAGAIN);
        return verdict();
    });
    int const  code = child.join();
    if (code == not_permitted) {
        GTEST_SKIP() << "no memory can be locked here";
    }
    EXPECT_EQ(code, 0);
}

/// However few descriptors are left, an error says so, and those that were taken on the way are given back.
TEST(Limits, OfDescriptorsIsSaidAsWhatItIs)
{
    Name const name;
    make(name);
    Child child([&](Child&) {
        int const first = fcntl(0, F_DUPFD, 0);
        close(first);
        int refusals = 0;
        for (int more = 0; more < 8; ++more) {
            rlimit const limit{static_cast<rlim_t>(first + more), 4096};
            EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
            try {
                SharedRegion::open(name);
            } catch (Error const& error) {
                ++refusals;
                EXPECT_EQ(error.code(), ErrorCode::LimitReached) << error.what();
                EXPECT_EQ(error.os_error(), EMFILE);
                EXPECT_NE(std::string(error.what()).find("RLIMIT_NOFILE allows"), std::string::npos) << error.what();
                expect_remedy(error);
            }
            rlimit const wide{static_cast<rlim_t>(first + 8), 4096};
            EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &wide), 0);
            int const next = fcntl(0, F_DUPFD, 0);
            EXPECT_EQ(next, first) << "a descriptor is kept";
            close(next);
        }
        EXPECT_EQ(refusals, 2) << "to open a region takes two for a moment, to hold it one";
        return verdict();
    });
    EXPECT_EQ(child.join(), 0);
}

/// A reservation that began anew after each signal would never end under a timer that is faster than it. Here whatever takes
/// longer than 1 MiB does is interrupted.
TEST(Limits, AReservationThatSignalsInterruptGoesOnInSmallerParts)
{
    if (!has_room(large)) {
        GTEST_SKIP() << "/dev/shm has no room for a large region";
    }
    Name const name;
    Child      child([&](Child&) {
        for (unsigned bit = 20; bit < 32; ++bit) {
            if (!refuse({SYS_fallocate, 3, 1U << bit, 1U << bit}, EINTR)) {
                return not_permitted;
            }
        }
        std::size_t const available = available_bytes();
        auto const        region    = make(name, large_config());
        EXPECT_LE(available_bytes() + large, available) << "not all of it is reserved";
        return verdict();
    });
    int const  code = child.join();
    if (code == not_permitted) {
        GTEST_SKIP() << "no filter of system calls may be set here";
    }
    EXPECT_EQ(code, 0);
}

/// Newer kernels interrupt it by a deadly signal only.
TEST(Limits, ATimerDoesNotKeepALargeRegionFromBeingReserved)
{
    if (!has_room(large)) {
        GTEST_SKIP() << "/dev/shm has no room for a large region";
    }
    Name const name;
    Child      child([&](Child&) {
        start_timer(1000);
        auto const region = make(name, large_config());
        EXPECT_GT(signals.load(), 0) << "no timer";
        return verdict();
    });
    EXPECT_EQ(child.join(), 0);
}
