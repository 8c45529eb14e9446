/* A user's smallest program in C11: sends one message and receives it. The first argument names the region. */
#include <kickmsg/kickmsg.h>

#include <stdio.h>
#include <string.h>

static bool sends_and_receives(char const* name)
{
    static char const   sent[] = "one message";
    kickmsg_config      config = KICKMSG_CONFIG_INIT;
    kickmsg_region*     region = NULL;
    kickmsg_subscriber* sub    = NULL;
    kickmsg_publisher*  pub    = NULL;
    kickmsg_sample      sample = {NULL, 0, 0};
    config.pool_size           = 64;
    bool const is_made         = kickmsg_region_create(name, KICKMSG_PUB_SUB, &config, NULL, &region) == KICKMSG_OK &&
                         kickmsg_subscriber_create(region, &sub) == KICKMSG_OK &&
                         kickmsg_publisher_create(region, &pub) == KICKMSG_OK;
    bool const intact = is_made && kickmsg_publisher_send(pub, sent, sizeof(sent)) == KICKMSG_OK &&
                        kickmsg_subscriber_try_receive(sub, &sample, NULL) == KICKMSG_OK &&
                        sample.length == sizeof(sent) && memcmp(sample.data, sent, sizeof(sent)) == 0;
    kickmsg_publisher_destroy(pub);
    kickmsg_subscriber_destroy(sub);
    kickmsg_region_unlink(region);
    kickmsg_region_destroy(region);
    return intact && kickmsg_region_destroy(region) == KICKMSG_INVALID_HANDLE;
}

int main(int argc, char** argv)
{
    bool const intact = sends_and_receives(argc > 1 ? argv[1] : "/kickmsg_one_message");
    puts(intact ? "received: one message" : kickmsg_last_error()->message);
    return intact ? 0 : 1;
}
