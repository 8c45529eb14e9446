/// scale/: whether the cost of a message depends on what does not take part in it: rings that are not live, the size of
/// the pool and of the ring, idle publishers. One thread, a send and a receive of 64 bytes touched.
///
/// The cost of further subscribers is fitted to op/publish_receive/rings:N (summary.cc).
#include "single_thread.h"

namespace kickmsg {
namespace bench {
namespace {

constexpr uint32_t other_rings = 31;

/// How the rings beside the one in use came not to be used, or to be of the dead.
enum class Others {
    Never,     ///< nobody ever joined
    Left,      ///< joined and left
    Recovered, ///< owners killed, recover() called
    Killed,    ///< owners killed, nobody called recover(): a publisher finds them out within a lap of their rings
};

void loop_beside(benchmark::State& state, Geometry const& geometry, uint32_t idle_publishers)
{
    OwnRegion             region(geometry);
    std::deque<Publisher> idle;
    for (uint32_t i = 0; i < idle_publishers; ++i) {
        idle.emplace_back(*region);
    }
    Publisher  publisher(*region);
    Subscriber subscriber(*region);
    loop_of_exchanges(state, publisher, subscriber, geometry.size, How::SendCopy, std::min(geometry.pool, 4096U));
}

/// Processes that join the region `name`, and wait for their end.
class Joiners {
public:
    Joiners(RegionName const& name, uint32_t count)
    {
        for (uint32_t i = 0; i < count; ++i) { // before there is any handle
            children_.emplace_back(any_processor, 60U, [&name](Line const& line) {
                line.hear('c');
                SharedRegion const region = SharedRegion::open(name.str());
                Subscriber const   subscriber(region);
                line.tell('j');
                line.hear('e');
                return 0;
            });
        }
    }
    void join()
    {
        for (Child const& child : children_) {
            child.line().tell('c');
            child.line().hear('j');
        }
    }
    void kill()
    {
        for (Child& child : children_) {
            child.kill();
        }
    }

private:
    std::deque<Child> children_;
};

Geometry with_other_rings(uint32_t others)
{
    Geometry geometry;
    geometry.subscribers = 1 + others;
    geometry.pool        = 4096;
    return geometry;
}

void loop_others(benchmark::State& state, uint32_t others, Others what)
{
    bool const       die = what == Others::Recovered || what == Others::Killed;
    RegionName const name("scale");
    Joiners          joiners(name, die ? others : 0);
    SharedRegion     region = SharedRegion::create(name.str(), channel::PubSub, with_other_rings(others).config());
    Subscriber       subscriber(region);
    if (what == Others::Left) {
        std::deque<Subscriber> leavers;
        for (uint32_t i = 0; i < others; ++i) {
            leavers.emplace_back(region);
        }
    }
    joiners.join();
    joiners.kill();
    region.unlink();
    if (what == Others::Recovered && region.recover().rings != others) {
        state.SkipWithError("recovery did not free every ring of the dead");
        return;
    }
    Publisher publisher(region);
    loop_of_exchanges(state, publisher, subscriber, headline_size, How::SendCopy, 4096);
}

} // namespace

void add_scale_cells(Plan const& plan, std::vector<Cell>& cells)
{
    auto const add = [&](std::string const& name, std::function<void(benchmark::State&)> loop) {
        cells.push_back(loop_cell(plan, "scale/" + name, group_scale, std::move(loop)));
    };
    struct {
        char const* word;
        uint32_t    others;
        Others      what;
    } const rings[] = {{"none", 0, Others::Never},
                       {"never", other_rings, Others::Never},
                       {"left", other_rings, Others::Left},
                       {"recovered", other_rings, Others::Recovered},
                       {"killed", other_rings, Others::Killed}};
    for (auto const& row : rings) {
        add("other_rings:" + std::to_string(row.others) + "/owners:" + row.word,
            [row](auto& state) { loop_others(state, row.others, row.what); });
    }
    auto const add_beside = [&](std::string const& name, Geometry const& geometry, uint32_t idle_publishers) {
        add(name, [=](auto& state) { loop_beside(state, geometry, idle_publishers); });
    };
    for (uint32_t const pool : plan.extent.pools) {
        add_beside("pool:" + std::to_string(pool), {headline_size, 1, 8, pool, 1}, 0);
    }
    for (uint32_t const ring : plan.extent.ring_sizes) {
        add_beside("ring:" + std::to_string(ring), {headline_size, 1, ring, 8192, 1}, 0);
    }
    for (uint32_t const all : plan.extent.live_publishers) {
        add_beside("publishers:" + std::to_string(all), {headline_size, 1, 64, 4 * all + 128, all}, all - 1);
    }
}

} // namespace bench
} // namespace kickmsg
