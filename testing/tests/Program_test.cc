/// Planted faults of small programs are reported by the kit, and the right ones are clean.
#include "samples.h"

#include <cstdlib>
#include <stdexcept>

using namespace kickmsg_kit;
using namespace std::chrono_literals;
using kickmsg::Publisher;
using kickmsg::Subscriber;
using kit::Fault;
using kit::FaultKind;
using kit::run_program;

namespace {

class Programs : public Kit {
protected:
    kickmsg::SharedRegion make_topic() const
    {
        Publisher const made = kickmsg::Node("test").advertise("topic", small_config());
        return kickmsg::SharedRegion::open(node.topic_region("topic"));
    }
};

} // namespace

TEST_F(Programs, ARightOneIsCleanAlsoUnderFaults)
{
    kit::Findings const alone = run_program(prefix.str(), samples::is_right);
    EXPECT_TRUE(alone.ok()) << alone;
    auto const          region = make_topic();
    Fault const         fault(region, FaultKind::NoSlot);
    kit::Findings const found = run_program(prefix.str(), samples::is_right);
    EXPECT_TRUE(found.ok()) << found;
}

TEST_F(Programs, OneThatTakesWithoutCheckingIsReportedWhereThereIsNoSlot)
{
    EXPECT_TRUE(run_program(prefix.str(), samples::takes_without_checking).ok()) << "with slots nothing shows";
    auto                region = make_topic();
    Fault const         fault(region, FaultKind::NoSlot);
    kit::Findings const found = run_program(prefix.str(), samples::takes_without_checking);
    EXPECT_TRUE(found.mention("expected nobody dead that is not recovered, found publisher")) << found;
    region.recover();
    EXPECT_TRUE(found.mention("expected to end by itself with 0, found signal 11")) << found;
    EXPECT_TRUE(found.mention("allocate() answers null")) << found;
}

TEST_F(Programs, OneThatIgnoresAWouldBlockHasSentLessThanItSays)
{
    auto const          region = make_topic();
    Fault const         fault(region, FaultKind::NoSlot);
    auto const          before = kit::Account::now(region);
    kit::Findings const ended  = run_program(prefix.str(), samples::ignores_would_block);
    EXPECT_TRUE(ended.ok()) << ended;
    kit::Findings const found = expect_sent(before, kit::Account::now(region), samples::messages);
    EXPECT_TRUE(found.mention("expected 3 messages sent, found 0")) << found;

    kit::Findings const told = run_program(prefix.str(), samples::reports_would_block);
    EXPECT_TRUE(told.mention("found exit code 1")) << "one that looks says so: " << told;
}

TEST_F(Programs, OneThatHoldsAViewForEverIsReported)
{
    auto const          region = make_topic();
    Publisher           publisher(region);
    samples::HoldsAView holds(true), right(false);
    auto const          before = kit::Account::now(prefix.str());
    send(publisher, "message");
    EXPECT_TRUE(right.handle_one() && holds.handle_one());
    kit::Findings const found = kit::leftovers(before, kit::Account::now(prefix.str()));
    EXPECT_EQ(found.size(), 1U) << found;
    EXPECT_TRUE(found.mention("holds 1 view")) << found;
}

TEST_F(Programs, OneThatForgetsToRecoverIsReported)
{
    auto const          region = make_topic();
    Fault const         fault(region, FaultKind::DeadPeer);
    kit::Findings const ended = run_program(prefix.str(), [] { return samples::supervises(false); });
    EXPECT_TRUE(ended.ok()) << ended;
    kit::Findings const found = kit::leftovers(prefix.str());
    EXPECT_TRUE(found.mention("expected nobody dead that is not recovered")) << found;

    EXPECT_TRUE(run_program(prefix.str(), [] { return samples::supervises(true); }).ok());
    EXPECT_TRUE(kit::leftovers(prefix.str()).ok()) << kit::leftovers(prefix.str());
}

TEST_F(Programs, OneThatUsesAHandleAfterAForkIsReported)
{
    kit::Findings const found = run_program(prefix.str(), [] { return samples::forks(false); });
    EXPECT_TRUE(found.mention("expected no call on a handle that came through fork(), found 1 call")) << found;
    EXPECT_TRUE(found.mention("open the region anew in the child")) << found;
    EXPECT_TRUE(run_program(prefix.str(), [] { return samples::forks(true); }).ok());
}

TEST_F(Programs, OneThatUsesAHandleThatWasMovedFromIsReported)
{
    kit::Findings const found = run_program(prefix.str(), [] {
        Publisher       publisher = kickmsg::Node("sample").advertise("topic", small_config());
        Publisher const moved(std::move(publisher));
        static_cast<void>(publisher.send("x", 1)); // NOLINT(bugprone-use-after-move)
        return 0;
    });
    EXPECT_TRUE(found.mention("expected no call on a handle that was moved from, found 1 call")) << found;
}

TEST_F(Programs, OneThatDoesNotEndIsKilledAndReportedWithWhatItLeft)
{
    auto region = make_topic();
    auto body   = [name = region.name()] {
        Subscriber subscriber(kickmsg::SharedRegion::open(name));
        static_cast<void>(subscriber.receive(std::chrono::nanoseconds::max()));
        return 0;
    };
    kit::Findings const found = run_program(prefix.str(), body, 1s);
    EXPECT_TRUE(found.mention("expected to end within 1000 ms, found that it runs on, and was killed")) << found;
    EXPECT_TRUE(found.mention("dead: holds 0 views")) << found;
    region.recover();
}

TEST_F(Programs, AnExceptionAndAnExitCodeAreReported)
{
    kit::Findings const thrown = run_program("", []() -> int { throw std::runtime_error("no luck"); });
    EXPECT_TRUE(thrown.mention("found an exception: no luck")) << thrown;
    kit::Findings const failed = run_program("", [] { return 7; });
    EXPECT_TRUE(failed.mention("found exit code 7")) << failed;
}

TEST(Findings, ATextSaysWhatWasExpectedWhatWasFoundAndWhatToDo)
{
    kit::Finding const finding{"/topic", "nothing", "something", "look"};
    EXPECT_EQ(to_string(finding), "/topic: expected nothing, found something (look)");
    kit::Findings all;
    EXPECT_TRUE(all.ok() && static_cast<bool>(all));
    all.add(finding);
    all.add(all);
    EXPECT_EQ(all.size(), 2U);
    EXPECT_EQ(to_string(all), to_string(finding) + "\n" + to_string(finding));
}
