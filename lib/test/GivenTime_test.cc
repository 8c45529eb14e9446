/// Waiting and recovering by the clock, in a time that the test gives: how often a wait sleeps and for how long at most, and
/// from which nanosecond on a recovery is due.
#include "Lifecycle.h"
#include "kickmsg/os/Time.h"
#include "support.h"

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <ctime>
#include <dlfcn.h>
#include <linux/futex.h>
#include <numeric>
#include <sys/syscall.h>
#include <unistd.h>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using std::chrono::nanoseconds;

namespace {

thread_local uint64_t wakes = 0; ///< that this thread asked the system for

constexpr int64_t slice         = 20000000;
constexpr int64_t longest_slice = 320000000;
constexpr auto    interval      = static_cast<uint64_t>(20000000);

/// While it lives, the clock of this thread is stopped but for what it sleeps, and no sleep takes any real time.
class GivenTime {
public:
    /// How long a sleep lasts that may last `most`.
    using Sleep = std::function<int64_t(int64_t most)>;

    explicit GivenTime(Sleep sleep = [](int64_t most) { return most; }) : sleep_(std::move(sleep))
    {
        current = this;
    }
    GivenTime(GivenTime const&)            = delete;
    GivenTime& operator=(GivenTime const&) = delete;
    ~GivenTime()
    {
        current = nullptr;
    }

    void sleep(std::atomic<uint32_t> const& word, uint32_t expected, timespec const& most)
    {
        asked.push_back(most.tv_sec * 1000000000 + most.tv_nsec);
        EXPECT_EQ(word.load(), expected) << "it would not sleep at all";
        current = nullptr; // the thread that wakes it has a time of its own
        now += static_cast<uint64_t>(sleep_(asked.back()));
        current = this;
    }
    int64_t sum() const
    {
        return std::accumulate(asked.begin(), asked.end(), int64_t{0});
    }

    static inline thread_local GivenTime* current = nullptr;

    uint64_t             now   = 1000000000000000;
    uint64_t             looks = 0; ///< at the clock
    std::vector<int64_t> asked;     ///< the longest that each sleep might have lasted

private:
    Sleep sleep_;
};

} // namespace

/// In place of the C library's: the same clocks, but for the one that is given.
extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept
{
    GivenTime* const given = GivenTime::current;
    if (given == nullptr || clock != CLOCK_MONOTONIC) {
        return static_cast<int>(syscall(SYS_clock_gettime, clock, time));
    }
    ++given->looks;
    time->tv_sec  = static_cast<time_t>(given->now / 1000000000);
    time->tv_nsec = static_cast<long>(given->now % 1000000000);
    return 0;
}

