/// Random operation streams of nodes against the reference model: who meets whom, by which name, and which exact error
/// says so. A failure shrinks, and rapidcheck prints the line that repeats it, as for Sequential.
#include "NodeTrial.h"
#include "Streams.h"

#include <gtest/gtest.h>

using namespace kickmsg_stress;
using kickmsg::ErrorCode;

namespace {

rc::Gen<NodeOp> any_operation()
{
    auto const kind = rc::gen::weightedElement<NodeKind>({{6, NodeKind::Advertise},
                                                          {5, NodeKind::AdvertiseOrJoin},
                                                          {6, NodeKind::Subscribe},
                                                          {5, NodeKind::SubscribeOrCreate},
                                                          {6, NodeKind::JoinBroadcast},
                                                          {5, NodeKind::CreateMailbox},
                                                          {4, NodeKind::OpenMailbox},
                                                          {2, NodeKind::CreateRegion},
                                                          {2, NodeKind::UnlinkTopic},
                                                          {1, NodeKind::UnlinkBroadcast},
                                                          {1, NodeKind::UnlinkMailbox},
                                                          {2, NodeKind::TopicSchema},
                                                          {2, NodeKind::ClaimTopicSchema},
                                                          {8, NodeKind::Send},
                                                          {6, NodeKind::DropPublisher},
                                                          {6, NodeKind::DropSubscriber},
                                                          {4, NodeKind::Inspect}});
    return rc::gen::apply(
        [](NodeKind k, uint32_t node, uint32_t text, uint32_t variant, uint32_t which) {
            return NodeOp{k, node, text, variant, which};
        },
        kind, rc::gen::element(0U, 1U, 2U, 3U, 4U), rc::gen::element(0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U),
        rc::gen::weightedElement<uint32_t>({{12, 0}, {1, 1}, {1, 2}, {1, 3}, {1, 4}, {1, 5}, {1, 6}, {1, 7}, {1, 8}}),
        rc::gen::element(0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U));
}

void tell(NodeCoverage& coverage)
{
    Row row("NodeSequential");
    row.require("streams", coverage.streams).require("operations", coverage.operations);
    for (std::size_t kind = 0; kind < coverage.done.size(); ++kind) {
        row.require(name_of(static_cast<NodeKind>(kind)), coverage.done[kind]);
    }
    row.require("messages", coverage.messages).require("kept_apart", coverage.kept_apart);
    row.require("no_such_name", coverage.errors[ErrorCode::NotFound]);
    row.require("two_names_on_one_region", coverage.errors[ErrorCode::NameCollision]);
    row.require("in_use", coverage.errors[ErrorCode::InUse]);
    row.require("no_free_ring", coverage.errors[ErrorCode::NoFreeRing]);
    row.require("no_free_record", coverage.errors[ErrorCode::NoFreeRecord]);
    row.require("empty_names", coverage.errors[ErrorCode::InvalidName]);
    for (char const* const event :
         {"mismatch_of_type", "mismatch_of_max_subscribers", "mismatch_of_sub_ring_capacity", "mismatch_of_pool_size",
          "mismatch_of_max_payload_size", "mismatch_of_max_publishers", "mismatch_of_payload_alignment", "joined",
          "opened_again", "begun_afresh", "replaced_misfits", "unlinked_in_use", "schemas_not_stored",
          "schemas_claimed", "schemas_kept"}) {
        row.require(event, coverage.events[event]);
    }
}

} // namespace

TEST(NodeSequential, StreamsOfOperationsAgreeWithTheModel)
{
    NodeCoverage coverage;
    bool const   agree = check_streams("a stream of operations of nodes agrees with the model", 6000, [&coverage] {
        auto const stream = *rc::gen::scale(2.0, rc::gen::container<std::vector<NodeOp>>(any_operation()));
        NodeTrial  trial(coverage);
        run_stream(trial, stream);
    });
    ASSERT_TRUE(agree);
    if (!is_told_by_user()) {
        tell(coverage);
    }
}
