/// Every system call of the Linux layer with every errno that Linux documents for it: which ErrorCode, which words, which remedy,
/// and that nothing is left behind.
#include "kickmsg/Discovery.h"
#include "kickmsg/os/Liveness.h"
#include "os/linux/Refusal.h"
#include "refuse_calls.h"
#include "remedy.h"
#include "support.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace kickmsg_test;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::SharedRegion;
using kickmsg::os::Call;

namespace {

using Errors = std::vector<int>;

constexpr int undocumented = 500;

enum class Act { Create, Open, Look, List };

/// One call, what distinguishes it from others, and the errno that lead to another code than System.
struct Row {
    Call                    call;
    Act                     act;
    std::vector<SystemCall> filter;
    Errors                  documented;
    Errors                  denied, no_space, limit, corrupt, not_found, bad_name;
};

// open(2), fchmod(2), fallocate(2), fstat(2), mmap(2), linkat(2), madvise(2), fcntl(2); without those that mean something else to
// the library (EEXIST of linkat) or to libc (EOPNOTSUPP of posix_fallocate).
Errors const of_open{EACCES,    EBADF,  EBUSY,  EDQUOT,  EEXIST,      EFAULT, EFBIG,
                     EINTR,     EINVAL, EISDIR, ELOOP,   EMFILE,      ENFILE, ENAMETOOLONG,
                     ENODEV,    ENOENT, ENOMEM, ENOSPC,  ENOTDIR,     ENXIO,  EOPNOTSUPP,
                     EOVERFLOW, EPERM,  EROFS,  ETXTBSY, EWOULDBLOCK, EIO,    undocumented};
Errors const of_mmap{EACCES, EAGAIN, EBADF,     EEXIST, EINVAL,  ENFILE,
                     ENODEV, ENOMEM, EOVERFLOW, EPERM,  ETXTBSY, undocumented};

std::vector<Row> const& table()
{
    static std::vector<Row> const rows{
        {Call::MakeFile,
         Act::Create,
         {{SYS_openat, 2, O_TMPFILE, O_TMPFILE}},
         of_open,
         {EACCES, EPERM, EROFS},
         {ENOSPC, EDQUOT, EFBIG},
         {EMFILE, ENFILE, ENOMEM},
         {},
         {},
         {ENAMETOOLONG}},
        {Call::SetMode,
         Act::Create,
         {{SYS_fchmod}},
         {EACCES, EBADF, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EPERM, EROFS, undocumented},
         {EACCES, EPERM, EROFS},
         {},
         {ENOMEM},
         {},
         {},
         {ENAMETOOLONG}},
        {Call::Reserve,
         Act::Create,
         {{SYS_fallocate}},
         {EBADF, EFBIG, EINTR, EINVAL, EIO, ENODEV, ENOSPC, ENOSYS, EPERM, ESPIPE, ETXTBSY, EDQUOT, ENOMEM,
          undocumented},
         {EPERM},
         {EFBIG, ENOSPC, EDQUOT, ENOMEM},
         {},
         {},
         {},
         {}},
        {Call::Examine,
         Act::Open,
         {{SYS_fstat}, {SYS_newfstatat, 3, AT_EMPTY_PATH, AT_EMPTY_PATH}},
         {EACCES, EBADF, EFAULT, ELOOP, ENOENT, ENOMEM, ENOTDIR, EOVERFLOW, undocumented},
         {EACCES},
         {},
         {ENOMEM},
         {},
         {},
         {}},
        {Call::OpenFile,
         Act::Open,
         {{SYS_openat, 2, O_NOFOLLOW, O_NOFOLLOW}},
         of_open,
         {EACCES, EPERM, EROFS},
         {ENOSPC, EDQUOT, EFBIG},
         {EMFILE, ENFILE, ENOMEM},
         {ELOOP, EISDIR, ENXIO, ENODEV, ETXTBSY},
         {ENOENT},
         {ENAMETOOLONG}},
        {Call::Look,
         Act::Look,
         {{SYS_openat, 2, O_NOFOLLOW, O_NOFOLLOW}},
         of_open,
         {EACCES, EPERM, EROFS},
         {ENOSPC, EDQUOT, EFBIG},
         {EMFILE, ENFILE, ENOMEM},
         {ELOOP, EISDIR, ENXIO, ENODEV, ETXTBSY},
         {ENOENT},
         {ENAMETOOLONG}},
        {Call::List,
         Act::List,
         {{SYS_openat, 2, O_DIRECTORY, O_DIRECTORY}},
         of_open,
         {EACCES, EPERM, EROFS},
         {ENOSPC, EDQUOT, EFBIG},
         {EMFILE, ENFILE, ENOMEM},
         {},
         {},
         {ENAMETOOLONG}},
        {Call::OpenAgain,
         Act::Open,
         {{SYS_openat, 2, ~0U, O_RDONLY | O_CLOEXEC}},
         of_open,
         {EACCES, EPERM, EROFS},
         {ENOSPC, EDQUOT, EFBIG},
         {EMFILE, ENFILE, ENOMEM},
         {},
         {},
         {ENAMETOOLONG}},
        {Call::MapRegion,
         Act::Open,
         {{SYS_mmap, 3, ~0U, MAP_SHARED}},
         of_mmap,
         {EACCES, EPERM},
         {},
         {EAGAIN, ENFILE, ENOMEM},
         {},
         {},
         {}},
        {Call::NameFile,
         Act::Create,
         {{SYS_linkat}},
         {EACCES, EDQUOT, EIO, ELOOP, EMLINK, ENAMETOOLONG, ENOENT, ENOMEM, ENOSPC, ENOTDIR, EPERM, EROFS, EXDEV,
          EINVAL, EBADF, undocumented},
         {EACCES, EPERM, EROFS},
         {EDQUOT, ENOSPC},
         {ENOMEM},
         {},
         {},
         {ENAMETOOLONG}},
        {Call::ProofOpen,
         Act::Open,
         {{SYS_openat, 2, ~0U, O_RDWR | O_CLOEXEC}},
         of_open,
         {EACCES, EPERM, EROFS},
         {ENOSPC, EDQUOT, EFBIG},
         {EMFILE, ENFILE, ENOMEM},
         {},
         {},
         {ENAMETOOLONG}},
        {Call::ProofMap,
         Act::Open,
         {{SYS_mmap, 2, ~0U, PROT_READ}},
         of_mmap,
         {EACCES, EPERM},
         {},
         {EAGAIN, ENFILE, ENOMEM},
         {},
         {},
         {}},
        {Call::ProofLock,
         Act::Open,
         {{SYS_madvise}},
         {EACCES, EAGAIN, EBADF, EINVAL, EIO, ENOMEM, EPERM, undocumented},
         {EACCES, EPERM},
         {},
         {ENOMEM},
         {},
         {},
         {}},
        {Call::ProofLock,
         Act::Open,
         {{SYS_fcntl, 1, ~0U, F_OFD_SETLK}},
         {EACCES, EAGAIN, EBADF, EDEADLK, EINTR, EINVAL, ENOLCK, undocumented},
         {EACCES},
         {},
         {ENOLCK},
         {},
         {},
         {}},
    };
    return rows;
}

bool has(Errors const& errors, int error)
{
    return std::find(errors.begin(), errors.end(), error) != errors.end();
}

ErrorCode expected(Row const& row, int error)
{
    return has(row.denied, error)      ? ErrorCode::PermissionDenied
           : has(row.no_space, error)  ? ErrorCode::NoSpace
           : has(row.limit, error)     ? ErrorCode::LimitReached
           : has(row.corrupt, error)   ? ErrorCode::Corrupt
           : has(row.not_found, error) ? ErrorCode::NotFound
           : has(row.bad_name, error)  ? ErrorCode::InvalidName
                                       : ErrorCode::System;
}

int open_descriptors()
{
    int count = 0;
    for (int fd = 0; fd < 1024; ++fd) {
        count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    }
    return count;
}

/// What this process has mapped of files in /dev/shm, nameless ones included. Read without what the filters may refuse.
bool maps_shared_memory()
{
    int const   fd = ::open("/proc/self/maps", O_RDONLY);
    std::string text(1 << 18, '\0');
    std::size_t length = 0;
    for (ssize_t got = 1; got > 0; length += static_cast<std::size_t>(got)) {
        got = ::read(fd, &text[length], text.size() - length);
    }
    close(fd);
    return fd < 0 || text.find("/dev/shm/") != std::string::npos;
}

void check(Row const& row, int os_error, Error const& error, std::string const& name)
{
    std::string const text = error.what();
    EXPECT_EQ(error.code(), expected(row, os_error)) << text;
    EXPECT_EQ(error.os_error(), os_error) << text;
    EXPECT_EQ(error.object(), row.act == Act::List ? "/dev/shm" : name);
    EXPECT_NE(text.find(std::string(": ") + std::strerror(os_error) + " ("), std::string::npos) << text;
    bool const in_words = text.find("cannot ") != std::string::npos || text.find("there is no ") != std::string::npos ||
                          text.find("is not a region") != std::string::npos;
    EXPECT_TRUE(in_words) << text;
    expect_remedy(error);
}

/// In a child to which the call is refused so: the error, and nothing kept. Returns: its exit code.
int refused(Row const& row, int os_error, std::string const& name)
{
    Child child([&](Child&) {
        for (SystemCall const& call : row.filter) {
            if (!refuse(call, os_error)) {
                return not_permitted;
            }
        }
        int const   before = open_descriptors();
        Error const error  = error_of([&] {
            switch (row.act) {
            case Act::Create:
                make(name);
                break;
            case Act::Open:
                SharedRegion::open(name);
                break;
            case Act::Look:
                kickmsg::SharedMemory::inspect(name);
                break;
            case Act::List:
                kickmsg::list(name);
                break;
            }
        });
        check(row, os_error, error, name);
        EXPECT_EQ(open_descriptors(), before) << error.what();
        EXPECT_FALSE(maps_shared_memory()) << error.what();
        return testing::Test::HasFailure() ? 1 : 0;
    });
    return child.join();
}

} // namespace

