/// The calls of C one after another, each on a handle that is what it should be: what they answer is what C++ answers.
#include "support.h"

#include "kickmsg/Discovery.h"
#include "kickmsg/Node.h"
#include "kickmsg/WaitSet.h"
#include "kickmsg/kickmsg.h"

#include <cstring>

using namespace kickmsg_test;

namespace {

#define DONE(CALL) EXPECT_EQ(CALL, KICKMSG_OK) << kickmsg_last_error()->message

kickmsg_schema schema_of(char const* name)
{
    kickmsg_type_layout const layout{1, 1, true};
    kickmsg_schema            schema{};
    DONE(kickmsg_schema_describe_type(name, 1, &layout, &schema));
    return schema;
}

/// A node whose names nobody else has.
class CNode : public testing::Test {
protected:
    void SetUp() override
    {
        DONE(kickmsg_node_create("self", own_.c_str(), &node_));
    }
    void TearDown() override
    {
        DONE(kickmsg_node_destroy(node_));
        EXPECT_TRUE(kickmsg::list(own_).empty());
    }

    std::string const own_  = prefix() + "_c";
    kickmsg_node*     node_ = nullptr;
};

/// A server and a client, and what they exchange.
class CService : public CNode {
protected:
    void SetUp() override
    {
        CNode::SetUp();
        kickmsg_service_config config = KICKMSG_SERVICE_CONFIG_INIT;
        config.max_clients            = 1;
        config.max_servers            = 1;
        config.max_calls              = 2;
        config.max_request_size       = 16;
        config.max_response_size      = 16;
        request_schema_               = schema_of("request");
        response_schema_              = schema_of("response");
        DONE(kickmsg_node_serve(node_, "s", &config, &request_schema_, &response_schema_, &server_));
        DONE(kickmsg_node_client(node_, "s", &config, &request_schema_, &response_schema_, &client_));
    }
    void TearDown() override
    {
        kickmsg_client_destroy(client_);
        kickmsg_server_destroy(server_);
        DONE(kickmsg_node_unlink_service(node_, "s"));
        CNode::TearDown();
    }
    void ask()
    {
        EXPECT_EQ(kickmsg_client_start(client_, "ask", 3, 0, &call_), KICKMSG_CALL_WAITING);
        DONE(kickmsg_server_receive(server_, KICKMSG_FOREVER, &request_));
    }

    kickmsg_schema   request_schema_{};
    kickmsg_schema   response_schema_{};
    kickmsg_server*  server_   = nullptr;
    kickmsg_client*  client_   = nullptr;
    kickmsg_call     call_     = KICKMSG_EMPTY;
    kickmsg_request  request_  = KICKMSG_EMPTY;
    kickmsg_response response_ = KICKMSG_EMPTY;
};

} // namespace

