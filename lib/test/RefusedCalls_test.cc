/// System calls that the kernel refuses one by one (seccomp): each is an error that says what failed, and leaves nothing.
#include "kickmsg/Hash.h"
#include "support.h"

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace kickmsg_test;
using kickmsg::ErrorCode;
using kickmsg::SharedRegion;

namespace {

constexpr int not_permitted = 77;

/// A system call, and which of its arguments, of what is under `mask`, has to have `value`.
struct Call {
    unsigned number;
    unsigned argument = 0;
    unsigned mask     = 0;
    unsigned value    = 0;
};

/// From here on this process gets `error` from such calls. Returns: false where that may not be asked for.
bool refuse(Call const& call, int error)
{
    auto const  argument  = static_cast<unsigned>(offsetof(seccomp_data, args) + call.argument * sizeof(uint64_t));
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call.number, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, call.mask),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call.value, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog const filter{sizeof(program) / sizeof(program[0]), program};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

#ifdef SYS_rename
Call const rename_file{SYS_rename};
#elif defined(SYS_renameat)
Call const rename_file{SYS_renameat};
#else
Call const rename_file{SYS_renameat2};
#endif
Call const make_nameless{SYS_openat, 2, O_TMPFILE, O_TMPFILE};
Call const open_by_name{SYS_openat, 2, O_NOFOLLOW, O_NOFOLLOW};
Call const open_again{SYS_openat, 2, ~0U, O_RDWR | O_CLOEXEC};
Call const map_region{SYS_mmap, 3, ~0U, MAP_SHARED}; // the first of them
Call const map_proof{SYS_mmap, 2, ~0U, PROT_READ};

/// fstat(), by its own call or as the other one of an empty path.
std::vector<Call> const examine{{SYS_fstat}, {SYS_newfstatat, 3, AT_EMPTY_PATH, AT_EMPTY_PATH}};

/// Where a replacement of the region waits for its rename.
std::string waiting_path(std::string const& name)
{
    char digits[24];
    std::snprintf(digits, sizeof(digits), "%016llx",
                  static_cast<unsigned long long>(kickmsg::hash::fnv1a_64(kickmsg::SharedMemory::checked_name(name))));
    return std::string("/dev/shm/.kickmsg-") + digits;
}

/// In a child to which `calls` are refused from after `prepare` on, `act` throws such an error, and nothing has the name.
void expect_refused(std::vector<Call> const& calls, int os_error, ErrorCode code, std::string const& words,
                    std::function<void(std::string const&)> const& act,
                    std::function<void(std::string const&)> const& prepare = {})
{
    Name const name("refused");
    Child      child([&](Child&) {
        if (prepare) {
            prepare(name);
        }
        for (Call const& call : calls) {
            if (!refuse(call, os_error)) {
                return not_permitted;
            }
        }
        auto const error = error_of([&] { act(name); });
        EXPECT_EQ(error.code(), code) << error.what();
        EXPECT_EQ(error.os_error(), os_error) << error.what();
        EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
        return testing::Test::HasFailure() ? 1 : 0;
    });
    int const  verdict = child.join();
    if (verdict == not_permitted) {
        GTEST_SKIP() << "no filter of system calls may be set here";
    }
    EXPECT_EQ(verdict, 0);
    EXPECT_EQ(kickmsg::SharedMemory::unlink(name), prepare != nullptr) << "only what was there before has the name";
    EXPECT_FALSE(std::filesystem::exists(waiting_path(name)));
}

void create_region(std::string const& name)
{
    make(name);
}

void open_region(std::string const& name)
{
    SharedRegion::open(name);
}

/// A region that nobody uses.
void leave_stale(std::string const& name)
{
    make(name);
}

} // namespace

TEST(RefusedCalls, ANamelessFileThatMayNotBeMadeIsAnError)
{
    expect_refused({make_nameless}, EACCES, ErrorCode::PermissionDenied, "cannot create a shared memory object",
                   create_region);
    expect_refused({make_nameless}, EOPNOTSUPP, ErrorCode::System, "cannot create a shared memory object",
                   create_region);
}

TEST(RefusedCalls, PermissionBitsThatCannotBeSetAreAnError)
{
    expect_refused({{SYS_fchmod}}, EPERM, ErrorCode::System, "cannot set the permission bits", create_region);
}

TEST(RefusedCalls, MemoryThatCannotBeReservedForAnotherReasonThanRoomIsAnError)
{
    expect_refused({{SYS_fallocate}}, EIO, ErrorCode::System, "cannot reserve shared memory", create_region);
}

TEST(RefusedCalls, ANameThatCannotBeGivenIsAnError)
{
    expect_refused({{SYS_linkat}}, EACCES, ErrorCode::PermissionDenied, "cannot name the shared memory object",
                   create_region);
    expect_refused({{SYS_linkat}}, EIO, ErrorCode::System, "cannot name the shared memory object", create_region);
}

TEST(RefusedCalls, ARegionThatCannotBeOpenedIsAnError)
{
    expect_refused({open_by_name}, EACCES, ErrorCode::PermissionDenied,
                   "the permission bits of the region forbid it: joining needs to read and to write", open_region,
                   leave_stale);
    expect_refused({open_by_name}, EMFILE, ErrorCode::System, "cannot open the shared memory object", open_region,
                   leave_stale);
}

TEST(RefusedCalls, MemoryThatCannotBeMappedIsAnError)
{
    expect_refused({map_region}, ENOMEM, ErrorCode::System, "cannot map ", open_region, leave_stale);
    expect_refused({map_proof}, ENOMEM, ErrorCode::System, "cannot map a page", open_region, leave_stale);
}

TEST(RefusedCalls, AProofOfLifeWithoutADescriptorIsAnError)
{
    expect_refused({open_again}, EMFILE, ErrorCode::System, "cannot open a description", open_region, leave_stale);
}

TEST(RefusedCalls, MemoryThatCannotBeExaminedIsAnError)
{
    expect_refused(examine, EIO, ErrorCode::System, "cannot examine", open_region, leave_stale);
}

TEST(RefusedCalls, AReplacementThatCannotTakeTheNameIsAnErrorAndLeavesNoFile)
{
    expect_refused({rename_file}, EIO, ErrorCode::System, "cannot replace the region", create_region, leave_stale);
}

TEST(RefusedCalls, WhatAKilledReplacerLeftAndCannotBeRemovedIsAnErrorThatNamesIt)
{
    Name const name;
    make(name);
    std::string const waiting = waiting_path(name);
    ASSERT_TRUE(std::filesystem::create_directory(waiting)) << waiting; // not to be removed by unlink()
    auto const error = error_of([&] { make(name); });
    EXPECT_TRUE(std::filesystem::remove(waiting));
    EXPECT_EQ(error.code(), ErrorCode::PermissionDenied) << error.what();
    EXPECT_NE(std::string(error.what()).find("cannot remove " + waiting), std::string::npos) << error.what();
    make(name); // as if nothing had been
}
