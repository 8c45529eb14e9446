/// Typed ends of a Node: laid out for their type, and never where messages of another one are.
#include "raw_region.h"
#include "remedy.h"
#include "support.h"
#include "typed.h"

#include "kickmsg/Node.h"
#include "kickmsg/os/Time.h"

#include <chrono>
#include <optional>
#include <string>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::Node;
using kickmsg::schema_of;
using kickmsg::SharedMemory;
using kickmsg::SharedRegion;
using kickmsg::TypedConfig;
using kickmsg::TypedPublisher;
using kickmsg::TypedSubscriber;

namespace {

/// A topic "t", a broadcast "b" and a mailbox "m" of two nodes.
struct Nodes {
    Nodes() : driver("driver", stem.str().substr(1)), logger("logger", stem.str().substr(1)) {}
    ~Nodes()
    {
        for (std::string const& region :
             {topic(), logger.broadcast_region("b"), logger.mailbox_region("logger", "m")}) {
            SharedMemory::unlink(region);
        }
    }
    std::string topic() const
    {
        return driver.topic_region("t");
    }

    Name const stem{"typednode"};
    Node       driver, logger;
};

template <class T>
void expect_one(TypedPublisher<T>& publisher, TypedSubscriber<T>& subscriber, T const& message)
{
    ASSERT_GT(publisher.send(message), 0);
    auto const sample = subscriber.try_receive();
    ASSERT_TRUE(sample);
    EXPECT_EQ((*sample)->number, message.number);
}

void expect_mismatch(std::function<void()> const& call)
{
    Error const       error = error_of(call);
    std::string const text  = error.what();
    EXPECT_EQ(error.code(), ErrorCode::SchemaMismatch) << text;
    expect_remedy(error);
    for (char const* const version : {"version 3", "version 4"}) {
        EXPECT_NE(text.find(version), std::string::npos) << text;
    }
}

/// Polls as often as it takes to look at the name, and longer than two looks are apart.
template <class T>
void poll_for_long(TypedSubscriber<T>& subscriber)
{
    for (int i = 0; i < 60 && subscriber.moves() == 0; ++i) {
        for (int poll = 0; poll < 64; ++poll) {
            EXPECT_FALSE(subscriber.try_receive());
        }
        kickmsg::sleep(1ms);
    }
}

/// Sends as often as it takes to look at the name.
template <class T>
void send_for_long(TypedPublisher<T>& publisher)
{
    for (int i = 0; i < 60 && publisher.moves() == 0; ++i) {
        ASSERT_GT(publisher.send({}), 0);
        kickmsg::sleep(1ms);
    }
}

KICKMSG_CHILD(advertises_typed)
{
    Node node("racer", texts[0]);
    self.pause();
    try {
        if (texts[1] == "Pose") {
            auto const publisher = node.advertise_or_join<Pose>("t");
            self.pause();
        } else {
            auto const publisher = node.advertise<NextPose>("t");
            self.pause();
        }
        return 0;
    } catch (Error const& error) {
        self.pause();
        return error.code() == ErrorCode::SchemaMismatch ? 1 : 2;
    }
}

} // namespace

TEST(TypedNode, OfTwoThatRaceToMakeATopicOfDifferentTypesOneIsRefused)
{
    for (int round = 0; round < 20; ++round) {
        Nodes nodes;
        Child one(advertises_typed, {nodes.driver.prefix(), "Pose"});
        Child two(advertises_typed, {nodes.driver.prefix(), "NextPose"});
        one.wait_ready();
        two.wait_ready();
        one.go_on();
        two.go_on();
        one.wait_ready();
        two.wait_ready();
        auto const found = nodes.logger.topic_schema("t");
        one.go_on();
        two.go_on();
        int const codes[] = {one.join(), two.join()};
        ASSERT_EQ(codes[0] + codes[1], 1) << "round " << round << ": " << codes[0] << ", " << codes[1];
        ASSERT_TRUE(found);
        EXPECT_EQ(found->version, codes[0] == 0 ? 3U : 4U) << "round " << round;
    }
}

TEST(TypedNode, TheFirstEndLaysTheTopicOutForTheType)
{
    Nodes nodes;
    auto  sub    = nodes.logger.subscribe_or_create<Pose>("t");
    auto  pub    = nodes.driver.advertise<Pose>("t");
    auto  second = nodes.driver.advertise_or_join<Pose>("t");
    auto  late   = nodes.logger.subscribe<Pose>("t");
    expect_one(pub, sub, {1, 2, 3});
    expect_one(second, sub, {1, 2, 4});
    EXPECT_TRUE(late.try_receive());
    auto const info = SharedRegion::open(nodes.topic()).info();
    EXPECT_EQ(info.max_payload_size, sizeof(Pose));
    EXPECT_EQ(info.payload_alignment, 32U);
    EXPECT_EQ(kickmsg::schema::diff(*nodes.logger.topic_schema("t"), schema_of<Pose>()), kickmsg::schema::Equal);
}

