/// Durations of every unit and number type mean what they say, up to their ends.
#include "support.h"

#include "kickmsg/Duration.h"
#include "kickmsg/os/Liveness.h"
#include "kickmsg/os/Time.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>
#include <thread>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Publisher;
using kickmsg::saturated;
using kickmsg::Subscriber;
using std::chrono::duration;

namespace {

constexpr int64_t most  = std::numeric_limits<int64_t>::max();
constexpr int64_t least = std::numeric_limits<int64_t>::min();

using Real    = duration<double>;
using Pico    = duration<int64_t, std::pico>;
using Atto    = duration<int64_t, std::atto>;
using Thirds  = duration<int64_t, std::ratio<1, 3>>;
using Frames  = duration<int, std::ratio<1001, 30000>>;
using Exa     = duration<int8_t, std::exa>;
using Counted = duration<uint64_t, std::nano>;

constexpr double infinite = std::numeric_limits<double>::infinity();

template <class Duration>
constexpr bool becomes(Duration from, int64_t nanoseconds)
{
    return saturated(from).count() == nanoseconds;
}

static_assert(becomes(0s, 0) && becomes(1ns, 1) && becomes(-1ns, -1) && becomes(100ms, 100000000) &&
              becomes(-2h, -7200000000000));
static_assert(becomes(std::chrono::nanoseconds::max(), most) && becomes(std::chrono::nanoseconds::min(), least));
static_assert(becomes(std::chrono::microseconds::max(), most) && becomes(std::chrono::microseconds::min(), least));
static_assert(becomes(std::chrono::milliseconds::max(), most) && becomes(std::chrono::milliseconds::min(), least));
static_assert(becomes(std::chrono::seconds::max(), most) && becomes(std::chrono::seconds::min(), least));
static_assert(becomes(std::chrono::hours::max(), most) && becomes(std::chrono::hours::min(), least));
static_assert(becomes(std::chrono::hours(24L * 365 * 300), most) &&
              becomes(std::chrono::hours(-24L * 365 * 300), least));
static_assert(becomes(9223372036s, 9223372036000000000) && becomes(9223372037s, most));
static_assert(becomes(-9223372036s, -9223372036000000000) && becomes(-9223372037s, least));
static_assert(becomes(Counted(static_cast<uint64_t>(most)), most) && becomes(Counted(~uint64_t{0}), most));
static_assert(becomes(Pico(1), 1) && becomes(Pico(1000), 1) && becomes(Pico(1001), 2) && becomes(Pico(0), 0));
static_assert(becomes(Pico::max(), most / 1000 + 1) && becomes(Atto(1), 1) && becomes(Atto::max(), 9223372037));
static_assert(becomes(Thirds(1), 333333334) && becomes(Thirds(3), 1000000000) && becomes(Thirds::max(), most));
static_assert(becomes(Frames(30000), 1001000000000) && becomes(Frames(1), 33366667));
static_assert(becomes(Exa(1), most) && becomes(Exa(-1), least) && becomes(Exa(0), 0));

} // namespace

TEST(Duration, OfRealNumbersBecomesTheNearestThatThereIs)
{
    struct Case {
        double  seconds;
        int64_t nanoseconds;
    };
    Case const cases[] = {
        {0.0, 0},           {-0.0, 0},
        {0.1, 100000000},   {-0.1, -100000000},
        {1e-12, 1},         {-1e-12, 0},
        {1.5, 1500000000},  {9.3e9, most},
        {-9.3e9, least},    {1e300, most},
        {-1e300, least},    {infinite, most},
        {-infinite, least}, {std::numeric_limits<double>::quiet_NaN(), 0},
    };
    for (Case const& test : cases) {
        EXPECT_EQ(saturated(Real(test.seconds)).count(), test.nanoseconds) << test.seconds << " s";
    }
    EXPECT_EQ(saturated(Real::max()).count(), most);
    EXPECT_EQ(saturated(duration<float, std::milli>(3e38F)).count(), most);
    EXPECT_EQ(saturated(duration<long double, std::exa>(1.0L)).count(), most);
    EXPECT_EQ(saturated(duration<double, std::nano>(0.25)).count(), 1) << "a wait, not a look";
}

namespace {

/// `wait()` takes at least that.
template <class Wait>
void expect_20_ms(char const* said, Wait wait)
{
    auto const begin = std::chrono::steady_clock::now();
    wait();
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 20ms) << said;
}

} // namespace

TEST(Duration, OfAnyUnitIsTakenWhereverTheLibraryWaits)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber subscriber(region);
    EXPECT_FALSE(subscriber.receive({}));
    EXPECT_FALSE(subscriber.receive(0ns));
    EXPECT_FALSE(subscriber.receive(std::chrono::hours::min()));
    EXPECT_FALSE(subscriber.receive(Real(-infinite)));
    EXPECT_FALSE(subscriber.receive(Real(std::numeric_limits<double>::quiet_NaN())));
    EXPECT_FALSE(subscriber.receive_view(std::chrono::seconds::min()));
    EXPECT_FALSE(subscriber.receive_view(Pico(1)));
    kickmsg::sleep(std::chrono::hours::min());
    kickmsg::sleep(Real(-1.0));
    uint64_t const me = kickmsg::os::process_id();
    EXPECT_EQ(region.recover(me, std::chrono::hours::min()).still_alive, 3U) << "the region and both handles";
    EXPECT_EQ(region.recover(me, Real(-infinite)).still_alive, 3U);
    expect_20_ms("receive", [&] { EXPECT_FALSE(subscriber.receive(Real(0.02))); });
    expect_20_ms("receive_view", [&] { EXPECT_FALSE(subscriber.receive_view(Frames(1))); });
    expect_20_ms("sleep", [] { kickmsg::sleep(Real(0.02)); });
    expect_20_ms("recover", [&] { EXPECT_EQ(region.recover(me, Real(0.02)).still_alive, 3U); });
    EXPECT_EQ(region.recover(1, std::chrono::hours::max()).still_alive, 0U);
}

namespace {

/// A receive of `timeout`, which is for ever, ends with the message that is sent some wait slices later, and not before.
template <class Duration>
void expect_for_ever(Subscriber& subscriber, Publisher& publisher, Duration timeout, char const* said)
{
    std::atomic<bool> sent{false};
    std::thread       late([&] {
        kickmsg::sleep(50ms);
        sent = true;
        send(publisher, 1);
    });
    bool const        copied = subscriber.receive(timeout).has_value();
    EXPECT_TRUE(copied && sent) << said;
    late.join();
    if (!copied) {
        receive_all(subscriber);
    }
}

} // namespace

TEST(Duration, ThatIsTheLargestOfItsUnitWaitsForEver)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber subscriber(region);
    expect_for_ever(subscriber, publisher, std::chrono::nanoseconds::max(), "nanoseconds");
    expect_for_ever(subscriber, publisher, std::chrono::microseconds::max(), "microseconds");
    expect_for_ever(subscriber, publisher, std::chrono::milliseconds::max(), "milliseconds");
    expect_for_ever(subscriber, publisher, std::chrono::seconds::max(), "seconds");
    expect_for_ever(subscriber, publisher, std::chrono::hours::max(), "hours");
    expect_for_ever(subscriber, publisher, std::chrono::hours(24L * 365 * 300), "300 years");
    expect_for_ever(subscriber, publisher, Real(infinite), "infinity");
    expect_for_ever(subscriber, publisher, Real::max(), "the largest double");
}
