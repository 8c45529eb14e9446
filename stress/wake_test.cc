/// The wait/wake storm: no subscriber sleeps on while a message is there. The library sleeps in slices of 20 to 320 ms, which
/// would hide a lost wake from every test that only waits for the message; so the sleep itself is watched.
#include "Traffic.h"

#include "raw_region.h"

#include "kickmsg/os/Time.h"
#include "kickmsg/os/Wait.h"

#include <algorithm>
#include <cerrno>
#include <thread>

using namespace kickmsg_stress;

namespace {

/// What a subscriber's thread knows of its last sleep.
struct Sleep {
    uint64_t deadline = 0; ///< no time-out can have fired before
    bool     expired  = false;
    uint64_t count = 0, expirations = 0, longest = 0;
};
thread_local Sleep last_sleep;

} // namespace

// The library's sleep, by the linker's --wrap (CMakeLists.txt): it runs, and what came of it is noted. 64 bits are a long, or
// on Windows a long long.
#if defined(_WIN32)
#define REAL_WAIT __real__ZN7kickmsg2os4waitERSt6atomicIjEjjNSt6chrono8durationIxSt5ratioILx1ELx1000000000EEEE
#define WRAP_WAIT __wrap__ZN7kickmsg2os4waitERSt6atomicIjEjjNSt6chrono8durationIxSt5ratioILx1ELx1000000000EEEE
#else
#define REAL_WAIT __real__ZN7kickmsg2os4waitERSt6atomicIjEjjNSt6chrono8durationIlSt5ratioILl1ELl1000000000EEEE
#define WRAP_WAIT __wrap__ZN7kickmsg2os4waitERSt6atomicIjEjjNSt6chrono8durationIlSt5ratioILl1ELl1000000000EEEE
#endif
extern "C" {
void REAL_WAIT(std::atomic<uint32_t>& word, uint32_t expected, uint32_t sleeper, std::chrono::nanoseconds timeout);
void WRAP_WAIT(std::atomic<uint32_t>& word, uint32_t expected, uint32_t sleeper, std::chrono::nanoseconds timeout)
{
    last_sleep.deadline = kickmsg::monotonic_ns() + static_cast<uint64_t>(timeout.count());
    errno               = 0;
    REAL_WAIT(word, expected, sleeper, timeout);
    last_sleep.expired = errno == ETIMEDOUT;
    last_sleep.expirations += last_sleep.expired ? 1 : 0;
    last_sleep.longest = std::max(last_sleep.longest, static_cast<uint64_t>(timeout.count()));
    ++last_sleep.count;
}
}

namespace {

constexpr uint32_t sleepers      = 3;
constexpr uint64_t longest_slice = 320000000; ///< ns, as documented
constexpr uint64_t the_end       = 0;         ///< sent after the first lost wake: each one more would cost a slice

/// One publisher, which sends the next message when all have the last one.
class Storm {
public:
    explicit Storm(uint32_t rounds) : rounds_(rounds), sent_at_(rounds + 1), region_(kickmsg_test::make(name_)) {}

    void run()
    {
        std::vector<std::unique_ptr<kickmsg::Subscriber>> subscribers;
        std::vector<std::function<void()>>                bodies{[this] { publish(); }};
        for (uint32_t i = 0; i < sleepers; ++i) {
            subscribers.push_back(std::make_unique<kickmsg::Subscriber>(region_));
            bodies.push_back([this, i, &subscribers] { receive(*subscribers[i], i); });
        }
        run_together(bodies);
    }

    /// Before anybody joins.
    void start_doorbell(uint32_t rung)
    {
        kickmsg_test::RawRegion(name_).layout().doorbell().store(rung);
    }
    /// Returns: rings beyond the doorbell's wrap.
    uint64_t rung_beyond_wrap()
    {
        uint32_t const rung = kickmsg_test::RawRegion(name_).layout().doorbell().load();
        return rung < 1U << 31 ? rung : 0;
    }

