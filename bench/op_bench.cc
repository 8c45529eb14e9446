/// op/: what single operations cost on one thread, both ends of the channel in one process.
///
/// The payload is touched, but in the rows payload:handoff: there it is neither written nor read.
#include "single_thread.h"

#include "kickmsg/Node.h"

namespace kickmsg {
namespace bench {
namespace {

constexpr std::size_t largest_op = 1048576; ///< the pool of 128 slots is written through once

void loop_exchange(benchmark::State& state, std::size_t size, How how, bool send_time = false, uint32_t history = 0)
{
    Geometry geometry;
    geometry.size      = size;
    geometry.send_time = send_time;
    geometry.history   = history;
    OwnRegion  region(geometry);
    Publisher  publisher(*region);
    Subscriber subscriber(*region);
    loop_of_exchanges(state, publisher, subscriber, size, how, geometry.pool);
}

/// Receives with where each message comes from.
void loop_info(benchmark::State& state, bool send_time)
{
    Geometry geometry;
    geometry.send_time = send_time;
    OwnRegion                   region(geometry);
    Publisher                   publisher(*region);
    Subscriber                  subscriber(*region);
    std::vector<uint64_t> const message = message_of(headline_size);
    uint64_t                    number  = 0;
    for (auto _ : state) {
        (void)publisher.send(message.data(), headline_size);
        SampleInfo info;
        auto const sample = subscriber.try_receive(info);
        if (!sample || info.sequence != ++number || !check_payload(sample->data(), headline_size, 1)) {
            state.SkipWithError("a message was missing or damaged");
            break;
        }
    }
}

void loop_publish(benchmark::State& state, uint32_t rings)
{
    OwnRegion              region(Geometry{headline_size, rings, 64, 256});
    Publisher              publisher(*region);
    std::deque<Subscriber> subscribers;
    for (uint32_t i = 0; i < rings; ++i) {
        subscribers.emplace_back(*region);
    }
    auto const message = message_of(headline_size);
    for (auto _ : state) {
        (void)publisher.send(message.data(), headline_size);
        for (Subscriber& subscriber : subscribers) {
            auto const sample = subscriber.try_receive();
            if (!sample || !check_payload(sample->data(), headline_size, 1)) {
                state.SkipWithError("a message was missing or damaged");
                return;
            }
        }
    }
}

void loop_no_ring(benchmark::State& state)
{
    OwnRegion             region(Geometry{headline_size, 16, 64, 256});
    Publisher             publisher(*region);
    std::vector<uint64_t> message(headline_size / sizeof(uint64_t));
    for (auto _ : state) {
        benchmark::DoNotOptimize(publisher.send(message.data(), headline_size));
    }
}

/// Nobody reads: every send pushes the oldest unread message out.
void loop_evict(benchmark::State& state)
{
    OwnRegion             region(Geometry{headline_size, 1, 64, 256});
    Publisher             publisher(*region);
    Subscriber            subscriber(*region);
    std::vector<uint64_t> message(headline_size / sizeof(uint64_t));
    for (int fill = 0; fill < 64; ++fill) {
        (void)publisher.send(message.data(), headline_size);
    }
    for (auto _ : state) {
        benchmark::DoNotOptimize(publisher.send(message.data(), headline_size));
    }
}

/// Takes and drops views of a full ring; sending is not in the time.
void loop_view(benchmark::State& state)
{
    constexpr int         batch = 256;
    OwnRegion             region(Geometry{headline_size, 1, batch, 2 * batch});
    Publisher             publisher(*region);
    Subscriber            subscriber(*region);
    std::vector<uint64_t> message(headline_size / sizeof(uint64_t));
    while (state.KeepRunningBatch(batch)) {
        for (int i = 0; i < batch; ++i) {
            (void)publisher.send(message.data(), headline_size);
        }
        int            taken = 0;
        uint64_t const start = ticks();
        while (subscriber.try_receive_view()) {
            ++taken;
        }
        state.SetIterationTime(to_ns(static_cast<double>(ticks() - start)) / 1e9);
        if (taken != batch) {
            state.SkipWithError("a view was missing");
        }
    }
}

/// A blackboard of this process alone; its name is gone as soon as it exists.
struct OwnBoard {
    OwnBoard()
    {
        node.unlink_blackboard("board");
    }

