/// Removing what only the dead left: never what is in use, by any number of processes at once.
#include "found_regions.h"
#include "kickmsg/Node.h"
#include "kickmsg/os/Time.h"
#include "no_automatic_recovery.h"
#include "raw_region.h"
#include "remedy.h"

#include <algorithm>
#include <chrono>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::ErrorCode;
using kickmsg::Node;
using kickmsg::PruneReport;
using kickmsg::SharedRegion;

namespace {

void expect_kept(PruneReport const& report, std::string const& name, ErrorCode code, std::string const& words)
{
    auto const found =
        std::find_if(report.kept.begin(), report.kept.end(), [&](auto const& kept) { return kept.name == name; });
    ASSERT_NE(found, report.kept.end()) << name << " is in no report";
    EXPECT_EQ(found->error.code(), code) << found->error.what();
    EXPECT_EQ(found->error.object(), name);
    EXPECT_NE(std::string(found->error.what()).find(words), std::string::npos) << found->error.what();
    expect_remedy(found->error);
}

bool is_there(std::string const& name)
{
    auto const names = names_of(kickmsg::list(name));
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// A region that nobody takes part in. On Windows it would end with its last user: what is returned keeps it.
RawRegion stale(std::string const& name)
{
    auto const region = make(name);
    return RawRegion(name);
}

} // namespace

KICKMSG_CHILD(holds_a_publisher)
{
    auto publisher = Node("child", texts[0]).advertise_or_join(texts[1], small_config());
    self.pause();
    return 0;
}

TEST(Prune, RemovesWhatTheDeadAndTheGoneLeftAndKeepsWhatIsInUseWithTheReason)
{
    Prefix const prefix;
    Node         node("n", prefix);
    Child        killed(holds_a_publisher, {prefix, "killed"}), living(holds_a_publisher, {prefix, "living"});
    killed.wait_ready();
    living.wait_ready();
    node.advertise("gone", small_config());
    auto const mine = make("/" + prefix.str() + "_mine");
#if defined(_WIN32) // a region ends with its last user
    auto const keep_one = keep(node.topic_region("killed"));
#endif
    killed.kill();
    kickmsg::sleep(1ms);

    auto const report = kickmsg::prune(prefix.str() + "_");
#if !defined(_WIN32)
    EXPECT_EQ(report.removed, (std::vector<std::string>{node.topic_region("gone"), node.topic_region("killed")}));
#else
    EXPECT_EQ(report.removed, (std::vector<std::string>{node.topic_region("killed")}));
#endif
    EXPECT_EQ(report.kept.size(), 2U);
    expect_kept(report, node.topic_region("living"), ErrorCode::InUse, "publisher pid " + std::to_string(living.pid()));
    expect_kept(report, mine.name(), ErrorCode::InUse, "region pid ");
    EXPECT_FALSE(is_there(node.topic_region("killed")));
    EXPECT_TRUE(node.has_publisher("living"));
    EXPECT_FALSE(mine.diagnose().unlinked);
    EXPECT_EQ(kickmsg::prune(prefix.str() + "_").removed.size(), 0U);
}

TEST(Prune, KeepsWhatItCannotOpenAsARegion)
{
    Prefix const      prefix;
    std::string const begin = "/" + prefix.str() + "_";
    RawRegion         old = stale(begin + "a"), half = stale(begin + "b"), bad = stale(begin + "c");
    old.header().version            = 1;
    half.header().state             = 0;
    bad.header().geometry.pool_size = 0;
    auto const report               = kickmsg::prune(begin);
    EXPECT_TRUE(report.removed.empty());
    EXPECT_EQ(report.kept.size(), 3U);
    expect_kept(report, begin + "a", ErrorCode::WrongVersion, "remove it by SharedMemory::unlink");
    expect_kept(report, begin + "b", ErrorCode::NotReady, "SharedMemory::unlink");
    expect_kept(report, begin + "c", ErrorCode::Corrupt, "SharedMemory::unlink");
    EXPECT_TRUE(is_there(begin + "a"));
}

TEST(Prune, RemovesARegionWhoseReplacerWasKilled)
{
    Name const name;
    RawRegion  raw = stale(name);
    raw.header().state.store(kickmsg::core::OwnerWord::make(kickmsg::core::OwnerWord::Retired, 0, 900));
    EXPECT_EQ(kickmsg::prune(name).removed, (std::vector<std::string>{name}));
    EXPECT_FALSE(is_there(name));
}

/// It has a lock and no record: only the lock says so.
TEST(Prune, KeepsARegionThatSomebodyIsJustAttachingTo)
{
    Name const                     name;
    RawRegion const                raw    = stale(name);
    auto const                     memory = keep(name);
    kickmsg::os::ProofOfLife const proof(memory, kickmsg::os::Role::Participant, 77);
    auto const                     report = kickmsg::prune(name);
    EXPECT_TRUE(report.removed.empty());
    expect_kept(report, name, ErrorCode::InUse, "somebody who is just attaching");
    EXPECT_TRUE(is_there(name));
}

TEST(Prune, LeavesTheRegionOfAFinishedPruningToItsHandlesAndTheNameToOthers)
{
    Name const      name;
    RawRegion const raw    = stale(name);
    auto const      memory = keep(name);
    EXPECT_EQ(kickmsg::prune(name).removed.size(), 1U);
    EXPECT_FALSE(memory.is_linked());
    auto const again = make(name, small_config(32));
    EXPECT_EQ(again.info().pool_size, 32U);
}
