/// Words that count modulo their width, each started just below its wrap in a region that nobody has used yet, and
/// traffic across it: nothing may change. In a life of a region they wrap rarely or never; see README.md.
#include "Traffic.h"

#include "raw_region.h"

#include <thread>

using namespace kickmsg_stress;
using kickmsg::detail::Layout;
using kickmsg::detail::Policy;
using kickmsg_test::RawRegion;

namespace {

using Link       = kickmsg::core::TaggedSlot<Policy>;
using References = kickmsg::core::References<Policy>;
using Entry      = kickmsg::core::EntryWord<Policy>;

constexpr uint64_t laps_before = 100;

/// Small pools, so that messages are evicted, and views, while somebody recovers all the time.
TrafficPlan plan_of(uint32_t pool, uint32_t capacity, std::atomic<uint64_t>& taken)
{
    TrafficPlan plan;
    plan.config                  = kickmsg_test::small_config(pool, capacity, 2);
    plan.config.max_payload_size = Message::most;
    plan.publishers              = 3;
    plan.messages                = static_cast<uint32_t>(share_of(40000));
    plan.viewed                  = true;
    plan.meanwhile               = {[&taken](kickmsg::SharedRegion& region) {
        auto const found = region.recover();
        taken.fetch_add(found.participants + found.rings + found.entries + found.references + found.slots);
        std::this_thread::yield();
    }};
    return plan;
}

/// `start` changes the words of the fresh region, `wrapped` counts those that have wrapped in the end.
void cross(std::string const& what, uint32_t pool, uint32_t capacity, std::function<void(Layout&)> const& start,
           std::function<uint64_t(Layout&)> const& wrapped)
{
    std::atomic<uint64_t> taken{0};
    uint64_t              count = 0;
    TrafficPlan           plan  = plan_of(pool, capacity, taken);
    plan.before                 = [&](std::string const& name) { start(RawRegion(name).layout()); };
    plan.after                  = [&](std::string const& name) { count = wrapped(RawRegion(name).layout()); };
    auto const outcome          = run(plan, "wrap");
    EXPECT_EQ(taken.load(), 0U) << "recovery took something from the living";
    EXPECT_EQ(outcome.refused, 0U);
    Row row("Scenario." + what);
    row.require("wrapped", count).require("sent", outcome.sent).require("received", outcome.received);
    row.require("lost", outcome.lost).require("repairs", outcome.turns);
}

/// Every ring as a subscriber left it that had read the last of lap `lap`.
void start_rings(Layout& layout, uint64_t lap)
{
    for (uint32_t ring = 0; ring < layout.ring_count(); ++ring) {
        for (uint32_t i = 0; i < layout.capacity(); ++i) {
            layout.entry(ring, i).store(Entry::make_consumed(lap) | Entry::sealed);
        }
        layout.ring(ring).tail.store((lap + 1) << layout.capacity_log2());
    }
}

} // namespace

TEST(Scenario, FreeStackTagAcrossItsWrap)
{
    uint64_t const before = share_of(20000); // operations; each message is at least two
    auto const     start  = [before](Layout& layout) {
        uint64_t const tag = kickmsg::core::low_bits(Policy::tag_bits) - before;
        layout.head().store(Link::make(tag, Link::slot(layout.head().load())));
        for (uint32_t i = 0; i < layout.pool_size(); ++i) {
            layout.slot(i).link.store(Link::make(tag, Link::slot(layout.slot(i).link.load())));
        }
    };
    cross("FreeStackTagAcrossItsWrap", 12, 4, start, [](Layout& layout) -> uint64_t {
        return Link::tag(layout.head().load()) < kickmsg::core::low_bits(Policy::tag_bits - 1) ? 1 : 0;
    });
}

TEST(Scenario, GenerationsAcrossTheirWrap)
{
    auto const start = [](Layout& layout) {
        for (uint32_t i = 0; i < layout.pool_size(); ++i) {
            uint64_t const generation = kickmsg::core::low_bits(Policy::generation_bits) - 10 * i;
            layout.slot(i).references.store(References::make(generation, 0));
        }
    };
    cross("GenerationsAcrossTheirWrap", 6, 8, start, [](Layout& layout) {
        uint64_t wrapped = 0;
        for (uint32_t i = 0; i < layout.pool_size(); ++i) {
            uint64_t const generation = References::generation(layout.slot(i).references.load());
            wrapped += generation < kickmsg::core::low_bits(Policy::generation_bits - 1) ? 1 : 0;
        }
        EXPECT_EQ(wrapped, layout.pool_size()) << "the slots were used too little";
        return wrapped;
    });
}

/// The 38 bits of an entry wrap long before the 64 of a position.
TEST(Scenario, LapsAcrossTheirWrap)
{
    uint64_t const laps = uint64_t{1} << Policy::lap_bits;
    cross(
        "LapsAcrossTheirWrap", 32, 4, [](Layout& layout) { start_rings(layout, laps - laps_before); },
        [](Layout& layout) {
            uint64_t wrapped = 0;
            for (uint32_t ring = 0; ring < layout.ring_count(); ++ring) {
                bool const beyond = layout.ring(ring).tail.load() >> layout.capacity_log2() > laps;
                wrapped += beyond && layout.entry(ring, 0).load() >> Entry::lap_shift < laps / 2 ? 1 : 0;
            }
            return wrapped;
        });
}

TEST(Scenario, PositionsAcrossTheirWrap)
{
    auto const start = [](Layout& layout) {
        uint64_t const laps = ~uint64_t{0} >> layout.capacity_log2();
        start_rings(layout, laps - laps_before);
    };
    cross("PositionsAcrossTheirWrap", 32, 2, start, [](Layout& layout) {
        uint64_t wrapped = 0;
        for (uint32_t ring = 0; ring < layout.ring_count(); ++ring) {
            wrapped += layout.ring(ring).tail.load() < ~uint64_t{0} / 2 ? 1 : 0;
        }
        return wrapped;
    });
}
