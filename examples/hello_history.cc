// The last messages for those that come late: a process says where things are and ends, another one comes and knows.
#include "example.h"

#include <kickmsg/Node.h>

#include <cstring>

struct Place {
    char     name[12];
    uint32_t shelf;
};

static kickmsg::channel::Config remembering()
{
    kickmsg::channel::Config cfg;
    cfg.history = 2;
    return cfg;
}

static void say(kickmsg::Publisher& places, Place const& place)
{
    example::require(places.send(&place, sizeof(place)) == sizeof(place), "the message is sent");
}

static void storekeeper_process(example::Process&)
{
    kickmsg::Node      node("storekeeper", example::prefix());
    kickmsg::Publisher places = node.advertise_or_join("places", remembering());
    say(places, {"hammer", 1});
    say(places, {"saw", 2});
    say(places, {"hammer", 3}); // nobody has been listening
}

static void visitor_process()
{
    kickmsg::Node        node("visitor", example::prefix());
    example::AtEnd const clean([&] { node.unlink_topic("places"); });
    auto const           shop = node.advertise_or_join("places", remembering()); // keeps the topic meanwhile
    example::Process     storekeeper(storekeeper_process);
    storekeeper.start();
    storekeeper.join(); // it has ended

    kickmsg::Subscriber places = node.subscribe("places");
    while (auto const message = places.try_receive()) {
        Place place;
        example::require(message->len() == sizeof(place), "the message is of that size");
        std::memcpy(&place, message->data(), sizeof(place));
        std::printf("the %s is on shelf %u\n", place.name, place.shelf);
    }
}

int main()
{
    return example::run(visitor_process);
}