    RegionName       name{"op"};
    Node             node{"bench", name.str().substr(1)};
    Blackboard       board  = node.blackboard("board");
    BlackboardWriter writer = board.writer("value");
    BlackboardReader reader = board.reader("value");
};

void loop_board_read(benchmark::State& state)
{
    OwnBoard                    own;
    std::vector<uint64_t> const value = message_of(headline_size);
    std::vector<uint64_t>       found(value.size());
    (void)own.writer.write(value.data(), headline_size);
    for (auto _ : state) {
        int32_t const bytes = own.reader.read(found.data(), headline_size);
        if (bytes != static_cast<int32_t>(headline_size) || !check_payload(found.data(), headline_size, 1)) {
            state.SkipWithError("a value was missing or damaged");
            break;
        }
    }
}

void loop_board_write(benchmark::State& state)
{
    OwnBoard                    own;
    std::vector<uint64_t> const value = message_of(headline_size);
    for (auto _ : state) {
        benchmark::DoNotOptimize(own.writer.write(value.data(), headline_size));
    }
}

void loop_join(benchmark::State& state)
{
    OwnRegion region(Geometry{headline_size, 16, 64, 256});
    for (auto _ : state) {
        Subscriber subscriber(*region);
        benchmark::DoNotOptimize(subscriber);
    }
}

/// Each newcomer takes over the last messages.
void loop_join_late(benchmark::State& state, uint32_t history)
{
    Geometry geometry{headline_size, 16, 64, 256};
    geometry.history = history;
    OwnRegion                   region(geometry);
    Publisher                   publisher(*region);
    std::vector<uint64_t> const message = message_of(headline_size);
    for (uint32_t i = 0; i < history; ++i) {
        (void)publisher.send(message.data(), headline_size);
    }
    for (auto _ : state) {
        Subscriber subscriber(*region);
        if (!subscriber.try_receive()) {
            state.SkipWithError("a newcomer got nothing from before");
            break;
        }
    }
}

void loop_recover_clean(benchmark::State& state, uint32_t pool)
{
    OwnRegion  region(Geometry{headline_size, 16, 64, pool});
    Subscriber subscriber(*region);
    Publisher  publisher(*region);
    for (auto _ : state) {
        if ((*region).recover().slots != 0) {
            state.SkipWithError("a clean region gave something back");
            break;
        }
    }
}

} // namespace

void add_op_cells(Plan const& plan, std::vector<Cell>& cells)
{
    auto const add = [&](std::string const& name, std::function<void(benchmark::State&)> loop) -> Cell& {
        cells.push_back(loop_cell(plan, "op/" + name, group_op, std::move(loop)));
        return cells.back();
    };
    for (std::size_t const size : plan.sizes) {
        if (size > largest_op) {
            continue;
        }
        std::string const key = "size:" + std::to_string(size);
        add("send_receive/" + key + "/receive:copy",
            [size](auto& state) { loop_exchange(state, size, How::SendCopy); });
        add("send_receive/" + key + "/receive:view",
            [size](auto& state) { loop_exchange(state, size, How::SendView); });
        add("loan_receive/" + key + "/receive:view",
            [size](auto& state) { loop_exchange(state, size, How::LoanView); });
        add("loan_receive/" + key + "/receive:view/payload:handoff",
            [size](auto& state) { loop_exchange(state, size, How::Handoff); });
    }
    add("send_receive/size:64/receive:copy/send_time:on",
        [](auto& state) { loop_exchange(state, headline_size, How::SendCopy, true); });
    add("send_receive/size:64/receive:view/send_time:on",
        [](auto& state) { loop_exchange(state, headline_size, How::SendView, true); });
    add("send_receive/size:64/receive:info", [](auto& state) { loop_info(state, false); });
    add("send_receive/size:64/receive:info/send_time:on", [](auto& state) { loop_info(state, true); });
    add("publish_receive/rings:0", loop_no_ring);
    for (uint32_t const rings : plan.extent.rings) {
        add("publish_receive/rings:" + std::to_string(rings), [rings](auto& state) { loop_publish(state, rings); });
    }
    add("publish_evict/rings:1", loop_evict);
    add("view_take_drop/size:64", loop_view).manual_time = true;
    add("blackboard_read/size:64", loop_board_read);
    add("blackboard_write/size:64", loop_board_write);
    add("join_leave/ring:64", loop_join);
    for (uint32_t const history : {1U, 8U}) {
        std::string const key = "history:" + std::to_string(history);
        add("send_receive/size:64/receive:copy/" + key,
            [history](auto& state) { loop_exchange(state, headline_size, How::SendCopy, false, history); });
        add("join_leave/ring:64/" + key, [history](auto& state) { loop_join_late(state, history); });
    }
    for (uint32_t const pool : plan.extent.pools) {
        add("recover_clean/pool:" + std::to_string(pool), [pool](auto& state) { loop_recover_clean(state, pool); });
    }
}

} // namespace bench
} // namespace kickmsg