    std::atomic<uint64_t> sleeps{0}, expired{0}, overslept{0}, longest{0}, too_long{0};

private:
    void publish()
    {
        Random             random(seed());
        kickmsg::Publisher publisher(region_);
        for (uint32_t round = 1; round <= rounds_; ++round) {
            while (received_.load() < uint64_t{sleepers} * (round - 1)) {
                std::this_thread::yield();
            }
            if (overslept.load() != 0) {
                kickmsg_test::send(publisher, the_end);
                return;
            }
            pause(random, round == 1);
            kickmsg_test::send(publisher, round);
            sent_at_[round].store(kickmsg::monotonic_ns()); // after the wake
        }
    }

    /// Until the others sleep, are about to, or, if `long_enough` and now and then, have slept some slices, each twice as long as the last.
    static void pause(Random& random, bool long_enough)
    {
        if (long_enough) {
            kickmsg::sleep(std::chrono::milliseconds(625)); // 20, 40, 80, 160 and 320: all there are
        } else if (below(random, 500) == 0) {
            kickmsg::sleep(
                std::chrono::milliseconds((20 << below(random, 4)) + 5)); // some slices, the last one broken off
        } else if (below(random, 4) == 0) {
            kickmsg::sleep(std::chrono::microseconds(below(random, 60)));
        } else {
            for (uint64_t spins = below(random, 4000); spins != 0; --spins) {
                sleepless_.store(spins, std::memory_order_relaxed);
            }
        }
    }

    void receive(kickmsg::Subscriber& subscriber, uint32_t who)
    {
        for (uint32_t round = 1; round <= rounds_; ++round) {
            last_sleep         = Sleep();
            auto const message = subscriber.receive(std::chrono::nanoseconds::max());
            ASSERT_TRUE(message.has_value()) << "subscriber " << who;
            uint64_t const value = *static_cast<uint64_t const*>(message->data());
            if (value == the_end) {
                return;
            }
            EXPECT_EQ(value, round);
            uint64_t sent_at = 0;
            while ((sent_at = sent_at_[round].load()) == 0) {
                std::this_thread::yield();
            }
            sleeps.fetch_add(last_sleep.count);
            expired.fetch_add(last_sleep.expirations);
            longest.fetch_add(last_sleep.longest == longest_slice ? 1 : 0);
            too_long.fetch_add(last_sleep.longest > longest_slice ? 1 : 0);
            // the wake had been done before the time-out could fire: there was nobody else to wake it
            overslept.fetch_add(last_sleep.expired && sent_at < last_sleep.deadline ? 1 : 0);
            received_.fetch_add(1);
        }
    }

    static inline std::atomic<uint64_t> sleepless_{0};

    uint32_t                           rounds_;
    std::vector<std::atomic<uint64_t>> sent_at_;
    std::atomic<uint64_t>              received_{0};
    kickmsg_test::Name                 name_{"storm"};
    kickmsg::SharedRegion              region_;
};

} // namespace

TEST(Scenario, WaitWakeStorm)
{
    auto const rounds = static_cast<uint32_t>(share_of(40000));
    Storm      storm(rounds);
    storm.run();
    EXPECT_EQ(storm.overslept.load(), 0U) << "slices of sleep that expired with a message there: a wake was lost";
    EXPECT_EQ(storm.too_long.load(), 0U) << "longer than a killed publisher may keep a subscriber asleep";
    Row("Scenario.WaitWakeStorm")
        .require("messages", rounds)
        .require("sleeps", storm.sleeps.load())
        .require("expired_slices", storm.expired.load())
        .require("slept_the_longest", storm.longest.load())
        .add("expired_with_a_message", storm.overslept.load());
}

TEST(Scenario, DoorbellAcrossItsWrap)
{
    auto const rounds = static_cast<uint32_t>(share_of(10000));
    Storm      storm(rounds);
    storm.start_doorbell(0U - rounds / 8);
    storm.run();
    EXPECT_EQ(storm.overslept.load(), 0U) << "slices of sleep that expired with a message there: a wake was lost";
    EXPECT_GT(storm.rung_beyond_wrap(), 0U) << "too few sleepers were woken";
    Row("Scenario.DoorbellAcrossItsWrap")
        .require("rung_beyond_wrap", storm.rung_beyond_wrap())
        .require("messages", rounds)
        .require("sleeps", storm.sleeps.load());
}
