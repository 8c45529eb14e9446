// Three topics, one loop: sleep until any of them has something, and take what is there.
//
// A WaitSet says which subscribers are ready, by the key that each was added under; wake() ends a wait from another thread or from
// a handler of a signal.
#include "example.h"

#include <kickmsg/Node.h>
#include <kickmsg/WaitSet.h>
#include <kickmsg/os/Time.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

static std::vector<std::string> const topics{"imu", "gps", "battery"};

static void vehicle_process(example::Process&)
{
    kickmsg::Node node("vehicle", example::prefix());
    for (uint32_t i = 0; i < topics.size(); ++i) {
        kickmsg::Publisher publisher = node.advertise(topics[i]);
        kickmsg::sleep(20ms); // the loop sleeps, too
        example::require(publisher.send(&i, sizeof(i)) > 0, "the number is sent");
    }
}

static void dashboard_process()
{
    example::Process vehicle(vehicle_process);

    kickmsg::Node        node("dashboard", example::prefix());
    example::AtEnd const clean([&] {
        for (std::string const& topic : topics) {
            node.unlink_topic(topic);
        }
    });

    kickmsg::WaitSet                 set;
    std::vector<kickmsg::Subscriber> subscribers;
    for (std::string const& topic : topics) {
        subscribers.push_back(node.subscribe_or_create(topic, {})); // moving a subscriber does not take it out of a set
        set.add(subscribers.back(), subscribers.size() - 1);
    }
    vehicle.start();

    std::thread stopper;
    std::size_t received = 0;
    for (bool goes_on = true; goes_on;) {
        auto const ready = set.wait(1min);
        for (uint64_t const key : ready) {
            while (auto const sample = subscribers[key].try_receive()) {
                std::printf("%s: %u\n", topics[key].c_str(), *static_cast<uint32_t const*>(sample->data()));
                ++received;
            }
        }
        if (received == topics.size() && !stopper.joinable()) {
            stopper = std::thread([&set] { set.wake(); });
        }
        goes_on = ready && !ready.woken();
    }
    stopper.join();
    vehicle.join();
    example::require(received == topics.size(), "each topic has been heard");
    std::printf("woken\n");
}

int main()
{
    return example::run(dashboard_process);
}
