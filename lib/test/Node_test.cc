/// Nodes: the three patterns, and the names that keep them apart.
#include "support.h"

#include "kickmsg/Node.h"

#include <chrono>
#include <cstring>
#include <optional>

using namespace kickmsg_test;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::Node;
using kickmsg::Publisher;
using kickmsg::SchemaInfo;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;

namespace {

/// A prefix of this test's own, and the region names that it used.
struct Names {
    Names() : prefix(stem.str().substr(1)) {}
    ~Names()
    {
        for (std::string const& name : used) {
            kickmsg::SharedMemory::unlink(name);
        }
    }
    /// Has it unlinked at the end.
    void use(std::string const& end)
    {
        used.push_back("/" + prefix + end);
    }

    Name const               stem{"node"};
    std::string              prefix;
    std::vector<std::string> used;
};

bool contains(Error const& error, std::string const& text)
{
    return std::string(error.what()).find(text) != std::string::npos;
}

} // namespace

TEST(Node, KeepsItsNames)
{
    Node const node("sensor");
    EXPECT_EQ(node.name(), "sensor");
    EXPECT_EQ(node.prefix(), "kickmsg");
    EXPECT_EQ(node.topic_region("imu"), "/kickmsg_imu");
    EXPECT_EQ(node.broadcast_region("chat"), "/kickmsg_broadcast_chat");
    EXPECT_EQ(node.mailbox_region("logger", "reply"), "/kickmsg_logger_mbx_reply");
}

TEST(Node, MakesNamesSafe)
{
    Node const node("sensor", "my/prefix");
    EXPECT_EQ(node.topic_region("a/b c"), "/my_prefix_a_b_c");
    EXPECT_EQ(node.topic_region("Az09._-"), "/my_prefix_Az09._-");
    EXPECT_EQ(node.topic_region("\xc3\xa9"), "/my_prefix___") << "each byte of a letter outside ASCII";
    EXPECT_EQ(node.broadcast_region("a/b"), "/my_prefix_broadcast_a_b");
    EXPECT_EQ(node.mailbox_region("a/b", "c:d"), "/my_prefix_a_b_mbx_c_d");
}

TEST(Node, TopicGoesFromItsPublisherToItsSubscribers)
{
    Names names;
    names.use("_imu");
    Node       sensor("sensor", names.prefix);
    Node       logger("logger", names.prefix);
    Publisher  publisher = sensor.advertise("imu", small_config());
    Subscriber one       = logger.subscribe("imu");
    Subscriber two       = logger.subscribe("imu");
    send(publisher, 1);
    EXPECT_EQ(receive_all(one), std::vector<uint64_t>{1});
    EXPECT_EQ(receive_all(two), std::vector<uint64_t>{1});
    kickmsg::RegionInfo const info = SharedRegion::open(sensor.topic_region("imu")).info();
    EXPECT_EQ(info.kind, "topic");
    EXPECT_EQ(info.user_name, "imu");
    EXPECT_EQ(info.creator, "sensor");
    EXPECT_EQ(info.type, kickmsg::channel::PubSub);
}

TEST(Node, BroadcastReachesEveryMemberAndOneself)
{
    Names names;
    names.use("_broadcast_chat");
    Node a("a", names.prefix);
    Node b("b", names.prefix);
    auto first  = a.join_broadcast("chat", small_config());
    auto second = b.join_broadcast("chat", small_config());
    send(first.pub, 1);
    send(second.pub, 2);
    EXPECT_EQ(receive_all(first.sub), (std::vector<uint64_t>{1, 2}));
    EXPECT_EQ(receive_all(second.sub), (std::vector<uint64_t>{1, 2}));
    kickmsg::RegionInfo const info = SharedRegion::open(a.broadcast_region("chat")).info();
    EXPECT_EQ(info.kind, "broadcast");
    EXPECT_EQ(info.user_name, "chat");
    EXPECT_EQ(info.type, kickmsg::channel::Broadcast);
}

TEST(Node, MailboxIsReadByItsOwnerAndWrittenByAnybody)
{
    Names names;
    names.use("_logger_mbx_reply");
    Node       logger("logger", names.prefix);
    Node       a("a", names.prefix);
    Node       b("b", names.prefix);
    Subscriber mailbox = logger.create_mailbox("reply", small_config());
    Publisher  from_a  = a.open_mailbox("logger", "reply");
    Publisher  from_b  = b.open_mailbox("logger", "reply");
    send(from_a, 1);
    send(from_b, 2);
    EXPECT_EQ(receive_all(mailbox), (std::vector<uint64_t>{1, 2}));
    kickmsg::RegionInfo const info = SharedRegion::open(a.mailbox_region("logger", "reply")).info();
    EXPECT_EQ(info.kind, "mailbox");
    EXPECT_EQ(info.user_name, "logger/reply");
}

