/// The interface for C: what it adds to that of C++. Two processes of C11 talk in CProcesses_test.cc.
#include "support.h"

#include "c/Answer.h"
#include "kickmsg/Debug.h"
#include "kickmsg/Hash.h"
#include "kickmsg/Node.h"
#include "kickmsg/kickmsg.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

using namespace kickmsg_test;
using kickmsg::ErrorCode;

namespace {

kickmsg_config small()
{
    kickmsg_config config    = KICKMSG_CONFIG_INIT;
    config.max_subscribers   = 2;
    config.sub_ring_capacity = 8;
    config.pool_size         = 64;
    config.max_payload_size  = 64;
    config.max_publishers    = 2;
    return config;
}

/// A region, and both of its ends.
struct Channel {
    explicit Channel(kickmsg_config const& config = small())
    {
        EXPECT_EQ(kickmsg_region_create(name.str().c_str(), KICKMSG_PUB_SUB, &config, "a test", &region), KICKMSG_OK);
        EXPECT_EQ(kickmsg_subscriber_create(region, &subscriber), KICKMSG_OK);
        EXPECT_EQ(kickmsg_publisher_create(region, &publisher), KICKMSG_OK);
    }
    Channel(Channel const&)            = delete;
    Channel& operator=(Channel const&) = delete;
    ~Channel()
    {
        kickmsg_publisher_destroy(publisher);
        kickmsg_subscriber_destroy(subscriber);
        kickmsg_region_destroy(region);
    }

    void send(uint64_t value) const
    {
        EXPECT_EQ(kickmsg_publisher_send(publisher, &value, sizeof(value)), KICKMSG_OK);
    }

    Name                name{"c"};
    kickmsg_region*     region     = nullptr;
    kickmsg_subscriber* subscriber = nullptr;
    kickmsg_publisher*  publisher  = nullptr;
};

uint64_t value_at(void const* data)
{
    uint64_t value = 0;
    std::memcpy(&value, data, sizeof(value));
    return value;
}

/// Of the only subscriber.
uint64_t views_out(kickmsg_region* region)
{
    kickmsg_stats*     stats = nullptr;
    kickmsg_ring_stats ring{};
    ring.struct_size = sizeof(ring);
    EXPECT_EQ(kickmsg_region_take_stats(region, &stats), KICKMSG_OK);
    EXPECT_EQ(kickmsg_stats_ring(stats, 0, &ring), KICKMSG_OK);
    EXPECT_EQ(ring.state, static_cast<uint32_t>(KICKMSG_RING_LIVE));
    kickmsg_participant who{};
    who.struct_size = sizeof(who);
    EXPECT_EQ(kickmsg_stats_participant(stats, 2, &who), KICKMSG_OK);
    EXPECT_EQ(kickmsg_stats_participant(stats, 3, &who), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_stats_ring(stats, 2, &ring), KICKMSG_INVALID_ARGUMENT);
    kickmsg_region_stats totals{};
    totals.struct_size = sizeof(totals);
    EXPECT_EQ(kickmsg_stats_totals(stats, &totals), KICKMSG_OK);
    EXPECT_EQ(totals.rings, 2U);
    EXPECT_EQ(totals.sent, 2U);
    EXPECT_EQ(kickmsg_stats_destroy(stats), KICKMSG_OK);
    return ring.views;
}

std::string last_message()
{
    return kickmsg_last_error()->message;
}

} // namespace

