/// Two different names never meet on one region in silence, and bad names are refused before anything is made.
#include "support.h"

#include "kickmsg/Node.h"

using namespace kickmsg_test;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::Node;
using kickmsg::Publisher;
using kickmsg::Subscriber;

namespace {

/// A prefix of this test's own; `region` is the one name that is used.
struct Prefix {
    explicit Prefix(std::string const& end) : prefix(stem.str().substr(1)), region(stem.str() + end) {}
    ~Prefix()
    {
        kickmsg::SharedMemory::unlink(region);
    }
    Name const        stem{"node"};
    std::string const prefix;
    std::string const region;
};

/// Each of the calls must be refused because `found` has the region that `expected` leads to.
void expect_collision(Prefix const& names, std::string const& expected, std::string const& found,
                      std::vector<std::function<void()>> const& calls)
{
    for (auto const& call : calls) {
        Error const       error = error_of(call);
        std::string const text  = error.what();
        EXPECT_EQ(error.code(), ErrorCode::NameCollision) << text;
        EXPECT_EQ(error.object(), names.region);
        EXPECT_NE(text.find("expected " + expected), std::string::npos) << text;
        EXPECT_NE(text.find("found " + found), std::string::npos) << text;
    }
}

void expect_invalid(std::function<void()> const& call, std::string const& text)
{
    Error const error = error_of(call);
    EXPECT_EQ(error.code(), ErrorCode::InvalidName);
    EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
}

} // namespace

TEST(NodeNames, TopicsThatMeetAfterBeingMadeSafeAreToldApart)
{
    Prefix const names("_a_b");
    Node         node("node", names.prefix);
    Publisher    publisher  = node.advertise("a/b", small_config());
    Subscriber   subscriber = node.subscribe("a/b");
    std::string  with       = " with prefix '" + names.prefix + "'";
    expect_collision(names, "topic 'a_b'" + with, "topic 'a/b'" + with,
                     {[&] { node.subscribe("a_b"); }, [&] { node.advertise("a_b", small_config()); },
                      [&] { node.advertise_or_join("a_b", small_config()); },
                      [&] { node.subscribe_or_create("a_b", small_config()); }, [&] { node.topic_schema("a_b"); },
                      [&] { (void)node.try_claim_topic_schema("a_b", {}); }, [&] { node.unlink_topic("a_b"); }});
    send(publisher, 1);
    EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{1}) << "the first one is not disturbed";
}

TEST(NodeNames, ATopicAndABroadcastAreToldApart)
{
    Prefix const names("_broadcast_x");
    Node         node("node", names.prefix);
    auto         chat = node.join_broadcast("x", small_config());
    expect_collision(names, "topic 'broadcast_x'", "broadcast 'x'",
                     {[&] { node.subscribe("broadcast_x"); }, [&] { node.advertise("broadcast_x", small_config()); }});
    send(chat.pub, 1);
    EXPECT_EQ(receive_all(chat.sub), std::vector<uint64_t>{1});
}

TEST(NodeNames, ABroadcastIsToldApartFromATopic)
{
    Prefix const names("_broadcast_x");
    Node         node("node", names.prefix);
    auto const   topic = node.advertise("broadcast_x", small_config());
    expect_collision(names, "broadcast 'x'", "topic 'broadcast_x'",
                     {[&] { node.join_broadcast("x", small_config()); }});
}

TEST(NodeNames, MailboxesWithAnAmbiguousBorderAreToldApart)
{
    Prefix const     names("_a_mbx_b_mbx_c");
    Node             owner("a", names.prefix);
    Node             other("a_mbx_b", names.prefix);
    Subscriber const mailbox = owner.create_mailbox("b_mbx_c", small_config());
    EXPECT_EQ(other.mailbox_region("a_mbx_b", "c"), names.region);
    expect_collision(names, "mailbox 'c' of 'a_mbx_b'", "mailbox 'b_mbx_c' of 'a'",
                     {[&] { other.create_mailbox("c", small_config()); }, [&] { other.open_mailbox("a_mbx_b", "c"); }});
    expect_collision(names, "topic 'a_mbx_b_mbx_c'", "mailbox 'b_mbx_c' of 'a'",
                     {[&] { other.subscribe("a_mbx_b_mbx_c"); }});
}

