/// What is done with NULL, or with a handle that was ended: an error code from each call of C, and nothing is touched.
#include "support.h"

#include "kickmsg/kickmsg.h"

#include <cstring>

using namespace kickmsg_test;

namespace {

/// Handles that are NULL, or were ended.
struct Handles {
    kickmsg_region*       region     = nullptr;
    kickmsg_publisher*    publisher  = nullptr;
    kickmsg_subscriber*   subscriber = nullptr;
    kickmsg_node*         node       = nullptr;
    kickmsg_wait_set*     set        = nullptr;
    kickmsg_server*       server     = nullptr;
    kickmsg_client*       client     = nullptr;
    kickmsg_stats*        stats      = nullptr;
    kickmsg_list*         list       = nullptr;
    kickmsg_names*        names      = nullptr;
    kickmsg_prune_report* report     = nullptr;

    void make()
    {
        Name const name("c_misuse");
        ASSERT_EQ(kickmsg_region_create(name.str().c_str(), KICKMSG_PUB_SUB, nullptr, nullptr, &region), KICKMSG_OK);
        ASSERT_EQ(kickmsg_publisher_create(region, &publisher), KICKMSG_OK);
        ASSERT_EQ(kickmsg_subscriber_create(region, &subscriber), KICKMSG_OK);
        ASSERT_EQ(kickmsg_region_take_stats(region, &stats), KICKMSG_OK);
        ASSERT_EQ(kickmsg_list_regions(name.str().c_str(), &list), KICKMSG_OK);
        ASSERT_EQ(kickmsg_prune((name.str() + "_none").c_str(), &report), KICKMSG_OK);
        ASSERT_EQ(kickmsg_wait_set_create(&set), KICKMSG_OK);
        ASSERT_EQ(kickmsg_node_create("node", (prefix() + "_c").c_str(), &node), KICKMSG_OK);
        ASSERT_EQ(kickmsg_node_topics(node, &names), KICKMSG_OK);
        ASSERT_EQ(kickmsg_node_serve(node, "s", nullptr, nullptr, nullptr, &server), KICKMSG_OK);
        ASSERT_EQ(kickmsg_node_client(node, "s", nullptr, nullptr, nullptr, &client), KICKMSG_OK);
        ASSERT_EQ(kickmsg_node_unlink_service(node, "s"), KICKMSG_OK);
    }
    /// Returns: how many said that it is done.
    int end() const
    {
        kickmsg_status const ended[] = {kickmsg_publisher_destroy(publisher),
                                        kickmsg_subscriber_destroy(subscriber),
                                        kickmsg_region_destroy(region),
                                        kickmsg_stats_destroy(stats),
                                        kickmsg_list_destroy(list),
                                        kickmsg_prune_report_destroy(report),
                                        kickmsg_names_destroy(names),
                                        kickmsg_wait_set_destroy(set),
                                        kickmsg_server_destroy(server),
                                        kickmsg_client_destroy(client),
                                        kickmsg_node_destroy(node)};
        int                  done    = 0;
        for (kickmsg_status const status : ended) {
            EXPECT_TRUE(status == KICKMSG_OK || status == KICKMSG_INVALID_HANDLE);
            done += status == KICKMSG_OK ? 1 : 0;
        }
        return done;
    }
};

#define REFUSED(CALL) EXPECT_EQ(CALL, KICKMSG_INVALID_HANDLE) << kickmsg_last_error()->message

size_t                size;
uint64_t              number;
uint32_t              small_number;
bool                  flag;
void*                 room;
char                  text[300];
kickmsg_schema        schema;
kickmsg_region*       a_region;
kickmsg_publisher*    a_publisher;
kickmsg_subscriber*   a_subscriber;
kickmsg_server*       a_server;
kickmsg_client*       a_client;
kickmsg_stats*        a_stats;
kickmsg_names*        a_names;
kickmsg_native_handle a_handle;

void misuse_region(Handles const& of)
{
    kickmsg_region_info info;
    kickmsg_health      health;
    kickmsg_participant who;
    kickmsg_recovery    recovery;
    info.struct_size     = sizeof(info);
    health.struct_size   = sizeof(health);
    who.struct_size      = sizeof(who);
    recovery.struct_size = sizeof(recovery);
    EXPECT_FALSE(kickmsg_region_is_usable(of.region));
    REFUSED(kickmsg_region_unlink(of.region));
    REFUSED(kickmsg_region_get_info(of.region, &info));
    REFUSED(kickmsg_region_schema(of.region, &schema));
    REFUSED(kickmsg_region_try_claim_schema(of.region, &schema, &flag));
    REFUSED(kickmsg_region_require_schema(of.region, &schema));
    REFUSED(kickmsg_region_reset_schema_claim(of.region, &flag));
    REFUSED(kickmsg_region_diagnose(of.region, &health));
    REFUSED(kickmsg_region_participant(of.region, 1, &who));
    REFUSED(kickmsg_region_take_stats(of.region, &a_stats));
    REFUSED(kickmsg_region_recover(of.region, &recovery));
    REFUSED(kickmsg_region_recover_process(of.region, 1, 0, &recovery));
    REFUSED(kickmsg_region_repair_locked_entries(of.region, &size));
    REFUSED(kickmsg_region_reset_retired_rings(of.region, &size));
    REFUSED(kickmsg_region_reclaim_orphaned_slots(of.region, &size));
    REFUSED(kickmsg_publisher_create(of.region, &a_publisher));
    REFUSED(kickmsg_subscriber_create(of.region, &a_subscriber));
}

void misuse_publisher(Handles const& of)
{
    EXPECT_FALSE(kickmsg_publisher_is_usable(of.publisher));
    REFUSED(kickmsg_publisher_send(of.publisher, "x", 1));
    REFUSED(kickmsg_publisher_try_send(of.publisher, "x", 1));
    REFUSED(kickmsg_publisher_send_until(of.publisher, "x", 1, KICKMSG_FOREVER));
    REFUSED(kickmsg_publisher_allocate(of.publisher, 1, &room));
    REFUSED(kickmsg_publisher_try_allocate(of.publisher, 1, &room));
    REFUSED(kickmsg_publisher_allocate_until(of.publisher, 1, KICKMSG_FOREVER, &room));
    REFUSED(kickmsg_publisher_publish(of.publisher, &size));
    REFUSED(kickmsg_publisher_publish_length(of.publisher, 1, &size));
    REFUSED(kickmsg_publisher_try_publish(of.publisher, &size));
    REFUSED(kickmsg_publisher_try_publish_length(of.publisher, 1, &size));
    REFUSED(kickmsg_publisher_publish_until(of.publisher, KICKMSG_FOREVER, &size));
    REFUSED(kickmsg_publisher_publish_length_until(of.publisher, 1, KICKMSG_FOREVER, &size));
    REFUSED(kickmsg_publisher_abandon(of.publisher));
    REFUSED(kickmsg_publisher_flush_until(of.publisher, KICKMSG_FOREVER));
    REFUSED(kickmsg_publisher_pending(of.publisher, &size));
    REFUSED(kickmsg_publisher_dropped(of.publisher, &number));
    REFUSED(kickmsg_publisher_sent(of.publisher, &number));
    REFUSED(kickmsg_publisher_incarnation(of.publisher, &number));
    REFUSED(kickmsg_publisher_stale(of.publisher, &flag));
    REFUSED(kickmsg_publisher_moves(of.publisher, &number));
}

void misuse_subscriber(Handles const& of)
{
    kickmsg_sample      sample;
    kickmsg_sample_info info;
    kickmsg_view        view = KICKMSG_EMPTY;
    EXPECT_FALSE(kickmsg_subscriber_is_usable(of.subscriber));
    REFUSED(kickmsg_subscriber_try_receive(of.subscriber, &sample, &info));
    REFUSED(kickmsg_subscriber_receive(of.subscriber, KICKMSG_FOREVER, &sample, nullptr));
    REFUSED(kickmsg_subscriber_try_receive_view(of.subscriber, &view));
    REFUSED(kickmsg_subscriber_receive_view(of.subscriber, KICKMSG_FOREVER, &view));
    REFUSED(kickmsg_subscriber_interrupt(of.subscriber));
    REFUSED(kickmsg_subscriber_return_on_signals(of.subscriber, true));
    REFUSED(kickmsg_subscriber_capacity(of.subscriber, &small_number));
    REFUSED(kickmsg_subscriber_lost(of.subscriber, &number));
    REFUSED(kickmsg_subscriber_stale(of.subscriber, &flag));
    REFUSED(kickmsg_subscriber_moves(of.subscriber, &number));
    for (kickmsg_view* const none : {&view, static_cast<kickmsg_view*>(nullptr)}) {
        EXPECT_EQ(kickmsg_view_data(none), nullptr);
        EXPECT_EQ(kickmsg_view_size(none), 0U);
        REFUSED(kickmsg_view_ring_pos(none, &number));
        REFUSED(kickmsg_view_info(none, &info));
        REFUSED(kickmsg_view_drop(none));
    }
}

void misuse_node(Handles const& of)
{
    EXPECT_EQ(kickmsg_node_name(of.node), nullptr);
    EXPECT_EQ(kickmsg_node_prefix(of.node), nullptr);
    REFUSED(kickmsg_node_follow(of.node, true));
    REFUSED(kickmsg_node_advertise(of.node, "t", nullptr, nullptr, &a_publisher));
    REFUSED(kickmsg_node_subscribe(of.node, "t", nullptr, &a_subscriber));
    REFUSED(kickmsg_node_advertise_or_join(of.node, "t", nullptr, nullptr, &a_publisher));
    REFUSED(kickmsg_node_subscribe_or_create(of.node, "t", nullptr, nullptr, &a_subscriber));
    REFUSED(kickmsg_node_subscribe_or_create_guess(of.node, "t", nullptr, nullptr, &a_subscriber));
    REFUSED(kickmsg_node_join_broadcast(of.node, "t", nullptr, nullptr, &a_publisher, &a_subscriber));
    REFUSED(kickmsg_node_create_mailbox(of.node, "t", nullptr, nullptr, &a_subscriber));
    REFUSED(kickmsg_node_open_mailbox(of.node, "o", "t", nullptr, &a_publisher));
    REFUSED(kickmsg_node_serve(of.node, "s", nullptr, nullptr, nullptr, &a_server));
    REFUSED(kickmsg_node_client(of.node, "s", nullptr, nullptr, nullptr, &a_client));
    REFUSED(kickmsg_node_unlink_topic(of.node, "t"));
    REFUSED(kickmsg_node_unlink_broadcast(of.node, "t"));
    REFUSED(kickmsg_node_unlink_mailbox(of.node, "t"));
    REFUSED(kickmsg_node_unlink_service(of.node, "t"));
    REFUSED(kickmsg_node_topic_schema(of.node, "t", &schema));
    REFUSED(kickmsg_node_try_claim_topic_schema(of.node, "t", &schema, &flag));
    REFUSED(kickmsg_node_topics(of.node, &a_names));
    REFUSED(kickmsg_node_has_publisher(of.node, "t", &flag));
    REFUSED(kickmsg_node_has_subscriber(of.node, "t", &flag));
    REFUSED(kickmsg_node_wait_for_publisher(of.node, "t", KICKMSG_FOREVER));
    REFUSED(kickmsg_node_wait_for_subscriber(of.node, "t", KICKMSG_FOREVER));
    REFUSED(kickmsg_node_topic_region(of.node, "t", text, sizeof(text)));
    REFUSED(kickmsg_node_broadcast_region(of.node, "t", text, sizeof(text)));
    REFUSED(kickmsg_node_mailbox_region(of.node, "o", "t", text, sizeof(text)));
    REFUSED(kickmsg_node_request_region(of.node, "t", text, sizeof(text)));
    REFUSED(kickmsg_node_response_region(of.node, "t", text, sizeof(text)));
}

void misuse_service(Handles const& of)
{
    kickmsg_request request = KICKMSG_EMPTY;
    EXPECT_FALSE(kickmsg_server_is_usable(of.server));
    REFUSED(kickmsg_server_try_receive(of.server, &request));
    REFUSED(kickmsg_server_receive(of.server, KICKMSG_FOREVER, &request));
    REFUSED(kickmsg_server_interrupt(of.server));
    REFUSED(kickmsg_server_malformed(of.server, &number));
    REFUSED(kickmsg_server_stale(of.server, &flag));
    for (kickmsg_request* const none : {&request, static_cast<kickmsg_request*>(nullptr)}) {
        EXPECT_EQ(kickmsg_request_data(none), nullptr);
        EXPECT_EQ(kickmsg_request_size(none), 0U);
        EXPECT_FALSE(kickmsg_request_is_open(none));
        REFUSED(kickmsg_request_wanted(none, &flag));
        REFUSED(kickmsg_request_answer(none, "x", 1));
        REFUSED(kickmsg_request_allocate(none, 1, &room));
        REFUSED(kickmsg_request_publish(none));
        REFUSED(kickmsg_request_publish_length(none, 1));
        REFUSED(kickmsg_request_drop(none));
    }
}

void misuse_client(Handles const& of)
{
    kickmsg_response response = KICKMSG_EMPTY;
    kickmsg_call     call     = KICKMSG_EMPTY;
    kickmsg_loan     loan     = KICKMSG_EMPTY;
    EXPECT_FALSE(kickmsg_client_is_usable(of.client));
    EXPECT_EQ(kickmsg_client_call(of.client, "x", 1, KICKMSG_FOREVER, &response), KICKMSG_CALL_UNUSABLE);
    EXPECT_EQ(kickmsg_client_start(of.client, "x", 1, KICKMSG_FOREVER, &call), KICKMSG_CALL_UNUSABLE);
    REFUSED(kickmsg_client_loan(of.client, 1, &loan));
    REFUSED(kickmsg_client_has_server(of.client, &flag));
    REFUSED(kickmsg_client_wait_for_server(of.client, KICKMSG_FOREVER));
    REFUSED(kickmsg_client_outstanding(of.client, &size));
    REFUSED(kickmsg_client_interrupt(of.client));
    REFUSED(kickmsg_client_stale(of.client, &flag));
    EXPECT_EQ(kickmsg_call_poll(&call, &response), KICKMSG_CALL_UNUSABLE);
    EXPECT_EQ(kickmsg_call_wait(nullptr, KICKMSG_FOREVER, &response), KICKMSG_CALL_UNUSABLE);
    REFUSED(kickmsg_call_cancel(&call, &flag));
    EXPECT_EQ(kickmsg_loan_data(&loan), nullptr);
    EXPECT_EQ(kickmsg_loan_size(nullptr), 0U);
    EXPECT_EQ(kickmsg_loan_start(&loan, 0, &call), KICKMSG_CALL_UNUSABLE);
    REFUSED(kickmsg_loan_drop(&loan));
    EXPECT_EQ(kickmsg_response_data(&response), nullptr);
    EXPECT_EQ(kickmsg_response_size(nullptr), 0U);
    REFUSED(kickmsg_response_drop(&response));
}

void misuse_set(Handles const& of)
{
    kickmsg_ready ready;
    EXPECT_FALSE(kickmsg_wait_set_is_usable(of.set));
    REFUSED(kickmsg_wait_set_add(of.set, of.subscriber, 1));
    REFUSED(kickmsg_wait_set_add_server(of.set, of.server, 1));
    REFUSED(kickmsg_wait_set_add_client(of.set, of.client, 1));
    REFUSED(kickmsg_wait_set_remove(of.set, of.subscriber));
    REFUSED(kickmsg_wait_set_remove_server(of.set, of.server));
    REFUSED(kickmsg_wait_set_remove_client(of.set, of.client));
    REFUSED(kickmsg_wait_set_size(of.set, &size));
    REFUSED(kickmsg_wait_set_wait(of.set, KICKMSG_FOREVER, &ready));
    REFUSED(kickmsg_wait_set_wake(of.set));
    REFUSED(kickmsg_wait_set_native_handle(of.set, &a_handle));
    kickmsg_wait_set* usable = nullptr;
    ASSERT_EQ(kickmsg_wait_set_create(&usable), KICKMSG_OK);
    REFUSED(kickmsg_wait_set_add(usable, of.subscriber, 1));
    REFUSED(kickmsg_wait_set_add_server(usable, of.server, 1));
    REFUSED(kickmsg_wait_set_add_client(usable, of.client, 1));
    EXPECT_EQ(kickmsg_wait_set_destroy(usable), KICKMSG_OK);
}

void misuse_reports(Handles const& of)
{
    kickmsg_region_stats  totals;
    kickmsg_ring_stats    ring;
    kickmsg_participant   who;
    kickmsg_listed_region listed;
    totals.struct_size = sizeof(totals);
    ring.struct_size   = sizeof(ring);
    who.struct_size    = sizeof(who);
    listed.struct_size = sizeof(listed);
    REFUSED(kickmsg_stats_totals(of.stats, &totals));
    REFUSED(kickmsg_stats_ring(of.stats, 0, &ring));
    REFUSED(kickmsg_stats_participant(of.stats, 0, &who));
    REFUSED(kickmsg_list_size(of.list, &size));
    REFUSED(kickmsg_list_region(of.list, 0, &listed));
    REFUSED(kickmsg_list_participant(of.list, 0, 0, &who));
    REFUSED(kickmsg_names_size(of.names, &size));
    EXPECT_EQ(kickmsg_names_at(of.names, 0), nullptr);
    REFUSED(kickmsg_prune_report_counts(of.report, &size, &size, &size));
    EXPECT_EQ(kickmsg_prune_report_removed(of.report, 0), nullptr);
    EXPECT_EQ(kickmsg_prune_report_kept(of.report, 0, nullptr, nullptr), nullptr);
}

void misuse(Handles const& of)
{
    misuse_region(of);
    misuse_publisher(of);
    misuse_subscriber(of);
    misuse_node(of);
    misuse_service(of);
    misuse_client(of);
    misuse_set(of);
    misuse_reports(of);
    EXPECT_EQ(of.end(), 0);
}

} // namespace

