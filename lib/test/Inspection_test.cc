/// Looking at files that may be anything, and may change meanwhile: each is an entry, none is a fault, and nothing is kept.
#include "found_regions.h"
#include "kickmsg/Node.h"
#include "raw_region.h"
#include "remedy.h"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace kickmsg_test;
using kickmsg::ErrorCode;
using kickmsg::ListedRegion;
using kickmsg::RegionStatus;
using kickmsg::SharedRegion;

namespace {

std::string path_of(std::string const& name)
{
    return "/dev/shm" + name;
}

int open_descriptors()
{
    int count = 0;
    for (int fd = 0; fd < 1024; ++fd) {
        count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    }
    return count;
}

void expect_entry(std::string const& name, RegionStatus status, ErrorCode code)
{
    auto const region = listed(name);
    EXPECT_EQ(region.status, status);
    ASSERT_TRUE(region.error) << name;
    EXPECT_EQ(region.error->code(), code) << region.error->what();
    EXPECT_EQ(region.error->object(), name);
    expect_remedy(*region.error);
    EXPECT_TRUE(region.participants.empty());
    for (ListedRegion const& any : kickmsg::list()) {
        EXPECT_NE(any.name, name) << "without a prefix, what is no region is not listed";
    }
}

/// A region that people of an earlier moment have left participants of every kind in.
kickmsg::SharedMemory left_behind(std::string const& name)
{
    kickmsg::SharedMemory memory = [&] {
        auto const region = make(name);
        return keep(name);
    }();
    RawRegion raw(name);
    for (uint32_t record : {0U, raw.layout().subscriber_count(), raw.layout().record_count() - 1}) {
        raw.layout().record(record).owner.store(
            kickmsg::core::OwnerWord::make(kickmsg::core::OwnerWord::Active, record, 1000 + record));
    }
    return memory;
}

/// Returns: what `act` returned as this user, or 77.
int as(uid_t user, std::function<void()> const& act)
{
    Child child([&](Child&) {
        if (geteuid() != 0 || setgid(user) != 0 || setuid(user) != 0) {
            return 77;
        }
        act();
        return testing::Test::HasFailure() ? 1 : 0;
    });
    return child.join();
}

} // namespace

TEST(Inspection, OfEachWordOfTheHeaderAndTheRecordsOverwrittenIsAnEntry)
{
    Name const  name;
    auto const  memory = left_behind(name);
    auto* const words  = static_cast<uint64_t*>(memory.data());
    auto const  size   = static_cast<std::size_t>(RawRegion(name).header().geometry.slots_offset / sizeof(uint64_t));
    ASSERT_EQ(listed(name).publishers.dead, 1U);
    for (std::size_t word = 0; word < size; ++word) {
        uint64_t const before = words[word];
        for (uint64_t const value :
             {~before, uint64_t{0}, before + 1, before ^ uint64_t{1} << 63, uint64_t{0x7fffffff7fffffff}}) {
            words[word]       = value;
            auto const region = listed(name);
            EXPECT_EQ(region.status == RegionStatus::Unreadable || region.status == RegionStatus::HalfCreated,
                      region.error.has_value())
                << "word " << word;
        }
        words[word] = before;
    }
    EXPECT_FALSE(listed(name).error);
}

TEST(Inspection, OfAFileCutAnywhereIsAnEntryWithTheReason)
{
    Name const        name;
    auto const        memory = left_behind(name);
    std::string const path   = path_of(name);
    for (std::size_t size = memory.size() - 1; size > 0; size = size > 4096 ? (size - 1) / 4096 * 4096 : size / 2) {
        ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(size)), 0);
        auto const region = listed(name);
        EXPECT_EQ(region.status, RegionStatus::Unreadable);
        ASSERT_TRUE(region.error);
        EXPECT_NE(std::string(region.error->what()).find("truncated"), std::string::npos) << region.error->what();
        EXPECT_EQ(region.size, size);
    }
    ASSERT_EQ(truncate(path.c_str(), 0), 0);
    EXPECT_EQ(listed(name).status, RegionStatus::HalfCreated);
}