TEST(CRegion, ARegionIsCreatedInspectedAndRecovered)
{
    Name const           name("c_calls");
    kickmsg_schema const schema = schema_of("of a config");
    kickmsg_schema       found{};
    kickmsg_config       config = KICKMSG_CONFIG_INIT;
    kickmsg_region*      region = nullptr;
    bool                 flag   = true;
    size_t               count  = 7;
    config.schema               = &schema;
    EXPECT_EQ(
        kickmsg_region_create(name.str().c_str(), static_cast<kickmsg_channel_type>(7), &config, nullptr, &region),
        KICKMSG_INVALID_CONFIG);
    DONE(kickmsg_region_create_or_open(name.str().c_str(), KICKMSG_PUB_SUB, &config, "maker", &region));
    EXPECT_TRUE(kickmsg_region_is_usable(region));
    DONE(kickmsg_region_schema(region, &found));
    EXPECT_EQ(std::memcmp(&found, &schema, sizeof(schema)), 0);
    DONE(kickmsg_region_try_claim_schema(region, &schema, &flag));
    EXPECT_FALSE(flag);
    EXPECT_EQ(kickmsg_region_try_claim_schema(region, nullptr, &flag), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_region_require_schema(region, nullptr), KICKMSG_INVALID_ARGUMENT);
    flag = true;
    DONE(kickmsg_region_reset_schema_claim(region, &flag));
    EXPECT_FALSE(flag);
    kickmsg_participant who{};
    who.struct_size = sizeof(who);
    EXPECT_EQ(kickmsg_region_participant(region, 1000, &who), KICKMSG_AGAIN);
    kickmsg_recovery recovery{};
    recovery.struct_size = sizeof(recovery);
    recovery.slots       = 7;
    DONE(kickmsg_region_recover(region, &recovery));
    EXPECT_EQ(recovery.slots, 0U);
    DONE(kickmsg_region_recover(region, nullptr));
    DONE(kickmsg_region_recover_process(region, 0, 0, &recovery));
    EXPECT_EQ(recovery.still_alive, 0U);
    for (auto* const repair : {kickmsg_region_repair_locked_entries, kickmsg_region_reset_retired_rings,
                               kickmsg_region_reclaim_orphaned_slots}) {
        count = 7;
        DONE(repair(region, &count));
        EXPECT_EQ(count, 0U);
        DONE(repair(region, nullptr));
    }
    DONE(kickmsg_region_unlink(region));
    DONE(kickmsg_region_destroy(region));
}

TEST(CRegion, ARegionWithoutASchemaSaysSo)
{
    Name const      name("c_calls");
    kickmsg_region* region = nullptr;
    kickmsg_schema  found{};
    DONE(kickmsg_region_create(name.str().c_str(), KICKMSG_PUB_SUB, nullptr, nullptr, &region));
    EXPECT_EQ(kickmsg_region_schema(region, &found), KICKMSG_AGAIN);
    DONE(kickmsg_region_destroy(region));
}

TEST(CRegion, EachWayOfSendingOverwritesNothingOrWaits)
{
    Name const          name("c_calls");
    kickmsg_region*     region     = nullptr;
    kickmsg_publisher*  publisher  = nullptr;
    kickmsg_subscriber* subscriber = nullptr;
    void*               room       = nullptr;
    size_t              reached    = 7;
    uint64_t            count      = 7;
    uint32_t            capacity   = 7;
    bool                flag       = true;
    DONE(kickmsg_region_create(name.str().c_str(), KICKMSG_PUB_SUB, nullptr, nullptr, &region));
    DONE(kickmsg_publisher_create(region, &publisher));
    DONE(kickmsg_subscriber_create(region, &subscriber));
    EXPECT_TRUE(kickmsg_publisher_is_usable(publisher));
    DONE(kickmsg_publisher_send_until(publisher, "a", 1, KICKMSG_FOREVER));
    DONE(kickmsg_publisher_try_allocate(publisher, 4, &room));
    DONE(kickmsg_publisher_try_publish_length(publisher, 2, &reached));
    EXPECT_EQ(reached, 1U);
    DONE(kickmsg_publisher_allocate_until(publisher, 4, KICKMSG_FOREVER, &room));
    EXPECT_EQ(kickmsg_publisher_publish_length_until(publisher, 5, 0, &reached), KICKMSG_TOO_LONG);
    DONE(kickmsg_publisher_publish_length_until(publisher, 3, KICKMSG_FOREVER, &reached));
    DONE(kickmsg_publisher_try_allocate(publisher, 4, &room));
    DONE(kickmsg_publisher_publish_until(publisher, KICKMSG_FOREVER, nullptr));
    DONE(kickmsg_publisher_try_allocate(publisher, 5, &room));
    DONE(kickmsg_publisher_try_publish(publisher, nullptr));
    for (size_t length = 1; length <= 5; ++length) {
        kickmsg_sample sample{};
        DONE(kickmsg_subscriber_receive(subscriber, KICKMSG_FOREVER, &sample, nullptr));
        EXPECT_EQ(sample.length, length);
    }
    DONE(kickmsg_publisher_pending(publisher, &reached));
    EXPECT_EQ(reached, 0U);
    DONE(kickmsg_publisher_dropped(publisher, &count));
    EXPECT_EQ(count, 0U);
    DONE(kickmsg_publisher_moves(publisher, &count));
    EXPECT_EQ(count, 0U);
    DONE(kickmsg_subscriber_moves(subscriber, &count));
    EXPECT_EQ(count, 0U);
    DONE(kickmsg_subscriber_capacity(subscriber, &capacity));
    EXPECT_EQ(capacity, 64U);
    DONE(kickmsg_subscriber_return_on_signals(subscriber, true));
    DONE(kickmsg_publisher_stale(publisher, &flag));
    EXPECT_FALSE(flag);
    DONE(kickmsg_region_unlink(region));
    DONE(kickmsg_subscriber_stale(subscriber, &flag));
    EXPECT_TRUE(flag);
    kickmsg_publisher_destroy(publisher);
    kickmsg_subscriber_destroy(subscriber);
    kickmsg_region_destroy(region);
}

