/// Ours in blackboards: a writer and a reader of one key, on one thread.
#include "peers.h"

#include "kickmsg/Node.h"

#include <array>

namespace kickmsg {
namespace bench {
namespace {

constexpr char const* board_name = "board";
constexpr std::size_t value_size = 64;

/// Writes values, or reads and checks one: until the budget is over, in batches that are timed as a whole. board.rs has the same loop.
template <class Step>
Round run_batches(Budget const& budget, Step step)
{
    constexpr uint64_t batch = 1000;
    Round              round;
    bool               right   = true;
    auto const         one_lap = [&] {
        for (uint64_t i = 0; i < batch; ++i) {
            right = step() && right;
        }
    };
    one_lap();
    uint64_t const start = ticks();
    uint64_t const end   = start + to_ticks(budget.seconds);
    uint64_t       last  = start;
    for (; last < end && right; last = ticks()) {
        one_lap();
        round.sent += batch;
    }
    round.seconds   = to_ns(static_cast<double>(last - start)) / 1e9;
    round.delivered = round.sent;
    round.error     = right ? "" : "a value was missing or damaged";
    return round;
}

Round measure(PeerCase const& what, bool writes, Budget const& budget)
{
    TransportWatch   watch;
    Node             node("board", what.tag.substr(1));
    Blackboard       board  = node.blackboard(board_name);
    BlackboardWriter writer = board.writer("value");
    BlackboardReader reader = board.reader("value");
    node.unlink_blackboard(board_name); // whatever happens from here on, no name stays behind
    watch.opened();
    std::array<uint64_t, value_size / sizeof(uint64_t)> value{};
    write_payload(value.data(), value_size, 1);
    need(writer.write(value.data(), value_size) == static_cast<int32_t>(value_size), "a write");
    Round round =
        writes ? run_batches(budget,
                             [&] { return writer.write(value.data(), value_size) == static_cast<int32_t>(value_size); })
               : run_batches(budget, [&] {
                     return reader.read(value.data(), value_size) == static_cast<int32_t>(value_size) &&
                            check_payload(value.data(), value_size, 1);
                 });
    Transport const seen    = watch.seen(value_size, round.sent);
    round.transport         = seen.what;
    round.transport_checked = seen.checked;
    return round;
}

} // namespace

Round kickmsg_board(Placement const& placement, Budget const& budget, bool writes)
{
    PeerCase const names = named(PeerCase());
    auto const     held  = hold_names({"_blackboard_board"})(names);
    auto const     run   = [&](Line const& /*other*/, Line const& report) {
        Round round;
        try {
            round = measure(names, writes, budget);
        } catch (std::exception const& error) {
            round.error = error.what();
        }
        tell_report(report, round);
    };
    return measure_alone(run, placement, budget.seconds);
}

} // namespace bench
} // namespace kickmsg
