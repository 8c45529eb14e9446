// Publish and subscribe by topic name, between two processes.
//
// A Node gives names to things; advertise() returns a Publisher, subscribe() a Subscriber. A subscriber receives what is
// published while it lives. Here it comes first, so it uses subscribe_or_create(): the first caller makes the topic.
#include "example.h"

#include <kickmsg/Node.h>

#include <chrono>

using namespace std::chrono_literals;

struct Reading {
    uint32_t number;
    double   celsius;
};

static void sensor_process(example::Process&)
{
    kickmsg::Node      node("sensor", example::prefix());
    kickmsg::Publisher publisher = node.advertise("temperature"); // in use with the same Config: joins it

    for (uint32_t i = 0; i < 3; ++i) {
        Reading const reading{i, 20.0 + 0.5 * i};
        int32_t const sent = publisher.send(&reading, sizeof(reading)); // bytes, or a negative errno
        example::require(sent == static_cast<int32_t>(sizeof(reading)), "the reading is sent");
    }
}

static void logger_process()
{
    example::Process sensor(sensor_process);

    kickmsg::Node        node("logger", example::prefix());
    example::AtEnd const clean([&] { node.unlink_topic("temperature"); });
    kickmsg::Subscriber  subscriber = node.subscribe_or_create("temperature", {});
    sensor.start();

    for (uint32_t i = 0; i < 3; ++i) {
        auto const sample = subscriber.receive(10s); // a copy, valid until the next receive
        example::require(sample && sample->len() == sizeof(Reading), "a reading arrives");
        auto const& reading = *static_cast<Reading const*>(sample->data());
        example::require(reading.number == i, "readings arrive in order");
        std::printf("reading %u: %.1f degrees\n", reading.number, reading.celsius);
    }
    sensor.join();
    example::require(subscriber.lost() == 0, "nothing is lost");
    std::printf("lost: %llu\n", static_cast<unsigned long long>(subscriber.lost()));
}

int main()
{
    return example::run(logger_process);
}
