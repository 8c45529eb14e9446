/// How many views a subscriber may hold at once: a subscriber that keeps what it gets costs itself, and nobody else.
#include "support.h"

#include "kickmsg/Node.h"
#include "kickmsg/os/Time.h"

#include <atomic>
#include <chrono>
#include <cstring>
#include <deque>
#include <optional>
#include <thread>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using kickmsg::channel::Config;
using View  = Subscriber::SampleView;
using Views = std::vector<View>;

namespace {

Config limited(uint32_t views)
{
    Config cfg    = small_config();
    cfg.max_views = views;
    return cfg;
}

uint64_t value_of(View const& view)
{
    uint64_t value = 0;
    std::memcpy(&value, view.data(), sizeof(value));
    return value;
}

/// Takes views until there is none to be had.
void hoard(Subscriber& subscriber, Views& views)
{
    while (auto view = subscriber.try_receive_view()) {
        views.push_back(std::move(*view));
    }
}

uint32_t limit_of(Config const& cfg)
{
    Name const name("limit");
    return make(name, cfg).info().max_views;
}

/// One publisher and one subscriber that may hold two views, and holds them; `more` messages wait.
struct AtTheLimit {
    explicit AtTheLimit(uint64_t more = 1) : region(make(name, limited(2))), publisher(region), subscriber(region)
    {
        for (uint64_t i = 0; i < 2 + more; ++i) {
            send(publisher, i);
        }
        hoard(subscriber, views);
        EXPECT_EQ(views.size(), 2U);
    }
    kickmsg::RingStats ring() const
    {
        return region.stats().rings[0];
    }

    Name const   name;
    SharedRegion region;
    Publisher    publisher;
    Subscriber   subscriber;
    Views        views;
};

} // namespace

TEST(ViewLimit, AHoarderStarvesNobody)
{
    constexpr uint64_t messages = 2000;
    Name const         name;
    auto               region = make(name, Config{});
    Publisher          publisher(region);
    Subscriber         hoarder(region), fast(region);
    Views              views;
    uint64_t           sent = 0, received = 0;
    for (uint64_t i = 0; i < messages; ++i) {
        sent += publisher.send(&i, sizeof(i)) == sizeof(i) ? 1 : 0;
        hoard(hoarder, views);
        auto const sample = fast.try_receive();
        received += sample && std::memcmp(sample->data(), &i, sizeof(i)) == 0 ? 1 : 0;
    }
    EXPECT_EQ(sent, messages);
    EXPECT_EQ(received, messages);
    EXPECT_EQ(views.size(), 12U);
    EXPECT_EQ(fast.lost() + publisher.dropped(), 0U);
    for (std::size_t i = 0; i < views.size(); ++i) {
        EXPECT_EQ(value_of(views[i]), i);
    }
}

TEST(ViewLimit, EvenHoardersOnEverySeatLeaveAQuarterToPublishers)
{
    Name const              name;
    auto                    region = make(name, Config{});
    std::vector<Publisher>  publishers;
    std::vector<Subscriber> hoarders;
    Views                   views;
    for (int i = 0; i < 16; ++i) {
        publishers.emplace_back(region);
        hoarders.emplace_back(region);
    }
    uint64_t sent = 0;
    for (uint64_t i = 0; i < 4096; ++i) {
        // each of them gets its own: no message is held by two
        send(publishers[i % 16], i);
        hoard(hoarders[i / 16 % 16], views);
        for (auto& other : hoarders) {
            sent += other.try_receive() ? 1 : 0;
        }
    }
    EXPECT_EQ(views.size(), 16U * 12U);
    EXPECT_LE(region.stats().pool_free, 64U);
    for (auto& publisher : publishers) {
        EXPECT_EQ(publisher.dropped(), 0U);
        ASSERT_NE(publisher.allocate(1), nullptr) << "even while all others have one allocated";
    }
}

TEST(ViewLimit, IsAnEvenShareWhereThatIsWorthHavingAndElseThePool)
{
    EXPECT_EQ(limit_of(Config{}), 12U);
    EXPECT_EQ(limit_of(small_config(64, 8, 4)), 12U);
    EXPECT_EQ(limit_of(small_config(64, 8, 1)), 48U);
    EXPECT_EQ(limit_of(small_config(22, 8, 4)), 4U);
    EXPECT_EQ(limit_of(small_config(20, 8, 4)), 20U) << "3 each";
    EXPECT_EQ(limit_of(small_config(1, 8, 32)), 1U);
    for (uint32_t const views : {1U, 2U, 63U, 64U}) {
        EXPECT_EQ(limit_of(limited(views)), views);
    }
}