TEST(CSchema, ASchemaIsDescribedComparedAndReadBack)
{
    kickmsg_schema const one = schema_of("one");
    kickmsg_schema       own{};
    kickmsg_type_layout  layout{};
    uint32_t             difference = 0;
    uint8_t              identity[64];
    char                 text[4];
    own.version = 3;
    DONE(kickmsg_schema_type_layout(&one, &layout));
    EXPECT_TRUE(layout.is_slice);
    EXPECT_EQ(kickmsg_schema_type_layout(&own, &layout), KICKMSG_AGAIN);
    DONE(kickmsg_schema_diff(&one, &own, &difference));
    EXPECT_EQ(difference & (KICKMSG_SCHEMA_VERSION | KICKMSG_SCHEMA_NAME),
              KICKMSG_SCHEMA_VERSION | KICKMSG_SCHEMA_NAME);
    EXPECT_EQ(kickmsg_schema_text(&one, text, sizeof(text)), KICKMSG_TOO_LONG);
    EXPECT_STREQ(text, "one");
    EXPECT_EQ(kickmsg_schema_text(&one, text, 0), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_schema_text(nullptr, text, sizeof(text)), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_schema_diff(&one, nullptr, &difference), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_schema_type_layout(nullptr, &layout), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_schema_describe_type("x", 1, nullptr, &own), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_identity_from_fnv1a(nullptr, identity), KICKMSG_INVALID_ARGUMENT);
}

TEST_F(CNode, ANodeIsCalledAsItWasMade)
{
    kickmsg_node* usual = nullptr;
    EXPECT_STREQ(kickmsg_node_name(node_), "self");
    EXPECT_EQ(kickmsg_node_prefix(node_), own_);
    DONE(kickmsg_node_follow(node_, false));
    DONE(kickmsg_node_create("usual", nullptr, &usual));
    EXPECT_EQ(kickmsg_node_prefix(usual), kickmsg::Node("usual").prefix());
    DONE(kickmsg_node_destroy(usual));
}

TEST_F(CNode, TheNamesOfRegionsAreThoseOfCpp)
{
    kickmsg::Node const cpp("self", own_);
    char                region[300];
    DONE(kickmsg_node_topic_region(node_, "t", region, sizeof(region)));
    EXPECT_EQ(region, cpp.topic_region("t"));
    DONE(kickmsg_node_broadcast_region(node_, "t", region, sizeof(region)));
    EXPECT_EQ(region, cpp.broadcast_region("t"));
    DONE(kickmsg_node_mailbox_region(node_, "o", "t", region, sizeof(region)));
    EXPECT_EQ(region, cpp.mailbox_region("o", "t"));
    DONE(kickmsg_node_request_region(node_, "t", region, sizeof(region)));
    EXPECT_EQ(region, cpp.request_region("t"));
    DONE(kickmsg_node_response_region(node_, "t", region, sizeof(region)));
    EXPECT_EQ(region, cpp.response_region("t"));
    EXPECT_EQ(kickmsg_node_topic_region(node_, "t", nullptr, 8), KICKMSG_INVALID_ARGUMENT);
}

