// A user's smallest program: sends one message and receives it. The first argument names the region.
#include <kickmsg/Publisher.h>
#include <kickmsg/Subscriber.h>

#include <cstdio>
#include <cstring>

int main(int argc, char** argv)
{
    char const* name   = argc > 1 ? argv[1] : "/kickmsg_one_message";
    auto        region = kickmsg::SharedRegion::create(name, kickmsg::channel::PubSub, kickmsg::channel::Config{});

    kickmsg::Subscriber sub(region);
    kickmsg::Publisher  pub(region);

    char const sent[]   = "one message";
    bool const is_sent  = pub.send(sent, sizeof(sent)) > 0;
    auto const received = sub.try_receive();
    bool const intact   = is_sent && received && received->len() == sizeof(sent) &&
                        std::memcmp(received->data(), sent, sizeof(sent)) == 0;
    region.unlink();

    std::puts(intact ? "received: one message" : "nothing received");
    return intact ? 0 : 1;
}
