/// A process opens a region while another replaces it: each that comes to a region is in the one that has the name. One that unlinks a
/// region while others do: what has the name afterwards keeps it.
#include "Arena.h"
#include "Settings.h"
#include "Victim.h"

#include "support.h"

#include <gtest/gtest.h>

using namespace kickmsg_crash;
using kickmsg::SharedRegion;

namespace {

void leave_a_dead_region(std::string const& name)
{
    kickmsg_test::Child child([&](kickmsg_test::Child& self) {
        auto region = SharedRegion::create(name, kickmsg::channel::PubSub, Arena::config(), "dead");
        self.pause();
        return 0;
    });
    child.wait_ready();
    child.kill();
}

Body opening(std::string const& name)
{
    auto region = std::make_shared<std::optional<SharedRegion>>();
    return {[](Report&) {}, [region, name](Report&) { region->emplace(SharedRegion::open(name)); },
            [region](Report& report) {
                report.result = (*region)->diagnose().unlinked ? 2 : 1;
                region->reset();
            }};
}

Body unlinking(std::string const& name)
{
    auto region = std::make_shared<std::optional<SharedRegion>>();
    return {[region, name](Report&) { region->emplace(SharedRegion::open(name)); },
            [region](Report&) { (*region)->unlink(); },
            [region](Report& report) {
                report.result = (*region)->diagnose().unlinked ? 1 : 2;
                region->reset();
            }};
}

} // namespace

TEST(Replacing, AnOpenerStoppedAtEachSystemCallIsNotLeftBehind)
{
    unsigned replaced = 0;
    unsigned refused  = 0;
    unsigned boundary = 0;
    for (bool reached = true; reached; ++boundary) {
        kickmsg_test::Name const name;
        leave_a_dead_region(name);
        Bound const                 one_processor(processor());
        Victim                      opener(opening(name), processor());
        std::optional<SharedRegion> other;
        reached                = opener.run_to_call(boundary);
        std::string const when = "stopped at boundary " + std::to_string(boundary);
        try {
            other.emplace(SharedRegion::create(name, kickmsg::channel::PubSub, Arena::config()));
            ++replaced;
        } catch (kickmsg::Error const& error) {
            EXPECT_EQ(error.code(), kickmsg::ErrorCode::InUse) << when << ": " << error.what();
            ++refused;
        }
        EXPECT_TRUE(opener.run_to_end()) << when << ": " << opener.report().error;
        EXPECT_EQ(opener.report().result, 1) << when << ": the opener is in a region that nobody finds";
        EXPECT_FALSE(other && other->diagnose().unlinked) << when;
    }
    std::printf("stop  %-32s %3u boundaries of system calls, %u replaced, %u refused\n", "open_beside_a_replacer",
                boundary, replaced, refused);
    Row("stop_calls", "open_beside_a_replacer")
        .add("states", boundary)
        .add("rounds", boundary)
        .add("failed", HasFailure() ? 1 : 0);
    EXPECT_GT(replaced, 0U) << "before its proof of life";
    EXPECT_GT(refused, 0U) << "after it";
}

TEST(Unlinking, StoppedOrKilledAtEachSystemCallLeavesTheNextRegionItsName)
{
    unsigned boundary = 0;
    unsigned ours     = 0;
    for (bool reached = true; reached; ++boundary) {
        for (bool const killed : {false, true}) {
            kickmsg_test::Name const name;
            auto                     region = SharedRegion::create(name, kickmsg::channel::PubSub, Arena::config());
            Bound const              one_processor(processor());
            Victim                   unlinker(unlinking(name), processor());
            reached                = unlinker.run_to_call(boundary);
            std::string const when = (killed ? "killed" : "stopped") + (" at boundary " + std::to_string(boundary));
            if (killed) {
                unlinker.kill();
            }
            region.unlink();
            bool const gone = region.diagnose().unlinked;
            EXPECT_TRUE(gone || !killed) << when << ": nobody else may remove the name";
            ours += gone ? 1 : 0;
            std::optional<SharedRegion> next;
            if (gone) {
                next.emplace(SharedRegion::create(name, kickmsg::channel::PubSub, Arena::config()));
            }
            if (!killed) {
                EXPECT_TRUE(unlinker.run_to_end()) << when << ": " << unlinker.report().error;
                EXPECT_EQ(unlinker.report().result, 1) << when << ": it returned, and the name is still there";
            }
            EXPECT_FALSE(next && next->diagnose().unlinked) << when << ": the next one's name was removed";
            EXPECT_TRUE(region.diagnose().unlinked) << when;
        }
    }
    std::printf("stop  %-32s %3u boundaries of system calls, %u removed by the other\n", "unlink", boundary, ours);
    Row("stop_calls", "unlink").add("states", boundary).add("rounds", 2 * boundary).add("failed", HasFailure() ? 1 : 0);
    EXPECT_GT(ours, boundary) << "each killed one's, and some of the stopped ones'";
}