/// Each way to make an end, with a schema and without one.
TEST_F(CNode, EachEndCarriesTheSchemaThatItIsMadeFor)
{
    kickmsg_schema const schema  = schema_of("carried");
    kickmsg_schema const other   = schema_of("other");
    kickmsg_config       config  = KICKMSG_CONFIG_INIT;
    kickmsg_publisher*   pub     = nullptr;
    kickmsg_subscriber*  sub     = nullptr;
    kickmsg_subscriber*  another = nullptr;
    kickmsg_schema       found{};
    bool                 flag = true;
    config.max_payload_size   = 32;
    DONE(kickmsg_node_advertise(node_, "t", &config, &schema, &pub));
    DONE(kickmsg_node_subscribe(node_, "t", &schema, &sub));
    EXPECT_EQ(kickmsg_node_subscribe(node_, "t", &other, &another), KICKMSG_SCHEMA_MISMATCH);
    DONE(kickmsg_node_has_subscriber(node_, "t", &flag));
    EXPECT_TRUE(flag);
    EXPECT_EQ(kickmsg_node_has_subscriber(node_, "t", nullptr), KICKMSG_INVALID_ARGUMENT);
    DONE(kickmsg_node_subscribe_or_create(node_, "t", &config, &schema, &another));
    kickmsg_subscriber_destroy(another);
    DONE(kickmsg_node_subscribe_or_create(node_, "t", &config, nullptr, &another));
    kickmsg_subscriber_destroy(another);
    DONE(kickmsg_node_subscribe_or_create_guess(node_, "t", &config, &schema, &another));
    kickmsg_subscriber_destroy(another);
    DONE(kickmsg_node_topic_schema(node_, "t", &found));
    EXPECT_STREQ(found.name, "carried");
    DONE(kickmsg_node_try_claim_topic_schema(node_, "t", &other, &flag));
    EXPECT_FALSE(flag);
    EXPECT_EQ(kickmsg_node_try_claim_topic_schema(node_, "t", &other, nullptr), KICKMSG_INVALID_ARGUMENT);
    kickmsg_publisher_destroy(pub);
    kickmsg_subscriber_destroy(sub);
    DONE(kickmsg_node_unlink_topic(node_, "t"));
    DONE(kickmsg_node_advertise(node_, "t", nullptr, nullptr, &pub));
    EXPECT_EQ(kickmsg_node_topic_schema(node_, "t", &found), KICKMSG_AGAIN);
    kickmsg_publisher_destroy(pub);
    DONE(kickmsg_node_unlink_topic(node_, "t"));
    DONE(kickmsg_node_join_broadcast(node_, "b", nullptr, &schema, &pub, &sub));
    kickmsg_publisher_destroy(pub);
    kickmsg_subscriber_destroy(sub);
    EXPECT_EQ(kickmsg_node_join_broadcast(node_, "b", nullptr, &schema, nullptr, &sub), KICKMSG_INVALID_ARGUMENT);
    DONE(kickmsg_node_unlink_broadcast(node_, "b"));
    DONE(kickmsg_node_create_mailbox(node_, "m", nullptr, &schema, &sub));
    DONE(kickmsg_node_open_mailbox(node_, "self", "m", &schema, &pub));
    kickmsg_publisher_destroy(pub);
    kickmsg_subscriber_destroy(sub);
    DONE(kickmsg_node_unlink_mailbox(node_, "m"));
}

