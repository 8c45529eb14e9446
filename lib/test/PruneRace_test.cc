/// Pruning against openers, creators, other pruners and other users, and what killed pruners leave; files and locks of Linux.
#include "Lifecycle.h"
#include "Replacing.h"
#include "found_regions.h"
#include "kickmsg/Node.h"
#include "os/posix/Descriptor.h"
#include "raw_region.h"
#include "refuse_calls.h"
#include "waiting.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace kickmsg_test;
using kickmsg::ErrorCode;
using kickmsg::Node;
using kickmsg::SharedMemory;
using kickmsg::SharedRegion;
using kickmsg::core::OwnerWord;
using kickmsg::detail::map_region;
using kickmsg::detail::Replacement;
using kickmsg::detail::Replacer;

namespace {

constexpr uid_t owner = 10001, stranger = 10002;

bool is_there(std::string const& name)
{
    return access(("/dev/shm" + name).c_str(), F_OK) == 0;
}

/// Goes as far as a pruner goes before it takes the name, and stops; then takes it, if it still may. Its exit code: whether it did.
int stops_before_it_takes_the_name(Child& self, std::string const& name)
{
    auto const         old = map_region(name);
    Replacer           remover(*old);
    std::exception_ptr failure;
    if (remover.retire(failure) != Replacement::Outcome::Retired) {
        return 9;
    }
    self.pause();
    return remover.take_name() ? 1 : 0;
}

/// Returns: what `act` returned as this user, or not_permitted.
int as(uid_t user, std::function<void()> const& act)
{
    Child child([&](Child&) {
        if (geteuid() != 0 || setgid(user) != 0 || setuid(user) != 0) {
            return not_permitted;
        }
        act();
        return testing::Test::HasFailure() ? 1 : 0;
    });
    return child.join();
}

/// Makes it, uses it and lets it go, again and again. Returns: whether it always had its name.
int creates_and_uses(Node node, int rounds)
{
    for (int round = 0; round < rounds; ++round) {
        auto publisher  = node.advertise_or_join("t", small_config());
        auto subscriber = node.subscribe_or_create("t", small_config());
        if (publisher.stale() || subscriber.stale() || publisher.send("x", 1) != 1) {
            return 1;
        }
    }
    return 0;
}

} // namespace

TEST(PruneRace, AnOpenerOvertakesAStoppedPrunerWhichTakesNothingLater)
{
    Name const name;
    make(name);
    Child pruner([&](Child& self) { return stops_before_it_takes_the_name(self, name); });
    pruner.wait_ready();
    EXPECT_EQ(waiting_files(name).size(), 1U);
    auto const region = SharedRegion::open(name);
    EXPECT_TRUE(waiting_files(name).empty()) << "disarmed";
    pruner.go_on();
    EXPECT_EQ(pruner.join(), 0) << "it has taken the name of a region in use";
    EXPECT_FALSE(region.diagnose().unlinked);
}

TEST(PruneRace, ACreatorOvertakesAStoppedPrunerWhichTakesNothingLater)
{
    Name const name;
    make(name);
    Child pruner([&](Child& self) { return stops_before_it_takes_the_name(self, name); });
    pruner.wait_ready();
    auto const region = make(name, small_config(32));
    pruner.go_on();
    EXPECT_EQ(pruner.join(), 0) << "it has taken the name of another region";
    EXPECT_FALSE(region.diagnose().unlinked);
    EXPECT_TRUE(waiting_files(name).empty());
}

TEST(PruneRace, APrunerOvertakesAStoppedOneAndARegionIsRemovedOnce)
{
    Name const name;
    make(name);
    Child pruner([&](Child& self) { return stops_before_it_takes_the_name(self, name); });
    pruner.wait_ready();
    EXPECT_EQ(kickmsg::prune(name).removed.size(), 1U);
    pruner.go_on();
    EXPECT_EQ(pruner.join(), 0);
    EXPECT_TRUE(waiting_files(name).empty());
}

