/// Scenarios that people expect, each with what it does, why, and what a failure means in README.md: traffic.
#include "Traffic.h"

#include <cerrno>
#include <cstring>
#include <thread>

using namespace kickmsg_stress;
using kickmsg_test::Name;
using std::chrono::nanoseconds;

namespace {

kickmsg::channel::Config config(uint32_t pool, uint32_t capacity, uint32_t subscribers, uint32_t publishers)
{
    auto cfg             = kickmsg_test::small_config(pool, capacity, subscribers);
    cfg.max_publishers   = publishers;
    cfg.max_payload_size = Message::most;
    return cfg;
}

uint32_t messages(uint64_t full)
{
    return static_cast<uint32_t>(share_of(full));
}

void tell(std::string const& scenario, Outcome const& outcome)
{
    Row("Scenario." + scenario)
        .require("sent", outcome.sent)
        .require("received", outcome.received)
        .require("received_by_the_slowest", outcome.least_received)
        .add("lost", outcome.lost)
        .add("refused", outcome.refused);
}

std::size_t total(kickmsg::RecoveryReport const& report)
{
    return report.participants + report.rings + report.entries + report.references + report.slots + report.schema;
}

} // namespace

TEST(Scenario, FreeStackHammering)
{
    constexpr uint32_t    slots = 3, threads = 6;
    Name const            name("hammer");
    auto const            region = kickmsg_test::make(name, config(slots, 2, 1, threads));
    std::atomic<uint64_t> held{0}, empty{0}, stolen{0};
    auto const            hammer = [&](uint64_t who) {
        kickmsg::Publisher publisher(region);
        for (uint64_t i = 0; i < share_of(3000000); ++i) {
            auto* const slot = static_cast<uint64_t volatile*>(publisher.allocate(sizeof(uint64_t)));
            if (slot == nullptr) {
                empty.fetch_add(1);
                continue;
            }
            *slot = who << 32 | i;
            if (i % 256 == 0) {
                std::this_thread::yield();
            }
            stolen.fetch_add(*slot != (who << 32 | i) ? 1 : 0);
            publisher.publish(); // to nobody: back to the pool
            held.fetch_add(1);
        }
    };
    std::vector<std::function<void()>> bodies;
    for (uint32_t who = 1; who <= threads; ++who) {
        bodies.push_back([&hammer, who] { hammer(who); });
    }
    run_together(bodies);
    ASSERT_EQ(stolen.load(), 0U) << "two held one slot";
    EXPECT_EQ(region.stats().corrupt, 0U) << "a slot on the stack was held, or the stack's chain was broken";
    EXPECT_EQ(kickmsg_test::allocatable(name), slots);
    Row("Scenario.FreeStackHammering").require("held", held.load()).require("empty", empty.load());
}

TEST(Scenario, FairnessOverSixteenSubscribers)
{
    TrafficPlan plan;
    plan.config        = config(70000, 32768, 16, 4);
    plan.publishers    = 2;
    plan.subscribers   = 16;
    plan.messages      = std::min(messages(20000), 16000U); // all of them fit into a ring
    auto const outcome = run(plan, "fairness");
    EXPECT_EQ(outcome.lost, 0U);
    EXPECT_EQ(outcome.refused, 0U);
    EXPECT_EQ(outcome.least_received, outcome.sent) << "some subscriber was left behind";
    tell("FairnessOverSixteenSubscribers", outcome);
}

TEST(Scenario, SixteenTimesSixteen)
{
    TrafficPlan plan;
    plan.config        = config(16 * 8 + 32, 8, 16, 16);
    plan.publishers    = 16;
    plan.subscribers   = 16;
    plan.messages      = messages(10000);
    plan.viewed        = true;
    auto const outcome = run(plan, "sixteen");
    EXPECT_EQ(outcome.refused, 0U) << "a pool of this size never runs dry";
    tell("SixteenTimesSixteen", outcome);
}

TEST(Scenario, CapacityTwoRing)
{
    TrafficPlan plan;
    plan.config        = config(16, 2, 2, 4);
    plan.publishers    = 4;
    plan.messages      = messages(200000);
    auto const outcome = run(plan, "two");
    tell("CapacityTwoRing", outcome);
    EXPECT_GT(outcome.lost, 0U) << "the ring was never overrun";
}

TEST(Scenario, RecoverStormUnderTraffic)
{
    std::atomic<uint64_t> taken{0}, unclean{0};
    TrafficPlan           plan;
    plan.config        = config(12, 4, 2, 3);
    plan.publishers    = 3;
    plan.messages      = messages(20000);
    plan.viewed        = true;
    plan.meanwhile     = {[&taken](kickmsg::SharedRegion& region) { taken.fetch_add(total(region.recover())); },
                          [&taken](kickmsg::SharedRegion& region) {
                          taken.fetch_add(region.repair_locked_entries() + region.reset_retired_rings() +
                                              region.reclaim_orphaned_slots());
                      },
                          [&unclean](kickmsg::SharedRegion& region) {
                          auto const health = region.diagnose();
                          unclean.fetch_add(health.dead_participants + health.retired_rings + health.locked_entries +
                                                health.orphaned_slots);
                      }};
    auto const outcome = run(plan, "recover");
    EXPECT_EQ(taken.load(), 0U) << "recovery took something from the living";
    EXPECT_EQ(unclean.load(), 0U) << "diagnose() saw a fault where there is none";
    tell("RecoverStormUnderTraffic", outcome);
    Row("Scenario.RecoverStorm").require("repairs", outcome.turns);
}

TEST(Scenario, PoolExhaustion)
{
    constexpr uint32_t slots = 6;
    Name const         name("exhaustion");
    auto               cfg                              = config(slots, 8, 1, 2);
    cfg.max_views                                       = slots;
    auto const                                   region = kickmsg_test::make(name, cfg);
    kickmsg::Publisher                           publisher(region);
    kickmsg::Subscriber                          subscriber(region);
    uint64_t                                     refused = 0;
    std::vector<kickmsg::Subscriber::SampleView> views;
    uint64_t const                               rounds = share_of(100000);
    for (uint64_t round = 0; round < rounds && !HasFailure(); ++round) {
        while (views.size() < slots) { // all slots are views
            kickmsg_test::send(publisher, round);
            auto view = subscriber.try_receive_view();
            ASSERT_TRUE(view.has_value());
            views.push_back(std::move(*view));
        }
        EXPECT_EQ(publisher.send(&round, sizeof(round)), -EAGAIN);
        EXPECT_EQ(publisher.dropped(), ++refused);
        views.erase(views.begin() + static_cast<std::ptrdiff_t>(round % views.size()));
        EXPECT_EQ(publisher.send(&round, sizeof(round)), 8) << "one slot is free again";
        EXPECT_EQ(kickmsg_test::receive_all(subscriber), std::vector<uint64_t>{round});
        EXPECT_EQ(subscriber.lost(), 0U);
    }
    Row("Scenario.PoolExhaustion").require("exhaustions", refused);
}

TEST(Scenario, StarvedPoolUnderTraffic)
{
    TrafficPlan plan;
    plan.config        = config(5, 8, 3, 4);
    plan.publishers    = 4;
    plan.subscribers   = 3;
    plan.messages      = messages(100000);
    plan.viewed        = true;
    auto const outcome = run(plan, "starved");
    tell("StarvedPoolUnderTraffic", outcome);
    EXPECT_GT(outcome.lost, 0U) << "nothing was evicted";
}