TEST(CApi, TheDefaultsOfTheMacrosAreThoseOfCpp)
{
    kickmsg::channel::Config const config{};
    kickmsg_config const           of_c = KICKMSG_CONFIG_INIT;
    EXPECT_EQ(of_c.max_subscribers, config.max_subscribers);
    EXPECT_EQ(of_c.sub_ring_capacity, config.sub_ring_capacity);
    EXPECT_EQ(of_c.pool_size, config.pool_size);
    EXPECT_EQ(of_c.max_publishers, config.max_publishers);
    EXPECT_EQ(of_c.max_payload_size, config.max_payload_size);
    EXPECT_EQ(of_c.payload_alignment, config.payload_alignment);
    EXPECT_EQ(of_c.mode, config.mode);
    EXPECT_EQ(of_c.max_views, config.max_views);
    EXPECT_EQ(of_c.send_time != 0, config.send_time);
    EXPECT_EQ(of_c.history, config.history);
    EXPECT_EQ(of_c.schema, nullptr);
    kickmsg::ServiceConfig const service{};
    kickmsg_service_config const of_c_service = KICKMSG_SERVICE_CONFIG_INIT;
    EXPECT_EQ(of_c_service.max_clients, service.max_clients);
    EXPECT_EQ(of_c_service.max_servers, service.max_servers);
    EXPECT_EQ(of_c_service.max_calls, service.max_calls);
    EXPECT_EQ(of_c_service.max_waiting, service.max_waiting);
    EXPECT_EQ(of_c_service.max_request_size, service.max_request_size);
    EXPECT_EQ(of_c_service.max_response_size, service.max_response_size);
    EXPECT_EQ(of_c_service.payload_alignment, service.payload_alignment);
    EXPECT_EQ(of_c_service.mode, service.mode);
    uint64_t bytes = 0;
    EXPECT_EQ(kickmsg_footprint(nullptr, &bytes), KICKMSG_OK);
    EXPECT_EQ(bytes, kickmsg::channel::footprint(config));
    EXPECT_STREQ(kickmsg_version(), KICKMSG_VERSION);
}

TEST(CApi, EachFieldOfAConfigReachesTheRegion)
{
    kickmsg_config config    = KICKMSG_CONFIG_INIT;
    config.max_subscribers   = 3;
    config.sub_ring_capacity = 16;
    config.pool_size         = 77;
    config.max_publishers    = 5;
    config.max_payload_size  = 99;
    config.payload_alignment = 64;
    config.max_views         = 6;
    config.send_time         = 1;
    config.history           = 3;
    Channel const       channel(config);
    kickmsg_region_info info{};
    info.struct_size = sizeof(info);
    ASSERT_EQ(kickmsg_region_get_info(channel.region, &info), KICKMSG_OK);
    EXPECT_EQ(info.name, channel.name.str());
    EXPECT_STREQ(info.kind, "region");
    EXPECT_STREQ(info.creator, "a test");
    EXPECT_EQ(info.type, static_cast<uint32_t>(KICKMSG_PUB_SUB));
    EXPECT_EQ(info.max_subscribers, 3U);
    EXPECT_EQ(info.sub_ring_capacity, 16U);
    EXPECT_EQ(info.pool_size, 77U);
    EXPECT_EQ(info.max_publishers, 5U);
    EXPECT_EQ(info.max_payload_size, 99U);
    EXPECT_EQ(info.payload_alignment, 64U);
    EXPECT_EQ(info.max_views, 6U);
    EXPECT_EQ(info.send_time, 1U);
    EXPECT_EQ(info.history, 3U);
}

TEST(CApi, AConfigOfALaterVersionIsTakenWhereItSaysNothingNew)
{
    struct Later {
        kickmsg_config known = KICKMSG_CONFIG_INIT;
        uint64_t       news  = 0;
    } later;
    later.known.struct_size = sizeof(later);
    uint64_t bytes          = 0;
    EXPECT_EQ(kickmsg_footprint(&later.known, &bytes), KICKMSG_OK);
    later.news = 1;
    EXPECT_EQ(kickmsg_footprint(&later.known, &bytes), KICKMSG_INVALID_CONFIG);
    EXPECT_NE(last_message().find("struct_size"), std::string::npos) << last_message();
    later.known.struct_size = 0; // it was forgotten
    EXPECT_EQ(kickmsg_footprint(&later.known, &bytes), KICKMSG_INVALID_CONFIG);
}

