/// What a wait set gives to epoll, poll and libraries that are made of them.
#include "BoardLayout.h"
#include "held.h"
#include "kickmsg/Node.h"
#include "kickmsg/WaitSet.h"
#include "kickmsg/os/Time.h"
#include "raw_region.h"
#include "refuse_calls.h"
#include "sleeps.h"
#include "support.h"

#include <chrono>
#include <deque>
#include <optional>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Node;
using kickmsg::Publisher;
using kickmsg::SharedMemory;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using kickmsg::WaitSet;
using Keys = std::vector<uint64_t>;

namespace {

constexpr std::chrono::nanoseconds for_ever = std::chrono::nanoseconds::max();

/// An event loop over the handle of a set with some topics.
struct Loop {
    explicit Loop(std::size_t count) : epoll(epoll_create1(EPOLL_CLOEXEC))
    {
        for (std::size_t i = 0; i < count; ++i) {
            names.emplace_back("topic" + std::to_string(i));
            regions.push_back(make(names.back()));
            publishers.emplace_back(regions.back());
            subscribers.emplace_back(regions.back());
            set.add(subscribers.back(), i);
        }
        epoll_event event{};
        event.events = EPOLLIN;
        epoll_ctl(epoll, EPOLL_CTL_ADD, set.native_handle(), &event);
    }
    ~Loop()
    {
        close(epoll);
    }

    bool is_readable(int timeout_ms = 0) const
    {
        epoll_event event{};
        return epoll_wait(epoll, &event, 1, timeout_ms) == 1;
    }
    /// As a program does it: until something is there. Returns: what.
    Keys turn()
    {
        while (is_readable(60000)) {
            ++turns;
            if (WaitSet::Ready const ready = set.wait(0ns)) {
                woken = ready.woken();
                return Keys(ready.begin(), ready.end());
            }
        }
        ADD_FAILURE() << "the handle is not readable";
        return {};
    }
    /// Until the handle says that there is nothing.
    void rest()
    {
        while (is_readable()) {
            EXPECT_FALSE(set.wait(0ns));
        }
    }

    std::deque<Name>         names;
    std::deque<SharedRegion> regions;
    std::deque<Publisher>    publishers;
    std::deque<Subscriber>   subscribers;
    WaitSet                  set;
    int                      epoll;
    bool                     woken = false;
    uint32_t                 turns = 0;
};

} // namespace

TEST(NativeHandle, IsReadableAtFirstAndFromAMessageUntilAWaitFindsNothing)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Loop            loop(6);
        EXPECT_EQ(loop.set.native_handle(), loop.set.native_handle());
        EXPECT_TRUE(loop.is_readable());
        for (uint64_t i = 0; i < 6; ++i) {
            loop.rest();
            EXPECT_FALSE(loop.is_readable());
            send(loop.publishers[i], 1);
            send(loop.publishers[i], 2);
            EXPECT_EQ(loop.turn(), Keys{i}) << most << " words";
            EXPECT_TRUE(loop.subscribers[i].try_receive());
            EXPECT_TRUE(loop.is_readable()) << "one is left";
            EXPECT_EQ(loop.turn(), Keys{i});
            EXPECT_TRUE(loop.subscribers[i].try_receive());
            EXPECT_TRUE(loop.is_readable()) << "no wait has found nothing yet";
        }
    }
}

TEST(NativeHandle, IsMadeReadableByAWakeAnAdditionAndARemoval)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Loop            loop(6);
        loop.rest();
        loop.set.wake();
        EXPECT_EQ(loop.turn(), Keys{});
        EXPECT_TRUE(loop.woken);
        Subscriber late(loop.regions[0]);
        send(loop.publishers[0], 1);
        EXPECT_EQ(loop.turn(), Keys{0});
        receive_all(loop.subscribers[0]);
        loop.rest();
        loop.set.add(late, 9);
        EXPECT_EQ(loop.turn(), Keys{9});
        loop.subscribers.pop_back();
        receive_all(late);
        loop.rest();
        send(loop.publishers[5], 1);
        send(loop.publishers[4], 1);
        EXPECT_EQ(loop.turn(), Keys{4});
    }
}