TEST(PruneRace, WhatAKilledPrunerHadTakenIsClearedByTheNextOpenerOrPruner)
{
    Name const name;
    for (bool const prunes : {false, true}) {
        make(name);
        Child pruner([&](Child& self) {
            auto const         old = map_region(name);
            Replacer           remover(*old);
            std::exception_ptr failure;
            remover.retire(failure);
            auto const taken = waiting_files(name).at(0) + "/taken"; // the step of take_name(), and no further
            rename(("/dev/shm" + name.str()).c_str(), taken.c_str());
            self.pause();
            return 0;
        });
        pruner.wait_ready();
        EXPECT_FALSE(is_there(name));
        EXPECT_EQ(kickmsg::prune(name).leftovers, 0U) << "its pruner lives";
        EXPECT_EQ(waiting_files(name).size(), 1U);
        pruner.kill();
        if (prunes) {
            EXPECT_EQ(kickmsg::prune(name).leftovers, 1U);
        } else {
            auto const fresh = make(name);
            EXPECT_EQ(fresh.diagnose().leftover_files, 0U);
        }
        EXPECT_TRUE(waiting_files(name).empty());
    }
}

TEST(PruneRace, WhatAKilledPrunerHadArmedForARegionThatWasGoneIsClearedByTheNext)
{
    for (std::string const& longer : {std::string(), std::string(180, 'x')}) { // cut short in the name of its place
        Name const  stem;
        std::string name = stem.str() + longer;
        make(name);
        Child pruner([&](Child& self) {
            auto const old = map_region(name);
            Replacer   remover(*old);
            self.pause();
            std::exception_ptr failure;
            if (remover.retire(failure) == Replacement::Outcome::Retired) {
                return 9;
            }
            self.pause();
            return 0;
        });
        pruner.wait_ready();
        EXPECT_EQ(kickmsg::prune(stem.str().substr(1)).removed.size(), 1U);
        pruner.go_on();
        pruner.wait_ready();
        EXPECT_EQ(waiting_files(name).size(), 1U) << "what this test is about";
        pruner.kill();
        EXPECT_EQ(kickmsg::prune(stem.str().substr(1)).leftovers, 1U);
        EXPECT_TRUE(waiting_files(name).empty());
    }
}

TEST(PruneRace, WhatAPrunerHadArmedWhenItWasKilledIsClearedByTheNext)
{
    Name const name;
    make(name);
    Child pruner([&](Child& self) { return stops_before_it_takes_the_name(self, name); });
    pruner.wait_ready();
    pruner.kill();
    EXPECT_EQ(kickmsg::list(name).at(0).status, kickmsg::RegionStatus::Retired);
    EXPECT_EQ(kickmsg::prune(name).removed.size(), 1U);
    EXPECT_TRUE(waiting_files(name).empty());
}

/// Killed between arming and retiring: no word of the region names it.
TEST(PruneRace, WhatAPrunerHadArmedBeforeItSaidSoIsClearedByTheNext)
{
    Name const name;
    make(name);
    Child pruner([&](Child& self) {
        keep(name).arm_removal(900);
        self.pause();
        return 0;
    });
    pruner.wait_ready();
    pruner.kill();
    EXPECT_EQ(waiting_files(name).size(), 1U);
    EXPECT_EQ(kickmsg::prune(name).removed.size(), 1U);
    EXPECT_TRUE(waiting_files(name).empty());
}