TEST(CApi, AConfigOfTheFirstVersionIsTakenForOneWithoutAHistory)
{
    kickmsg_config first   = KICKMSG_CONFIG_INIT;
    uint64_t       without = 0;
    uint64_t       with    = 0;
    ASSERT_EQ(kickmsg_footprint(&first, &without), KICKMSG_OK);
    first.history = 4;
    ASSERT_EQ(kickmsg_footprint(&first, &with), KICKMSG_OK);
    EXPECT_GT(with, without);
    first.struct_size = offsetof(kickmsg_config, history);
    ASSERT_EQ(kickmsg_footprint(&first, &with), KICKMSG_OK);
    EXPECT_EQ(with, without) << "what lies behind it was read";
    --first.struct_size;
    EXPECT_EQ(kickmsg_footprint(&first, &with), KICKMSG_INVALID_CONFIG);
}

TEST(CApi, AnOutputIsWrittenAsFarAsItsCallerHasRoomAndWithZerosBehind)
{
    Channel const channel;
    struct Later {
        kickmsg_health known;
        uint64_t       news;
    } later{};
    later.known.struct_size = sizeof(later);
    later.news              = 5;
    ASSERT_EQ(kickmsg_region_diagnose(channel.region, &later.known), KICKMSG_OK);
    EXPECT_EQ(later.known.live_rings, 1U);
    EXPECT_EQ(later.known.struct_size, sizeof(later));
    EXPECT_EQ(later.news, 0U);
    kickmsg_health earlier{};
    earlier.struct_size    = offsetof(kickmsg_health, live_rings);
    earlier.live_rings     = 77;
    earlier.leftover_files = 78;
    ASSERT_EQ(kickmsg_region_diagnose(channel.region, &earlier), KICKMSG_OK);
    EXPECT_EQ(earlier.live_rings, 77U);
    EXPECT_EQ(earlier.leftover_files, 78U);
}

TEST(CApi, AMessageArrivesCopiedAndInPlaceWithWhereItComesFrom)
{
    kickmsg_config config = small();
    config.send_time      = 1;
    Channel const channel(config);
    uint64_t      self = 0;
    ASSERT_EQ(kickmsg_publisher_incarnation(channel.publisher, &self), KICKMSG_OK);
    channel.send(11);
    channel.send(12);
    kickmsg_sample      sample{};
    kickmsg_sample_info info{};
    ASSERT_EQ(kickmsg_subscriber_try_receive(channel.subscriber, &sample, &info), KICKMSG_OK);
    EXPECT_EQ(value_at(sample.data), 11U);
    EXPECT_EQ(info.publisher, self);
    EXPECT_EQ(info.sequence, 1U);
    EXPECT_TRUE(info.has_sent_ns);
    kickmsg_view view = KICKMSG_EMPTY;
    ASSERT_EQ(kickmsg_subscriber_try_receive_view(channel.subscriber, &view), KICKMSG_OK);
    EXPECT_EQ(value_at(kickmsg_view_data(&view)), 12U);
    EXPECT_EQ(kickmsg_view_size(&view), sizeof(uint64_t));
    uint64_t position = 0;
    EXPECT_EQ(kickmsg_view_ring_pos(&view, &position), KICKMSG_OK);
    EXPECT_EQ(position, sample.ring_pos + 1);
    ASSERT_EQ(kickmsg_view_info(&view, &info), KICKMSG_OK);
    EXPECT_EQ(info.sequence, 2U);
    EXPECT_EQ(kickmsg_view_drop(&view), KICKMSG_OK);
    kickmsg_participant who{};
    who.struct_size = sizeof(who);
    ASSERT_EQ(kickmsg_region_participant(channel.region, self, &who), KICKMSG_OK);
    EXPECT_STREQ(who.kind, "publisher");
    EXPECT_EQ(who.sent, 2U);
    EXPECT_EQ(kickmsg_subscriber_try_receive(channel.subscriber, &sample, &info), KICKMSG_AGAIN);
}

TEST(CApi, AnOlderErrnoIsNoWantOfMemory)
{
    Channel const  channel;
    kickmsg_sample sample{};
    errno = ENOMEM;
    EXPECT_EQ(kickmsg_subscriber_try_receive(channel.subscriber, &sample, nullptr), KICKMSG_AGAIN);
    kickmsg_sample_info info{};
    errno = ENOMEM;
    EXPECT_EQ(kickmsg_subscriber_try_receive(channel.subscriber, &sample, &info), KICKMSG_AGAIN);
    channel.send(5);
    errno = ENOMEM;
    ASSERT_EQ(kickmsg_subscriber_try_receive(channel.subscriber, &sample, &info), KICKMSG_OK);
    EXPECT_EQ(info.sequence, 1U);
}

