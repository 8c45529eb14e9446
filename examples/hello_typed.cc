// Send types instead of bytes, and find out before the first message when two programs mean different ones.
//
// A TypedPublisher<T> sends T, a TypedSubscriber<T> receives T; T[] stands for slices of any length. The type's name and version, its
// size and alignment are stored with the topic: an end with another type is an error that names both.
#include "example.h"

#include <kickmsg/Node.h>

#include <chrono>
#include <cstdint>
#include <vector>

using namespace std::chrono_literals;

struct Pose {
    static constexpr char const*   schema_name    = "example/Pose"; // the same in every program
    static constexpr std::uint32_t schema_version = 2;              // raised whenever a field changes

    double x, y;
};

struct OldPose { // what a program has that was not built anew
    static constexpr char const*   schema_name    = "example/Pose";
    static constexpr std::uint32_t schema_version = 1;

    float x, y;
};

constexpr std::size_t most_points = 1000;

static void robot_process(example::Process&)
{
    kickmsg::Node                    node("robot", example::prefix());
    kickmsg::TypedPublisher<Pose>    poses = node.advertise<Pose>("pose");
    kickmsg::TypedPublisher<float[]> scans = node.advertise<float[]>("scan", most_points);

    example::require(poses.send({1.0, 2.0}) > 0, "the first pose is sent"); // copied; bytes, or a negative errno
    if (auto pose = poses.loan()) {                                         // or written in place
        pose->x = 3.0;
        pose->y = 4.0;
        example::require(pose.publish() == 1, "the second pose reaches the map");
    }

    example::require(scans.send(std::vector<float>{0.5F, 1.5F, 2.5F}) > 0, "the first scan is sent");
    auto scan = scans.loan(most_points); // zeroes
    example::require(static_cast<bool>(scan), "there is a free slot");
    scan[0] = 9.5F;
    example::require(scan.publish(2) == 1, "the beginning of the second one reaches the map");
}

static void refuse_old_pose(kickmsg::Node& node)
{
    try {
        node.subscribe<OldPose>("pose");
        example::require(false, "another version is refused");
    } catch (kickmsg::Error const& error) {
        example::require(error.code() == kickmsg::ErrorCode::SchemaMismatch, "and as such");
        std::printf("%s\n", error.what());
    }
}

static void map_process()
{
    example::Process robot(robot_process);

    kickmsg::Node                     node("map", example::prefix());
    example::AtEnd const              clean([&] {
        node.unlink_topic("pose");
        node.unlink_topic("scan");
    });
    kickmsg::TypedSubscriber<Pose>    poses = node.subscribe_or_create<Pose>("pose");
    kickmsg::TypedSubscriber<float[]> scans = node.subscribe_or_create<float[]>("scan", most_points);
    refuse_old_pose(node);
    robot.start();

    auto const first = poses.receive(10s); // a copy, valid until the next receive
    example::require(first.has_value(), "the first pose arrives");
    std::printf("pose %.1f %.1f\n", (*first)->x, (*first)->y);
    auto const second = poses.receive_view(10s); // in place
    example::require(second.has_value(), "the second pose arrives");
    std::printf("pose %.1f %.1f\n", (*second)->x, (*second)->y);

    for (int i = 0; i < 2; ++i) {
        auto const scan = scans.receive_view(10s);
        example::require(scan.has_value(), "a scan arrives");
        std::printf("scan of %zu:", scan->size());
        for (float const distance : *scan) {
            std::printf(" %.1f", static_cast<double>(distance));
        }
        std::printf("\n");
    }
    robot.join();

    kickmsg::Publisher stranger(kickmsg::SharedRegion::open(node.topic_region("pose"))); // sends whatever it likes
    example::require(stranger.send("no pose", 7) == 7, "something else is sent");
    example::require(!poses.try_receive(), "it is not shown as a pose");
    std::printf("passed over: %llu\n", static_cast<unsigned long long>(poses.malformed()));
}

int main()
{
    return example::run(map_process);
}