TEST(PruneRace, WhatAKilledReplacerLeftIsClearedWhereThePrefixLeadsToItsName)
{
    Name const name;
    make(name);
    Child replacer([&](Child& self) {
        auto const                     old   = map_region(name);
        SharedMemory                   fresh = SharedMemory::build(name, 4096, 0600);
        kickmsg::os::ProofOfLife const proof(old->memory(), kickmsg::os::Role::Replacer, 900);
        kickmsg::os::ProofOfLife const mine(fresh, kickmsg::os::Role::Participant, 1);
        fresh.arm(old->memory(), 900);
        self.pause();
        return 0;
    });
    replacer.wait_ready();
    SharedMemory::open(name); // stays
    EXPECT_EQ(kickmsg::prune(name.str() + "_other").leftovers, 0U);
    EXPECT_EQ(waiting_files(name).size(), 1U);
    replacer.kill();
    EXPECT_EQ(kickmsg::prune(name.str() + "_other").leftovers, 0U);
    EXPECT_EQ(waiting_files(name).size(), 1U) << "another name's";
    ::unlink(("/dev/shm" + name.str()).c_str());
    EXPECT_EQ(kickmsg::prune(name).leftovers, 1U);
    EXPECT_TRUE(waiting_files(name).empty());
}

/// The file that waits has not room for the whole name behind its numbers.
TEST(PruneRace, LeftoversOfANameThatIsCutShortAreFoundByTheWholeName)
{
    Name const        stem;
    std::string const name = stem.str() + std::string(region_name_limit - stem.str().size(), 'x');
    Child             replacer([&](Child& self) {
        SharedMemory old = SharedMemory::build(name, 4096, 0600), fresh = SharedMemory::build(name, 4096, 0600);
        fresh.arm(old, 900);
        self.pause();
        return 0;
    });
    replacer.wait_ready();
    EXPECT_EQ(waiting_files(name).size(), 1U);
    replacer.kill();
    EXPECT_EQ(kickmsg::prune(name.substr(0, 200) + "other").leftovers, 0U) << "what is left of its name says so";
    EXPECT_EQ(kickmsg::prune(name).leftovers, 1U);
    EXPECT_TRUE(waiting_files(name).empty());
}

TEST(PruneRace, ARemovalThatTheSystemRefusesIsReportedAndLeavesTheRegionUsable)
{
    Name const name;
    make(name);
    Child child([&](Child&) {
#if defined(SYS_rename)
        bool const filtered = refuse({SYS_rename}, EIO);
#else
        bool const filtered = refuse({SYS_renameat}, EIO);
#endif
        if (!filtered) {
            return not_permitted;
        }
        auto const report = kickmsg::prune(name);
        return report.removed.empty() && report.kept.size() == 1 && report.kept[0].error.os_error() == EIO ? 0 : 1;
    });
    int const verdict = child.join();
    if (verdict == not_permitted) {
        GTEST_SKIP() << "no filter of system calls may be set here";
    }
    EXPECT_EQ(verdict, 0);
    EXPECT_TRUE(waiting_files(name).empty());
    EXPECT_EQ(kickmsg::list(name).at(0).status, kickmsg::RegionStatus::Ready);
}

TEST(PruneRace, APlaceThatADeadReplacerOfThatNumberLeftIsTakenOver)
{
    Name const name;
    make(name);
    auto const memory = keep(name);
    memory.arm_removal(900);
    memory.arm_removal(900);
    EXPECT_EQ(waiting_files(name).size(), 1U);
    EXPECT_TRUE(memory.take_away(900));
}

TEST(PruneRace, APlaceWhereADeadReplacerOfThatNumberHadArmedARegionIsTakenOver)
{
    Name const name;
    make(name);
    auto const memory = keep(name);
    auto dead = SharedMemory::build(name, memory.size(), 0600), next = SharedMemory::build(name, memory.size(), 0600);
    dead.arm(memory, 900);
    next.arm(memory, 900);
    EXPECT_TRUE(dead.is_spent() && next.is_spent());
    EXPECT_EQ(waiting_files(name).size(), 1U);
    EXPECT_TRUE(next.replace());
    EXPECT_TRUE(next.is_linked());
    EXPECT_FALSE(memory.is_linked());
    EXPECT_FALSE(dead.replace()) << "its place is another's";
    EXPECT_TRUE(waiting_files(name).empty());
}

