/// Handles whose region has lost its name: those of a Node move to where the name leads, others stay and say so.
#include "allocations.h"
#include "support.h"

#include "kickmsg/Node.h"
#include "kickmsg/os/Time.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <optional>
#include <thread>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Node;
using kickmsg::Publisher;
using kickmsg::SharedMemory;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;

namespace {

/// A topic of two nodes.
struct Topic {
    Topic() : driver("driver", stem.str().substr(1)), logger("logger", stem.str().substr(1)) {}
    ~Topic()
    {
        SharedMemory::unlink(region());
    }
    std::string region() const
    {
        return driver.topic_region("imu");
    }

    Name const stem{"follow"};
    Node       driver, logger;
};

/// Polls as often as it takes to look at a name that was taken away by hand, and longer than the looks are apart.
void poll_for_long(Subscriber& subscriber)
{
    for (int i = 0; i < 100 && subscriber.moves() == 0; ++i) {
        for (int poll = 0; poll < 64; ++poll) {
            EXPECT_FALSE(subscriber.try_receive());
        }
        kickmsg::sleep(1ms);
    }
}

} // namespace

TEST(Follow, ASubscriberGoesOnWhereThePublisherBeginsAnew)
{
    Topic      topic;
    Subscriber subscriber = topic.logger.subscribe_or_create("imu", small_config());
    {
        Publisher publisher = topic.driver.advertise("imu", small_config());
        send(publisher, 1);
    }
    topic.driver.unlink_topic("imu");
    EXPECT_TRUE(subscriber.stale());
    EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{1}) << "what was there is read first";
    Publisher again = topic.driver.advertise("imu", small_config());
    poll_for_long(subscriber);
    EXPECT_EQ(subscriber.moves(), 1U);
    EXPECT_FALSE(subscriber.stale());
    send(again, 2);
    EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{2});
}

/// No message goes by between the first empty poll and the move: an unlink through the library is seen at once.
TEST(Follow, AnUnlinkIsSeenByTheFirstPollThatFindsNothing)
{
    Topic      topic;
    Subscriber subscriber = topic.logger.subscribe_or_create("imu", small_config());
    topic.driver.unlink_topic("imu");
    Publisher again = topic.driver.advertise("imu", small_config());
    EXPECT_FALSE(subscriber.try_receive());
    EXPECT_EQ(subscriber.moves(), 1U);

    SharedRegion::open(topic.region()).unlink();
    Publisher third = topic.driver.advertise("imu", small_config());
    EXPECT_FALSE(subscriber.try_receive_view());
    EXPECT_EQ(subscriber.moves(), 2U);
    send(third, 3);
    EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{3});
}

TEST(Follow, ANameThatWasRemovedByHandIsNoticedByWhoPolls)
{
    Topic      topic;
    Subscriber subscriber = topic.logger.subscribe_or_create("imu", small_config());
    ASSERT_TRUE(SharedMemory::unlink(topic.region()));
    Publisher again = topic.driver.advertise("imu", small_config());
    poll_for_long(subscriber);
    EXPECT_EQ(subscriber.moves(), 1U);
    send(again, 2);
    EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{2});
}

TEST(Follow, ANameThatWasRemovedByHandIsNoticedByWhoSleeps)
{
    Topic             topic;
    Subscriber        subscriber = topic.logger.subscribe_or_create("imu", small_config());
    std::atomic<bool> received{false};
    std::thread       sleeper([&] { received = subscriber.receive(std::chrono::minutes(1)).has_value(); });
    ASSERT_TRUE(SharedMemory::unlink(topic.region()));
    Publisher again = topic.driver.advertise("imu", small_config());
    for (int i = 0; i < 5000 && !received; ++i) {
        send(again, 2);
        kickmsg::sleep(1ms);
    }
    EXPECT_TRUE(received);
    sleeper.join();
    EXPECT_EQ(subscriber.moves(), 1U);
}

TEST(Follow, APublisherGoesOnWhereTheSubscribersAre)
{
    Topic     topic;
    Publisher publisher = topic.driver.advertise("imu", small_config());
    topic.logger.unlink_topic("imu");
    EXPECT_TRUE(publisher.stale());
    Subscriber early = topic.logger.subscribe_or_create("imu", small_config());
    send(publisher, 1);
    EXPECT_EQ(publisher.moves(), 1U);
    EXPECT_FALSE(publisher.stale());
    EXPECT_EQ(receive_all(early), std::vector<uint64_t>{1});

    ASSERT_TRUE(SharedMemory::unlink(topic.region())); // by hand: noticed when nobody hears it any more
    Subscriber late = topic.logger.subscribe_or_create("imu", small_config());
    poll_for_long(early);
    EXPECT_EQ(early.moves(), 1U);
    for (int i = 0; i < 100 && publisher.moves() == 1; ++i) {
        send(publisher, 2);
        kickmsg::sleep(1ms);
    }
    EXPECT_EQ(publisher.moves(), 2U);
    EXPECT_FALSE(receive_all(late).empty());
    EXPECT_FALSE(receive_all(early).empty());
}