TEST(NativeHandle, AWaitThatSleepsFindsWhatTheHandleFinds)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Loop            loop(6);
        EXPECT_FALSE(loop.set.wait(1ms));
        for (uint64_t i = 0; i < 6; ++i) {
            Sleeps const sleeps;
            std::thread  sender([&] {
                sleeps.await();
                send(loop.publishers[i], 1);
            });
            auto const   ready = loop.set.wait(for_ever);
            EXPECT_EQ(Keys(ready.begin(), ready.end()), Keys{i});
            sender.join();
            EXPECT_TRUE(loop.is_readable()) << "what it found has not been read";
            receive_all(loop.subscribers[i]);
            EXPECT_FALSE(loop.set.wait(25ms)) << "longer than a slice";
        }
    }
}

TEST(NativeHandle, NoMessageOfAStormIsSleptThrough)
{
    constexpr uint64_t messages = 2000;
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Loop            loop(6);
        std::thread     sender([&] {
            for (uint64_t i = 0; i < messages; ++i) {
                send(loop.publishers[i % 6], i);
                if (i % 8 == 0) {
                    kickmsg::sleep(50us);
                }
            }
        });
        uint64_t        received = 0, lost = 0;
        while (received + lost < messages) {
            Keys const keys = loop.turn();
            if (keys.empty()) {
                break;
            }
            for (uint64_t const key : keys) {
                received += receive_all(loop.subscribers[key]).size();
            }
            lost = 0;
            for (Subscriber const& subscriber : loop.subscribers) {
                lost += subscriber.lost();
            }
        }
        EXPECT_EQ(received + lost, messages);
        sender.join();
    }
}

TEST(NativeHandle, IsReadableForNothingOnlyWhenSomebodyRang)
{
    Loop loop(3);
    loop.rest();
    loop.turns = 0;
    EXPECT_FALSE(loop.is_readable(150)) << "its slices are not the program's";
    for (uint64_t i = 0; i < 20; ++i) {
        send(loop.publishers[1], i);
        EXPECT_EQ(loop.turn(), Keys{1});
        receive_all(loop.subscribers[1]);
    }
    EXPECT_LE(loop.turns, 40U) << "one that finds the message, and one that finds nothing";
}

TEST(NativeHandle, AMessageWhosePublisherWasKilledBeforeItsWakeMakesItReadable)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Loop            loop(5);
        for (std::size_t const which : {std::size_t{0}, std::size_t{4}}) {
            loop.rest();
            kickmsg::sleep(5ms); // the threads of the set are asleep by then, or find the message at once
            Child     child([&](Child&) {
                auto      region = SharedRegion::open(loop.names[which]);
                Publisher publisher(region);
                if (!refuse({SYS_futex, 0, 0, 0}, EPERM)) {
                    return not_permitted;
                }
                uint64_t const value = 1;
                return publisher.send(&value, sizeof(value)) > 0 ? 0 : 1;
            });
            int const code = child.join();
            if (code == not_permitted) {
                GTEST_SKIP() << "no filter of system calls may be set here";
            }
            EXPECT_EQ(code, 0);
            EXPECT_EQ(loop.turn(), Keys{which}) << most << " words";
            receive_all(loop.subscribers[which]);
        }
    }
}

TEST(NativeHandle, ANameThatLeadsElsewhereMakesItReadable)
{
    Name const stem{"follow"};
    Node       driver("driver", stem.str().substr(1)), logger("logger", stem.str().substr(1));
    for (bool const by_hand : {false, true}) {
        Loop       loop(2);
        Publisher  before     = driver.advertise("imu", small_config());
        Subscriber subscriber = logger.subscribe("imu");
        loop.set.add(subscriber, 5);
        loop.rest();
        if (by_hand) {
            ASSERT_TRUE(SharedMemory::unlink(driver.topic_region("imu")));
        } else {
            driver.unlink_topic("imu");
        }
        Publisher after = driver.advertise("imu", small_config());
        EXPECT_EQ(loop.turn(), Keys{5});
        EXPECT_FALSE(subscriber.try_receive());
        EXPECT_EQ(subscriber.moves(), 1U);
        loop.rest();
        send(after, 2);
        EXPECT_EQ(loop.turn(), Keys{5});
        driver.unlink_topic("imu");
    }
}

