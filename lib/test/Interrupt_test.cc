/// Receives that are ended from elsewhere.
#include "Interruption.h"
#include "Lifecycle.h"
#include "kickmsg/Node.h"
#include "kickmsg/os/Time.h"
#include "support.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <optional>
#include <thread>

#if !defined(_WIN32)
#include <csignal>
#include <pthread.h>
#endif

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Node;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;

namespace {

constexpr std::chrono::nanoseconds for_ever = std::chrono::nanoseconds::max();

enum class Way { Copy, View, ViewAtLimit };

/// A subscriber that may hold one view, and holds it where it is to wait at its limit.
struct Reader {
    explicit Reader(Way by) : way(by)
    {
        if (way == Way::ViewAtLimit) {
            send(publisher, 1);
            held = subscriber.try_receive_view();
        }
    }
    static kickmsg::channel::Config config()
    {
        auto config      = small_config();
        config.max_views = 1;
        return config;
    }
    bool receive(std::chrono::nanoseconds timeout)
    {
        errno = 0;
        return way == Way::Copy ? subscriber.receive(timeout).has_value()
                                : subscriber.receive_view(timeout).has_value();
    }

    Way                                   way;
    Name                                  name;
    SharedRegion                          region = make(name, config());
    Publisher                             publisher{region};
    Subscriber                            subscriber{region};
    std::optional<Subscriber::SampleView> held;
};

constexpr Way ways[] = {Way::Copy, Way::View, Way::ViewAtLimit};

} // namespace

TEST(Interrupt, EndsTheNextCallThatMaySleepAndOnlyThat)
{
    for (Way const way : ways) {
        Reader reader(way);
        reader.subscriber.interrupt();
        reader.subscriber.interrupt();
        EXPECT_FALSE(reader.receive(0ns)) << "it does not sleep, and takes no notice";
        EXPECT_EQ(errno, 0);
        EXPECT_FALSE(reader.receive(for_ever));
        EXPECT_EQ(errno, EINTR);
        EXPECT_FALSE(reader.receive(1ms));
        EXPECT_EQ(errno, ETIMEDOUT);
    }
}

TEST(Interrupt, ComesBeforeMessagesThatWaitAndLosesNone)
{
    for (Way const way : {Way::Copy, Way::View}) {
        Reader reader(way);
        send(reader.publisher, 1);
        reader.subscriber.interrupt();
        EXPECT_FALSE(reader.receive(for_ever)) << "a stream of messages does not hold it off";
        EXPECT_EQ(errno, EINTR);
        EXPECT_TRUE(reader.receive(for_ever));
        EXPECT_EQ(reader.subscriber.lost(), 0U);
    }
}

/// Wherever in a call it comes: each is answered before the next one is made.
TEST(Interrupt, IsNotLostHoweverCloseToTheSleepItComes)
{
    for (Way const way : ways) {
        Reader                reader(way);
        std::atomic<uint32_t> answered{0};
        std::thread           other([&] {
            for (uint32_t i = 0; i < 2000; ++i) {
                while (answered.load() != i) {
                }
                for (uint32_t volatile delay = 0; delay < i % 200 * 10; delay = delay + 1) {
                }
                reader.subscriber.interrupt();
            }
        });
        for (uint32_t i = 0; i < 2000; ++i) {
            EXPECT_FALSE(reader.receive(for_ever));
            EXPECT_EQ(errno, EINTR);
            answered.store(i + 1);
        }
        other.join();
    }
}

/// Step by step: a request between the last look and the moment in which the system compares the word.
TEST(Interrupt, ChangesTheWordOfASleepThatIsAboutToBegin)
{
    kickmsg::detail::Interruption interruption;
    std::atomic<uint32_t>         word{5};
    EXPECT_TRUE(interruption.begin_sleep(kickmsg::os::Awaited{&word}));
    interruption.request();
    EXPECT_NE(word.load(), 5U) << "the sleep would last until the end of its slice";
    interruption.end_sleep();
    EXPECT_FALSE(interruption.begin_sleep(kickmsg::os::Awaited{&word})) << "it was requested";
    interruption.end_sleep();
    EXPECT_TRUE(interruption.take());
    EXPECT_FALSE(interruption.take());
    uint32_t const before = word.load();
    interruption.request();
    EXPECT_EQ(word.load(), before) << "nobody sleeps on it";
    EXPECT_TRUE(interruption.take());

    kickmsg::detail::Interruption::Views views(1);
    uint32_t                             seen = 0;
    views.lend();
    EXPECT_TRUE(views.arm(seen) && interruption.begin_sleep(views));
    interruption.request();
    EXPECT_NE(views.word().load(), seen);
    EXPECT_FALSE(views.give_back()) << "the count is as it was";
    EXPECT_FALSE(views.is_full());
}