/// A mapping of it would be a SIGBUS. Cut to its header it is a region of which the records are gone; cut to nothing, none.
TEST(Inspection, OfAFileThatShrinksAndGrowsMeanwhileIsNoFault)
{
    Name const        name;
    auto const        memory = left_behind(name);
    std::string const path   = path_of(name);
    auto const        size   = static_cast<off_t>(memory.size());
    for (off_t const least : {off_t{4096}, off_t{0}}) {
        Child child([&](Child& self) {
            self.ready();
            for (;;) {
                (void)!truncate(path.c_str(), least);
                (void)!truncate(path.c_str(), size);
            }
            return 0;
        });
        child.wait_ready();
        for (int look = 0; look < 3000; ++look) {
            auto const region = listed(name);
            EXPECT_EQ(region.error.has_value(), region.status != RegionStatus::Ready);
        }
        child.kill();
    }
}

/// One that leaves gives up its record before its proof of life: read in between, it would pass for dead.
TEST(Inspection, OfParticipantsThatLeaveMeanwhileFindsNobodyDead)
{
    Name const name;
    auto const region = make(name);
    Child      child([&](Child& self) {
        auto mine = SharedRegion::open(name);
        self.ready();
        for (;;) {
            kickmsg::Publisher const publisher(mine);
        }
        return 0;
    });
    child.wait_ready();
    int there = 0;
    for (int look = 0; look < 10000 || (there == 0 && look < 10'000'000); ++look) {
        auto const seen = listed(name);
        EXPECT_EQ(seen.publishers.dead, 0U) << "nobody died";
        there += static_cast<int>(seen.publishers.alive);
    }
    child.kill();
    EXPECT_GT(there, 0);
}

TEST(Inspection, OfRegionsThatComeAndGoMeanwhileIsNoFault)
{
    Name const name;
    Child      child([&](Child& self) {
        self.ready();
        for (;;) {
            auto region = make(name);
            region.unlink();
        }
        return 0;
    });
    child.wait_ready();
    int there = 0;
    for (int look = 0; look < 3000 || (there == 0 && look < 10'000'000); ++look) {
        for (ListedRegion const& region : kickmsg::list(name)) {
            EXPECT_FALSE(region.error) << region.error->what();
            ++there;
        }
    }
    child.kill();
    EXPECT_GT(there, 0);
}

TEST(Inspection, OfFilesOfOtherKindsNeitherWaitsNorTakesThem)
{
    Name const fifo("fifo"), folder("folder"), link("link"), socket_name("socket"), empty("empty"), foreign("foreign");
    ASSERT_EQ(mkfifo(path_of(fifo).c_str(), 0600), 0);
    ASSERT_EQ(mkdir(path_of(folder).c_str(), 0700), 0);
    ASSERT_EQ(symlink("/etc/passwd", path_of(link).c_str()), 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path, sizeof(address.sun_path), "%s", path_of(socket_name).c_str());
    int const fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    close(fd);
    std::ofstream(path_of(empty)).flush();
    std::ofstream(path_of(foreign)) << "these are somebody else's bytes";

    for (std::string const& other : {fifo.str(), folder.str(), link.str(), socket_name.str()}) {
        expect_entry(other, RegionStatus::Unreadable, ErrorCode::Corrupt);
    }
    expect_entry(foreign, RegionStatus::Unreadable, ErrorCode::Corrupt);
    expect_entry(empty, RegionStatus::HalfCreated, ErrorCode::NotReady);
    rmdir(path_of(folder).c_str());
}

/// Who opens a pipe to read lets its writer in, even for an instant.
TEST(Inspection, OfAPipeIsNoReaderOfIt)
{
    Name const name;
    ASSERT_EQ(mkfifo(path_of(name).c_str(), 0600), 0);
    Child child([&](Child& self) {
        self.ready();
        for (int attempt = 0; attempt < 100000; ++attempt) {
            if (::open(path_of(name).c_str(), O_WRONLY | O_NONBLOCK) >= 0) {
                return 1;
            }
        }
        return 0;
    });
    child.wait_ready();
    for (int look = 0; look < 3000; ++look) {
        kickmsg::list(name);
    }
    EXPECT_EQ(child.join(), 0);
}