/// In place of the C library's: the same calls, but for a sleep in given time. Like that one it reads as many arguments as a call can
/// have, and so the stack of a caller that gave fewer.
extern "C" __attribute__((no_sanitize("address"))) long syscall(long number, ...) noexcept
{
    using Call             = long (*)(long, ...);
    static Call const next = reinterpret_cast<Call>(dlsym(RTLD_NEXT, "syscall"));
    va_list           list;
    va_start(list, number);
    long arguments[6];
    for (long& argument : arguments) {
        argument = va_arg(list, long);
    }
    va_end(list);
    if (GivenTime::current != nullptr && number == SYS_futex && arguments[1] == FUTEX_WAIT) {
        GivenTime::current->sleep(*reinterpret_cast<std::atomic<uint32_t> const*>(arguments[0]),
                                  static_cast<uint32_t>(arguments[2]),
                                  *reinterpret_cast<timespec const*>(arguments[3]));
        errno = ETIMEDOUT;
        return -1;
    }
    wakes += number == SYS_futex && arguments[1] == FUTEX_WAKE ? 1 : 0;
    return next(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

namespace {

bool receive(Subscriber& subscriber, bool view, nanoseconds timeout)
{
    return view ? subscriber.receive_view(timeout).has_value() : subscriber.receive(timeout).has_value();
}

/// A region with a subscriber on ring 0, and a look at its words.
struct Waiter {
    auto& layout()
    {
        return direct->mapping().layout();
    }

    Name                                          name;
    SharedRegion                                  region = make(name);
    Subscriber                                    subscriber{region};
    Publisher                                     publisher{region};
    std::shared_ptr<kickmsg::detail::RegionState> direct = kickmsg::detail::open_region(name, nullptr);
};

} // namespace

TEST(GivenTime, AWaitSleepsAsLongAsItMayInSlicesAndNoLonger)
{
    Waiter w;
    for (bool const view : {false, true}) {
        for (nanoseconds const timeout :
             {1ns, 999ns, 1000000ns, 19999999ns, 20000000ns, 20000001ns, 45000000ns, 1000000000ns, 3000000007ns}) {
            GivenTime      time;
            uint64_t const begin = time.now;
            EXPECT_FALSE(receive(w.subscriber, view, timeout));
            EXPECT_EQ(time.sum(), timeout.count());
            EXPECT_EQ(time.now - begin, static_cast<uint64_t>(timeout.count()));
            int64_t expected = slice;
            for (std::size_t i = 0; i + 1 < time.asked.size(); ++i) {
                EXPECT_EQ(time.asked[i], expected) << "each slice but the last one is twice as long as the one before";
                expected = std::min(2 * expected, longest_slice);
            }
            EXPECT_LE(time.asked.back(), expected);
            EXPECT_LE(time.looks, time.asked.size() + 1);
            EXPECT_EQ(w.layout().sleepers().load(), 0U) << "it sleeps no more";
        }
    }
}

TEST(GivenTime, APublisherThatWaitsForRoomSleepsAsLongAsItHasWaitedAndTenMillisecondsAtMost)
{
    Name const     name;
    auto           region = make(name, small_config(64, 4));
    Publisher      publisher(region);
    Subscriber     subscriber(region);
    uint64_t const value = 1;
    while (publisher.try_send(&value, sizeof(value)) > 0) {
    }
    for (nanoseconds const timeout : {1ns, 49999ns, 50000ns, 50001ns, 5000000ns, 1000000007ns}) {
        GivenTime time;
        EXPECT_EQ(publisher.send_until(&value, sizeof(value), timeout), -EAGAIN);
        EXPECT_EQ(time.sum(), timeout.count());
        int64_t slept = 0;
        for (int64_t const most : time.asked) {
            EXPECT_EQ(most, std::min({timeout.count() - slept, 50000 + slept, int64_t{10000000}}));
            slept += most;
        }
    }
}

TEST(GivenTime, AWaitThatIsWokenForNothingSleepsOnlyForWhatIsLeft)
{
    Waiter w;
    for (bool const view : {false, true}) {
        GivenTime time([](int64_t) { return 3000000; });
        EXPECT_FALSE(receive(w.subscriber, view, 10ms));
        EXPECT_EQ(time.asked, (std::vector<int64_t>{10000000, 7000000, 4000000, 1000000}));
        time.asked.clear();
        EXPECT_FALSE(receive(w.subscriber, view, 28ms));
        EXPECT_EQ(time.asked.size(), 10U);
        EXPECT_EQ(time.asked.front(), slice);
        EXPECT_EQ(time.asked.back(), 1000000);
    }
}

TEST(GivenTime, AWaitThatSleepsTooLongSleepsNoMore)
{
    Waiter    w;
    GivenTime time([](int64_t) { return 3600000000000; });
    EXPECT_FALSE(w.subscriber.receive(45ms));
    EXPECT_EQ(time.asked, std::vector<int64_t>{slice});
}

TEST(GivenTime, AWaitThatMayNotSleepDoesNotEvenLookAtTheClock)
{
    Waiter    w;
    GivenTime time;
    for (bool const view : {false, true}) {
        for (nanoseconds const timeout : {0ns, -1ns, nanoseconds::min()}) {
            EXPECT_FALSE(receive(w.subscriber, view, timeout));
        }
        send(w.publisher, 1);
        EXPECT_TRUE(receive(w.subscriber, view, 45ms)) << "it is there already";
    }
    EXPECT_EQ(time.looks, 0U);
    EXPECT_TRUE(time.asked.empty());
}

TEST(GivenTime, AWaitForEverEndsWithTheMessageItIsWokenBy)
{
    Waiter w;
    for (bool const view : {false, true}) {
        uint32_t  sleeps = 0;
        GivenTime time([&](int64_t most) {
            EXPECT_EQ(w.layout().sleepers().load(), 1U) << "who sleeps says so";
            if (++sleeps == 5) {
                uint32_t const bell = w.layout().doorbell().load();
                send(w.publisher, 7);
                EXPECT_EQ(w.layout().doorbell().load(), bell + 1);
            }
            return most;
        });
        EXPECT_TRUE(receive(w.subscriber, view, nanoseconds::max()));
        EXPECT_EQ(time.asked, (std::vector<int64_t>{slice, 2 * slice, 4 * slice, 8 * slice, longest_slice}));
        EXPECT_EQ(w.layout().sleepers().load(), 0U);
    }
}

TEST(GivenTime, ASleeperIsWokenOnceAndNobodyElse)
{
    Waiter         w;
    uint64_t const before = wakes;
    send(w.publisher, 1);
    EXPECT_EQ(wakes, before) << "nobody sleeps";
    w.layout().sleepers().store(1);
    send(w.publisher, 2);
    EXPECT_EQ(wakes, before + 1);
    send(w.publisher, 3);
    EXPECT_EQ(wakes, before + 1) << "it has been woken";
}

TEST(GivenTime, AMessageWithTheLastSleepIsReceivedThoughTheTimeIsOver)
{
    Waiter    w;
    GivenTime time([&](int64_t most) {
        send(w.publisher, 7);
        return 2 * most;
    });
    EXPECT_TRUE(w.subscriber.receive(1ms));
    EXPECT_EQ(time.asked.size(), 1U);
}

TEST(GivenTime, ARecoveryIsDueAnIntervalAfterTheLastOneOrWhenThatLiesInTheFuture)
{
    Waiter         w;
    GivenTime      time;
    uint64_t const now  = time.now;
    auto&          last = w.direct->mapping().header().last_recovery;
    auto&          owed = w.direct->mapping().header().sweeps_owed;
    auto&          done = w.direct->mapping().header().sweeps_done;
    auto const     due  = [&](uint64_t stamp) {
        last.store(stamp);
        owed.fetch_add(1);
        bool const ran =
            kickmsg::detail::AutomaticRecovery(w.direct->mapping(), w.direct->participant().self()).run_if_due();
        EXPECT_EQ(last.load(), ran ? time.now : stamp) << "the stamp is of who ran";
        EXPECT_EQ(done.load() == owed.load(), ran);
        return ran;
    };
    for (uint64_t const stamp : {now, now - 1, now - interval + 1}) {
        EXPECT_FALSE(due(stamp)) << now - stamp << " ns ago";
    }
    for (uint64_t const stamp : {now - interval, now - interval - 1, uint64_t{0}, uint64_t{1}}) {
        EXPECT_TRUE(due(stamp)) << now - stamp << " ns ago";
    }
    for (uint64_t const ahead : {uint64_t{1}, interval - 1, interval, interval + 1, ~now}) {
        EXPECT_TRUE(due(now + ahead)) << "in " << ahead << " ns";
    }
    EXPECT_FALSE(due(now)) << "once in an interval";
    time.now = interval / 2; // just booted
    EXPECT_TRUE(due(~uint64_t{0})) << "a stamp of another boot";
    EXPECT_TRUE(due(now));
    EXPECT_FALSE(due(time.now - 1));
    kickmsg::detail::set_automatic_recovery(false);
    EXPECT_FALSE(due(0));
    kickmsg::detail::set_automatic_recovery(true);
}

TEST(GivenTime, ASendThatFindsThePoolEmptyRecoversWhenThatIsDueAndThenEvicts)
{
    for (bool const is_due : {false, true}) {
        Name const name;
        auto       region = make(name, small_config(4));
        auto const direct = kickmsg::detail::open_region(name, nullptr);
        auto&      layout = direct->mapping().layout();
        Publisher  publisher(region);
        Subscriber subscriber(region);
        GivenTime  time;
        for (uint64_t i = 0; i < 3; ++i) {
            send(publisher, i);
        }
        using Head = kickmsg::core::TaggedSlot<kickmsg::detail::Policy>;
        layout.head().store(Head::make(100, kickmsg::core::no_slot)); // the fourth slot is nowhere
        layout.sweeps_owed().fetch_add(1);
        direct->mapping().header().last_recovery.store(is_due ? time.now - interval : time.now - interval + 1);
        send(publisher, 3);
        EXPECT_EQ(receive_all(subscriber).size(), is_due ? 4U : 3U) << "the oldest message makes room for the newest";
        EXPECT_EQ(publisher.dropped(), 0U);
    }
}