TEST_F(CNode, WhatNobodyUsesIsPruned)
{
    kickmsg_publisher*    pub    = nullptr;
    kickmsg_prune_report* report = nullptr;
    kickmsg_names*        names  = nullptr;
    size_t                count  = 7;
    DONE(kickmsg_node_topics(node_, &names));
    DONE(kickmsg_names_size(names, &count));
    EXPECT_EQ(count, 0U);
    DONE(kickmsg_names_destroy(names));
    DONE(kickmsg_node_advertise(node_, "t", nullptr, nullptr, &pub));
    std::string const name = kickmsg::Node("self", own_).topic_region("t");
    auto const        kept = keep(name);
    DONE(kickmsg_publisher_destroy(pub));
    DONE(kickmsg_prune(own_.c_str(), &report));
    DONE(kickmsg_prune_report_counts(report, &count, nullptr, nullptr));
    EXPECT_EQ(count, 1U);
    EXPECT_EQ(kickmsg_prune_report_removed(report, 0), name);
    EXPECT_EQ(kickmsg_prune_report_kept(report, 0, nullptr, nullptr), nullptr);
    DONE(kickmsg_prune_report_destroy(report));
    DONE(kickmsg_prune(own_.c_str(), nullptr));
    EXPECT_EQ(kickmsg_prune(nullptr, nullptr), KICKMSG_INVALID_ARGUMENT);
}

TEST_F(CService, ARequestIsAnsweredInPartOfWhatWasAllocated)
{
    void*    room  = nullptr;
    bool     flag  = false;
    uint64_t count = 7;
    EXPECT_TRUE(kickmsg_server_is_usable(server_) && kickmsg_client_is_usable(client_));
    EXPECT_EQ(kickmsg_server_try_receive(server_, &request_), KICKMSG_AGAIN);
    EXPECT_EQ(kickmsg_server_receive(server_, 1, &request_), KICKMSG_TIMED_OUT);
    DONE(kickmsg_server_interrupt(server_));
    EXPECT_EQ(kickmsg_server_receive(server_, KICKMSG_FOREVER, &request_), KICKMSG_INTERRUPTED);
    ask();
    EXPECT_EQ(kickmsg_server_receive(server_, 0, &request_), KICKMSG_INVALID_ARGUMENT); // it is held
    EXPECT_TRUE(kickmsg_request_is_open(&request_));
    DONE(kickmsg_request_wanted(&request_, &flag));
    EXPECT_TRUE(flag);
    EXPECT_EQ(kickmsg_request_answer(&request_, nullptr, 1), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_request_allocate(&request_, 17, &room), KICKMSG_TOO_LONG) << "no later call has more room";
    DONE(kickmsg_request_allocate(&request_, 16, &room));
    std::memcpy(room, "answer", 6);
    DONE(kickmsg_request_publish_length(&request_, 6));
    EXPECT_FALSE(kickmsg_request_is_open(&request_));
    EXPECT_EQ(kickmsg_request_allocate(&request_, 1, &room), KICKMSG_NOTHING_TO_PUBLISH);
    DONE(kickmsg_request_drop(&request_));
    EXPECT_EQ(kickmsg_call_wait(&call_, KICKMSG_FOREVER, &response_), KICKMSG_CALL_ANSWERED);
    EXPECT_EQ(kickmsg_response_size(&response_), 6U);
    DONE(kickmsg_response_drop(&response_));
    DONE(kickmsg_server_malformed(server_, &count));
    EXPECT_EQ(count, 0U);
    DONE(kickmsg_server_stale(server_, &flag));
    EXPECT_FALSE(flag);
}