TEST(NodeNames, PrefixesThatRunIntoTheTopicAreToldApart)
{
    Prefix const    names("_a_b");
    Node            one("node", names.prefix);
    Node            other("node", names.prefix + "_a");
    Publisher const publisher = one.advertise("a_b", small_config());
    EXPECT_EQ(other.topic_region("b"), names.region);
    expect_collision(names, "topic 'b' with prefix '" + names.prefix + "_a'",
                     "topic 'a_b' with prefix '" + names.prefix + "'", {[&] { other.subscribe("b"); }});
}

TEST(NodeNames, OwnersAndPrefixesThatMeetAfterBeingMadeSafeAreToldApart)
{
    Prefix const     mailboxes("_a_b_mbx_box");
    Node             owner("a/b", mailboxes.prefix);
    Node             other("a_b", mailboxes.prefix);
    Subscriber const mailbox = owner.create_mailbox("box", small_config());
    expect_collision(mailboxes, "mailbox 'box' of 'a_b'", "mailbox 'box' of 'a/b'",
                     {[&] { other.create_mailbox("box", small_config()); }, [&] { other.open_mailbox("a_b", "box"); }});

    Prefix const    topics("_x_imu");
    Node            slash("node", topics.prefix + "/x");
    Node            line("node", topics.prefix + "_x");
    Publisher const publisher = slash.advertise("imu", small_config());
    expect_collision(topics, "topic 'imu' with prefix '" + topics.prefix + "_x'",
                     "topic 'imu' with prefix '" + topics.prefix + "/x'",
                     {[&] { line.subscribe("imu"); }, [&] { line.advertise("imu", small_config()); }});
}

TEST(NodeNames, ARegionWithoutAUsersNameMayBeJoined)
{
    Prefix const names("_raw");
    auto         region = make(names.region);
    Node         node("node", names.prefix);
    Subscriber   subscriber = node.subscribe("raw");
    Publisher    publisher(region);
    send(publisher, 1);
    EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{1});
}

TEST(NodeNames, ACollidingNameThatOnlyTheDeadLeftIsReplaced)
{
    Prefix const names("_a_b");
    Node         node("node", names.prefix);
    node.advertise("a/b", small_config());
    Publisher const publisher = node.advertise("a_b", small_config());
    EXPECT_EQ(kickmsg::SharedRegion::open(names.region).info().user_name, "a_b");
}

TEST(NodeNames, ThatAreEmptyAreRefused)
{
    expect_invalid([] { Node(""); }, "node ''");
    expect_invalid([] { Node("node", ""); }, "prefix ''");
    Node node("node");
    expect_invalid([&] { node.advertise(""); }, "topic ''");
    expect_invalid([&] { node.subscribe(""); }, "topic ''");
    expect_invalid([&] { node.join_broadcast(""); }, "broadcast ''");
    expect_invalid([&] { node.create_mailbox(""); }, "mailbox ''");
    expect_invalid([&] { node.open_mailbox("", "box"); }, "mailbox owner ''");
    expect_invalid([&] { node.open_mailbox("owner", ""); }, "mailbox ''");
    expect_invalid([&] { node.unlink_topic(""); }, "topic ''");
}

TEST(NodeNames, ThatAreTooLongAreRefusedWithTheLimit)
{
    expect_invalid([] { Node(std::string(256, 'n')); }, "256 bytes, at most 255");
    Node node("node", "p");
    expect_invalid([&] { node.advertise(std::string(256, 't')); }, "256 bytes, at most 255");
    std::size_t const longest = kickmsg_test::region_name_limit - 3; // of a topic: the region is "/p_" and the topic
    std::string const limits  = std::to_string(longest + 4) + " bytes, at most " + std::to_string(longest + 3);
    expect_invalid([&] { node.subscribe(std::string(longest + 1, 't')); }, "the region name is too long: " + limits);
    EXPECT_EQ(node.topic_region(std::string(longest, 't')).size(), longest + 3);
    expect_invalid([&] { node.open_mailbox(std::string(125, 'o'), std::string(longest - 129, 't')); },
                   "too long: " + std::to_string(longest + 4) + " bytes");
    expect_invalid([&] { node.advertise(std::string("a\0b", 3)); }, "null character");
}
