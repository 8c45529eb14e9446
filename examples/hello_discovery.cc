// What is there? Three processes: one publishes, one is killed, and one, which has joined nothing, looks.
//
// list() and has_publisher() take part in nothing: no record, no lock, and reading is enough. prune() removes what only the dead
// left, and never what somebody alive uses.
#include "example.h"

#include <kickmsg/Discovery.h>
#include <kickmsg/Node.h>

#include <chrono>

using namespace std::chrono_literals;

static std::string prefix()
{
    return example::prefix() + "_discovery";
}

static void camera_process(example::Process& self)
{
    kickmsg::Node            node("camera", prefix());
    kickmsg::Publisher const publisher = node.advertise("images");
    self.stay_there();
}

static void lidar_process(example::Process& self)
{
    kickmsg::Node            node("lidar", prefix());
    kickmsg::Publisher const publisher = node.advertise("scans");
    self.stay_there();
}

static void print(std::vector<kickmsg::ListedRegion> const& regions)
{
    for (kickmsg::ListedRegion const& region : regions) {
        if (region.error) {
            std::printf("%s\n", region.error->what()); // not this user's, damaged, of another version, ...
            continue;
        }
        std::printf("%s '%s' of node '%s': publishers %u alive, %u dead\n", region.kind.c_str(),
                    region.user_name.c_str(), region.creator.c_str(), region.publishers.alive, region.publishers.dead);
    }
}

static void monitor_process()
{
    example::Process camera(camera_process);
    example::Process lidar(lidar_process);

    kickmsg::Node const node("monitor", prefix());
    example::require(!node.wait_for_publisher("images", 10ms), "nobody is there yet");
    camera.start();
    lidar.start();
    example::require(node.wait_for_publisher("images", 1min) && node.wait_for_publisher("scans", 1min), "both come");
    camera.wait_until_there();
    lidar.wait_until_there();
#if defined(_WIN32) // where a region ends with its last user
    auto const kept = kickmsg::SharedMemory::open(node.topic_region("scans"));
#endif
    lidar.kill();

    print(kickmsg::list(prefix() + "_"));
    std::printf("topics with somebody alive: %zu\n", node.topics().size());
    example::require(!node.has_publisher("scans"), "its lock went with it: it is proven dead");

    kickmsg::PruneReport const report = kickmsg::prune(prefix() + "_");
    for (std::string const& name : report.removed) {
        example::require(name == node.topic_region("scans"), "only what the dead left");
        std::printf("removed: scans\n");
    }
    for (kickmsg::KeptRegion const& region : report.kept) {
        example::require(region.error.code() == kickmsg::ErrorCode::InUse, region.error.what());
        std::printf("kept: images is in use\n");
    }
    camera.kill();
    kickmsg::prune(prefix() + "_");
    std::printf("left: %zu\n", kickmsg::list(prefix() + "_").size());
}

int main()
{
    return example::run(monitor_process);
}