TEST(TypedNode, AnAlignedTypeIsAlignedWithoutAConfig)
{
    Nodes nodes;
    auto  pub = nodes.driver.advertise<Wide>("t");
    auto  sub = nodes.logger.subscribe<Wide>("t");
    ASSERT_GT(pub.send({}), 0);
    EXPECT_TRUE(sub.try_receive_view());
    EXPECT_EQ(SharedRegion::open(nodes.topic()).info().payload_alignment, alignof(Wide));
}

TEST(TypedNode, SlicesHaveRoomForAsManyElementsAsAreAskedFor)
{
    Nodes nodes;
    auto  pub = nodes.driver.advertise<uint64_t[]>("t", 10);
    auto  sub = nodes.logger.subscribe_or_create<uint64_t[]>("t", 10);
    EXPECT_EQ(pub.loan(10).publish(), 1U);
    EXPECT_FALSE(pub.loan(11));
    EXPECT_EQ(sub.try_receive()->size(), 10U);
    for (std::size_t const impossible : {std::size_t{0}, std::size_t{1} << 61, ~std::size_t{0}}) {
        Error const error = error_of([&] { nodes.driver.advertise<uint64_t[]>("other", impossible); });
        EXPECT_EQ(error.code(), ErrorCode::InvalidConfig);
        EXPECT_NE(std::string(error.what()).find("max_payload_size"), std::string::npos) << error.what();
    }
}

TEST(TypedNode, AConfigOfTheUsersTakesTheUsualPlace)
{
    Nodes nodes;
    auto  pub = nodes.driver.advertise<Pose>("t", small_config());
    auto  sub = nodes.logger.subscribe_or_create<Pose>("t", small_config());
    expect_one(pub, sub, {1, 2, 3});
    EXPECT_EQ(SharedRegion::open(nodes.topic()).info().max_payload_size, small_config().max_payload_size);

    TypedConfig<Pose> own;
    own.pool_size = 8;
    auto both     = nodes.driver.join_broadcast("b", own); // of Pose: the Config says so
    expect_one(both.pub, both.sub, {1, 2, 3});
    EXPECT_EQ(SharedRegion::open(nodes.driver.broadcast_region("b")).info().pool_size, 8U);
}

TEST(TypedNode, AConfigWithoutRoomForTheTypeIsRefusedAndLeavesNoRegion)
{
    Nodes nodes;
    auto  cfg            = small_config();
    cfg.max_payload_size = sizeof(Pose) - 1;
    Error const small    = error_of([&] { nodes.driver.advertise<Pose>("t", cfg); });
    EXPECT_EQ(small.code(), ErrorCode::InvalidConfig);
    EXPECT_NE(std::string(small.what()).find("max_payload_size is 23, expected at least 24"), std::string::npos)
        << small.what();
    expect_remedy(small);
    Error const aligned = error_of([&] { nodes.driver.subscribe_or_create<Wide>("t", small_config()); });
    EXPECT_EQ(aligned.code(), ErrorCode::InvalidConfig);
    EXPECT_NE(std::string(aligned.what()).find("payload_alignment is 32, expected at least 128"), std::string::npos);
    EXPECT_EQ(error_of([&] { SharedRegion::open(nodes.topic()); }).code(), ErrorCode::NotFound);
}

TEST(TypedNode, BroadcastsAndMailboxesAreTypedToo)
{
    Nodes nodes;
    auto  here  = nodes.driver.join_broadcast<Pose>("b");
    auto  there = nodes.logger.join_broadcast<Pose>("b");
    expect_one(here.pub, there.sub, {1, 2, 3});
    EXPECT_TRUE(here.sub.try_receive());
    expect_mismatch([&] { nodes.logger.join_broadcast<NextPose>("b"); });

    auto inbox  = nodes.logger.create_mailbox<Pose>("m");
    auto outbox = nodes.driver.open_mailbox<Pose>("logger", "m");
    expect_one(outbox, inbox, {1, 2, 4});
    expect_mismatch([&] { nodes.driver.open_mailbox<NextPose>("logger", "m"); });
    expect_mismatch([&] { nodes.logger.create_mailbox<NextPose>("m"); });
}

TEST(TypedNode, AnotherTypeIsRefusedByEveryCallWhileTheTopicIsInUse)
{
    Nodes      nodes;
    auto const pub = nodes.driver.advertise<Pose>("t");
    expect_mismatch([&] { nodes.logger.subscribe<NextPose>("t"); });
    expect_mismatch([&] { nodes.logger.subscribe_or_create<NextPose>("t"); });
    expect_mismatch([&] { nodes.driver.advertise<NextPose>("t"); });
    expect_mismatch([&] { nodes.driver.advertise_or_join<NextPose>("t"); });
    EXPECT_EQ(SharedRegion::open(nodes.topic()).stats().participants.size(), 2U) << "what was refused has left";
}

/// Another size is another Config, too: what the user has to know is the type.
TEST(TypedNode, AnotherSizeIsReportedAsAnotherTypeAndNotAsAnotherConfig)
{
    Nodes       nodes;
    auto const  sub   = nodes.logger.subscribe_or_create<Pose>("t", TypedConfig<Pose>{});
    Error const error = error_of([&] { nodes.driver.advertise<LargerPose>("t"); });
    EXPECT_EQ(error.code(), ErrorCode::SchemaMismatch) << error.what();
    EXPECT_NE(std::string(error.what()).find("expected test/Pose version 5 (32 bytes"), std::string::npos)
        << error.what();
    Error const plain = error_of([&] { nodes.driver.advertise("t"); });
    EXPECT_EQ(plain.code(), ErrorCode::Mismatch) << "an end without a type has a Config only: " << plain.what();
}

