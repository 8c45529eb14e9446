/* One end of a conversation, in C11 alone: lib/test/CProcesses_test.cc starts two of them.
 * usage: c_peer PREFIX publish | subscribe | serve | call | feed | watch */
#include <kickmsg/kickmsg.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGES 200

static void must(bool holds, char const* what)
{
    if (!holds) {
        fprintf(stderr, "c_peer: %s; last error: %s\n", what, kickmsg_last_error()->message);
        exit(1);
    }
}

static void done(kickmsg_status status, char const* what)
{
    must(status == KICKMSG_OK, what);
}

static kickmsg_node* node_of(char const* name, char const* prefix)
{
    kickmsg_node* node = NULL;
    done(kickmsg_node_create(name, prefix, &node), "a node");
    return node;
}

/* --- a topic: every other message is written in place */
static kickmsg_config config_of_topic(void)
{
    kickmsg_config config    = KICKMSG_CONFIG_INIT;
    config.sub_ring_capacity = 256;
    config.pool_size         = 1024;
    config.max_payload_size  = 64;
    config.send_time         = 1;
    return config;
}

static void publish(char const* prefix)
{
    kickmsg_node*        node      = node_of("publisher", prefix);
    kickmsg_config const config    = config_of_topic();
    kickmsg_publisher*   publisher = NULL;
    done(kickmsg_node_advertise_or_join(node, "numbers", &config, NULL, &publisher), "advertise");
    done(kickmsg_node_wait_for_subscriber(node, "numbers", KICKMSG_FOREVER), "wait for the subscriber");
    for (uint64_t number = 1; number <= MESSAGES; ++number) {
        if (number % 2 == 0) {
            done(kickmsg_publisher_send(publisher, &number, sizeof(number)), "send");
            continue;
        }
        void*  room    = NULL;
        size_t reached = 0;
        done(kickmsg_publisher_allocate(publisher, sizeof(number), &room), "allocate");
        memcpy(room, &number, sizeof(number));
        done(kickmsg_publisher_publish(publisher, &reached), "publish");
        must(reached == 1, "one subscriber is reached");
    }
    uint64_t sent = 0;
    done(kickmsg_publisher_sent(publisher, &sent), "sent");
    must(sent == MESSAGES, "each message counts once");
    done(kickmsg_publisher_destroy(publisher), "destroy the publisher");
    done(kickmsg_node_destroy(node), "destroy the node");
}

static void check_info(kickmsg_sample_info const* info, uint64_t number, uint64_t* publisher)
{
    must(info->sequence == number, "the numbers have no gap");
    must(info->has_sent_ns && info->sent_ns != 0 && info->sent_ns <= kickmsg_monotonic_ns(), "the time of sending");
    must(*publisher == 0 || info->publisher == *publisher, "all messages are of one publisher");
    *publisher = info->publisher;
}

static void subscribe(char const* prefix)
{
    kickmsg_node*        node       = node_of("subscriber", prefix);
    kickmsg_config const config     = config_of_topic();
    kickmsg_subscriber*  subscriber = NULL;
    uint64_t             publisher  = 0;
    uint64_t             lost       = 1;
    done(kickmsg_node_subscribe_or_create(node, "numbers", &config, NULL, &subscriber), "subscribe");
    for (uint64_t number = 1; number <= MESSAGES; ++number) {
        uint64_t            received = 0;
        kickmsg_sample_info info     = {0, 0, 0, false};
        if (number % 3 == 0) {
            kickmsg_sample sample = {NULL, 0, 0};
            done(kickmsg_subscriber_receive(subscriber, KICKMSG_FOREVER, &sample, &info), "receive");
            must(sample.length == sizeof(received), "the length");
            memcpy(&received, sample.data, sizeof(received));
        } else {
            kickmsg_view view = KICKMSG_EMPTY;
            done(kickmsg_subscriber_receive_view(subscriber, KICKMSG_FOREVER, &view), "receive a view");
            must(kickmsg_view_size(&view) == sizeof(received), "the size of a view");
            memcpy(&received, kickmsg_view_data(&view), sizeof(received));
            done(kickmsg_view_info(&view, &info), "the info of a view");
            done(kickmsg_view_drop(&view), "drop a view");
        }
        must(received == number, "the messages come in order");
        check_info(&info, number, &publisher);
    }
    done(kickmsg_subscriber_lost(subscriber, &lost), "lost");
    must(lost == 0, "nothing is lost");
    done(kickmsg_subscriber_destroy(subscriber), "destroy the subscriber");
    done(kickmsg_node_unlink_topic(node, "numbers"), "unlink");
    done(kickmsg_node_destroy(node), "destroy the node");
}

