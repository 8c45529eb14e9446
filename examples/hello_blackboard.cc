// Named values: whoever asks gets the last one, however often it changed, and whether its writer still lives.
//
// Each key has one writer. The key of one that was killed goes to the next that asks, as soon as the death is proven; its value stays, whole.
#include "example.h"

#include <kickmsg/Node.h>
#include <kickmsg/os/Time.h>

#include <chrono>

using namespace std::chrono_literals;

struct Pose {
    static constexpr char const* schema_name = "example/Pose";

    double x, y;
};

static void driver_process(example::Process& self)
{
    kickmsg::Node       node("driver", example::prefix());
    kickmsg::Blackboard state = node.blackboard("state");
    auto                pose  = state.writer<Pose>("pose");
    example::require(pose.write({1, 2}), "the first value is written");
    self.stay_there(); // until it is killed
}

static char const* text_of(kickmsg::WriterState state)
{
    return state == kickmsg::WriterState::Alive ? "alive" : state == kickmsg::WriterState::Dead ? "dead" : "none";
}

static void observer_process()
{
    example::Process driver(driver_process);

    kickmsg::Node        node("observer", example::prefix());
    example::AtEnd const clean([&] { node.unlink_blackboard("state"); });
    kickmsg::Blackboard  state = node.blackboard("state");
    auto                 pose  = state.reader<Pose>("pose"); // before there is a writer
    std::printf("before: %s\n", pose.read() ? "a value" : "no value");
    driver.start();
    example::require(pose.wait_for_change(1min), "a value is written");

    kickmsg::ValueInfo info;
    auto               found = pose.read(&info);
    example::require(found.has_value(), "it is read");
    std::printf("pose %g %g, version %d, writer %s\n", found->x, found->y, static_cast<int>(info.version),
                text_of(pose.writer().state));
    try {
        (void)state.writer<Pose>("pose");
    } catch (kickmsg::Error const& error) {
        std::printf("second writer: %s\n", error.what());
    }

    driver.wait_until_there();
    driver.kill();
    while (pose.writer().state == kickmsg::WriterState::Alive) {
        kickmsg::sleep(1ms);
    }
    found = pose.read();
    std::printf("pose %g %g, writer %s\n", found->x, found->y, text_of(pose.writer().state));
    auto next = state.writer<Pose>("pose");
    example::require(next.write({3, 4}), "the next writer goes on");
    for (kickmsg::BlackboardEntry const& entry : state.values()) {
        std::printf("%s: version %d, writer %s\n", entry.key.c_str(), static_cast<int>(entry.info.version),
                    text_of(entry.writer.state));
    }
}

int main()
{
    return example::run(observer_process);
}
