// The subscriber comes first, and the schema with the publisher, later.
//
// A topic made by subscribe_or_create() carries no schema yet. The first that calls try_claim_topic_schema() sets it;
// everybody else compares. Once a message has come from a publisher that claims first, the schema is there to be read.
#include "example.h"

#include <kickmsg/Hash.h>
#include <kickmsg/Node.h>

#include <chrono>

using namespace std::chrono_literals;

static kickmsg::SchemaInfo schema_of(char const* name, char const* meaning)
{
    kickmsg::SchemaInfo info{};
    info.identity = kickmsg::hash::identity_from_fnv1a(meaning);
    info.version  = 1;
    std::snprintf(info.name, sizeof(info.name), "%s", name);
    return info;
}

static kickmsg::SchemaInfo kelvin()
{
    return schema_of("example/Kelvin", "temperature:f64, kelvin");
}

static void publisher_process(example::Process&)
{
    kickmsg::Node      node("late", example::prefix());
    kickmsg::Publisher publisher = node.advertise_or_join("heat", {});
    example::require(node.try_claim_topic_schema("heat", kelvin()), "nobody has set a schema before");
    double const value = 293.5;
    example::require(publisher.send(&value, sizeof(value)) > 0, "the value is sent");
}

static void mistaken_process(example::Process&)
{
    kickmsg::Node             node("mistaken", example::prefix());
    kickmsg::SchemaInfo const mine = schema_of("example/Celsius", "temperature:f64, celsius");
    example::require(!node.try_claim_topic_schema("heat", mine), "the schema is set already");
    uint32_t const difference = kickmsg::schema::diff(*node.topic_schema("heat"), mine);
    example::require(difference == (kickmsg::schema::Identity | kickmsg::schema::Name), "it means something else");
}

static void subscriber_process()
{
    example::Process publisher(publisher_process);
    example::Process mistaken(mistaken_process);

    kickmsg::Node        node("early", example::prefix());
    example::AtEnd const clean([&] { node.unlink_topic("heat"); });
    node.unlink_topic("heat"); // one that is left from a run before would be joined, with its schema
    kickmsg::Subscriber subscriber = node.subscribe_or_create("heat", {});
    example::require(!node.topic_schema("heat"), "there is no schema yet");
    std::printf("no schema yet\n");

    publisher.start();
    auto const sample = subscriber.receive(10s);
    example::require(sample && sample->len() == sizeof(double), "a value arrives");
    auto const schema = node.topic_schema("heat");
    example::require(schema && kickmsg::schema::diff(*schema, kelvin()) == kickmsg::schema::Equal, "as I expect it");
    std::printf("%s: %.1f\n", schema->name, *static_cast<double const*>(sample->data()));
    publisher.join();

    mistaken.start();
    mistaken.join();
    std::printf("another schema is refused\n");
}

int main()
{
    return example::run(subscriber_process);
}