TEST(CApi, AViewThatIsHeldIsNotFilledAndItsCopyHoldsNothing)
{
    Channel const channel;
    channel.send(1);
    channel.send(2);
    kickmsg_view view = KICKMSG_EMPTY;
    ASSERT_EQ(kickmsg_subscriber_try_receive_view(channel.subscriber, &view), KICKMSG_OK);
    EXPECT_EQ(kickmsg_subscriber_try_receive_view(channel.subscriber, &view), KICKMSG_INVALID_ARGUMENT);
    kickmsg_view copy = view;
    EXPECT_EQ(kickmsg_view_data(&copy), nullptr);
    EXPECT_EQ(kickmsg_view_drop(&copy), KICKMSG_INVALID_HANDLE);
    EXPECT_EQ(value_at(kickmsg_view_data(&view)), 1U);
    EXPECT_EQ(views_out(channel.region), 1U);
    EXPECT_EQ(kickmsg_view_drop(&view), KICKMSG_OK);
    EXPECT_EQ(views_out(channel.region), 0U);
    EXPECT_EQ(kickmsg_view_drop(&view), KICKMSG_INVALID_HANDLE);
    EXPECT_EQ(kickmsg_view_data(&view), nullptr);
    EXPECT_EQ(kickmsg_view_size(&view), 0U);
}

/// More handles than a place is used for.
TEST(CApi, AnEndedHandleIsAnErrorHoweverManyHaveBeenMadeSince)
{
    std::vector<kickmsg_node*> ended;
    std::set<kickmsg_node*>    different;
    for (int i = 0; i < 1000; ++i) {
        kickmsg_node* node = nullptr;
        ASSERT_EQ(kickmsg_node_create("node", prefix().c_str(), &node), KICKMSG_OK);
        ASSERT_EQ(kickmsg_node_destroy(node), KICKMSG_OK);
        ended.push_back(node);
        different.insert(node);
    }
    EXPECT_EQ(different.size(), ended.size());
    kickmsg_node* living = nullptr;
    ASSERT_EQ(kickmsg_node_create("node", prefix().c_str(), &living), KICKMSG_OK);
    for (kickmsg_node* const node : ended) {
        EXPECT_EQ(kickmsg_node_name(node), nullptr);
        EXPECT_EQ(kickmsg_node_destroy(node), KICKMSG_INVALID_HANDLE);
    }
    EXPECT_STREQ(kickmsg_node_name(living), "node");
    EXPECT_EQ(kickmsg_node_destroy(living), KICKMSG_OK);
}

TEST(CApi, AHandleOfAnotherKindIsAnError)
{
    Channel const channel;
    auto* const   no_publisher = reinterpret_cast<kickmsg_publisher*>(channel.subscriber);
    EXPECT_EQ(kickmsg_publisher_send(no_publisher, "x", 1), KICKMSG_INVALID_HANDLE);
    EXPECT_EQ(kickmsg_publisher_destroy(no_publisher), KICKMSG_INVALID_HANDLE);
    EXPECT_TRUE(kickmsg_subscriber_is_usable(channel.subscriber));
}