TEST(Interrupt, OfAMovedSubscriberIsOfTheOneThatItHasBecome)
{
    Reader     reader(Way::Copy);
    Subscriber moved(std::move(reader.subscriber));
    reader.subscriber.interrupt(); // NOLINT: of nothing
    reader.subscriber.return_on_signals(true);
    EXPECT_FALSE(moved.receive(1ms));
    EXPECT_EQ(errno, ETIMEDOUT);
    moved.interrupt();
    Subscriber again(std::move(moved));
    EXPECT_FALSE(again.receive(for_ever));
    EXPECT_EQ(errno, EINTR);
}

/// Its region goes away while interrupters are on their way to a word of it.
TEST(Interrupt, FindsASubscriberThatFollowsItsName)
{
    Name const        stem{"follow"};
    Node              driver("driver", stem.str().substr(1)), logger("logger", stem.str().substr(1));
    Subscriber        subscriber = logger.subscribe_or_create("imu", small_config());
    std::atomic<bool> over{false};
    std::thread       others[2];
    for (auto& other : others) {
        other = std::thread([&] {
            while (!over.load()) {
                subscriber.interrupt();
            }
        });
    }
    std::thread maker([&] {
        for (int i = 0; i < 40; ++i) {
            driver.unlink_topic("imu");
            Publisher const publisher = driver.advertise("imu", small_config());
            kickmsg::sleep(500us);
        }
        over.store(true);
    });
    uint64_t    interrupted = 0;
    while (!over.load()) {
        interrupted += !subscriber.receive(1ms) && errno == EINTR ? 1 : 0;
        subscriber.try_receive();
    }
    maker.join();
    for (auto& other : others) {
        other.join();
    }
    EXPECT_GT(interrupted, 0U);
    EXPECT_GT(subscriber.moves(), 0U);
    subscriber.interrupt();
    EXPECT_FALSE(subscriber.receive(for_ever));
    EXPECT_EQ(errno, EINTR);
    driver.unlink_topic("imu");
}

#if !defined(_WIN32)
namespace {

std::atomic<Subscriber*> interrupted_by_handler{nullptr};
std::atomic<int>         handled{0};

void handler(int)
{
    int const error = errno; // of the code that it interrupts
    if (Subscriber* const subscriber = interrupted_by_handler.load()) {
        subscriber->interrupt();
    }
    handled.fetch_add(1);
    errno = error;
}

struct Handled {
    explicit Handled(int flags)
    {
        handled.store(0);
        struct sigaction action {};
        action.sa_handler = handler;
        action.sa_flags   = flags;
        sigaction(SIGUSR1, &action, &before);
    }
    ~Handled()
    {
        sigaction(SIGUSR1, &before, nullptr);
        interrupted_by_handler.store(nullptr);
    }
    struct sigaction before {};
};

/// Signals that come to a thread until this ends.
struct Signals {
    explicit Signals(pthread_t to)
        : thread([this, to] {
              while (!over.load()) {
                  pthread_kill(to, SIGUSR1);
                  kickmsg::sleep(2ms);
              }
          })
    {
    }
    ~Signals()
    {
        over.store(true);
        thread.join();
    }
    std::atomic<bool> over{false};
    std::thread       thread;
};

} // namespace

TEST(Interrupt, MayBeCalledByAHandlerOfASignal)
{
    for (Way const way : ways) {
        Reader        reader(way);
        Handled const here(SA_RESTART);
        interrupted_by_handler.store(&reader.subscriber);
        raise(SIGUSR1);
        EXPECT_FALSE(reader.receive(for_ever));
        EXPECT_EQ(errno, EINTR);
        Signals const signals(pthread_self());
        for (int i = 0; i < 20; ++i) {
            EXPECT_FALSE(reader.receive(for_ever));
            EXPECT_EQ(errno, EINTR);
        }
    }
}

TEST(Interrupt, ASignalWhoseHandlerRanEndsASleepOnlyWhereThatIsWished)
{
    for (int const flags : {0, SA_RESTART}) {
        for (Way const way : ways) {
            Reader        reader(way);
            Handled const here(flags);
            Signals const signals(pthread_self());
            EXPECT_FALSE(reader.receive(30ms));
            EXPECT_EQ(errno, ETIMEDOUT);
            EXPECT_GT(handled.load(), 0);
            reader.subscriber.return_on_signals(true);
            EXPECT_FALSE(reader.receive(for_ever));
            EXPECT_EQ(errno, EINTR);
            reader.subscriber.return_on_signals(false);
            EXPECT_FALSE(reader.receive(10ms));
            EXPECT_EQ(errno, ETIMEDOUT);
        }
    }
}
#endif