TEST(ViewLimit, CountsEachViewUntilItIsDropped)
{
    AtTheLimit a(3);
    EXPECT_FALSE(a.subscriber.try_receive_view());
    a.views.erase(a.views.begin());
    auto view = a.subscriber.try_receive_view();
    ASSERT_TRUE(view);
    EXPECT_EQ(value_of(*view), 2U) << "the messages waited";
    EXPECT_FALSE(a.subscriber.try_receive_view());
    View moved = std::move(*view);
    view.reset();
    EXPECT_FALSE(a.subscriber.try_receive_view()) << "a view that was moved from is none";
    a.views.clear();
    hoard(a.subscriber, a.views);
    EXPECT_EQ(a.views.size(), 1U);
}

TEST(ViewLimit, HoldsOverMoreViewsThanItEverAllowsAtOnce)
{
    AtTheLimit         a(0);
    std::deque<View>   held;
    constexpr uint64_t first = 2;
    a.views.clear();
    for (uint64_t i = first; i < 1000; ++i) {
        send(a.publisher, i);
        held.clear();
        auto view = a.subscriber.try_receive_view();
        ASSERT_TRUE(view);
        EXPECT_EQ(value_of(*view), i);
        held.push_back(std::move(*view));
    }
    EXPECT_EQ(a.subscriber.lost(), 0U);
}

TEST(ViewLimit, AViewThatAnotherThreadDropsMakesRoom)
{
    AtTheLimit a;
    std::thread([&] { a.views.pop_back(); }).join();
    EXPECT_TRUE(a.subscriber.try_receive_view());
}

TEST(ViewLimit, GoesWithASubscriberThatIsMoved)
{
    AtTheLimit a;
    Subscriber moved(std::move(a.subscriber));
    EXPECT_FALSE(moved.try_receive_view());
    EXPECT_FALSE(a.subscriber.try_receive_view()); // NOLINT(bugprone-use-after-move)
    a.views.clear();
    EXPECT_TRUE(moved.try_receive_view());
}

TEST(ViewLimit, LetsCopiesContinue)
{
    AtTheLimit a(4);
    EXPECT_EQ(receive_all(a.subscriber), (std::vector<uint64_t>{2, 3, 4, 5}));
    send(a.publisher, 6);
    EXPECT_FALSE(a.subscriber.receive_view(0ns));
    ASSERT_TRUE(a.subscriber.receive(1min));
    EXPECT_EQ(a.subscriber.lost(), 0U);
}

TEST(ViewLimit, MessagesWaitInTheOwnRingAndOverflowThere)
{
    AtTheLimit a(0);
    for (uint64_t i = 0; i < 100; ++i) {
        send(a.publisher, i);
        EXPECT_FALSE(a.subscriber.try_receive_view());
    }
    EXPECT_EQ(a.ring().unread, 8U);
    EXPECT_EQ(a.ring().evicted, 92U);
    a.views.clear();
    hoard(a.subscriber, a.views);
    ASSERT_EQ(a.views.size(), 2U);
    EXPECT_EQ(value_of(a.views.front()), 92U);
    EXPECT_EQ(a.subscriber.lost(), 92U);
}

TEST(ViewLimit, IsInTheStatistics)
{
    AtTheLimit a(1);
    EXPECT_EQ(a.ring().views, 2U);
    EXPECT_EQ(a.ring().views_refused, 1U) << "by the poll of hoard()";
    EXPECT_FALSE(a.subscriber.receive_view(1ms));
    EXPECT_EQ(a.ring().views_refused, 2U);
    EXPECT_TRUE(a.subscriber.try_receive());
    EXPECT_FALSE(a.subscriber.try_receive_view());
    EXPECT_EQ(a.ring().views_refused, 2U) << "nothing was there to be refused";
    EXPECT_EQ(a.ring().views, 2U) << "a copy is none";
    a.views.pop_back();
    EXPECT_EQ(a.ring().views, 1U);
    {
        Subscriber const gone(std::move(a.subscriber));
    }
    EXPECT_EQ(a.ring().state, kickmsg::RingState::Draining);
    EXPECT_EQ(a.ring().views, 1U) << "it outlives its subscriber";
    EXPECT_EQ(a.ring().views_refused, 2U);
    a.views.clear();
    Subscriber const next(a.region);
    EXPECT_EQ(a.ring().views + a.ring().views_refused, 0U);
}