TEST(NativeHandle, CanBeWaitedForInTurnsByPoll)
{
    Loop loop(1);
    loop.rest();
    std::thread sender([&] { send(loop.publishers[0], 1); });
    pollfd      handle{loop.set.native_handle(), POLLIN, 0};
    EXPECT_EQ(poll(&handle, 1, 60000), 1);
    EXPECT_NE(handle.revents & POLLIN, 0);
    sender.join();
}

TEST(NativeHandle, IsReadableAfterAReceiveThatTookBackTheMarkOfItsSet)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Loop            loop(2);
        loop.rest();
        EXPECT_FALSE(loop.subscribers[0].receive(1ms));
        EXPECT_TRUE(loop.is_readable(60000))
            << "publishers do not know any more that the set waits for this subscriber";
        loop.rest();
        send(loop.publishers[0], 1);
        EXPECT_EQ(loop.turn(), Keys{0});
    }
}

/// A subscriber that came first, and a publisher that makes a region of another geometry.
TEST(NativeHandle, IsReadableWhereAPublisherPutsAnotherRegionInThePlaceOfAProvisionalOne)
{
    Name const stem("handle");
    Node       driver("driver", stem.str().substr(1)), logger("logger", stem.str().substr(1));
    Subscriber subscriber = logger.subscribe_or_create("t");
    RawRegion  old(logger.topic_region("t"));
    WaitSet    set;
    set.add(subscriber, 5);
    pollfd handle{set.native_handle(), POLLIN, 0};
    EXPECT_FALSE(set.wait(0ns));
    EXPECT_NE(old.header().sleepers.load(), 0U);
    Publisher publisher = driver.advertise("t", small_config());
    EXPECT_EQ(old.header().doorbell.load(), 1U) << "not by a look at the end of a slice";
    EXPECT_EQ(poll(&handle, 1, -1), 1);
    EXPECT_TRUE(set.wait(0ns));
    EXPECT_FALSE(subscriber.try_receive());
    EXPECT_EQ(subscriber.moves(), 1U);
    SharedMemory::unlink(logger.topic_region("t"));
}

namespace {

/// A loop without topics, and a value in its set.
struct ValueLoop : Loop {
    ValueLoop() : Loop(0)
    {
        node.unlink_blackboard("polled");
        board.emplace(node.blackboard("polled"));
        reader.emplace(board->reader("a"));
        writer.emplace(board->writer("a"));
        set.add(*reader, 5);
    }
    ~ValueLoop()
    {
        node.unlink_blackboard("polled");
    }
    void write()
    {
        EXPECT_EQ(writer->write("x", 1), 1);
    }
    void read()
    {
        char found[128];
        EXPECT_EQ(reader->read(found, sizeof(found)), 1);
    }

    Node                                     node{"test", prefix()};
    std::optional<kickmsg::Blackboard>       board;
    std::optional<kickmsg::BlackboardReader> reader;
    std::optional<kickmsg::BlackboardWriter> writer;
};

} // namespace

TEST(NativeHandle, IsReadableFromAWriteUntilAWaitFindsNothing)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        ValueLoop       loop;
        EXPECT_FALSE(loop.set.wait(0ns));
        for (int i = 0; i < 3; ++i) {
            EXPECT_FALSE(loop.is_readable());
            loop.write();
            EXPECT_EQ(loop.turn(), Keys{5}) << most << " words";
            EXPECT_TRUE(loop.is_readable());
            loop.read();
            EXPECT_FALSE(loop.set.wait(0ns));
        }
    }
}

TEST(NativeHandle, AValueWhoseWriterWasKilledBeforeItsWakeMakesItReadable)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const              words(most);
        ValueLoop                    loop;
        RawRegion                    raw(loop.board->region());
        kickmsg::detail::BoardLayout layout(raw.layout());
        EXPECT_FALSE(loop.set.wait(0ns));
        for (uint32_t key = 0; key < layout.key_count(); ++key) {
            layout.key(key).watchers.store(0);
        }
        loop.write();
        EXPECT_EQ(loop.turn(), Keys{5}) << most << " words";
    }
}
