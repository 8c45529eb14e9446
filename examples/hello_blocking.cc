// Sleep until a message comes, or until a time-out: no polling, no processor time while there is nothing to do.
//
// receive(timeout) copies, receive_view(timeout) does not. Zero or less only looks; nanoseconds::max() waits for ever.
#include "example.h"

#include <kickmsg/Node.h>
#include <kickmsg/os/Time.h>

#include <chrono>

using namespace std::chrono_literals;

static void clock_process(example::Process&)
{
    kickmsg::Node      node("clock", example::prefix());
    kickmsg::Publisher publisher = node.advertise("ticks");
    for (uint32_t tick = 1; tick <= 3; ++tick) {
        kickmsg::sleep(20ms); // the subscriber sleeps, too
        example::require(publisher.send(&tick, sizeof(tick)) > 0, "the tick is sent");
    }
}

static uint32_t tick_of(kickmsg::Subscriber::SampleView const& view)
{
    example::require(view.len() == sizeof(uint32_t), "a tick is a number");
    return *static_cast<uint32_t const*>(view.data());
}

static void listener_process()
{
    example::Process clock(clock_process);

    kickmsg::Node        node("listener", example::prefix());
    example::AtEnd const clean([&] { node.unlink_topic("ticks"); });
    kickmsg::Subscriber  subscriber = node.subscribe_or_create("ticks", {});

    auto const begin = std::chrono::steady_clock::now();
    example::require(!subscriber.receive(50ms), "nobody sends yet");
    example::require(std::chrono::steady_clock::now() - begin >= 50ms, "it waited as long as it was told to");
    std::printf("nothing within 50 ms\n");

    clock.start();
    for (uint32_t expected = 1; expected <= 3; ++expected) {
        auto const view = subscriber.receive_view(std::chrono::nanoseconds::max());
        example::require(view && tick_of(*view) == expected, "the next tick wakes the listener");
        std::printf("tick %u\n", expected);
    }
    clock.join();

    example::require(!subscriber.receive(0ns), "nothing is left");
    std::printf("nothing left\n");
}

int main()
{
    return example::run(listener_process);
}