TEST(Inspection, KeepsNoDescriptorAndTakesNoStandardOne)
{
    Name const name("is_region"), foreign("is_none");
    auto const region = make(name);
    std::ofstream(path_of(foreign)) << "no region";
    int const before = open_descriptors();
    for (int again = 0; again < 10; ++again) {
        EXPECT_EQ(kickmsg::list(name.str().substr(0, name.str().size() - std::string("region").size())).size(), 2U);
        EXPECT_FALSE(kickmsg::Node("n", name.str().substr(1)).has_publisher("none"));
    }
    EXPECT_EQ(open_descriptors(), before);
    Child child([&](Child&) {
        for (int fd = 0; fd < 3; ++fd) {
            close(fd);
        }
        bool const found = listed(name).handles.alive == 1;
        return found && fcntl(0, F_GETFD) < 0 && fcntl(1, F_GETFD) < 0 && fcntl(2, F_GETFD) < 0 ? 0 : 1;
    });
    EXPECT_EQ(child.join(), 0);
}

TEST(Inspection, WithoutADescriptorToSpareIsAnEntryOrAnErrorAndNoHalfList)
{
    Name const name;
    auto const region = make(name);
    Child      child([&](Child&) {
        int fd = 0;
        while (fd >= 0) {
            fd = dup(2);
        }
        EXPECT_EQ(error_of([&] { kickmsg::list(name); }).code(), ErrorCode::LimitReached) << "the folder";
        return testing::Test::HasFailure() ? 1 : 0;
    });
    EXPECT_EQ(child.join(), 0);
}

TEST(Inspection, OfAnotherUsersRegionNeedsToReadAlone)
{
    Name const shown("shown"), hidden("hidden");
    auto       cfg       = small_config();
    cfg.mode             = 0644;
    auto const one       = make(shown, cfg);
    auto const other     = make(hidden);
    auto const publisher = kickmsg::Publisher(one);
    int const  verdict   = as(10002, [&] {
        EXPECT_EQ(error_of([&] { SharedRegion::open(shown); }).code(), ErrorCode::PermissionDenied);
        auto const region = listed(shown);
        EXPECT_FALSE(region.error);
        EXPECT_EQ(region.publishers.alive, 1U);
        EXPECT_EQ(region.config.mode, 0644U);
        auto const denied = listed(hidden);
        EXPECT_EQ(denied.status, RegionStatus::Unreadable);
        ASSERT_TRUE(denied.error);
        EXPECT_EQ(denied.error->code(), ErrorCode::PermissionDenied);
        expect_remedy(*denied.error);
        EXPECT_NE(std::string(denied.error->what()).find("looking needs to read"), std::string::npos);
        auto const all = kickmsg::list();
        EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](auto const& any) { return any.name == hidden.str(); }))
            << "without a prefix, too: it may be one";
    });
    if (verdict == 77) {
        GTEST_SKIP() << "root may not become another user here";
    }
    EXPECT_EQ(verdict, 0);
}

/// A stopped process has its lock; asking takes none, so the asked one is not held up when it goes on.
TEST(Inspection, OfAStoppedProcessSaysAlive)
{
    Name const name;
    auto const region = make(name);
    Child      child([&](Child& self) {
        auto const         mine = SharedRegion::open(name);
        kickmsg::Publisher publisher(mine);
        self.pause();
        return publisher.send("x", 1) >= 0 ? 0 : 1;
    });
    child.wait_ready();
    ::kill(child.pid(), SIGSTOP);
    EXPECT_EQ(listed(name).publishers.alive, 1U);
    ::kill(child.pid(), SIGCONT);
    child.go_on();
    EXPECT_EQ(child.join(), 0);
}
