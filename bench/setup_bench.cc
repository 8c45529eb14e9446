/// setup/: calls that a program makes once: regions, handles, named topics. A sample is one call; what has to be there
/// before it, and what has to go after it, is not in its time.
#include "process.h"
#include "single_thread.h"

#include "kickmsg/Node.h"

#include <optional>

namespace kickmsg {
namespace bench {
namespace {

/// The time of `call`, in ticks.
template <class Call>
uint64_t time_of(Call call)
{
    uint64_t const start = ticks();
    call();
    return ticks() - start;
}

/// Calls `once`, which answers the ticks of one sample, until the cell's time is over.
template <class Once>
Round sample_calls(Plan const& plan, Once once)
{
    constexpr uint64_t least = 10;
    Round              round;
    once(); // the first one of a process is another call: page faults of the program itself
    uint64_t const end   = ticks() + to_ticks(plan.latency_seconds / 3);
    uint64_t       total = 0;
    while (ticks() < end || round.ticks.count() < least) {
        uint64_t const taken = once();
        round.ticks.record(taken);
        total += taken;
    }
    round.seconds = to_ns(static_cast<double>(total)) / 1e9;
    return round;
}

channel::Config config_of(uint32_t pool)
{
    Geometry geometry;
    geometry.subscribers = 16;
    geometry.pool        = pool;
    return geometry.config();
}

Round create(Plan const& plan, uint32_t pool)
{
    RegionName const name("setup");
    return sample_calls(plan, [&] {
        std::optional<SharedRegion> region;
        uint64_t const              taken =
            time_of([&] { region.emplace(SharedRegion::create(name.str(), channel::PubSub, config_of(pool))); });
        region->unlink();
        return taken;
    });
}

Round unlink(Plan const& plan, uint32_t pool)
{
    RegionName const name("setup");
    return sample_calls(plan, [&] {
        SharedRegion region = SharedRegion::create(name.str(), channel::PubSub, config_of(pool));
        return time_of([&] { region.unlink(); });
    });
}

/// The last holder of a region without a name gives its memory back.
Round destroy(Plan const& plan, uint32_t pool)
{
    RegionName const name("setup");
    return sample_calls(plan, [&] {
        std::optional<SharedRegion> region(SharedRegion::create(name.str(), channel::PubSub, config_of(pool)));
        region->unlink();
        return time_of([&] { region.reset(); });
    });
}

/// `get` answers a further handle of a region that exists.
template <class Get>
Round beside_existing(Plan const& plan, uint32_t pool, Get get)
{
    RegionName const name("setup");
    SharedRegion     region = SharedRegion::create(name.str(), channel::PubSub, config_of(pool));
    Round const      round  = sample_calls(plan, [&] {
        std::optional<SharedRegion> second;
        return time_of([&] { second.emplace(get(name.str(), config_of(pool))); });
    });
    region.unlink();
    return round;
}

/// A Publisher or a Subscriber comes, or goes.
template <class Handle>
Round handle(Plan const& plan, uint32_t pool, bool comes)
{
    Geometry geometry;
    geometry.subscribers = 16;
    geometry.pool        = pool;
    OwnRegion region(geometry);
    return sample_calls(plan, [&] {
        std::optional<Handle> it;
        uint64_t const        coming = time_of([&] { it.emplace(*region); });
        uint64_t const        going  = time_of([&] { it.reset(); });
        return comes ? coming : going;
    });
}

/// Node: the region and the handle in one call. The topic exists when `existing`.
Round topic(Plan const& plan, uint32_t pool, bool existing)
{
    RegionName const         name("setup"); // unlinked whatever happens: the topic's region has this name
    std::string const        prefix = region_name("").substr(1, region_name("").size() - 2);
    Node                     node("bench", prefix);
    std::optional<Publisher> keeper;
    if (existing) {
        keeper.emplace(node.advertise("setup", config_of(pool)));
    }
    return sample_calls(plan, [&] {
        uint64_t taken = 0;
        if (existing) {
            std::optional<Subscriber> subscriber;
            taken = time_of([&] { subscriber.emplace(node.subscribe("setup")); });
        } else {
            std::optional<Publisher> publisher;
            taken = time_of([&] { publisher.emplace(node.advertise("setup", config_of(pool))); });
            node.unlink_topic("setup");
        }
        return taken;
    });
}

} // namespace

void add_setup_cells(Plan const& plan, std::vector<Cell>& cells)
{
    for (uint32_t const pool : plan.extent.pools) {
        auto const add = [&](char const* call, std::function<Round(Plan const&)> measure) {
            cells.push_back(sample_cell(std::string("setup/") + call + "/pool:" + std::to_string(pool), group_setup,
                                        plan.family_rounds, 1, "one call", std::move(measure)));
        };
        add("create", [pool](Plan const& p) { return create(p, pool); });
        add("unlink", [pool](Plan const& p) { return unlink(p, pool); });
        add("destroy", [pool](Plan const& p) { return destroy(p, pool); });
        add("open", [pool](Plan const& p) {
            return beside_existing(p, pool, [](auto const& name, auto const&) { return SharedRegion::open(name); });
        });
        add("create_or_open_existing", [pool](Plan const& p) {
            return beside_existing(p, pool, [](auto const& name, auto const& config) {
                return SharedRegion::create_or_open(name, channel::PubSub, config);
            });
        });
        add("publisher", [pool](Plan const& p) { return handle<Publisher>(p, pool, true); });
        add("publisher_leaves", [pool](Plan const& p) { return handle<Publisher>(p, pool, false); });
        add("subscriber", [pool](Plan const& p) { return handle<Subscriber>(p, pool, true); });
        add("subscriber_leaves", [pool](Plan const& p) { return handle<Subscriber>(p, pool, false); });
        add("node_advertise", [pool](Plan const& p) { return topic(p, pool, false); });
        add("node_subscribe", [pool](Plan const& p) { return topic(p, pool, true); });
    }
}

} // namespace bench
} // namespace kickmsg