TEST(Node, HandlesOutliveIt)
{
    Names names;
    names.use("_imu");
    std::optional<Publisher>  publisher;
    std::optional<Subscriber> subscriber;
    {
        Node node("sensor", names.prefix);
        publisher.emplace(node.advertise("imu", small_config()));
        subscriber.emplace(node.subscribe("imu"));
    }
    send(*publisher, 1);
    EXPECT_EQ(receive_all(*subscriber), std::vector<uint64_t>{1});
}

TEST(Node, WhoeverComesFirstMakesTheTopic)
{
    Names names;
    names.use("_early");
    names.use("_late");
    Node       node("node", names.prefix);
    Subscriber early = node.subscribe_or_create("early", small_config());
    Publisher  after = node.advertise_or_join("early", small_config());
    send(after, 1);
    EXPECT_EQ(receive_all(early), std::vector<uint64_t>{1});
    Publisher  before = node.advertise_or_join("late", small_config());
    Subscriber late   = node.subscribe_or_create("late", small_config());
    send(before, 2);
    EXPECT_EQ(receive_all(late), std::vector<uint64_t>{2});
}

TEST(Node, ARestartedPublisherFindsItsSubscribers)
{
    Names names;
    names.use("_imu");
    Node                     node("sensor", names.prefix);
    std::optional<Publisher> publisher(node.advertise("imu", small_config()));
    Subscriber               subscriber = node.subscribe("imu");
    send(*publisher, 1);
    publisher.reset();
    publisher.emplace(Node("sensor", names.prefix).advertise("imu", small_config()));
    send(*publisher, 2);
    Publisher at_once = node.advertise("imu", small_config());
    send(at_once, 3);
    EXPECT_EQ(receive_all(subscriber), (std::vector<uint64_t>{1, 2, 3}));
}

KICKMSG_CHILD(advertises_and_stops)
{
    Publisher publisher = Node("sensor", texts[0]).advertise("imu", small_config());
    self.pause();
    send(publisher, 1);
    (void)publisher.allocate(8);
    self.pause();
    return 0;
}

TEST(Node, APublisherThatWasKilledAndRestartedFindsItsSubscribers)
{
    Names names;
    names.use("_imu");
    Child child(advertises_and_stops, {names.prefix});
    child.wait_ready();
    Subscriber subscriber = Node("logger", names.prefix).subscribe("imu");
    child.go_on();
    child.wait_ready();
    child.kill();
    Publisher again = Node("sensor", names.prefix).advertise("imu", small_config());
    send(again, 2);
    EXPECT_EQ(receive_all(subscriber), (std::vector<uint64_t>{1, 2}));
}

TEST(Node, AdvertiseStartsAfreshWhenNobodyIsLeft)
{
    Names names;
    names.use("_imu");
    Node node("sensor", names.prefix);
    node.advertise("imu", small_config(64));
    Publisher const again = node.advertise("imu", small_config(32));
    EXPECT_EQ(SharedRegion::open(node.topic_region("imu")).info().pool_size, 32U);
}

TEST(Node, AnotherGeometryIsRefusedByItsField)
{
    Names names;
    names.use("_imu");
    Node            node("sensor", names.prefix);
    Publisher const publisher = node.advertise("imu", small_config(64));
    for (auto const& call : {std::function<void()>([&] { node.advertise("imu", small_config(32)); }),
                             std::function<void()>([&] { node.advertise_or_join("imu", small_config(32)); }),
                             std::function<void()>([&] { node.subscribe_or_create("imu", small_config(32)); })}) {
        Error const error = error_of(call);
        EXPECT_EQ(error.code(), ErrorCode::Mismatch);
        EXPECT_EQ(error.object(), node.topic_region("imu"));
        EXPECT_TRUE(contains(error, "pool_size is 64, expected 32")) << error.what();
    }
}

TEST(Node, WhatIsMissingIsNotFound)
{
    Names names;
    Node  node("logger", names.prefix);
    for (auto const& call : {std::function<void()>([&] { node.subscribe("no/such"); }),
                             std::function<void()>([&] { node.open_mailbox("nobody", "box"); }),
                             std::function<void()>([&] { node.topic_schema("no/such"); }), std::function<void()>([&] {
                                 (void)node.try_claim_topic_schema("no/such", SchemaInfo{});
                             })}) {
        Error const error = error_of(call);
        EXPECT_EQ(error.code(), ErrorCode::NotFound);
        EXPECT_EQ(error.os_error(), ENOENT);
        EXPECT_TRUE(contains(error, names.prefix)) << error.what();
    }
    node.unlink_topic("no/such"); // not an error
    node.unlink_broadcast("nothing");
    node.unlink_mailbox("nothing");
}