TEST(CApi, ALoanIsPublishedOnceAndSaysWhatIsTooLong)
{
    Channel const channel;
    size_t        reached = 7;
    void*         room    = nullptr;
    EXPECT_EQ(kickmsg_publisher_publish(channel.publisher, &reached), KICKMSG_NOTHING_TO_PUBLISH);
    EXPECT_EQ(reached, 7U);
    EXPECT_EQ(kickmsg_publisher_allocate(channel.publisher, 65, &room), KICKMSG_TOO_LONG);
    ASSERT_EQ(kickmsg_publisher_allocate(channel.publisher, 16, &room), KICKMSG_OK);
    EXPECT_EQ(kickmsg_publisher_publish_length(channel.publisher, 17, &reached), KICKMSG_TOO_LONG);
    uint64_t const value = 9;
    std::memcpy(room, &value, sizeof(value));
    ASSERT_EQ(kickmsg_publisher_publish_length(channel.publisher, sizeof(value), &reached), KICKMSG_OK);
    EXPECT_EQ(reached, 1U);
    EXPECT_EQ(kickmsg_publisher_publish(channel.publisher, &reached), KICKMSG_NOTHING_TO_PUBLISH);
    kickmsg_sample sample{};
    ASSERT_EQ(kickmsg_subscriber_try_receive(channel.subscriber, &sample, nullptr), KICKMSG_OK);
    EXPECT_EQ(sample.length, sizeof(value));
    EXPECT_EQ(value_at(sample.data), 9U);
    ASSERT_EQ(kickmsg_publisher_allocate(channel.publisher, 8, &room), KICKMSG_OK);
    EXPECT_EQ(kickmsg_publisher_abandon(channel.publisher), KICKMSG_OK);
    EXPECT_EQ(kickmsg_publisher_try_publish(channel.publisher, nullptr), KICKMSG_NOTHING_TO_PUBLISH);
}

TEST(CApi, SendingWithoutLossIsRefusedWhereThereIsNoRoom)
{
    Channel const channel;
    uint64_t      value = 0;
    while (kickmsg_publisher_try_send(channel.publisher, &value, sizeof(value)) == KICKMSG_OK) {
        ++value;
    }
    EXPECT_EQ(value, 8U); // the capacity
    EXPECT_EQ(kickmsg_publisher_send_until(channel.publisher, &value, sizeof(value), 1000), KICKMSG_AGAIN);
    EXPECT_EQ(kickmsg_publisher_flush_until(channel.publisher, 0), KICKMSG_OK);
    uint64_t lost = 7;
    EXPECT_EQ(kickmsg_subscriber_lost(channel.subscriber, &lost), KICKMSG_OK);
    EXPECT_EQ(lost, 0U);
}

TEST(CApi, AWaitSaysWhetherTheTimeWasOverOrSomebodyEndedIt)
{
    Channel const  channel;
    kickmsg_sample sample{};
    kickmsg_view   view = KICKMSG_EMPTY;
    EXPECT_EQ(kickmsg_subscriber_receive(channel.subscriber, 1000, &sample, nullptr), KICKMSG_TIMED_OUT);
    EXPECT_EQ(kickmsg_subscriber_receive_view(channel.subscriber, 1000, &view), KICKMSG_TIMED_OUT);
    EXPECT_EQ(kickmsg_subscriber_receive(channel.subscriber, 0, &sample, nullptr), KICKMSG_AGAIN);
    ASSERT_EQ(kickmsg_subscriber_interrupt(channel.subscriber), KICKMSG_OK);
    EXPECT_EQ(kickmsg_subscriber_receive(channel.subscriber, KICKMSG_FOREVER, &sample, nullptr), KICKMSG_INTERRUPTED);
    ASSERT_EQ(kickmsg_subscriber_interrupt(channel.subscriber), KICKMSG_OK);
    EXPECT_EQ(kickmsg_subscriber_receive_view(channel.subscriber, KICKMSG_FOREVER, &view), KICKMSG_INTERRUPTED);
}

/// A type that C++ knows by its name.
struct Reading {
    static constexpr char const* schema_name    = "test/Reading";
    static constexpr uint32_t    schema_version = 3;
    uint64_t                     value;
};