TEST(PruneRace, APlaceWithWhatALivingProcessHoldsIsReportedAndNotWaitedFor)
{
    Name const name;
    make(name);
    auto const memory = keep(name);
    auto       fresh  = SharedMemory::build(name, memory.size(), 0600);
    memory.arm_removal(900);
    std::string const place = waiting_files(name).at(0);
    {
        kickmsg::os::Descriptor const held(open((place + "/taken").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
        struct flock                  whole {};
        whole.l_type   = F_WRLCK;
        whole.l_whence = SEEK_SET;
        ASSERT_EQ(fcntl(held.get(), F_OFD_SETLK, &whole), 0);
        EXPECT_THROW(memory.arm_removal(900), kickmsg::Error);
        EXPECT_THROW(fresh.arm(memory, 900), kickmsg::Error);
        EXPECT_FALSE(fresh.is_spent());
    }
    fresh.arm(memory, 900);
    EXPECT_TRUE(fresh.is_spent()) << "what was left there is cleared, and no one holds it";
    memory.arm_removal(900);
    EXPECT_TRUE(memory.take_away(900));
}

TEST(PruneRace, APrunerOfAnotherUserThatLivesAndCannotBeDisarmedIsReported)
{
    Name const name;
    if (as(owner, [&] { make(name); }) == not_permitted) {
        GTEST_SKIP() << "root may not become another user here";
    }
    Child pruner([&](Child& self) { return stops_before_it_takes_the_name(self, name); }); // root's
    pruner.wait_ready();
    EXPECT_EQ(as(owner,
                 [&] {
                     auto const report = kickmsg::prune(name);
                     EXPECT_TRUE(report.removed.empty());
                     ASSERT_EQ(report.kept.size(), 1U);
                     EXPECT_EQ(report.kept[0].error.code(), ErrorCode::PermissionDenied);
                     std::string const text = report.kept[0].error.what();
                     EXPECT_NE(text.find("another process is replacing this region"), std::string::npos) << text;
                 }),
              0);
    pruner.kill();
    EXPECT_EQ(as(owner, [&] { EXPECT_EQ(kickmsg::prune(name).removed.size(), 1U); }), 0) << "its owner may";
    EXPECT_EQ(kickmsg::list(name).size(), 0U);
    kickmsg::SharedMemory::unlink(name); // and what only root may clear
}

/// By `rm`, or by a process of another protocol: no protocol of ours protects it, so what was taken is looked at.
TEST(PruneRace, ANameThatWasGivenAnewByHandJustBeforeIsGivenBack)
{
    Name const name;
    make(name);
    auto const         old = map_region(name);
    Replacer           remover(*old);
    std::exception_ptr failure;
    ASSERT_EQ(remover.retire(failure), Replacement::Outcome::Retired);
    ::unlink(("/dev/shm" + name.str()).c_str());
    auto const foreign = std::ofstream("/dev/shm" + name.str()) << "given by hand";
    EXPECT_FALSE(remover.take_name());
    EXPECT_TRUE(is_there(name)) << "it was another's";
}

TEST(PruneRace, ANameIsGivenBackWhereTheSystemRefusesOneOfTheTwoWays)
{
    for (unsigned const refused : {SYS_renameat2, SYS_linkat}) {
        Name const name;
        make(name);
        Child     child([&](Child&) {
            auto const         old = map_region(name);
            Replacer           remover(*old);
            std::exception_ptr failure;
            EXPECT_EQ(remover.retire(failure), Replacement::Outcome::Retired);
            ::unlink(("/dev/shm" + name.str()).c_str());
            std::ofstream("/dev/shm" + name.str()) << "given by hand";
            if (!refuse({refused, 0, 0, 0}, EPERM)) {
                return not_permitted;
            }
            EXPECT_FALSE(remover.take_name());
            EXPECT_TRUE(is_there(name)) << "it was another's; refused: " << refused;
            return testing::Test::HasFailure() ? 1 : 0;
        });
        int const verdict = child.join();
        if (verdict == not_permitted) {
            GTEST_SKIP() << "no filter of system calls here";
        }
        EXPECT_EQ(verdict, 0);
    }
}

TEST(PruneRace, TwoAtOnceRemoveEachRegionOnceAndReportEachOnce)
{
    Prefix const  prefix;
    constexpr int regions = 60, pruners = 4;
    for (int i = 0; i < regions; ++i) {
        make("/" + prefix.str() + "_" + std::to_string(i));
    }
    int                                 counts[2] = {-1, -1};
    std::vector<std::unique_ptr<Child>> others;
    ASSERT_EQ(pipe(counts), 0);
    for (int i = 0; i < pruners; ++i) {
        others.push_back(std::make_unique<Child>([&](Child& self) {
            self.pause();
            auto const report = kickmsg::prune(prefix.str() + "_");
            auto const count  = static_cast<char>(report.removed.size());
            return write(counts[1], &count, 1) == 1 ? static_cast<int>(report.kept.size()) : 99;
        }));
    }
    for (auto const& child : others) {
        child->wait_ready();
    }
    for (auto const& child : others) {
        child->go_on();
    }
    int sum = 0;
    for (auto const& child : others) {
        EXPECT_EQ(child->join(), 0) << "kept what nobody uses";
        char count = 0;
        EXPECT_EQ(read(counts[0], &count, 1), 1);
        sum += count;
    }
    EXPECT_EQ(sum, regions);
    EXPECT_TRUE(SharedMemory::names(prefix.str() + "_").empty());
    close(counts[0]);
    close(counts[1]);
}

TEST(PruneRace, CreatorsAndPrunersAtOnceNeverTakeARegionFromItsUsers)
{
    Prefix const                        prefix;
    Node const                          node("n", prefix);
    std::vector<std::unique_ptr<Child>> creators, pruners;
    for (int i = 0; i < 2; ++i) {
        creators.push_back(std::make_unique<Child>([&](Child&) { return creates_and_uses(node, 300); }));
        pruners.push_back(std::make_unique<Child>([&](Child&) {
            for (;;) {
                kickmsg::prune(prefix.str() + "_");
            }
            return 0;
        }));
    }
    for (auto const& child : creators) {
        EXPECT_EQ(child->join(), 0) << "a region in use lost its name, or could not be made";
    }
    for (auto const& child : pruners) {
        child->kill();
    }
    kickmsg::prune(prefix.str() + "_");
    EXPECT_TRUE(SharedMemory::names(prefix.str() + "_").empty());
    EXPECT_TRUE(waiting_files(node.topic_region("t")).empty());
}

TEST(PruneRace, AnotherUsersRegionIsKeptWithItsOwnerAndNotTouched)
{
    Name const shown("shown"), shared("shared");
    int const  made = as(owner, [&] {
        auto cfg = small_config();
        cfg.mode = 0644;
        make(shown, cfg);
        cfg.mode = 0666;
        make(shared, cfg);
    });
    if (made == not_permitted) {
        GTEST_SKIP() << "root may not become another user here";
    }
    EXPECT_EQ(as(stranger,
                 [&] {
                     for (std::string const& name : {shown.str(), shared.str()}) {
                         auto const report = kickmsg::prune(name);
                         EXPECT_TRUE(report.removed.empty());
                         ASSERT_EQ(report.kept.size(), 1U);
                         EXPECT_EQ(report.kept[0].error.code(), ErrorCode::PermissionDenied);
                     }
                     std::string const text = kickmsg::prune(shared).kept[0].error.what();
                     EXPECT_NE(text.find("belongs to user 10001"), std::string::npos) << text;
                     EXPECT_TRUE(waiting_files(shared).empty()) << "nothing is armed that would hinder others";
                 }),
              0);
    EXPECT_EQ(RawRegion(shared).header().state.load(), OwnerWord::make(OwnerWord::Ready, 0, 0));
    EXPECT_EQ(as(owner,
                 [&] {
                     EXPECT_EQ(kickmsg::prune(shown).removed.size(), 1U);
                     EXPECT_EQ(kickmsg::prune(shared).removed.size(), 1U);
                 }),
              0);
}