/* --- a service: doubles a number; 13 is refused, 0 is the end */
static void answer(kickmsg_request* request, uint64_t asked)
{
    uint64_t const doubled = 2 * asked;
    kickmsg_status status  = KICKMSG_OK;
    if (asked % 2 == 0) {
        status = kickmsg_request_answer(request, &doubled, sizeof(doubled));
    } else {
        void* room = NULL;
        done(kickmsg_request_allocate(request, sizeof(doubled), &room), "allocate an answer");
        memcpy(room, &doubled, sizeof(doubled));
        status = kickmsg_request_publish(request);
    }
    must(status == KICKMSG_OK || (asked == 17 && status == KICKMSG_NOT_WANTED), "an answer"); /* 17 is cancelled */
    must(kickmsg_request_answer(request, &doubled, sizeof(doubled)) == KICKMSG_NOTHING_TO_PUBLISH,
         "it is answered once");
}

static void serve(char const* prefix)
{
    kickmsg_node*     node   = node_of("server", prefix);
    kickmsg_server*   server = NULL;
    kickmsg_wait_set* set    = NULL;
    uint64_t          asked  = 1;
    done(kickmsg_node_serve(node, "double", NULL, NULL, NULL, &server), "serve");
    done(kickmsg_wait_set_create(&set), "a wait set");
    done(kickmsg_wait_set_add_server(set, server, 7), "the server in the set");
    while (asked != 0) {
        kickmsg_ready   ready   = {NULL, 0, false};
        kickmsg_request request = KICKMSG_EMPTY;
        done(kickmsg_wait_set_wait(set, KICKMSG_FOREVER, &ready), "wait for requests");
        must(ready.count == 1 && ready.keys[0] == 7, "the server is ready");
        while (asked != 0 && kickmsg_server_try_receive(server, &request) == KICKMSG_OK) {
            must(kickmsg_request_size(&request) == sizeof(asked), "the size of a request");
            memcpy(&asked, kickmsg_request_data(&request), sizeof(asked));
            if (asked != 13) {
                answer(&request, asked);
            }
            done(kickmsg_request_drop(&request), "drop a request");
        }
    }
    done(kickmsg_wait_set_destroy(set), "destroy the set");
    done(kickmsg_server_destroy(server), "destroy the server");
    done(kickmsg_node_unlink_service(node, "double"), "unlink the service");
    done(kickmsg_node_destroy(node), "destroy the node");
}

static uint64_t value_of(kickmsg_response* response)
{
    uint64_t value = 0;
    must(kickmsg_response_size(response) == sizeof(value), "the size of a response");
    memcpy(&value, kickmsg_response_data(response), sizeof(value));
    done(kickmsg_response_drop(response), "drop a response");
    return value;
}

static void call_pipelined(kickmsg_client* client)
{
    kickmsg_call     calls[4] = {KICKMSG_EMPTY, KICKMSG_EMPTY, KICKMSG_EMPTY, KICKMSG_EMPTY};
    kickmsg_response response = KICKMSG_EMPTY;
    size_t           out      = 0;
    for (uint64_t i = 0; i < 4; ++i) {
        uint64_t const asked = 100 + i;
        kickmsg_loan   loan  = KICKMSG_EMPTY;
        done(kickmsg_client_loan(client, sizeof(asked), &loan), "a loan");
        must(kickmsg_loan_size(&loan) == sizeof(asked), "the size of a loan");
        memcpy(kickmsg_loan_data(&loan), &asked, sizeof(asked));
        must(kickmsg_loan_start(&loan, 0, &calls[i]) == KICKMSG_CALL_WAITING, "start a loan");
        must(kickmsg_loan_drop(&loan) == KICKMSG_INVALID_HANDLE, "a loan that was sent is none");
    }
    done(kickmsg_client_outstanding(client, &out), "outstanding");
    must(out == 4, "four calls are out");
    for (uint64_t i = 4; i-- > 0;) { /* in another order */
        must(kickmsg_call_wait(&calls[i], KICKMSG_FOREVER, &response) == KICKMSG_CALL_ANSWERED, "wait for an answer");
        must(value_of(&response) == 2 * (100 + i), "the answer is that of its call");
        must(kickmsg_call_poll(&calls[i], &response) == KICKMSG_CALL_UNUSABLE, "an answer is taken once");
    }
}