TEST(CApi, AnEndOfCAndATypedOneOfCppMeetByTheSameSchema)
{
    kickmsg_type_layout const layout{sizeof(Reading), alignof(Reading), false};
    kickmsg_schema            schema{};
    ASSERT_EQ(kickmsg_schema_describe_type("test/Reading", 3, &layout, &schema), KICKMSG_OK);
    kickmsg::Node      cpp("reader", prefix());
    kickmsg_node*      node      = nullptr;
    kickmsg_publisher* publisher = nullptr;
    ASSERT_EQ(kickmsg_node_create("writer", prefix().c_str(), &node), KICKMSG_OK);
    auto subscriber = cpp.subscribe_or_create<Reading>("c_reading");
    ASSERT_EQ(kickmsg_node_advertise_or_join(node, "c_reading", nullptr, &schema, &publisher), KICKMSG_OK)
        << last_message();
    Reading const sent{41};
    ASSERT_EQ(kickmsg_publisher_send(publisher, &sent, sizeof(sent)), KICKMSG_OK);
    auto const moved = subscriber.try_receive(); // it may have to follow first
    (void)moved;
    kickmsg_schema found{};
    ASSERT_EQ(kickmsg_node_topic_schema(node, "c_reading", &found), KICKMSG_OK);
    uint32_t difference = 99;
    ASSERT_EQ(kickmsg_schema_diff(&schema, &found, &difference), KICKMSG_OK);
    EXPECT_EQ(difference, 0U);
    char text[200];
    ASSERT_EQ(kickmsg_schema_text(&found, text, sizeof(text)), KICKMSG_OK);
    EXPECT_STREQ(text, "test/Reading version 3 (8 bytes at multiples of 8)");
    kickmsg_type_layout told{};
    ASSERT_EQ(kickmsg_schema_type_layout(&found, &told), KICKMSG_OK);
    EXPECT_EQ(told.size, sizeof(Reading));
    kickmsg_publisher_destroy(publisher);
    EXPECT_EQ(kickmsg_node_unlink_topic(node, "c_reading"), KICKMSG_OK);
    kickmsg_node_destroy(node);
}

TEST(CApi, BothEndsOfABroadcastAndOfAMailboxTalk)
{
    kickmsg_node*       node       = nullptr;
    kickmsg_publisher*  publisher  = nullptr;
    kickmsg_subscriber* subscriber = nullptr;
    kickmsg_sample      sample{};
    ASSERT_EQ(kickmsg_node_create("self", prefix().c_str(), &node), KICKMSG_OK);
    ASSERT_EQ(kickmsg_node_join_broadcast(node, "c_all", nullptr, nullptr, &publisher, &subscriber), KICKMSG_OK);
    ASSERT_EQ(kickmsg_publisher_send(publisher, "b", 1), KICKMSG_OK);
    ASSERT_EQ(kickmsg_subscriber_try_receive(subscriber, &sample, nullptr), KICKMSG_OK);
    EXPECT_EQ(sample.length, 1U);
    kickmsg_publisher_destroy(publisher);
    kickmsg_subscriber_destroy(subscriber);
    EXPECT_EQ(kickmsg_node_unlink_broadcast(node, "c_all"), KICKMSG_OK);
    ASSERT_EQ(kickmsg_node_create_mailbox(node, "c_in", nullptr, nullptr, &subscriber), KICKMSG_OK);
    ASSERT_EQ(kickmsg_node_open_mailbox(node, "self", "c_in", nullptr, &publisher), KICKMSG_OK);
    ASSERT_EQ(kickmsg_publisher_send(publisher, "mail", 4), KICKMSG_OK);
    ASSERT_EQ(kickmsg_subscriber_try_receive(subscriber, &sample, nullptr), KICKMSG_OK);
    EXPECT_EQ(sample.length, 4U);
    kickmsg_publisher_destroy(publisher);
    kickmsg_subscriber_destroy(subscriber);
    EXPECT_EQ(kickmsg_node_unlink_mailbox(node, "c_in"), KICKMSG_OK);
    kickmsg_node_destroy(node);
}

