/// What a Node says of topics that it has not joined, and which prefix it has.
#include "found_regions.h"
#include "kickmsg/Node.h"
#include "kickmsg/os/Time.h"
#include "no_automatic_recovery.h"
#include "raw_region.h"

#include <chrono>
#include <limits>
#include <optional>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::ErrorCode;
using kickmsg::Node;
using kickmsg::SharedRegion;

namespace {

void set_environment(char const* value)
{
#if defined(_WIN32)
    _putenv_s("KICKMSG_PREFIX", value == nullptr ? "" : value);
#else
    value == nullptr ? unsetenv("KICKMSG_PREFIX") : setenv("KICKMSG_PREFIX", value, 1);
#endif
}

} // namespace

KICKMSG_CHILD(publishes_on_a_topic)
{
    auto publisher = Node("child", texts[0]).advertise_or_join(texts[1], small_config());
    self.pause();
    return 0;
}

KICKMSG_CHILD(subscribes_and_receives_the_first)
{
    auto       subscriber = Node("child", texts[0]).subscribe_or_create("t", small_config());
    auto const message    = subscriber.receive(std::chrono::nanoseconds::max());
    return message && message->len() == sizeof(uint64_t) ? 0 : 1;
}

TEST(Topics, AreThoseThatTheLivingTakePartInUnderTheirPrefix)
{
    Prefix const prefix, other("find_other");
    Node         node("n", prefix), stranger("n", other);
    EXPECT_TRUE(node.topics().empty());
    auto const publisher  = node.advertise("b / c", small_config());
    auto const subscriber = node.subscribe_or_create("a", small_config());
    auto const elsewhere  = stranger.advertise("z", small_config());
    auto const chat       = node.join_broadcast("chat", small_config());
    auto const letters    = node.create_mailbox("letters", small_config());
    Child      child(publishes_on_a_topic, {prefix, "of the dead"});
    child.wait_ready();
    EXPECT_EQ(node.topics(), (std::vector<std::string>{"a", "b / c", "of the dead"}));
    auto const kept = keep(node.topic_region("of the dead"));
    child.kill();
    kickmsg::sleep(1ms);
    EXPECT_EQ(node.topics(), (std::vector<std::string>{"a", "b / c"}));
}

TEST(Topics, APublisherIsThereFromItsFirstMomentToItsDeath)
{
    NoAutomaticRecovery const none;
    Prefix const              prefix;
    Node                      node("n", prefix);
    EXPECT_FALSE(node.has_publisher("t")) << "no such topic";
    auto const subscriber = node.subscribe_or_create("t", small_config());
    EXPECT_FALSE(node.has_publisher("t")) << "a subscriber is none";
    {
        auto const publisher = node.advertise_or_join("t", small_config());
        EXPECT_TRUE(node.has_publisher("t"));
    }
    EXPECT_FALSE(node.has_publisher("t")) << "it has left";
    Child child(publishes_on_a_topic, {prefix, "t"});
    child.wait_ready();
    EXPECT_TRUE(node.has_publisher("t"));
    child.kill();
    kickmsg::sleep(1ms);
    EXPECT_FALSE(node.has_publisher("t")) << "it was killed";
}

TEST(Topics, ASubscriberIsThereWhileItTakesDeliveries)
{
    Prefix const prefix;
    Node         node("n", prefix);
    EXPECT_FALSE(node.has_subscriber("t"));
    auto publisher = node.advertise("t", small_config());
    EXPECT_FALSE(node.has_subscriber("t")) << "a publisher is none";
    std::optional<kickmsg::Subscriber> subscriber(node.subscribe("t"));
    EXPECT_TRUE(node.has_subscriber("t"));
    send(publisher, 7);
    auto const view = subscriber->try_receive_view();
    ASSERT_TRUE(view);
    subscriber.reset();
    EXPECT_EQ(listed(node.topic_region("t")).subscribers.alive, 1U) << "its view is still out";
    EXPECT_FALSE(node.has_subscriber("t")) << "and it takes no more";
}

