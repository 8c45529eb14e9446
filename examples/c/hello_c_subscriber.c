/* A topic from C: run it beside hello_c_publisher, in either order.
 *
 * The geometry is the publisher's business: with no config, the subscriber takes any. */
#include <kickmsg/kickmsg.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct reading {
    unsigned number;
    double   celsius;
};

static void check(kickmsg_status status)
{
    if (status != KICKMSG_OK) {
        fprintf(stderr, "%s: %s\n", kickmsg_status_text(status), kickmsg_last_error()->message);
        exit(1);
    }
}

int main(void)
{
    kickmsg_node*       node       = NULL;
    kickmsg_subscriber* subscriber = NULL;
    uint64_t            lost       = 0;

    check(kickmsg_node_create("logger", getenv("KICKMSG_TEST_PREFIX"), &node));
    check(kickmsg_node_subscribe_or_create(node, "temperature", NULL, NULL, &subscriber));

    for (int i = 0; i < 3; ++i) {
        kickmsg_view        view = KICKMSG_EMPTY;
        kickmsg_sample_info info;
        check(kickmsg_subscriber_receive_view(subscriber, KICKMSG_FOREVER, &view)); /* sleeps until there is one */
        check(kickmsg_view_info(&view, &info));
        struct reading const* const reading = kickmsg_view_data(&view);
        printf("reading %u: %.1f degrees, message %" PRIu64 "\n", reading->number, reading->celsius, info.sequence);
        check(kickmsg_view_drop(&view)); /* its memory goes back */
    }
    check(kickmsg_subscriber_lost(subscriber, &lost));
    printf("lost: %" PRIu64 "\n", lost);

    check(kickmsg_subscriber_destroy(subscriber));
    check(kickmsg_node_unlink_topic(node, "temperature"));
    if (kickmsg_subscriber_destroy(subscriber) ==
        KICKMSG_INVALID_HANDLE) { /* a handle that was ended is an error, never a crash */
        printf("destroyed twice: %s\n", kickmsg_status_text(kickmsg_last_error()->status));
    }
    check(kickmsg_node_destroy(node));
    return 0;
}
