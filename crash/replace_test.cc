/// Who opens a region while another replaces it: whoever comes to a region is in the one that has the name.
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
        auto region = SharedRegion::create(name, kickmsg::channel::PubSub, Arena::config(false), "dead");
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
            other.emplace(SharedRegion::create(name, kickmsg::channel::PubSub, Arena::config(false)));
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