TEST(CApi, ListAndPruneSayWhichRegionsThereAreAndWhichAreKept)
{
    Channel const         channel;
    kickmsg_list*         list  = nullptr;
    size_t                count = 0;
    std::string           name  = channel.name;
    kickmsg_listed_region region{};
    region.struct_size = sizeof(region);
    ASSERT_EQ(kickmsg_list_regions(name.c_str(), &list), KICKMSG_OK);
    ASSERT_EQ(kickmsg_list_size(list, &count), KICKMSG_OK);
    ASSERT_EQ(count, 1U);
    ASSERT_EQ(kickmsg_list_region(list, 0, &region), KICKMSG_OK);
    EXPECT_EQ(region.name, name);
    EXPECT_EQ(region.status, static_cast<uint32_t>(KICKMSG_REGION_READY));
    EXPECT_EQ(region.publishers_alive, 1U);
    EXPECT_EQ(region.subscribers_alive, 1U);
    EXPECT_EQ(region.participants, 3U);
    kickmsg_participant who{};
    who.struct_size = sizeof(who);
    EXPECT_EQ(kickmsg_list_participant(list, 0, 2, &who), KICKMSG_OK);
    EXPECT_EQ(who.alive, 1U);
    EXPECT_EQ(kickmsg_list_participant(list, 0, 3, &who), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_list_region(list, 1, &region), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_list_destroy(list), KICKMSG_OK);
    kickmsg_prune_report* report = nullptr;
    kickmsg_status        why    = KICKMSG_OK;
    char const*           text   = nullptr;
    ASSERT_EQ(kickmsg_prune(name.c_str(), &report), KICKMSG_OK);
    EXPECT_EQ(kickmsg_prune_report_counts(report, nullptr, &count, nullptr), KICKMSG_OK);
    EXPECT_EQ(count, 1U);
    EXPECT_EQ(kickmsg_prune_report_kept(report, 0, &why, &text), name);
    EXPECT_EQ(why, KICKMSG_IN_USE);
    EXPECT_NE(std::string(text).find("kickmsg: "), std::string::npos);
    EXPECT_EQ(kickmsg_prune_report_removed(report, 0), nullptr);
    EXPECT_EQ(kickmsg_prune_report_destroy(report), KICKMSG_OK);
}

TEST(CApi, ATopicIsKnownByItsPublisher)
{
    kickmsg_node*      node      = nullptr;
    kickmsg_publisher* publisher = nullptr;
    kickmsg_names*     topics    = nullptr;
    bool               is_there  = true;
    std::string const  own       = prefix() + "_c";
    ASSERT_EQ(kickmsg_node_create("self", own.c_str(), &node), KICKMSG_OK);
    EXPECT_EQ(kickmsg_node_has_publisher(node, "t", &is_there), KICKMSG_OK);
    EXPECT_FALSE(is_there);
    EXPECT_EQ(kickmsg_node_wait_for_publisher(node, "t", 0), KICKMSG_TIMED_OUT);
    ASSERT_EQ(kickmsg_node_advertise(node, "t", nullptr, nullptr, &publisher), KICKMSG_OK);
    EXPECT_EQ(kickmsg_node_wait_for_publisher(node, "t", KICKMSG_FOREVER), KICKMSG_OK);
    ASSERT_EQ(kickmsg_node_topics(node, &topics), KICKMSG_OK);
    EXPECT_STREQ(kickmsg_names_at(topics, 0), "t");
    EXPECT_EQ(kickmsg_names_at(topics, 1), nullptr);
    kickmsg_names_destroy(topics);
    char region[8];
    EXPECT_EQ(kickmsg_node_topic_region(node, "t", region, sizeof(region)), KICKMSG_TOO_LONG);
    EXPECT_EQ(std::string(region), ("/" + own).substr(0, 7));
    kickmsg_publisher_destroy(publisher);
    EXPECT_EQ(kickmsg_node_unlink_topic(node, "t"), KICKMSG_OK);
    kickmsg_node_destroy(node);
}