TEST_F(CService, ACallIsOutUntilItIsTakenCancelledOrItsClientEnds)
{
    kickmsg_call other = KICKMSG_EMPTY;
    kickmsg_loan loan  = KICKMSG_EMPTY;
    bool         flag  = false;
    size_t       count = 7;
    DONE(kickmsg_client_has_server(client_, &flag));
    EXPECT_TRUE(flag);
    DONE(kickmsg_client_stale(client_, &flag));
    EXPECT_FALSE(flag);
    EXPECT_EQ(kickmsg_client_start(client_, "ask", 3, 0, &call_), KICKMSG_CALL_WAITING);
    EXPECT_EQ(kickmsg_client_start(client_, "ask", 3, 0, &call_), KICKMSG_CALL_UNUSABLE); // it is held
    DONE(kickmsg_client_outstanding(client_, &count));
    EXPECT_EQ(count, 1U);
    EXPECT_EQ(kickmsg_client_start(client_, nullptr, 3, 0, &other), KICKMSG_CALL_UNUSABLE);
    EXPECT_EQ(kickmsg_call_poll(&call_, &response_), KICKMSG_CALL_WAITING);
    EXPECT_EQ(kickmsg_call_wait(&call_, 1, &response_), KICKMSG_CALL_TIMED_OUT);
    DONE(kickmsg_client_interrupt(client_));
    EXPECT_EQ(kickmsg_call_wait(&call_, KICKMSG_FOREVER, &response_), KICKMSG_CALL_INTERRUPTED);
    EXPECT_EQ(kickmsg_call_wait(&call_, 1, nullptr), KICKMSG_CALL_UNUSABLE);
    DONE(kickmsg_call_cancel(&call_, &flag));
    EXPECT_TRUE(flag);
    EXPECT_EQ(kickmsg_client_loan(client_, 17, &loan), KICKMSG_TOO_LONG) << "no later call has more room";
    DONE(kickmsg_client_loan(client_, 3, &loan));
    EXPECT_EQ(kickmsg_client_loan(client_, 3, &loan), KICKMSG_INVALID_ARGUMENT); // it is held
    EXPECT_EQ(kickmsg_loan_start(&loan, 0, nullptr), KICKMSG_CALL_UNUSABLE);
    EXPECT_EQ(kickmsg_client_start(client_, "ask", 3, 0, &call_), KICKMSG_CALL_WAITING);
    DONE(kickmsg_client_destroy(client_));
    EXPECT_EQ(kickmsg_call_wait(&call_, KICKMSG_FOREVER, &response_), KICKMSG_CALL_UNUSABLE);
    EXPECT_EQ(kickmsg_last_error()->status, KICKMSG_INVALID_HANDLE);
    EXPECT_EQ(kickmsg_call_cancel(&call_, nullptr), KICKMSG_INVALID_HANDLE); // it is held no more
    EXPECT_EQ(kickmsg_loan_start(&loan, 0, &call_), KICKMSG_CALL_UNUSABLE);
    DONE(kickmsg_loan_drop(&loan));
}

TEST_F(CService, ARequestWhoseServerHasEndedCannotBeAnswered)
{
    ask();
    DONE(kickmsg_server_destroy(server_));
    void* room = nullptr;
    EXPECT_NE(kickmsg_request_answer(&request_, "late", 4), KICKMSG_OK);
    EXPECT_EQ(kickmsg_request_allocate(&request_, 1, &room), KICKMSG_INVALID_HANDLE);
    EXPECT_EQ(kickmsg_client_call(client_, "ask", 3, 0, &response_), KICKMSG_CALL_NO_SERVER);
    EXPECT_EQ(kickmsg_client_wait_for_server(client_, 0), KICKMSG_TIMED_OUT);
    DONE(kickmsg_request_drop(&request_));
    DONE(kickmsg_call_cancel(&call_, nullptr));
}

