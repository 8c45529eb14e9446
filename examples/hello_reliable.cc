// Every message arrives: the publisher waits for room where a subscriber is slower, and overwrites nothing.
//
// try_send() refuses where a subscriber has no room, send_until() waits; a subscriber that dies is no reason for either.
#include "example.h"

#include <kickmsg/Node.h>

#include <cerrno>
#include <chrono>

using namespace std::chrono_literals;

constexpr uint32_t parts = 1000;

static kickmsg::channel::Config small_rings()
{
    kickmsg::channel::Config config;
    config.sub_ring_capacity = 8; // far less than what is sent
    return config;
}

static void sending_process(example::Process&)
{
    kickmsg::Node      node("sender", example::prefix());
    kickmsg::Publisher publisher = node.advertise_or_join("parts", small_rings());
    for (uint32_t part = 1; part <= parts; ++part) {
        int32_t const sent = publisher.send_until(&part, sizeof(part), 10s);
        example::require(sent == static_cast<int32_t>(sizeof(part)), "the part is sent");
    }
    example::require(publisher.flush_until(10s) == 0, "every subscriber has it");
}

/// Returns: how many messages a publisher can send that nobody reads.
static uint32_t accepted_by(kickmsg::Publisher& publisher)
{
    uint32_t accepted = 0;
    while (publisher.try_send(&accepted, sizeof(accepted)) > 0) {
        ++accepted;
    }
    return accepted;
}

static void receiving_process()
{
    example::Process sender(sending_process);

    kickmsg::Node        node("receiver", example::prefix());
    example::AtEnd const clean([&] { node.unlink_topic("parts"); });
    kickmsg::Subscriber  subscriber = node.subscribe_or_create("parts", small_rings());
    {
        kickmsg::Publisher publisher = node.advertise_or_join("parts", small_rings());
        uint32_t const     accepted  = accepted_by(publisher);
        std::printf("%u messages accepted, then refused\n", accepted);
        example::require(publisher.send_until(&accepted, sizeof(accepted), 20ms) == -EAGAIN, "nobody reads");
        std::printf("no room within 20 ms\n");
        for (uint32_t i = 0; i < accepted; ++i) {
            example::require(static_cast<bool>(subscriber.try_receive()), "what was accepted is there");
        }
    }

    sender.start();
    for (uint32_t expected = 1; expected <= parts; ++expected) {
        auto const part = subscriber.receive(10s);
        example::require(part && part->len() == sizeof(expected), "a part comes");
        example::require(*static_cast<uint32_t const*>(part->data()) == expected, "it is the next one");
    }
    sender.join();
    example::require(subscriber.lost() == 0, "nothing was lost");
    std::printf("%u parts received in order, none lost\n", parts);
}

int main()
{
    return example::run(receiving_process);
}