TEST(RefusalTable, EveryCallWithEveryErrnoIsSortedSaidAndLeavesNothing)
{
    Name const name("refused");
    for (Row const& row : table()) {
        for (int const error : row.documented) {
            if (row.act != Act::Create) {
                make(name);
            }
            int const verdict = refused(row, error, name);
            if (verdict == not_permitted) {
                GTEST_SKIP() << "no filter of system calls may be set here";
            }
            EXPECT_EQ(verdict, 0) << "call " << static_cast<int>(row.call) << ", " << std::strerror(error);
            EXPECT_EQ(kickmsg::os::classify(row.call, error), expected(row, error));
            EXPECT_EQ(kickmsg::SharedMemory::unlink(name), row.act != Act::Create) << "a refused region has a name";
        }
    }
}

/// What the replacing of a name may meet is sorted by the same rules.
TEST(RefusalTable, RenamingAndRemovingAreSortedAlike)
{
    for (Call const call : {Call::Replace, Call::Remove}) {
        for (int const error : {EACCES, EPERM, EROFS}) {
            EXPECT_EQ(kickmsg::os::classify(call, error), ErrorCode::PermissionDenied);
        }
        for (int const error : {ENOSPC, EDQUOT}) {
            EXPECT_EQ(kickmsg::os::classify(call, error), ErrorCode::NoSpace);
        }
        for (int const error : {EBUSY, EINVAL, EISDIR, ELOOP, ENOENT, ENOTDIR, EXDEV, EIO, undocumented}) {
            EXPECT_EQ(kickmsg::os::classify(call, error), ErrorCode::System);
        }
    }
}

TEST(RefusalTable, EveryCallHasWordsOfItsOwnForAnyErrno)
{
    for (int call = 0; call <= static_cast<int>(Call::ProofLock); ++call) {
        for (int error = 1; error < 140; ++error) {
            Error const refusal = error_of([&] { kickmsg::os::refuse(static_cast<Call>(call), "/object", error); });
            EXPECT_EQ(refusal.object(), "/object");
            EXPECT_EQ(refusal.os_error(), error);
            expect_remedy(refusal);
        }
    }
}