TEST(Follow, APublisherStaysWhileItHasAllocated)
{
    Topic      topic;
    Publisher  publisher = topic.driver.advertise("imu", small_config());
    Subscriber here      = topic.logger.subscribe("imu");
    EXPECT_NE(publisher.allocate(sizeof(uint64_t)), nullptr);
    topic.logger.unlink_topic("imu");
    Subscriber there = topic.logger.subscribe_or_create("imu", small_config());
    EXPECT_EQ(publisher.send(nullptr, 1000000), -EMSGSIZE);
    auto* const room = static_cast<uint64_t*>(publisher.allocate(sizeof(uint64_t)));
    ASSERT_NE(room, nullptr);
    *room = 7;
    EXPECT_EQ(publisher.publish(), 1U);
    EXPECT_EQ(receive_all(here), std::vector<uint64_t>{7});
    send(publisher, 8);
    EXPECT_EQ(publisher.moves(), 1U);
    EXPECT_EQ(receive_all(there), std::vector<uint64_t>{8});
}

TEST(Follow, BothEndsOfABroadcastAndAMailboxGoAlong)
{
    Topic      topic;
    Name const broadcast("follow_broadcast_chat");
    Name const mailbox("follow_logger_mbx_box");
    auto       chat   = topic.driver.join_broadcast("chat", small_config());
    Subscriber box    = topic.logger.create_mailbox("box", small_config());
    Publisher  writer = topic.driver.open_mailbox("logger", "box");
    topic.driver.unlink_broadcast("chat");
    topic.logger.unlink_mailbox("box");
    auto other = topic.logger.join_broadcast("chat", small_config());
    EXPECT_FALSE(chat.sub.try_receive());
    send(chat.pub, 1);
    send(other.pub, 2);
    EXPECT_EQ(receive_all(chat.sub), (std::vector<uint64_t>{1, 2}));
    EXPECT_EQ(receive_all(other.sub), (std::vector<uint64_t>{1, 2}));
    Subscriber again = topic.logger.create_mailbox("box", small_config());
    send(writer, 3);
    EXPECT_EQ(receive_all(again), std::vector<uint64_t>{3});
    EXPECT_FALSE(box.try_receive()) << "the new mailbox has its one reader";
    EXPECT_EQ(box.moves(), 0U);
}

TEST(Follow, ViewsAndCountsGoOverTheMove)
{
    Topic                                 topic;
    std::optional<Subscriber::SampleView> view;
    Subscriber                            subscriber = topic.logger.subscribe_or_create("imu", small_config());
    Publisher                             publisher  = topic.driver.advertise("imu", small_config());
    for (uint64_t i = 0; i < 11; ++i) {
        send(publisher, i);
    }
    view = subscriber.try_receive_view();
    EXPECT_EQ(receive_all(subscriber).size(), 7U);
    EXPECT_EQ(subscriber.lost(), 3U);
    topic.driver.unlink_topic("imu");
    Publisher raw(SharedRegion::create(topic.region(), kickmsg::channel::PubSub, small_config()));
    EXPECT_FALSE(subscriber.try_receive());
    ASSERT_EQ(subscriber.moves(), 1U);
    EXPECT_EQ(subscriber.lost(), 3U);
    ASSERT_TRUE(view && view->valid());
    EXPECT_EQ(*static_cast<uint64_t const*>(view->data()), 3U);
    for (uint64_t i = 0; i < 10; ++i) {
        send(raw, i);
    }
    EXPECT_EQ(receive_all(subscriber).size(), 8U);
    EXPECT_EQ(subscriber.lost(), 5U);
}

TEST(Follow, AHandleStaysWhereItIsWhenItIsRefusedOnTheWay)
{
    Topic      topic;
    Subscriber strict    = topic.logger.subscribe_or_create("imu", small_config());
    Subscriber any       = topic.logger.subscribe("imu");
    Publisher  publisher = topic.driver.advertise("imu", small_config());
    topic.driver.unlink_topic("imu");
    auto const       other = SharedRegion::create(topic.region(), kickmsg::channel::PubSub, small_config(64, 8, 1));
    Subscriber const only(other);
    for (uint64_t i = 0; i < 3; ++i) {
        EXPECT_FALSE(strict.try_receive()) << "another geometry";
        EXPECT_FALSE(any.try_receive()) << "no ring is free";
        send(publisher, i);
        EXPECT_EQ(receive_all(strict), std::vector<uint64_t>{i});
        EXPECT_EQ(receive_all(any), std::vector<uint64_t>{i});
    }
    EXPECT_EQ(strict.moves() + any.moves() + publisher.moves(), 0U);
    EXPECT_TRUE(strict.stale() && any.stale() && publisher.stale());
    EXPECT_EQ(other.stats().participants.size(), 2U) << "the refused left something behind";
}

