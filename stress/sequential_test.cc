/// Random operation streams against the reference model: exact values, exact losses, exact errors. A failure shrinks, and
/// rapidcheck prints the line that repeats it: RC_PARAMS="reproduce=..." kickmsg_stress_test --gtest_filter=Sequential.*
#include "Streams.h"
#include "Trial.h"

#include <gtest/gtest.h>

using namespace kickmsg_stress;

namespace {

/// inRange scales with the size of the case and may give only its least value; element does not.
rc::Gen<Op> any_operation()
{
    auto const kind = rc::gen::weightedElement<Kind>({{3, Kind::Advertise},
                                                      {2, Kind::Retire},
                                                      {4, Kind::Join},
                                                      {2, Kind::Leave},
                                                      {22, Kind::Send},
                                                      {6, Kind::Allocate},
                                                      {5, Kind::Publish},
                                                      {2, Kind::PublishShorter},
                                                      {2, Kind::PublishLonger},
                                                      {8, Kind::TrySend},
                                                      {2, Kind::TryAllocate},
                                                      {3, Kind::TryPublish},
                                                      {14, Kind::Receive},
                                                      {1, Kind::ReceiveWithTimeout},
                                                      {1, Kind::ReceiveForEver},
                                                      {9, Kind::View},
                                                      {1, Kind::ViewWithTimeout},
                                                      {5, Kind::DropView},
                                                      {1, Kind::Interrupt},
                                                      {1, Kind::WaitForMany},
                                                      {1, Kind::Move},
                                                      {1, Kind::Claim},
                                                      {1, Kind::Open},
                                                      {1, Kind::Close},
                                                      {1, Kind::CreateAgain},
                                                      {1, Kind::OpenOther},
                                                      {1, Kind::Recover},
                                                      {1, Kind::Diagnose},
                                                      {1, Kind::Info}});
    return rc::gen::apply(
        [](Kind k, uint32_t which, uint32_t size) {
            return Op{k, which, size};
        },
        kind, rc::gen::element(0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U),
        rc::gen::element(0U, 1U, 7U, 8U, 24U, payload_limit - 1, payload_limit, payload_limit + 1));
}

rc::Gen<Geometry> any_geometry()
{
    return rc::gen::apply(
        [](uint32_t pool, uint32_t capacity, uint32_t subscribers, uint32_t publishers) {
            return Geometry{pool, capacity, subscribers, publishers};
        },
        rc::gen::element(1U, 2U, 3U, 5U, 8U, 13U, 40U), rc::gen::element(2U, 4U, 8U), rc::gen::element(1U, 2U, 3U, 4U),
        rc::gen::element(1U, 2U, 3U));
}

void tell(Coverage const& coverage)
{
    Row row("Sequential");
    row.require("streams", coverage.streams).require("operations", coverage.operations);
    for (std::size_t kind = 0; kind < coverage.done.size(); ++kind) {
        row.require(name_of(static_cast<Kind>(kind)), coverage.done[kind]);
    }
    row.require("no_room", coverage.events.no_room).require("no_slot", coverage.events.no_slot);
    row.require("evictions", coverage.events.evicted).require("overwritten", coverage.events.overwritten);
    row.require("exhaustions", coverage.events.exhausted).require("wraps", coverage.events.wrapped);
    row.require("overtaken", coverage.events.overtaken).require("skipped", coverage.events.skipped);
    row.require("unheard", coverage.events.unheard).require("no_free_ring", coverage.no_ring);
    row.require("no_free_record", coverage.no_record).require("too_long", coverage.too_long);
    row.require("reused", coverage.events.reused).require("reused_second", coverage.events.reused_second);
    row.require("let_go", coverage.events.let_go).require("passed_by", coverage.events.passed_by);
    row.require("left_idle", coverage.events.left_idle).require("left_busy", coverage.events.left_busy);
    row.require("left_with_views", coverage.left_with_views).require("claimed", coverage.claimed);
    row.require("received_nothing", coverage.received_nothing).require("allocated_again", coverage.allocated_again);
}

} // namespace

TEST(Sequential, StreamsOfOperationsAgreeWithTheModel)
{
    Coverage   coverage;
    bool const agree = check_streams("a stream of operations agrees with the model", 40000, [&coverage] {
        auto const geometry = *any_geometry();
        auto const stream   = *rc::gen::scale(4.0, rc::gen::container<std::vector<Op>>(any_operation()));
        Trial      trial(geometry, coverage);
        run_stream(trial, stream);
    });
    ASSERT_TRUE(agree);
    if (!is_told_by_user()) {
        tell(coverage);
    }
}