TEST(CApi, WhatNeedsNoHandleIsThatOfCpp)
{
    EXPECT_EQ(kickmsg_fnv1a("abc", 3, KICKMSG_FNV1A_OFFSET), kickmsg::hash::fnv1a("abc", 3));
    EXPECT_EQ(kickmsg_fnv1a(nullptr, 0, 7), 7U);
    uint8_t identity[64];
    ASSERT_EQ(kickmsg_identity_from_fnv1a("abc", identity), KICKMSG_OK);
    EXPECT_EQ(std::memcmp(identity, kickmsg::hash::identity_from_fnv1a("abc").data(), sizeof(identity)), 0);
    uint64_t const before = kickmsg::monotonic_ns();
    EXPECT_LE(before, kickmsg_monotonic_ns());
    EXPECT_EQ(kickmsg_debug_checks_memory(), kickmsg::debug::checks_memory());
    char text[100];
    EXPECT_EQ(kickmsg_debug_explain(text, text, sizeof(text)), 0U);
    EXPECT_EQ(kickmsg_debug_explain_faults(), kickmsg::debug::explain_faults());
    kickmsg_set_core_dumps(true); // as it was
    Name const           name("c_unlinked");
    kickmsg_config const config = small();
    kickmsg_region*      region = nullptr;
    EXPECT_EQ(kickmsg_unlink(name.str().c_str()), KICKMSG_NOT_FOUND);
    ASSERT_EQ(kickmsg_region_create_or_open(name.str().c_str(), KICKMSG_BROADCAST, &config, nullptr, &region),
              KICKMSG_OK);
    EXPECT_EQ(kickmsg_unlink(name.str().c_str()), KICKMSG_OK);
    EXPECT_EQ(kickmsg_region_open(name.str().c_str(), &region), KICKMSG_NOT_FOUND);
    EXPECT_EQ(kickmsg_region_destroy(region), KICKMSG_OK);
}

TEST(CApi, EachThreadHasItsOwnLastError)
{
    EXPECT_EQ(kickmsg_region_open("/not/a/name", nullptr), KICKMSG_INVALID_ARGUMENT);
    std::thread([] {
        EXPECT_EQ(kickmsg_last_error()->status, KICKMSG_OK);
        EXPECT_STREQ(kickmsg_last_error()->message, "");
        EXPECT_EQ(kickmsg_publisher_send(nullptr, "x", 1), KICKMSG_INVALID_HANDLE);
    }).join();
    EXPECT_EQ(kickmsg_last_error()->status, KICKMSG_INVALID_ARGUMENT);
}

#if !defined(_WIN32)
TEST(CApi, TheHandlesOfAChildAreOfNoUseAndEndingThemLeavesThoseOfTheParentAlone)
{
    Channel const channel;
    kickmsg_view  view = KICKMSG_EMPTY;
    channel.send(1);
    channel.send(2);
    ASSERT_EQ(kickmsg_subscriber_try_receive_view(channel.subscriber, &view), KICKMSG_OK);
    Child child([&](Child&) {
        kickmsg_sample sample{};
        uint64_t       count = 0;
        bool const     inert =
            kickmsg_publisher_send(channel.publisher, "x", 1) == KICKMSG_INVALID_HANDLE &&
            kickmsg_publisher_sent(channel.publisher, &count) == KICKMSG_INVALID_HANDLE &&
            kickmsg_subscriber_try_receive(channel.subscriber, &sample, nullptr) == KICKMSG_INVALID_HANDLE &&
            kickmsg_subscriber_receive(channel.subscriber, 1, &sample, nullptr) == KICKMSG_INVALID_HANDLE &&
            kickmsg_view_data(&view) == nullptr && !kickmsg_region_is_usable(channel.region) &&
            kickmsg_region_recover(channel.region, nullptr) == KICKMSG_INVALID_HANDLE;
        bool const ended = kickmsg_view_drop(&view) == KICKMSG_OK &&
                           kickmsg_publisher_destroy(channel.publisher) == KICKMSG_OK &&
                           kickmsg_subscriber_destroy(channel.subscriber) == KICKMSG_OK;
        return inert && ended ? 0 : 1;
    });
    EXPECT_EQ(child.join(), 0);
    EXPECT_EQ(value_at(kickmsg_view_data(&view)), 1U);
    EXPECT_EQ(kickmsg_view_drop(&view), KICKMSG_OK);
    kickmsg_sample sample{};
    ASSERT_EQ(kickmsg_subscriber_try_receive(channel.subscriber, &sample, nullptr), KICKMSG_OK);
    EXPECT_EQ(value_at(sample.data), 2U);
}
#endif
