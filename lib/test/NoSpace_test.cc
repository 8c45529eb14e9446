/// A full /dev/shm: an error with the bytes needed and available, nothing created, nothing lost, never SIGBUS later.
#include "remedy.h"
#include "support.h"

#include "kickmsg/Node.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace kickmsg_test;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::SharedRegion;
using kickmsg::channel::Config;
using kickmsg::channel::PubSub;

namespace {

constexpr int not_permitted = 77;

std::atomic<uint64_t> reserved_parts{0}; ///< of regions, asked for

uint64_t available_bytes()
{
    struct statvfs fs {};
    EXPECT_EQ(statvfs("/dev/shm", &fs), 0);
    return static_cast<uint64_t>(fs.f_bavail) * fs.f_frsize;
}

Config large_config()
{
    Config cfg           = small_config();
    cfg.max_payload_size = 1U << 20;
    return cfg;
}

bool write_text(char const* path, std::string const& text)
{
    std::ofstream file(path);
    return static_cast<bool>(file << text << std::flush);
}

/// This process alone gets a /dev/shm of its own, of `size` bytes. Returns: false where that is not allowed.
bool enter_small_shared_memory(std::string const& size, std::string const& more = "")
{
    std::string const uid = std::to_string(geteuid());
    std::string const gid = std::to_string(getegid());
    if (unshare(CLONE_NEWNS) != 0) {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 || !write_text("/proc/self/setgroups", "deny") ||
            !write_text("/proc/self/uid_map", "0 " + uid + " 1") ||
            !write_text("/proc/self/gid_map", "0 " + gid + " 1")) {
            return false;
        }
    }
    return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           mount("tmpfs", "/dev/shm", "tmpfs", 0, ("size=" + size + ",mode=1777" + more).c_str()) == 0;
}

/// The failing calls, each of which must say what it needs and what there is (`allowed`), and leave nothing.
void expect_no_space(std::string const& name, Config const& cfg, std::string const& allowed, int os_error)
{
    for (auto const& call : {std::function<void()>([&] { SharedRegion::create(name, PubSub, cfg); }),
                             std::function<void()>([&] { SharedRegion::create_or_open(name, PubSub, cfg); })}) {
        Error const       error  = error_of(call);
        std::string const text   = error.what();
        std::string const needed = "cannot reserve " + std::to_string(kickmsg::channel::footprint(cfg)) + " bytes";
        EXPECT_EQ(error.code(), ErrorCode::NoSpace) << text;
        EXPECT_EQ(error.object(), name);
        EXPECT_EQ(error.os_error(), os_error);
        EXPECT_NE(text.find(needed), std::string::npos) << text;
        EXPECT_NE(text.find(allowed), std::string::npos) << text;
        expect_remedy(error);
        EXPECT_FALSE(kickmsg::SharedMemory::unlink(name)) << "a region that was refused has a name";
    }
}

std::string available(uint64_t bytes)
{
    return std::to_string(bytes) + " bytes are available in /dev/shm";
}

void join_or_skip(Child& child)
{
    int const code = child.join();
    if (code == not_permitted) {
        GTEST_SKIP() << "no private mount namespace may be made here (needs CAP_SYS_ADMIN or user namespaces)";
    }
    EXPECT_EQ(code, 0);
}

int verdict()
{
    return testing::Test::HasFailure() ? 1 : 0;
}

} // namespace

#ifdef __LP64__
/// In place of the C library's, and counted.
extern "C" int posix_fallocate(int fd, off_t offset, off_t length)
{
    ++reserved_parts;
    return syscall(SYS_fallocate, fd, 0, offset, length) == 0 ? 0 : errno;
}

TEST(NoSpace, ARegionThatCannotFitTakesNothingBeforeItIsRefused)
{
    Name const name;
    Child      child([&](Child&) {
        if (!enter_small_shared_memory("80m")) {
            return not_permitted;
        }
        Config cfg           = small_config();
        cfg.max_payload_size = 32U << 20;
        EXPECT_GT(kickmsg::channel::footprint(cfg), uint64_t{80} << 20) << "more than a part of it fits";
        reserved_parts = 0;
        expect_no_space(name, cfg, available(uint64_t{80} << 20), ENOSPC);
        EXPECT_EQ(reserved_parts, 0U);
        auto const region = make(name); // a smaller one fits
        EXPECT_NE(reserved_parts, 0U) << "the count counts";
        return verdict();
    });
    join_or_skip(child);
}
#endif

/// The kernel would send SIGXFSZ, which ends a process that has not asked for something else.
TEST(NoSpace, AFileSizeLimitIsAnErrorWithSizesAndNotTheEndOfTheProcess)
{
    for (auto const action : {SIG_DFL, SIG_IGN}) {
        Name const name;
        Child      child([&](Child&) {
            std::signal(SIGXFSZ, action);
            rlimit const limit{65536, 65536};
            EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
            expect_no_space(name, large_config(), "RLIMIT_FSIZE allows files of 65536 bytes", EFBIG);
            auto const region = make(name); // a smaller one fits
            return verdict();
        });
        EXPECT_EQ(child.join(), 0);
    }
}