TEST(CMisuse, EachCallRefusesNull)
{
    misuse(Handles());
}

TEST(CMisuse, EachCallRefusesAHandleThatWasEnded)
{
    Handles handles;
    handles.make();
    EXPECT_EQ(handles.end(), 11);
    misuse(handles);
}

/// What a caller has forgotten is named.
TEST(CMisuse, AnOutputOrATextThatIsNullIsAnArgumentThatIsNamed)
{
    Handles handles;
    handles.make();
    kickmsg_wait_set_wake(handles.set);
    EXPECT_EQ(kickmsg_region_open(nullptr, &a_region), KICKMSG_INVALID_ARGUMENT);
    EXPECT_STREQ(kickmsg_last_error()->object, "name");
    EXPECT_EQ(kickmsg_region_open("/x", nullptr), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_node_create(nullptr, nullptr, &handles.node), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_node_advertise(handles.node, nullptr, nullptr, nullptr, &a_publisher), KICKMSG_INVALID_ARGUMENT);
    EXPECT_STREQ(kickmsg_last_error()->object, "topic");
    EXPECT_EQ(kickmsg_node_serve(handles.node, "s", nullptr, &schema, nullptr, &a_server), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_subscriber_try_receive(handles.subscriber, nullptr, nullptr), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_subscriber_try_receive_view(handles.subscriber, nullptr), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_subscriber_lost(handles.subscriber, nullptr), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_publisher_allocate(handles.publisher, 1, nullptr), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_region_get_info(handles.region, nullptr), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_wait_set_wait(handles.set, 0, nullptr), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_wait_set_native_handle(handles.set, nullptr), KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_client_call(handles.client, "x", 1, 0, nullptr), KICKMSG_CALL_UNUSABLE);
    EXPECT_EQ(kickmsg_last_error()->status, KICKMSG_INVALID_ARGUMENT);
    EXPECT_EQ(kickmsg_publisher_send(handles.publisher, nullptr, 0), KICKMSG_OK); // a message of no bytes
    handles.end();
}
