/* A topic from C: run it beside hello_c_subscriber, in either order.
 *
 * Each reading is written in place, into memory that the subscriber reads: nothing is copied. */
#include <kickmsg/kickmsg.h>

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
    kickmsg_node*      node      = NULL;
    kickmsg_publisher* publisher = NULL;

    check(kickmsg_node_create("sensor", getenv("KICKMSG_TEST_PREFIX"), &node)); /* NULL: the usual prefix */
    check(kickmsg_node_advertise_or_join(node, "temperature", NULL, NULL, &publisher));
    check(kickmsg_node_wait_for_subscriber(node, "temperature", KICKMSG_FOREVER));

    for (unsigned i = 0; i < 3; ++i) {
        void* room = NULL;
        check(kickmsg_publisher_allocate(publisher, sizeof(struct reading), &room));
        struct reading* const reading = room;
        reading->number               = i;
        reading->celsius              = 20.0 + 0.5 * i;
        check(kickmsg_publisher_publish(publisher, NULL));
    }
    puts("sent: 3 readings");

    check(kickmsg_publisher_destroy(publisher));
    check(kickmsg_node_destroy(node));
    return 0;
}
