// Below the Node: one region of shared memory, created, opened by another process, looked into and removed.
//
// A Publisher and a Subscriber need a SharedRegion and nothing else. They may outlive it.
#include "example.h"

#include <kickmsg/Publisher.h>
#include <kickmsg/Subscriber.h>

#include <chrono>

using namespace std::chrono_literals;

static std::string region_name()
{
    return "/" + example::prefix() + "_lowlevel";
}

static kickmsg::channel::Config geometry()
{
    kickmsg::channel::Config cfg;
    cfg.max_subscribers   = 4;
    cfg.max_publishers    = 4;
    cfg.sub_ring_capacity = 8;  // unread messages of a subscriber; then the oldest goes
    cfg.pool_size         = 48; // 4 rings of 8, and room for views and publishers
    cfg.max_payload_size  = 128;
    cfg.payload_alignment = 64;
    return cfg;
}

static void sender_process(example::Process&)
{
    auto               region = kickmsg::SharedRegion::open(region_name());
    kickmsg::Publisher publisher(region);
    for (uint32_t i = 0; i < 10; ++i) {
        example::require(publisher.send(&i, sizeof(i)) > 0, "a slow subscriber never refuses a publisher");
    }
    char const large[129] = {};
    example::require(publisher.send(large, sizeof(large)) < 0, "more than max_payload_size is refused");
}

static void receiver_process()
{
    example::Process sender(sender_process);

    auto region = kickmsg::SharedRegion::create(region_name(), kickmsg::channel::PubSub, geometry(), "hello_lowlevel");
    example::AtEnd const      clean([&] { region.unlink(); });
    kickmsg::RegionInfo const info = region.info();
    example::require(info.footprint == kickmsg::channel::footprint(geometry()), "the size is known in advance");
    std::printf("%u slots of %zu bytes, made by %s\n", info.pool_size, info.max_payload_size, info.creator.c_str());

    kickmsg::Subscriber subscriber(region);
    sender.start();
    sender.join(); // all ten are sent: the first two have been overwritten

    kickmsg::RegionStats const stats = region.stats();
    std::printf("unread %llu, evicted %llu\n", static_cast<unsigned long long>(stats.rings[0].unread),
                static_cast<unsigned long long>(stats.rings[0].evicted));
    for (uint32_t expected = 2; expected < 10; ++expected) {
        auto const sample = subscriber.try_receive();
        example::require(sample && *static_cast<uint32_t const*>(sample->data()) == expected, "the newest are there");
        std::printf("message %u\n", expected);
    }
    example::require(!subscriber.try_receive() && subscriber.lost() == 2, "the subscriber is told what it lost");
    std::printf("lost %llu\n", static_cast<unsigned long long>(subscriber.lost()));
}

int main()
{
    return example::run(receiver_process);
}