/// A program was built anew with the next version of its type, and started again.
TEST(TypedNode, ATopicOfAnotherVersionThatOnlyTheDeadLeftIsReplaced)
{
    Nodes nodes;
    {
        auto const pub = nodes.driver.advertise<Pose>("t");
    }
    auto sub = nodes.logger.subscribe_or_create<NextPose>("t");
    auto pub = nodes.driver.advertise_or_join<NextPose>("t");
    expect_one(pub, sub, {1, 2, 3});
    EXPECT_EQ(nodes.logger.topic_schema("t")->version, 4U);
}

TEST(TypedNode, ATopicThatSaysNothingGetsTheTypeOfTheFirstTypedEnd)
{
    Nodes               nodes;
    kickmsg::Publisher  plain = nodes.driver.advertise("t", small_config());
    auto                sub   = nodes.logger.subscribe<Pose>("t");
    auto                pub   = nodes.driver.advertise<Pose>("t", small_config());
    kickmsg::Subscriber bytes = nodes.logger.subscribe("t");
    expect_mismatch([&] { nodes.logger.subscribe<NextPose>("t"); });
    expect_one(pub, sub, {1, 2, 3});
    EXPECT_EQ(bytes.try_receive()->len(), sizeof(Pose));
    ASSERT_EQ(plain.send("abc", 3), 3);
    EXPECT_FALSE(sub.try_receive());
    EXPECT_EQ(sub.malformed(), 1U);
}

TEST(TypedNode, AHandleFollowsItsNameToARegionOfItsType)
{
    Nodes nodes;
    auto  sub = nodes.logger.subscribe_or_create<Pose>("t");
    auto  pub = nodes.driver.advertise<Pose>("t");
    nodes.driver.unlink_topic("t");
    auto again = nodes.driver.advertise<Pose>("t");
    poll_for_long(sub);
    send_for_long(pub);
    EXPECT_EQ(sub.moves(), 1U);
    EXPECT_EQ(pub.moves(), 1U);
    while (sub.try_receive()) {
    }
    expect_one(again, sub, {1, 2, 3});
}

TEST(TypedNode, AHandleThatFollowsItsNameToARegionOfNoTypeGivesItsOwn)
{
    Nodes nodes;
    auto  sub = nodes.logger.subscribe_or_create<Pose>("t");
    nodes.driver.unlink_topic("t");
    kickmsg::channel::Config const cfg   = TypedConfig<Pose>{};
    kickmsg::Publisher const       again = nodes.driver.advertise("t", cfg);
    EXPECT_FALSE(nodes.driver.topic_schema("t"));
    poll_for_long(sub);
    EXPECT_EQ(sub.moves(), 1U);
    ASSERT_TRUE(nodes.driver.topic_schema("t"));
    EXPECT_EQ(nodes.driver.topic_schema("t")->version, 3U);
}

/// The geometry is the same, or any will do: only the type differs.
TEST(TypedNode, AHandleStaysWhereItIsWhenItsNameLeadsToARegionOfAnotherType)
{
    Nodes nodes;
    auto  sub = nodes.logger.subscribe_or_create<Pose>("t");
    auto  any = nodes.logger.subscribe<Pose>("t");
    auto  pub = nodes.driver.advertise<Pose>("t");
    nodes.driver.unlink_topic("t");
    auto other = nodes.driver.advertise<NextPose>("t");
    auto there = nodes.logger.subscribe<NextPose>("t");

    RawRegion      raw(nodes.topic());
    uint64_t const joined = raw.header().incarnations.load();
    poll_for_long(sub);
    poll_for_long(any);
    EXPECT_EQ(sub.moves() + any.moves(), 0U);
    EXPECT_TRUE(sub.stale());
    send_for_long(pub);
    EXPECT_EQ(pub.moves(), 0U);
    EXPECT_FALSE(there.try_receive());
    EXPECT_EQ(raw.header().incarnations.load(), joined) << "none has joined it, not even to look";
    while (sub.try_receive()) {
    }
    expect_one(pub, sub, {1, 2, 3});
    expect_one(other, there, {1, 2, 4});
}

TEST(TypedNode, AHandleOfAnyGeometryStaysWhenTheRegionHasNoRoomForItsType)
{
    Nodes nodes;
    auto  first = nodes.driver.advertise("t", small_config());
    auto  sub   = nodes.logger.subscribe<Pose>("t");
    nodes.driver.unlink_topic("t");
    auto small             = small_config();
    small.max_payload_size = 8;
    auto again             = nodes.driver.advertise("t", small);
    poll_for_long(sub);
    EXPECT_EQ(sub.moves(), 0U);
    EXPECT_FALSE(nodes.driver.topic_schema("t")) << "and says nothing of it there";
}