TEST_F(CService, AWaitSetHasSubscribersServersAndClients)
{
    kickmsg_wait_set*     set    = nullptr;
    kickmsg_subscriber*   sub    = nullptr;
    kickmsg_native_handle handle = {};
    kickmsg_ready         ready{};
    size_t                count = 7;
    DONE(kickmsg_node_subscribe_or_create(node_, "t", nullptr, nullptr, &sub));
    DONE(kickmsg_wait_set_create(&set));
    EXPECT_TRUE(kickmsg_wait_set_is_usable(set));
    DONE(kickmsg_wait_set_add(set, sub, 1));
    DONE(kickmsg_wait_set_add_server(set, server_, 2));
    DONE(kickmsg_wait_set_add_client(set, client_, 3));
    DONE(kickmsg_wait_set_size(set, &count));
    EXPECT_EQ(count, 3U);
    EXPECT_EQ(kickmsg_wait_set_wait(set, 0, &ready), KICKMSG_TIMED_OUT);
    EXPECT_EQ(ready.count, 0U);
    ask();
    DONE(kickmsg_request_answer(&request_, "x", 1));
    DONE(kickmsg_request_drop(&request_));
    DONE(kickmsg_wait_set_wait(set, KICKMSG_FOREVER, &ready));
    ASSERT_EQ(ready.count, 1U);
    EXPECT_EQ(ready.keys[0], 3U);
    EXPECT_EQ(kickmsg_call_poll(&call_, &response_), KICKMSG_CALL_ANSWERED);
    DONE(kickmsg_response_drop(&response_));
    DONE(kickmsg_wait_set_native_handle(set, &handle));
    DONE(kickmsg_wait_set_remove(set, sub));
    DONE(kickmsg_wait_set_remove_server(set, server_));
    DONE(kickmsg_wait_set_remove_client(set, client_));
    DONE(kickmsg_wait_set_size(set, &count));
    EXPECT_EQ(count, 0U);
    DONE(kickmsg_wait_set_destroy(set));
    DONE(kickmsg_subscriber_destroy(sub));
    DONE(kickmsg_node_unlink_topic(node_, "t"));
}

#if !defined(_WIN32)
TEST_F(CService, TheHandlesOfAChildAreOfNoUse)
{
    kickmsg_wait_set*  set     = nullptr;
    kickmsg_publisher* pub     = nullptr;
    void*              room    = nullptr;
    size_t             reached = 7;
    DONE(kickmsg_wait_set_create(&set));
    DONE(kickmsg_node_advertise(node_, "t", nullptr, nullptr, &pub));
    ask();
    Child child([&](Child&) {
        kickmsg_ready   ready{};
        kickmsg_request request = KICKMSG_EMPTY;
        kickmsg_call    call    = KICKMSG_EMPTY;
        kickmsg_loan    loan    = KICKMSG_EMPTY;
        bool const      inert   = kickmsg_wait_set_wait(set, 1, &ready) == KICKMSG_INVALID_HANDLE &&
                           kickmsg_wait_set_wake(set) == KICKMSG_INVALID_HANDLE &&
                           kickmsg_publisher_allocate(pub, 1, &room) == KICKMSG_INVALID_HANDLE &&
                           kickmsg_publisher_publish(pub, &reached) == KICKMSG_INVALID_HANDLE &&
                           kickmsg_publisher_abandon(pub) == KICKMSG_INVALID_HANDLE &&
                           kickmsg_server_receive(server_, 1, &request) == KICKMSG_INVALID_HANDLE &&
                           kickmsg_client_call(client_, "x", 1, 1, &response_) == KICKMSG_CALL_UNUSABLE &&
                           kickmsg_client_start(client_, "x", 1, 1, &call) == KICKMSG_CALL_UNUSABLE &&
                           kickmsg_client_loan(client_, 1, &loan) == KICKMSG_INVALID_HANDLE &&
                           kickmsg_request_data(&request_) == nullptr &&
                           kickmsg_request_answer(&request_, "x", 1) == KICKMSG_INVALID_HANDLE &&
                           kickmsg_request_allocate(&request_, 1, &room) == KICKMSG_INVALID_HANDLE &&
                           kickmsg_call_wait(&call_, 1, &response_) == KICKMSG_CALL_UNUSABLE;
        return inert ? 0 : 1;
    });
    EXPECT_EQ(child.join(), 0);
    DONE(kickmsg_request_answer(&request_, "y", 1));
    DONE(kickmsg_request_drop(&request_));
    EXPECT_EQ(kickmsg_call_wait(&call_, KICKMSG_FOREVER, &response_), KICKMSG_CALL_ANSWERED);
    DONE(kickmsg_response_drop(&response_));
    DONE(kickmsg_publisher_destroy(pub));
    DONE(kickmsg_wait_set_destroy(set));
    DONE(kickmsg_node_unlink_topic(node_, "t"));
}
#endif