TEST(Topics, WhetherSomebodyIsThereIsAnErrorWhereItCannotBeSaid)
{
    Prefix const prefix;
    Node         node("n", prefix);
    auto const   publisher = node.advertise("a b", small_config());
    EXPECT_EQ(error_of([&] { node.has_publisher("a_b"); }).code(), ErrorCode::NameCollision);
    EXPECT_EQ(error_of([&] { node.has_subscriber("a_b"); }).code(), ErrorCode::NameCollision);
    EXPECT_EQ(error_of([&] { node.wait_for_publisher("a_b", 1h); }).code(), ErrorCode::NameCollision);
    EXPECT_EQ(error_of([&] { node.has_publisher(""); }).code(), ErrorCode::InvalidName);

    auto const raw = SharedRegion::create(node.topic_region("c"), kickmsg::channel::Broadcast, small_config());
    EXPECT_EQ(error_of([&] { node.has_publisher("c"); }).code(), ErrorCode::Mismatch);
    RawRegion(node.topic_region("a b")).header().version = 1;
    EXPECT_EQ(error_of([&] { node.has_publisher("a b"); }).code(), ErrorCode::WrongVersion);
}

TEST(Topics, AWaitLooksOnceAtLeastAndEndsWhenItsTimeIsOver)
{
    Prefix const prefix;
    Node         node("n", prefix);
    for (auto const& timeout : {-1ns, 0ns, std::chrono::nanoseconds::min()}) {
        EXPECT_FALSE(node.wait_for_publisher("t", timeout));
        EXPECT_FALSE(node.wait_for_subscriber("t", timeout));
    }
    auto const begin = kickmsg::monotonic_ns();
    EXPECT_FALSE(node.wait_for_publisher("t", 30ms));
    EXPECT_GE(kickmsg::monotonic_ns() - begin, 30000000U);
    auto const publisher  = node.advertise("t", small_config());
    auto const subscriber = node.subscribe("t");
    EXPECT_TRUE(node.wait_for_publisher("t", -1ns));
    EXPECT_TRUE(node.wait_for_subscriber("t", 0s));
    EXPECT_TRUE(node.wait_for_publisher("t", std::chrono::hours::max()));
    EXPECT_TRUE(node.wait_for_subscriber("t", std::chrono::duration<double>(std::numeric_limits<double>::infinity())));
}

TEST(Topics, APublisherThatComesWhileItIsWaitedForIsFound)
{
    Prefix const prefix;
    Node         node("n", prefix);
    Child        late(publishes_on_a_topic, {prefix, "t"});
    EXPECT_TRUE(node.wait_for_publisher("t", std::chrono::hours::max()));
    late.wait_ready();
    late.kill();
    kickmsg::sleep(1ms);
    EXPECT_FALSE(node.wait_for_publisher("t", 10ms)) << "its region is there, and it is dead";
}

/// What it is for: the first message is not lost. Without the look at the live set a subscriber half-way through joining passed.
TEST(Topics, ASubscriberThatWasWaitedForGetsTheNextMessage)
{
    Prefix const prefix;
    Node         node("n", prefix);
    auto         publisher = node.advertise("t", small_config());
    for (int round = 0; round < 20; ++round) {
        Child child(subscribes_and_receives_the_first, {prefix});
        ASSERT_TRUE(node.wait_for_subscriber("t", std::chrono::nanoseconds::max()));
        send(publisher, 1);
        EXPECT_EQ(child.join(), 0);
    }
}

TEST(Topics, ThePrefixOfTheEnvironmentIsTheDefault)
{
    set_environment(nullptr);
    EXPECT_EQ(Node("n").prefix(), "kickmsg");
    set_environment("from outside");
    EXPECT_EQ(Node("n").prefix(), "from outside");
    EXPECT_EQ(Node("n").topic_region("t"), "/from_outside_t");
    EXPECT_EQ(Node("n", "given").prefix(), "given") << "what the program says goes first";
    set_environment(std::string(300, 'x').c_str());
    auto const error = error_of([] { Node("n"); });
    EXPECT_EQ(error.code(), ErrorCode::InvalidName);
    EXPECT_NE(std::string(error.what()).find("KICKMSG_PREFIX"), std::string::npos) << error.what();
    EXPECT_EQ(Node("n", "given").prefix(), "given");
#if !defined(_WIN32) // where an empty variable is none
    set_environment("");
    EXPECT_NE(std::string(error_of([] { Node("n"); }).what()).find("KICKMSG_PREFIX"), std::string::npos);
#endif
    set_environment(nullptr);
}