TEST(Node, UnlinkRemovesTheNameOnly)
{
    Names names;
    Node  node("node", names.prefix);
    auto  publisher  = node.advertise("imu", small_config());
    auto  chat       = node.join_broadcast("chat", small_config());
    auto  mailbox    = node.create_mailbox("box", small_config());
    auto  subscriber = node.subscribe("imu");
    node.unlink_topic("imu");
    node.unlink_broadcast("chat");
    node.unlink_mailbox("box");
    for (std::string const& region :
         {node.topic_region("imu"), node.broadcast_region("chat"), node.mailbox_region("node", "box")}) {
        EXPECT_FALSE(kickmsg::SharedMemory::unlink(region)) << region;
    }
    send(publisher, 1);
    EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{1});
}

TEST(Node, TellsAndSetsTheSchemaOfATopic)
{
    Names names;
    names.use("_imu");
    Node            node("node", names.prefix);
    Publisher const publisher = node.advertise("imu", small_config());
    EXPECT_FALSE(node.topic_schema("imu").has_value());
    SchemaInfo info{};
    info.version = 3;
    EXPECT_TRUE(node.try_claim_topic_schema("imu", info));
    info.version = 4;
    EXPECT_FALSE(node.try_claim_topic_schema("imu", info));
    ASSERT_TRUE(node.topic_schema("imu").has_value());
    EXPECT_EQ(node.topic_schema("imu")->version, 3U);
}

TEST(Node, TopicsNeedNoConfigWhoeverComesFirst)
{
    Names names;
    names.use("_early");
    Node      node("node", names.prefix);
    auto      subscriber = node.subscribe_or_create("early");
    Publisher publisher  = node.advertise_or_join("early");
    send(publisher, 1);
    EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{1});
    EXPECT_EQ(SharedRegion::open(node.topic_region("early")).info().pool_size, kickmsg::channel::Config().pool_size);
}

TEST(Node, ARawRegionOfTheOtherTypeIsRefusedByEachCallThatOpens)
{
    Names names;
    names.use("_t");
    names.use("_node_mbx_t");
    names.use("_broadcast_t");
    Node       node("node", names.prefix);
    auto const cfg       = small_config();
    auto const topic     = SharedRegion::create(node.topic_region("t"), kickmsg::channel::Broadcast, cfg);
    auto const mailbox   = SharedRegion::create(node.mailbox_region("node", "t"), kickmsg::channel::Broadcast, cfg);
    auto const broadcast = SharedRegion::create(node.broadcast_region("t"), kickmsg::channel::PubSub, cfg);
    for (auto const& call : std::vector<std::function<void()>>{
             [&] { node.subscribe("t"); }, [&] { node.subscribe_or_create("t", cfg); },
             [&] { node.advertise("t", cfg); }, [&] { node.advertise_or_join("t", cfg); },
             [&] { node.topic_schema("t"); }, [&] { (void)node.try_claim_topic_schema("t", SchemaInfo{}); },
             [&] { node.create_mailbox("t", cfg); }, [&] { node.open_mailbox("node", "t"); }}) {
        Error const error = error_of(call);
        EXPECT_EQ(error.code(), ErrorCode::Mismatch) << error.what();
        EXPECT_TRUE(contains(error, "type is 2, expected 1 (1 = PubSub, 2 = Broadcast, 3 = Blackboard)"))
            << error.what();
    }
    Error const error = error_of([&] { node.join_broadcast("t", cfg); });
    EXPECT_EQ(error.code(), ErrorCode::Mismatch) << error.what();
    EXPECT_TRUE(contains(error, "type is 1, expected 2")) << error.what();
    EXPECT_FALSE(topic.diagnose().unlinked || mailbox.diagnose().unlinked || broadcast.diagnose().unlinked);
}

KICKMSG_CHILD(reads_a_mailbox)
{
    Subscriber const mailbox = Node("logger", texts[0]).create_mailbox("reply", small_config());
    self.pause();
    return 0;
}

TEST(Node, AMailboxHasOneReaderAtATime)
{
    Names names;
    names.use("_logger_mbx_reply");
    Node  logger("logger", names.prefix);
    Child reader(reads_a_mailbox, {names.prefix});
    reader.wait_ready();
    Error const error = error_of([&] { logger.create_mailbox("reply", small_config()); });
    EXPECT_EQ(error.code(), ErrorCode::NoFreeRing) << error.what();
    EXPECT_TRUE(contains(error, "subscriber pid " + std::to_string(reader.pid()))) << error.what();
    EXPECT_EQ(SharedRegion::open(logger.mailbox_region("logger", "reply")).info().max_subscribers, 1U);
    Publisher writer = Node("writer", names.prefix).open_mailbox("logger", "reply");
    reader.kill();
    {
        Subscriber instead = logger.create_mailbox("reply", small_config()); // the dead reader is replaced
        send(writer, 1);
        EXPECT_EQ(receive_all(instead), std::vector<uint64_t>{1});
        EXPECT_EQ(error_of([&] { logger.create_mailbox("reply", small_config()); }).code(), ErrorCode::NoFreeRing);
    }
    Subscriber again = logger.create_mailbox("reply", small_config());
    send(writer, 2);
    EXPECT_EQ(receive_all(again), std::vector<uint64_t>{2});
}