static void call(char const* prefix)
{
    kickmsg_node*    node     = node_of("client", prefix);
    kickmsg_client*  client   = NULL;
    kickmsg_response response = KICKMSG_EMPTY;
    kickmsg_call     out      = KICKMSG_EMPTY;
    uint64_t         asked    = 21;
    char             large[4097];
    memset(large, 0, sizeof(large));
    done(kickmsg_node_client(node, "double", NULL, NULL, NULL, &client), "a client");
    done(kickmsg_client_wait_for_server(client, KICKMSG_FOREVER), "wait for the server");
    must(kickmsg_client_call(client, &asked, sizeof(asked), KICKMSG_FOREVER, &response) == KICKMSG_CALL_ANSWERED,
         "call");
    must(value_of(&response) == 42, "the answer");
    call_pipelined(client);
    must(kickmsg_client_start(client, large, sizeof(large), 0, &out) == KICKMSG_CALL_TOO_LONG, "too long a request");
    asked = 13;
    must(kickmsg_client_call(client, &asked, sizeof(asked), KICKMSG_FOREVER, &response) == KICKMSG_CALL_REFUSED,
         "a refusal");
    asked = 17;
    must(kickmsg_client_start(client, &asked, sizeof(asked), 0, &out) == KICKMSG_CALL_WAITING, "start");
    done(kickmsg_call_cancel(&out, NULL), "cancel");
    must(kickmsg_call_cancel(&out, NULL) == KICKMSG_INVALID_HANDLE, "a call that was cancelled is none");
    asked = 0;
    must(kickmsg_client_call(client, &asked, sizeof(asked), KICKMSG_FOREVER, &response) == KICKMSG_CALL_ANSWERED,
         "the end");
    must(value_of(&response) == 0, "the last answer");
    done(kickmsg_client_destroy(client), "destroy the client");
    done(kickmsg_node_destroy(node), "destroy the node");
}

/* --- two topics and a wait for both */
static void feed(char const* prefix)
{
    kickmsg_node* node = node_of("feeder", prefix);
    for (unsigned topic = 0; topic < 2; ++topic) {
        char const* const  name      = topic == 0 ? "even" : "odd";
        kickmsg_publisher* publisher = NULL;
        done(kickmsg_node_wait_for_subscriber(node, name, KICKMSG_FOREVER), "wait for the watcher");
        done(kickmsg_node_advertise_or_join(node, name, NULL, NULL, &publisher), "advertise");
        done(kickmsg_publisher_send_until(publisher, &topic, sizeof(topic), KICKMSG_FOREVER), "send");
        done(kickmsg_publisher_destroy(publisher), "destroy");
    }
    done(kickmsg_node_destroy(node), "destroy the node");
}

static void watch(char const* prefix)
{
    kickmsg_node*       node           = node_of("watcher", prefix);
    kickmsg_wait_set*   set            = NULL;
    kickmsg_subscriber* subscribers[2] = {NULL, NULL};
    kickmsg_ready       ready          = {NULL, 0, false};
    unsigned            found          = 0;
    done(kickmsg_wait_set_create(&set), "a wait set");
    for (unsigned topic = 0; topic < 2; ++topic) {
        done(kickmsg_node_subscribe_or_create(node, topic == 0 ? "even" : "odd", NULL, NULL, &subscribers[topic]),
             "subscribe");
        done(kickmsg_wait_set_add(set, subscribers[topic], topic), "add");
    }
    must(kickmsg_wait_set_add(set, subscribers[0], 9) == KICKMSG_IN_USE, "one is in a set once");
    done(kickmsg_wait_set_wake(set), "wake");
    done(kickmsg_wait_set_wait(set, KICKMSG_FOREVER, &ready), "a wait that is woken");
    must(ready.woken, "the wake");
    while (found != 3) {
        done(kickmsg_wait_set_wait(set, KICKMSG_FOREVER, &ready), "wait");
        for (size_t i = 0; i < ready.count; ++i) {
            kickmsg_sample sample = {NULL, 0, 0};
            unsigned       topic  = 2;
            if (kickmsg_subscriber_try_receive(subscribers[ready.keys[i]], &sample, NULL) == KICKMSG_OK) {
                memcpy(&topic, sample.data, sizeof(topic));
                must(topic == ready.keys[i], "the key is that of the subscriber");
                found |= 1U << topic;
            }
        }
    }
    done(kickmsg_wait_set_destroy(set), "destroy the set");
    for (unsigned topic = 0; topic < 2; ++topic) {
        done(kickmsg_subscriber_destroy(subscribers[topic]), "destroy a subscriber");
        done(kickmsg_node_unlink_topic(node, topic == 0 ? "even" : "odd"), "unlink");
    }
    done(kickmsg_node_destroy(node), "destroy the node");
}

int main(int argc, char** argv)
{
    static struct {
        char const* name;
        void (*run)(char const* prefix);
    } const roles[] = {{"publish", publish}, {"subscribe", subscribe}, {"serve", serve},
                       {"call", call},       {"feed", feed},           {"watch", watch}};
    for (size_t i = 0; argc == 3 && i < sizeof(roles) / sizeof(roles[0]); ++i) {
        if (strcmp(argv[2], roles[i].name) == 0) {
            roles[i].run(argv[1]);
            return 0;
        }
    }
    fprintf(stderr, "usage: c_peer PREFIX publish|subscribe|serve|call|feed|watch\n");
    return 2;
}
