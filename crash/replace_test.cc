/// A process opens a region while another replaces it: each that comes to a region is in the one that has the name. One that unlinks a
/// region while others do: what has the name afterwards keeps it. One that decides the geometry of a topic that a subscriber waits in,
/// beside another that does: one of them has the topic, and the subscriber is with it.
#include "Arena.h"
#include "Settings.h"
#include "Victim.h"

#include "kickmsg/Node.h"
#include "kickmsg/os/Time.h"
#include "support.h"

#include <gtest/gtest.h>

using namespace kickmsg_crash;
using kickmsg::Node;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;

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

/// A topic "t" in which a subscriber waits that leaves the geometry to its publisher.
struct Waiting {
    Waiting() : logger("logger", stem.str().substr(1)), subscriber(logger.subscribe_or_create("t")) {}
    ~Waiting()
    {
        kickmsg::SharedMemory::unlink(region());
    }
    std::string region() const
    {
        return logger.topic_region("t");
    }
    /// Returns: null when another one has decided.
    std::unique_ptr<Publisher> decide(kickmsg::channel::Config const& cfg)
    {
        try {
            return std::make_unique<Publisher>(Node("driver", logger.prefix()).advertise_or_join("t", cfg));
        } catch (kickmsg::Error const& error) {
            EXPECT_EQ(error.code(), kickmsg::ErrorCode::Mismatch) << error.what();
            return nullptr;
        }
    }
    /// The subscriber is where the name leads, it hears who publishes there, and nothing else is left.
    void expect_to_be_followed(std::string const& when)
    {
        // one that was killed just before it could say so has left the subscriber to its looks at the name
        for (int i = 0; i < 1000 && subscriber.stale(); ++i) {
            for (int poll = 0; poll < 64; ++poll) {
                EXPECT_FALSE(subscriber.try_receive()) << when;
            }
            kickmsg::sleep(std::chrono::milliseconds(1));
        }
        EXPECT_FALSE(subscriber.stale()) << when;
        auto const region_of_it = SharedRegion::open(region());
        EXPECT_EQ(region_of_it.diagnose().leftover_files, 0U) << when;
        Publisher publisher(region_of_it);
        kickmsg_test::send(publisher, 7);
        EXPECT_EQ(kickmsg_test::receive_all(subscriber), std::vector<uint64_t>{7}) << when;
    }

    kickmsg_test::Name const stem{"waiting"};
    Node                     logger;
    Subscriber               subscriber;
};

/// Result: 1 when it has decided, and the name leads to its region; 2 when another had; 3 when it is where no name leads.
Body deciding(std::string const& prefix, kickmsg::channel::Config const& cfg)
{
    auto publisher = std::make_shared<std::optional<Publisher>>();
    return {[](Report&) {},
            [publisher, prefix, cfg](Report&) {
                try {
                    publisher->emplace(Node("victim", prefix).advertise_or_join("t", cfg));
                } catch (kickmsg::Error const& error) {
                    if (error.code() != kickmsg::ErrorCode::Mismatch) {
                        throw;
                    }
                }
            },
            [publisher](Report& report) {
                report.result = !*publisher ? 2 : (*publisher)->stale() ? 3 : 1;
                publisher->reset();
            }};
}

/// A publisher with `cfg` is stopped or killed at each of its system calls, and another one comes, with the Config `theirs`.
void decide_beside(kickmsg::channel::Config const& cfg, kickmsg::channel::Config const& theirs, char const* subject)
{
    unsigned boundary = 0;
    unsigned decided  = 0;
    for (bool reached = true; reached; ++boundary) {
        for (bool const killed : {false, true}) {
            Waiting     waiting;
            Bound const one_processor(processor());
            Victim      victim(deciding(waiting.logger.prefix(), cfg), processor());
            reached                = victim.run_to_call(boundary);
            std::string const when = (killed ? "killed" : "stopped") + (" at boundary " + std::to_string(boundary));
            if (killed) {
                victim.kill();
            }
            auto const other = waiting.decide(theirs);
            decided += other ? 1 : 0;
            if (!killed) {
                EXPECT_TRUE(victim.run_to_end()) << when << ": " << victim.report().error;
                EXPECT_EQ(victim.report().result, other ? 2 : 1) << when << ": one of them has the topic";
            }
            EXPECT_TRUE(other || !killed || !SharedRegion::open(waiting.region()).stats().provisional)
                << when << ": refused where nobody has decided";
            EXPECT_FALSE(other && other->stale()) << when;
            waiting.expect_to_be_followed(when);
        }
    }
    std::printf("stop  %-32s %3u boundaries of system calls, %u decided by the other\n", subject, boundary, decided);
    Row("stop_calls", subject)
        .add("states", boundary)
        .add("rounds", 2 * boundary)
        .add("failed", testing::Test::HasFailure() ? 1 : 0);
    EXPECT_GT(decided, 0U);
    EXPECT_LT(decided, 2 * boundary);
}

} // namespace

TEST(Deciding, APublisherStoppedOrKilledWhileItReplacesAProvisionalRegionLeavesOneThatHasTheTopic)
{
    kickmsg::channel::Config cfg = Arena::config();
    cfg.max_payload_size += 64;
    decide_beside(cfg, Arena::config(), "replace_provisional");
}

TEST(Deciding, APublisherStoppedOrKilledWhileItReplacesARegionThatIsSettledMeanwhileLeavesOneThatHasTheTopic)
{
    decide_beside(Arena::config(), {}, "replace_beside_a_settler");
}

TEST(Deciding, APublisherStoppedOrKilledWhileItSettlesAProvisionalRegionLeavesOneThatHasTheTopic)
{
    decide_beside({}, Arena::config(), "settle_provisional");
}

TEST(Deciding, WhoeverUnlinksAProvisionalRegionTakesNoOthersName)
{
    unsigned boundary = 0;
    for (bool reached = true; reached; ++boundary) {
        Waiting     waiting;
        Bound const one_processor(processor());
        Victim      unlinker(unlinking(waiting.region()), processor());
        reached                     = unlinker.run_to_call(boundary);
        std::string const when      = "stopped at boundary " + std::to_string(boundary);
        auto const        publisher = waiting.decide(Arena::config());
        ASSERT_TRUE(publisher) << when;
        EXPECT_TRUE(unlinker.run_to_end()) << when << ": " << unlinker.report().error;
        EXPECT_EQ(unlinker.report().result, 1) << when << ": it returned, and the name is still there";
        EXPECT_FALSE(publisher->stale()) << when << ": the publisher's name was removed";
        waiting.expect_to_be_followed(when);
    }
    std::printf("stop  %-32s %3u boundaries of system calls\n", "unlink_provisional", boundary);
    Row("stop_calls", "unlink_provisional")
        .add("states", boundary)
        .add("rounds", boundary)
        .add("failed", HasFailure() ? 1 : 0);
}

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