TEST(Follow, AHandleStaysWhereItIsWhenThereIsNoMemoryForTheMove)
{
    Topic      topic;
    Subscriber subscriber = topic.logger.subscribe_or_create("imu", small_config());
    Publisher  publisher  = topic.driver.advertise("imu", small_config());
    send(publisher, 1);
    EXPECT_TRUE(subscriber.try_receive()) << "the buffer for copies is there";
    topic.driver.unlink_topic("imu");
    auto const there = SharedRegion::create(topic.region(), kickmsg::channel::PubSub, small_config());
    for (uint64_t last = 1; last < 30; ++last) {
        NoMemory const exhausted(last, UINT64_MAX);
        subscriber.try_receive();
        send(publisher, 2);
        kickmsg::sleep(100us);
        if (subscriber.moves() + publisher.moves() != 0) {
            break;
        }
        subscriber.try_receive();
    }
    poll_for_long(subscriber);
    EXPECT_EQ(subscriber.moves(), 1U);
    for (int i = 0; i < 100 && publisher.moves() == 0; ++i) {
        send(publisher, 3);
        kickmsg::sleep(1ms);
    }
    EXPECT_EQ(publisher.moves(), 1U);
    EXPECT_EQ(there.stats().participants.size(), 3U) << "a move that was refused left something behind";
}

TEST(Follow, HandlesThatWereMadeOfARegionStay)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber subscriber(region);
    EXPECT_FALSE(subscriber.stale() || publisher.stale());
    region.unlink();
    EXPECT_TRUE(subscriber.stale() && publisher.stale());
    auto const another = make(name);
    poll_for_long(subscriber);
    send(publisher, 1);
    EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{1});
    EXPECT_EQ(subscriber.moves() + publisher.moves(), 0U);
    EXPECT_TRUE(subscriber.stale() && publisher.stale());
}

TEST(Follow, ANodeThatIsToldNotToFollowMakesHandlesThatStay)
{
    Topic topic;
    topic.logger.follow(false);
    Subscriber subscriber = topic.logger.subscribe_or_create("imu", small_config());
    topic.driver.unlink_topic("imu");
    Publisher const again = topic.driver.advertise("imu", small_config());
    poll_for_long(subscriber);
    EXPECT_EQ(subscriber.moves(), 0U);
    EXPECT_TRUE(subscriber.stale());
}

TEST(Follow, APublisherThatCameToAnEmptyNameGoesOnWhenItIsMadeAnewThoughSomebodyStillHearsIt)
{
    Topic topic;
    topic.logger.follow(false);
    Subscriber stays     = topic.logger.subscribe_or_create("imu", small_config());
    Publisher  publisher = topic.driver.advertise("imu", small_config());
    topic.driver.unlink_topic("imu");
    send(publisher, 1); // sees that the name is gone: there is nowhere to go
    EXPECT_EQ(publisher.moves(), 0U);
    Subscriber fresh = topic.logger.subscribe_or_create("imu", small_config());
    for (uint64_t i = 2; i < 200 && publisher.moves() == 0; ++i) {
        send(publisher, i);
        kickmsg::sleep(1ms);
    }
    EXPECT_EQ(publisher.moves(), 1U);
    send(publisher, 1000);
    auto const got = receive_all(fresh);
    ASSERT_FALSE(got.empty());
    EXPECT_EQ(got.back(), 1000U);
}

TEST(Follow, AHandleThatIsRefusedOnTheWayDoesNotTryAtEachCall)
{
    Topic      topic;
    auto const narrow = small_config(64, 8, 1);
    Subscriber first  = topic.logger.subscribe_or_create("imu", narrow);
    topic.driver.unlink_topic("imu");
    Subscriber second = topic.logger.subscribe_or_create("imu", narrow); // its one ring is taken
    auto       region = SharedRegion::open(topic.region());
    auto const drawn  = [&] { return SharedRegion::open(topic.region()).stats().participants.back().incarnation; };
    auto const before = drawn();
    for (int poll = 0; poll < 63; ++poll) {
        EXPECT_FALSE(first.try_receive());
    }
    EXPECT_EQ(first.moves(), 0U);
    EXPECT_LT(drawn() - before, 40U) << "each try draws several numbers in the region that refuses it";
}