TEST(ViewLimit, ATimedReceiveSleepsItsTimeAndNoLess)
{
    AtTheLimit     a;
    uint64_t const begin = kickmsg::monotonic_ns();
    EXPECT_FALSE(a.subscriber.receive_view(50ms));
    EXPECT_GE(kickmsg::monotonic_ns() - begin, 50000000U);
    EXPECT_FALSE(a.subscriber.receive_view(-1ns));
    EXPECT_FALSE(a.subscriber.receive_view(std::chrono::nanoseconds::min()));
    EXPECT_EQ(value_of(a.views[1]), 1U);
}

/// However long it may sleep. (That no drop goes unnoticed is the model's: here a slice of 20 ms would hide it.)
TEST(ViewLimit, ASleeperIsWokenByTheThreadThatDropsAView)
{
    for (std::chrono::nanoseconds const timeout : {std::chrono::nanoseconds(1min), std::chrono::nanoseconds::max()}) {
        AtTheLimit a(6);
        for (uint64_t i = 2; i < 8; ++i) {
            std::thread dropper([&] { a.views.erase(a.views.begin()); });
            auto        view = a.subscriber.receive_view(timeout);
            dropper.join();
            ASSERT_TRUE(view);
            EXPECT_EQ(value_of(*view), i);
            a.views.push_back(std::move(*view));
        }
        EXPECT_EQ(a.ring().views_refused, 1U);
    }
}

TEST(ViewLimit, AfterAViewCameBackTheRestOfTheTimeIsForTheMessage)
{
    AtTheLimit  a(0);
    std::thread other([&] {
        a.views.clear();
        kickmsg::sleep(1ms);
        send(a.publisher, 7);
    });
    auto const  view = a.subscriber.receive_view(1min);
    other.join();
    ASSERT_TRUE(view);
    EXPECT_EQ(value_of(*view), 7U);
}

TEST(ViewLimit, ASubscriberThatLeavesWhileOthersDropItsViewsIsDeletedOnce)
{
    for (int round = 0; round < 200; ++round) {
        AtTheLimit  a;
        std::thread dropper([views = std::move(a.views)]() mutable { views.clear(); });
        {
            Subscriber leaving(std::move(a.subscriber));
            leaving.receive_view(1us);
        }
        dropper.join();
        EXPECT_EQ(a.ring().state, kickmsg::RingState::Free);
    }
}

TEST(ViewLimit, OfARegionHoldsInTheNextOneOfItsName)
{
    Name const    stem("follow");
    kickmsg::Node driver("driver", stem.str().substr(1)), logger("logger", stem.str().substr(1));
    Subscriber    subscriber = logger.subscribe_or_create("imu", limited(2));
    Views         old, views;
    {
        Publisher publisher = driver.advertise("imu", limited(2));
        send(publisher, 1);
        send(publisher, 2);
        hoard(subscriber, old);
    }
    ASSERT_EQ(old.size(), 2U);
    driver.unlink_topic("imu");
    Publisher again = driver.advertise("imu", limited(2));
    EXPECT_FALSE(subscriber.try_receive_view()) << "at the limit here, and nothing to read";
    EXPECT_EQ(subscriber.moves(), 1U) << "no view has to be dropped for the move";
    for (uint64_t i = 0; i < 5; ++i) {
        send(again, i);
    }
    hoard(subscriber, views);
    EXPECT_EQ(views.size(), 2U) << "those of the other region do not count";
    old.clear();
    EXPECT_FALSE(subscriber.try_receive_view());
    views.clear();
    EXPECT_TRUE(subscriber.try_receive_view());
    driver.unlink_topic("imu");
}

TEST(ViewLimit, ASubscriberAtItsLimitReadsWhatIsThereBeforeItMoves)
{
    Name const    stem("follow");
    kickmsg::Node driver("driver", stem.str().substr(1)), logger("logger", stem.str().substr(1));
    Subscriber    subscriber = logger.subscribe_or_create("imu", limited(2));
    Views         old;
    {
        Publisher publisher = driver.advertise("imu", limited(2));
        for (uint64_t i = 0; i < 3; ++i) {
            send(publisher, i);
        }
        hoard(subscriber, old);
    }
    driver.unlink_topic("imu");
    Publisher again = driver.advertise("imu", limited(2));
    EXPECT_FALSE(subscriber.try_receive_view());
    EXPECT_FALSE(subscriber.receive_view(1ms));
    EXPECT_EQ(subscriber.moves(), 0U);
    EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{2});
    EXPECT_EQ(subscriber.moves(), 1U);
    driver.unlink_topic("imu");
}
