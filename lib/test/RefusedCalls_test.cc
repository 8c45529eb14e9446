/// System calls that the kernel refuses one by one (seccomp): each is an error that says what failed, and leaves nothing.
#include "held.h"
#include "kickmsg/Hash.h"
#include "kickmsg/Node.h"
#include "proofs.h"
#include "raw_region.h"
#include "refuse_calls.h"
#include "support.h"
#include "waiting.h"

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

using namespace kickmsg_test;
using kickmsg::ErrorCode;
using kickmsg::SharedRegion;

namespace {

#ifdef SYS_rename
SystemCall const rename_file{SYS_rename};
#elif defined(SYS_renameat)
SystemCall const rename_file{SYS_renameat};
#else
SystemCall const rename_file{SYS_renameat2};
#endif
#ifdef SYS_unlink
SystemCall const remove_file{SYS_unlink};
#else
SystemCall const remove_file{SYS_unlinkat};
#endif
SystemCall const make_nameless{SYS_openat, 2, O_TMPFILE, O_TMPFILE};
SystemCall const open_by_name{SYS_openat, 2, O_NOFOLLOW, O_NOFOLLOW};
SystemCall const open_again{SYS_openat, 2, ~0U, O_RDWR | O_CLOEXEC};
SystemCall const map_region{SYS_mmap, 3, ~0U, MAP_SHARED}; // the first of them
SystemCall const map_proof{SYS_mmap, 2, ~0U, PROT_READ};

/// fstat(), by its own call or as the other one of an empty path.
std::vector<SystemCall> const examine{{SYS_fstat}, {SYS_newfstatat, 3, AT_EMPTY_PATH, AT_EMPTY_PATH}};

/// In a child to which `calls` are refused from after `prepare` on, `act` throws such an error, and nothing has the name.
void expect_refused(std::vector<SystemCall> const& calls, int os_error, ErrorCode code, std::string const& words,
                    std::function<void(std::string const&)> const& act,
                    std::function<void(std::string const&)> const& prepare = {})
{
    Name const name("refused");
    Child      child([&](Child&) {
        if (prepare) {
            prepare(name);
        }
        for (SystemCall const& call : calls) {
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
    EXPECT_TRUE(waiting_files(name).empty()) << waiting_files(name).front();
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
    expect_refused({{SYS_fchmod}}, EPERM, ErrorCode::PermissionDenied, "cannot set the permission bits", create_region);
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
    expect_refused({open_by_name}, EACCES, ErrorCode::PermissionDenied, "joining needs to read and to write",
                   open_region, leave_stale);
    expect_refused({open_by_name}, EMFILE, ErrorCode::LimitReached, "cannot open the shared memory object", open_region,
                   leave_stale);
}

TEST(RefusedCalls, MemoryThatCannotBeMappedIsAnError)
{
    expect_refused({map_region}, ENOMEM, ErrorCode::LimitReached, "cannot map ", open_region, leave_stale);
    expect_refused({map_proof}, ENOMEM, ErrorCode::LimitReached, "cannot map a page", open_region, leave_stale);
}

TEST(RefusedCalls, AProofOfLifeWithoutADescriptorIsAnError)
{
    expect_refused({open_again}, EMFILE, ErrorCode::LimitReached, "cannot open a description", open_region,
                   leave_stale);
}

TEST(RefusedCalls, AProofOfLifeThatIsRefusedIsNotTriedForOtherNumbers)
{
    expect_refused(
        {open_again}, EMFILE, ErrorCode::LimitReached, "cannot open a description",
        [](std::string const& name) {
            RawRegion      raw(name);
            uint64_t const drawn = raw.header().incarnations.load();
            try {
                SharedRegion::open(name);
            } catch (kickmsg::Error const&) {
                EXPECT_EQ(raw.header().incarnations.load(), drawn + 1);
                throw;
            }
        },
        leave_stale);
}

TEST(RefusedCalls, MemoryThatCannotBeExaminedIsAnError)
{
    expect_refused(examine, EIO, ErrorCode::System, "cannot examine", open_region, leave_stale);
}

TEST(RefusedCalls, AReplacementThatCannotTakeTheNameIsAnErrorAndLeavesNoFile)
{
    expect_refused({rename_file}, EIO, ErrorCode::System, "cannot replace the region", create_region, leave_stale);
}

TEST(RefusedCalls, AReplacementThatTheStickyDirectoryForbidsNamesTheOwner)
{
    expect_refused({rename_file}, EPERM, ErrorCode::PermissionDenied,
                   "belongs to user " + std::to_string(geteuid()) + ", and in /dev/shm only its owner and root",
                   create_region, leave_stale);
}

TEST(RefusedCalls, AReplacementThatIsForbiddenLeavesARegionThatFitsToBeOpened)
{
    Name const name;
    make(name);
    Child     child([&](Child&) {
        if (!refuse(rename_file, EPERM)) {
            return not_permitted;
        }
        EXPECT_EQ(error_of([&] { make(name); }).code(), ErrorCode::PermissionDenied);
        EXPECT_FALSE(SharedRegion::open(name).diagnose().unlinked);
        EXPECT_FALSE(SharedRegion::create_or_open(name, kickmsg::channel::PubSub, small_config()).diagnose().unlinked);
        auto const other =
            error_of([&] { SharedRegion::create_or_open(name, kickmsg::channel::PubSub, small_config(32)); });
        EXPECT_EQ(other.code(), ErrorCode::PermissionDenied) << other.what();
        EXPECT_TRUE(waiting_files(name).empty());
        return testing::Test::HasFailure() ? 1 : 0;
    });
    int const verdict = child.join();
    if (verdict == not_permitted) {
        GTEST_SKIP() << "no filter of system calls may be set here";
    }
    EXPECT_EQ(verdict, 0);
}

TEST(RefusedCalls, ANameThatMayNotBeRemovedIsAnErrorThatNamesTheOwner)
{
    std::vector<std::function<void(std::string const&)>> const removals{
        [](std::string const& name) { kickmsg::SharedMemory::unlink(name); },
        [](std::string const& name) { SharedRegion::open(name).unlink(); },
        [](std::string const& name) {
            kickmsg::Node("n", name.substr(1, name.rfind('_') - 1)).unlink_topic("refused");
        },
    };
    for (auto const& remove : removals) {
        expect_refused({remove_file}, EPERM, ErrorCode::PermissionDenied,
                       "cannot remove the name of the region: /dev/shm", remove, leave_stale);
    }
    expect_refused({remove_file}, EROFS, ErrorCode::PermissionDenied, "cannot remove the name of the region",
                   removals.front(), leave_stale);
}

TEST(RefusedCalls, ARefusedRemovalGivesItsRightBack)
{
    Name const name;
    make(name);
    auto  other = SharedRegion::open(name);
    Child child([&](Child& self) {
        auto region = SharedRegion::open(name);
        if (!refuse(remove_file, EPERM)) {
            self.ready();
            return not_permitted;
        }
        EXPECT_EQ(error_of([&] { region.unlink(); }).code(), ErrorCode::PermissionDenied);
        EXPECT_EQ(error_of([&] { region.unlink(); }).code(), ErrorCode::PermissionDenied)
            << "not silent the second time";
        self.pause();
        return testing::Test::HasFailure() ? 1 : 0;
    });
    child.wait_ready();
    other.unlink(); // the refused one lives
    bool const removed = other.diagnose().unlinked;
    child.go_on();
    int const verdict = child.join();
    if (verdict == not_permitted) {
        GTEST_SKIP() << "no filter of system calls may be set here";
    }
    EXPECT_EQ(verdict, 0);
    EXPECT_TRUE(removed);
}

TEST(RefusedCalls, WhatAKilledReplacerLeftAndCannotBeRemovedHindersNobody)
{
    Name const name;
    make(name);
    std::string const waiting = std::string(waiting_folder) + "/" + waiting_stem(name);
    ASSERT_TRUE(std::filesystem::create_directories(waiting + "/full"))
        << waiting; // not to be removed by unlink() or rmdir()
    auto const error = [&]() -> std::string {
        try {
            make(name);
            SharedRegion::open(name);
            return "";
        } catch (kickmsg::Error const& what) {
            return what.what();
        }
    }();
    EXPECT_EQ(std::filesystem::remove_all(waiting), 2U);
    EXPECT_EQ(error, "");
}

namespace {

using kickmsg::os::ProofOfLife;
using kickmsg::os::Role;

SystemCall const keep_from_forks{SYS_madvise, 2, ~0U, MADV_DONTFORK};
SystemCall const set_lock{SYS_fcntl, 1, ~0U, F_OFD_SETLK};
SystemCall const ask_lock{SYS_fcntl, 1, ~0U, F_OFD_GETLK};

/// In a thread of a child to which `call` is refused, a proof of life is an error, and nothing of it is left: another
/// thread of the process then takes the same one.
void expect_no_proof(SystemCall const& call, int os_error, ErrorCode code, std::string const& words)
{
    Object    object;
    Child     child([&](Child&) {
        ProofOfLife(object.memory, Role::Participant, 4); // so that what is made once is made
        auto const  before    = Held::now();
        bool        permitted = false;
        std::thread refused([&] {
            permitted = refuse(call, os_error);
            if (permitted) {
                auto const error = error_of([&] { ProofOfLife(object.memory, Role::Participant, 5); });
                EXPECT_EQ(error.code(), code) << error.what();
                EXPECT_EQ(error.os_error(), os_error) << error.what();
                EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
            }
        });
        refused.join();
        EXPECT_TRUE(Held::now() == before);
        EXPECT_FALSE(lives(object.memory, 5));
        ProofOfLife const proof(object.memory, Role::Participant, 5);
        EXPECT_TRUE(lives(object.memory, 5));
        return !permitted ? not_permitted : testing::Test::HasFailure() ? 1 : 0;
    });
    int const verdict = child.join();
    if (verdict == not_permitted) {
        GTEST_SKIP() << "no filter of system calls may be set here";
    }
    EXPECT_EQ(verdict, 0);
}

} // namespace

TEST(RefusedCalls, AProofOfLifeThatCannotBeTakenLeavesNoDescriptorAndNoMapping)
{
    expect_no_proof(map_proof, ENOMEM, ErrorCode::LimitReached, "cannot map a page");
    expect_no_proof(keep_from_forks, EINVAL, ErrorCode::System, "cannot lock a byte");
    expect_no_proof(set_lock, ENOLCK, ErrorCode::LimitReached, "cannot lock a byte");
}

TEST(RefusedCalls, AProofOfLifeWithoutADescriptorSaysWhatToDo)
{
    expect_no_proof(open_again, EMFILE, ErrorCode::LimitReached, "raise RLIMIT_NOFILE");
    expect_no_proof(open_again, ENFILE, ErrorCode::LimitReached, "raise fs.file-max");
    expect_no_proof(open_again, EACCES, ErrorCode::PermissionDenied, "changed its user");
    expect_no_proof(open_again, EIO, ErrorCode::System, "Input/output error");
}

TEST(RefusedCalls, AQuestionWhoLivesThatIsRefusedIsADoubtAndMeansAlive)
{
    Object    object;
    Child     child([&](Child&) {
        EXPECT_FALSE(lives(object.memory, 5));
        if (!refuse(ask_lock, EINVAL)) {
            return not_permitted;
        }
        EXPECT_TRUE(lives(object.memory, 5));
        EXPECT_TRUE(kickmsg::os::is_anyone_alive(object.memory));
        return testing::Test::HasFailure() ? 1 : 0;
    });
    int const verdict = child.join();
    if (verdict == not_permitted) {
        GTEST_SKIP() << "no filter of system calls may be set here";
    }
    EXPECT_EQ(verdict, 0);
}
