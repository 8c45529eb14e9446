// Waits for three topics, calls a service and lists the topics, with types. The console's half is what such a program takes.
#include "example.h"

#include <kickmsg/Node.h>
#include <kickmsg/WaitSet.h>

using namespace std::chrono_literals;

static std::vector<std::string> const topics{"battery", "gps", "imu"};

static void robot(example::Process&)
{
    kickmsg::Node node("robot", example::prefix());
    auto          server = node.serve<int, int>("double");
    for (std::string const& topic : topics) {
        example::require(node.advertise<int>(topic).send(static_cast<int>(topic.size())) > 0, "it is sent");
    }
    auto request = server.receive(1min);
    example::require(request && request->answer(2 * **request) > 0, "it is answered");
}

static void operator_console()
{
    example::Process process(robot);
    kickmsg::Node    node("console", example::prefix());
    kickmsg::WaitSet set;

    example::AtEnd const clean([&] {
        for (std::string const& topic : topics) {
            node.unlink_topic(topic);
        }
        node.unlink_service("double");
    });

    std::vector<kickmsg::TypedSubscriber<int>> subscribers;
    for (std::string const& topic : topics) {
        subscribers.push_back(node.subscribe_or_create<int>(topic));
        set.add(subscribers.back().raw(), subscribers.size() - 1);
    }
    process.start();
    for (std::size_t heard = 0; heard < topics.size();) {
        for (uint64_t const key : set.wait(1min)) {
            while (auto const length = subscribers[key].try_receive()) {
                std::printf("%s: %d\n", topics[key].c_str(), **length);
                ++heard;
            }
        }
    }
    auto       client  = node.client<int, int>("double");
    auto const doubled = client.call(21, 1min);
    example::require(static_cast<bool>(doubled), kickmsg::text_of(doubled.status()));
    std::printf("21 doubled: %d\n", *doubled);
    for (std::string const& topic : node.topics()) {
        std::printf("there is %s\n", topic.c_str());
    }
    process.join();
}

int main()
{
    return example::run(operator_console);
}
