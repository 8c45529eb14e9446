// Say what a topic carries, and find out before reading it wrongly.
//
// A SchemaInfo is stored beside the channel and never interpreted by the library: what its digests mean, and which
// differences matter, its users decide. Here the publisher stores it when it creates the topic.
#include "example.h"

#include <kickmsg/Hash.h>
#include <kickmsg/Node.h>

#include <chrono>

using namespace std::chrono_literals;

struct Pose {
    double x, y;
};

static kickmsg::SchemaInfo pose_schema(uint32_t version)
{
    kickmsg::SchemaInfo info{};
    info.identity = kickmsg::hash::identity_from_fnv1a("example.Pose");
    info.layout   = kickmsg::hash::identity_from_fnv1a("x:f64@0, y:f64@8");
    info.version  = version;
    std::snprintf(info.name, sizeof(info.name), "example/Pose");
    return info;
}

static void reader_process(example::Process&)
{
    kickmsg::Node       node("reader", example::prefix());
    kickmsg::Subscriber subscriber = node.subscribe("pose");
    auto const          found      = node.topic_schema("pose");
    example::require(found.has_value(), "the topic says what it carries");
    example::require(kickmsg::schema::diff(*found, pose_schema(2)) == kickmsg::schema::Equal, "it is what I read");
    kickmsg::Publisher answers = node.open_mailbox("writer", "answers");
    example::require(answers.send(nullptr, 0) == 0, "the writer hears that I am here"); // an empty message is one

    auto const sample = subscriber.receive(10s);
    example::require(sample && sample->len() == sizeof(Pose), "a pose arrives");
    auto const& pose = *static_cast<Pose const*>(sample->data());
    example::require(pose.x == 1.0 && pose.y == 2.0, "the pose is right");
}

static void writer_process()
{
    example::Process reader(reader_process);

    kickmsg::Node            node("writer", example::prefix());
    example::AtEnd const     clean([&] {
        node.unlink_topic("pose");
        node.unlink_mailbox("answers");
    });
    kickmsg::channel::Config cfg;
    cfg.schema                    = pose_schema(2);
    kickmsg::Publisher  publisher = node.advertise("pose", cfg);
    kickmsg::Subscriber answers   = node.create_mailbox("answers");
    auto const          stored    = node.topic_schema("pose");
    example::require(stored.has_value(), "the schema is stored with the topic");
    std::printf("topic pose carries %s version %u\n", stored->name, stored->version);

    uint32_t const difference = kickmsg::schema::diff(*stored, pose_schema(3));
    example::require(difference == kickmsg::schema::Version, "only the version differs");
    std::printf("a reader of version 3 finds another version: difference bits %u\n", difference);
    example::require(!node.try_claim_topic_schema("pose", pose_schema(3)), "a schema is set once");
    std::printf("the schema stays as it is\n");

    reader.start();
    example::require(answers.receive(10s).has_value(), "the reader is there");
    Pose const pose{1.0, 2.0};
    example::require(publisher.send(&pose, sizeof(pose)) > 0, "the pose is sent");
    reader.join();
    std::printf("the reader understood the pose\n");
}

int main()
{
    return example::run(writer_process);
}