TEST(NoSpace, AFullFileSystemIsAnErrorWithSizes)
{
    Name const name;
    Child      child([&](Child&) {
        if (!enter_small_shared_memory("1m")) {
            return not_permitted;
        }
        EXPECT_EQ(available_bytes(), 1U << 20);
        expect_no_space(name, large_config(), available(1U << 20), ENOSPC);
        EXPECT_EQ(available_bytes(), 1U << 20) << "the refused region keeps memory";
        auto const region = make(name); // a smaller one fits
        EXPECT_EQ(available_bytes(), (1U << 20) - kickmsg::channel::footprint(small_config()));
        return verdict();
    });
    join_or_skip(child);
}

TEST(NoSpace, AFileSystemWithoutInodesSaysSoAndNotThatBytesAreMissing)
{
    Name const name;
    Child      child([&](Child&) {
        if (!enter_small_shared_memory("1m", ",nr_inodes=3")) {
            return not_permitted;
        }
        for (int i = 0; std::ofstream("/dev/shm/" + std::to_string(i)); ++i) { // all inodes that there are
        }
        Error const       error = error_of([&] { make(name); });
        std::string const text  = error.what();
        EXPECT_EQ(error.code(), ErrorCode::NoSpace) << text;
        EXPECT_EQ(error.os_error(), ENOSPC);
        EXPECT_NE(text.find("no inode is available in /dev/shm"), std::string::npos) << text;
        EXPECT_NE(remedy_in(text).find("nr_inodes"), std::string::npos) << text;
        EXPECT_EQ(text.find(" bytes"), std::string::npos) << text;
        expect_remedy(error);
        return verdict();
    });
    join_or_skip(child);
}

TEST(NoSpace, WithoutTheFolderItselfTheErrorSaysSo)
{
    Name const name;
    Child      child([&](Child&) {
        if (!enter_small_shared_memory("1m") || mount("tmpfs", "/dev", "tmpfs", 0, "size=1m") != 0) {
            return not_permitted;
        }
        for (auto const& call :
             {std::function<void()>([&] { make(name); }), std::function<void()>([&] { SharedRegion::open(name); })}) {
            Error const       error = error_of(call);
            std::string const text  = error.what();
            EXPECT_EQ(error.os_error(), ENOENT) << text;
            EXPECT_EQ(remedy_in(text), "mount a tmpfs on /dev/shm") << text;
        }
        return verdict();
    });
    join_or_skip(child);
}

TEST(NoSpace, WhatMayOnlyBeReadIsNotPermitted)
{
    Name const name;
    Child      child([&](Child&) {
        if (!enter_small_shared_memory("1m") ||
            mount("none", "/dev/shm", nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) {
            return not_permitted;
        }
        Error const error = error_of([&] { make(name); });
        EXPECT_EQ(error.code(), ErrorCode::PermissionDenied) << error.what();
        EXPECT_EQ(error.os_error(), EROFS);
        EXPECT_EQ(remedy_in(error.what()), "mount /dev/shm so that it can be written to");
        return verdict();
    });
    join_or_skip(child);
}

TEST(NoSpace, WhatWasCreatedCanBeWrittenToItsLastByte)
{
    Name const name;
    Child      child([&](Child&) {
        if (!enter_small_shared_memory("1m")) {
            return not_permitted;
        }
        Config cfg               = small_config(16);
        cfg.max_payload_size     = 32768; // whole pages of which nothing is written at creation
        auto              region = make(name, cfg);
        std::ofstream     filler("/dev/shm/filler");
        std::string const block(4096, 'f');
        while (filler << block << std::flush) { // all that is left
        }
        EXPECT_EQ(available_bytes(), 0U);
        kickmsg::Publisher  publisher(region);
        kickmsg::Subscriber subscriber(region);
        std::string const   largest(cfg.max_payload_size, 'x');
        for (int i = 0; i < 100; ++i) { // every slot, every entry: a fault would be SIGBUS
            EXPECT_EQ(publisher.send(largest.data(), largest.size()), 32768);
        }
        EXPECT_EQ(subscriber.try_receive()->len(), 32768U);
        return verdict();
    });
    join_or_skip(child);
}

TEST(NoSpace, ARegionInUseIsNotTouchedByARefusedReplacement)
{
    Name const name;
    Child      child([&](Child&) {
        if (!enter_small_shared_memory("256k")) {
            return not_permitted;
        }
        auto                region = make(name);
        kickmsg::Publisher  publisher(region);
        kickmsg::Subscriber subscriber(region);
        EXPECT_EQ(error_of([&] { make(name, large_config()); }).code(), ErrorCode::InUse);
        EXPECT_FALSE(region.diagnose().unlinked);
        send(publisher, 1);
        EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{1});
        return verdict();
    });
    join_or_skip(child);
}

TEST(NoSpace, ARestartedPublisherNeedsNoRoomForASecondRegion)
{
    Name const name;
    Child      child([&](Child&) {
        std::size_t const one = kickmsg::channel::footprint(small_config());
        if (!enter_small_shared_memory(std::to_string(one + one / 2))) {
            return not_permitted;
        }
        kickmsg::Node      node("sensor", "restart");
        auto               subscriber = node.subscribe_or_create("imu", small_config());
        kickmsg::Publisher publisher  = node.advertise("imu", small_config());
        send(publisher, 1);
        EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{1});
        return verdict();
    });
    join_or_skip(child);
}
