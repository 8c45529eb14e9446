/// Files of other kinds under the name of a region: refused at once, not waited for, not touched, and nothing is kept.
#include "raw_region.h"
#include "remedy.h"
#include "support.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

using namespace kickmsg_test;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::SharedMemory;
using kickmsg::SharedRegion;
using kickmsg::channel::PubSub;

namespace {

std::string path_of(std::string const& name)
{
    return "/dev/shm" + name;
}

int next_descriptor()
{
    int const fd = ::open("/dev/null", O_RDONLY);
    close(fd);
    return fd;
}

bool is_mapped(std::string const& name)
{
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        if (line.find(path_of(name)) != std::string::npos) {
            return true;
        }
    }
    return false;
}

/// Every way to the name refuses, and the file is still there, as it was.
void expect_refused(std::string const& name, ErrorCode code, std::string const& words, std::string const& remedy)
{
    int const   descriptor = next_descriptor();
    struct stat before {};
    ASSERT_EQ(lstat(path_of(name).c_str(), &before), 0);
    for (auto const& call :
         {std::function<void()>([&] { SharedRegion::open(name); }), std::function<void()>([&] { make(name); }),
          std::function<void()>([&] { SharedRegion::create_or_open(name, PubSub, small_config()); })}) {
        Error const error = error_of(call);
        EXPECT_EQ(error.code(), code) << error.what();
        EXPECT_EQ(error.object(), name);
        EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
        EXPECT_NE(std::string(error.what()).find(remedy), std::string::npos) << error.what();
        expect_remedy(error);
    }
    struct stat after {};
    EXPECT_EQ(lstat(path_of(name).c_str(), &after), 0);
    EXPECT_EQ(after.st_ino, before.st_ino) << "the file has been replaced";
    EXPECT_EQ(next_descriptor(), descriptor) << "a descriptor is kept";
}

void expect_no_region(std::string const& name)
{
    expect_refused(name, ErrorCode::Corrupt, "is not a region", "remove " + path_of(name));
}

} // namespace

TEST(OtherFiles, APipeIsNotARegion)
{
    Name const name;
    ASSERT_EQ(mkfifo(path_of(name).c_str(), 0600), 0);
    expect_no_region(name);
}

TEST(OtherFiles, ASymbolicLinkIsNotFollowedEvenToARegion)
{
    Name const target("target");
    Name const name;
    auto const region = make(target);
    ASSERT_EQ(symlink(path_of(target).c_str(), path_of(name).c_str()), 0);
    expect_no_region(name);
}

TEST(OtherFiles, ADirectoryIsNotARegion)
{
    Name const name;
    ASSERT_EQ(mkdir(path_of(name).c_str(), 0700), 0);
    expect_no_region(name);
    EXPECT_EQ(rmdir(path_of(name).c_str()), 0);
}

TEST(OtherFiles, ASocketIsNotARegion)
{
    Name const  name;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_of(name).copy(address.sun_path, sizeof(address.sun_path) - 1);
    int const fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr const*>(&address), sizeof(address)), 0);
    expect_no_region(name);
    close(fd);
}

TEST(OtherFiles, ADeviceIsNotARegion)
{
    Name const name;
    if (mknod(path_of(name).c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0) {
        GTEST_SKIP() << "no device may be made here";
    }
    int const fd = ::open(path_of(name).c_str(), O_RDWR);
    close(fd);
    if (fd < 0) {
        expect_refused(name, ErrorCode::PermissionDenied, "cannot open",
                       "the permission bits"); // mounted without devices
    } else {
        expect_no_region(name);
    }
}

TEST(OtherFiles, AnEmptyFileIsNotReadyAndKeepsNothing)
{
    Name const name;
    int const  fd = ::open(path_of(name).c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    ASSERT_GE(fd, 0);
    close(fd);
    expect_refused(name, ErrorCode::NotReady, "empty", "remove it with SharedMemory::unlink");
}

/// Each way out of looking at a header gives back what was opened and mapped.
TEST(OtherFiles, ASpoiledRegionIsLetGoOfWhateverIsWrongWithIt)
{
    using Header = kickmsg::detail::RegionHeader;
    std::vector<std::function<void(Header&)>> const spoilers{
        [](Header& header) { header.magic = 0; },
        [](Header& header) { header.magic = 7; },
        [](Header& header) { header.version = 77; },
        [](Header& header) { header.state.store(0); },
        [](Header& header) { header.geometry.pool_size = 0; },
        [](Header& header) { header.geometry.slots_offset += 64; },
        [](Header& header) { header.type = 7; },
    };
    Name const name;
    for (auto const& spoil : spoilers) {
        make(name);
        spoil(RawRegion(name).header());
        int const descriptor = next_descriptor();
        error_of([&] { SharedRegion::open(name); });
        error_of([&] { make(name); });
        EXPECT_EQ(next_descriptor(), descriptor);
        EXPECT_FALSE(is_mapped(name));
        SharedMemory::unlink(name);
    }
    for (off_t const size : {1, 200, 5000}) {
        make(name);
        ASSERT_EQ(truncate(path_of(name).c_str(), size), 0);
        int const descriptor = next_descriptor();
        error_of([&] { SharedRegion::open(name); });
        EXPECT_EQ(next_descriptor(), descriptor);
        EXPECT_FALSE(is_mapped(name));
        SharedMemory::unlink(name);
    }
}

/// Another program's lease must not hold an opener up: without O_NONBLOCK it would wait for the lease to be given back.
TEST(OtherFiles, AFileUnderALeaseIsNotWaitedFor)
{
    Name const name;
    make(name);
    Child child([&](Child& self) {
        int const fd = ::open(path_of(name).c_str(), O_RDWR | O_CLOEXEC);
        signal(SIGIO, SIG_IGN);
        bool const leased = fd >= 0 && fcntl(fd, F_SETLEASE, F_WRLCK) == 0;
        self.pause();
        return leased ? 0 : 1;
    });
    child.wait_ready();
    Error const error = error_of([&] { SharedRegion::open(name); });
    EXPECT_EQ(error.code(), ErrorCode::System) << error.what();
    EXPECT_EQ(error.os_error(), EWOULDBLOCK);
    EXPECT_EQ(remedy_in(error.what()).find("end the program that holds a lease"), 0U) << error.what();
    child.go_on();
    EXPECT_EQ(child.join(), 0);
    SharedRegion::open(name);
}
