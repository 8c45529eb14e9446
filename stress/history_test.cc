/// Histories of real threads, recorded and checked: rings by their positions, the pool by its holds.
#include "History.h"
#include "Traffic.h"

#include <algorithm>
#include <thread>

using namespace kickmsg_stress;

namespace {

template <class T, std::size_t N>
T pick(Random& random, T const (&of)[N])
{
    return of[below(random, N)];
}

/// Sends that began before an earlier one had ended: without any, nothing was put to the test.
uint64_t overlapping(std::vector<Sent> sent)
{
    std::sort(sent.begin(), sent.end(), [](Sent const& a, Sent const& b) { return a.when.begin < b.when.begin; });
    uint64_t count = 0;
    uint64_t ended = 0;
    for (Sent const& one : sent) {
        count += one.when.begin < ended ? 1 : 0;
        ended = std::max(ended, one.when.end);
    }
    return count;
}

/// One region, its threads and what they noted.
class RingRecording {
public:
    RingRecording(Random& random)
        : publishers_(2 + static_cast<uint32_t>(below(random, 3))),
          subscribers_(1 + static_cast<uint32_t>(below(random, 2))), messages_(pick(random, {20U, 100U, 500U})),
          name_("history"), region_(kickmsg_test::make(name_, config(random))), sending_(publishers_),
          sent_(publishers_), histories_(subscribers_)
    {
    }

    std::vector<RingHistory> const& record()
    {
        std::vector<std::unique_ptr<kickmsg::Subscriber>> subscribers;
        std::vector<std::function<void()>>                bodies;
        for (uint32_t i = 0; i < subscribers_; ++i) {
            subscribers.push_back(std::make_unique<kickmsg::Subscriber>(region_));
            histories_[i].start = region_.stats().rings[i].position;
            bodies.push_back([this, i, &subscribers] { listen(*subscribers[i], histories_[i]); });
        }
        for (uint32_t i = 0; i < publishers_; ++i) {
            bodies.push_back([this, i] { publish(i); });
        }
        run_together(bodies);
        for (auto& history : histories_) {
            for (auto const& sent : sent_) {
                history.sent.insert(history.sent.end(), sent.begin(), sent.end());
            }
        }
        return histories_;
    }

private:
    kickmsg::channel::Config config(Random& random) const
    {
        uint32_t const capacity = pick(random, {2U, 4U, 16U, 64U});
        uint32_t const ample    = subscribers_ * capacity + 4 * publishers_;
        return kickmsg_test::small_config(pick(random, {ample, publishers_ + 2}), capacity, subscribers_);
    }

    void publish(uint32_t who)
    {
        {
            kickmsg::Publisher publisher(region_);
            for (uint32_t number = 1; number <= messages_; ++number) {
                Message const  message(who + 1, number);
                uint64_t const begin = stamp();
                bool const     sent  = publisher.send(message.data(), message.length()) > 0;
                uint64_t const end   = stamp();
                if (sent) {
                    sent_[who].push_back({who + 1, number, {begin, end}});
                }
                if (number % 8 == who) {
                    std::this_thread::yield(); // or each sends all in one slice of its processor
                }
            }
        }
        sending_.fetch_sub(1);
    }

    void listen(kickmsg::Subscriber& subscriber, RingHistory& history)
    {
        for (bool last = false; !last;) {
            last = sending_.load() == 0; // what is there now, is all
            while (receive(subscriber, history)) {
            }
            std::this_thread::yield();
        }
        history.lost = subscriber.lost();
    }

    static bool receive(kickmsg::Subscriber& subscriber, RingHistory& history)
    {
        uint64_t const begin   = stamp();
        auto const     message = subscriber.try_receive();
        uint64_t const end     = stamp();
        if (message) {
            uint64_t const identity = Message::identify(message->data(), message->len());
            history.received.push_back({static_cast<uint32_t>(identity >> 32),
                                        static_cast<uint32_t>(identity),
                                        message->ring_pos(),
                                        {begin, end}});
        }
        return message.has_value();
    }

    uint32_t                       publishers_, subscribers_, messages_;
    kickmsg_test::Name             name_;
    kickmsg::SharedRegion          region_;
    std::atomic<uint32_t>          sending_;
    std::vector<std::vector<Sent>> sent_;
    std::vector<RingHistory>       histories_;
};

struct PoolNotes {
    std::vector<std::pair<void*, Hold>> holds;
    std::vector<Interval>               empty;
};

/// Allocates and publishes to nobody: a pop and a push.
void use_pool(kickmsg::SharedRegion const& region, uint32_t rounds, PoolNotes& notes)
{
    kickmsg::Publisher publisher(region);
    for (uint32_t i = 0; i < rounds; ++i) {
        Hold hold{};
        hold.pop.begin   = stamp();
        void* const slot = publisher.allocate(8);
        hold.pop.end     = stamp();
        if (slot == nullptr) {
            notes.empty.push_back(hold.pop);
            continue;
        }
        if (i % 16 == 0) {
            std::this_thread::yield(); // holds it over the others' turns
        }
        hold.push.begin = stamp();
        publisher.publish();
        hold.push.end = stamp();
        notes.holds.emplace_back(slot, hold);
    }
}

PoolHistory record_pool(Random& random)
{
    uint32_t const           threads = 2 + static_cast<uint32_t>(below(random, 3));
    kickmsg_test::Name const name("pool");
    auto                     cfg    = kickmsg_test::small_config(pick(random, {1U, 2U, 3U, 5U})); // none kept
    auto const               region = kickmsg_test::make(name, cfg);
    uint32_t const           rounds = pick(random, {200U, 20000U});
    std::vector<PoolNotes>   notes(threads);

    std::vector<std::function<void()>> bodies;
    for (auto& of_thread : notes) {
        bodies.push_back([&] { use_pool(region, rounds, of_thread); });
    }
    run_together(bodies);
    PoolHistory               history;
    std::map<void*, uint32_t> slots;
    for (auto& of_thread : notes) {
        for (auto& [slot, hold] : of_thread.holds) {
            hold.slot = slots.emplace(slot, static_cast<uint32_t>(slots.size())).first->second;
            history.holds.push_back(hold);
        }
        history.empty.insert(history.empty.end(), of_thread.empty.begin(), of_thread.empty.end());
    }
    EXPECT_LE(slots.size(), cfg.pool_size);
    EXPECT_EQ(region.stats().corrupt, 0U);
    history.slots = cfg.pool_size;
    return history;
}

} // namespace

TEST(History, OfARingIsExplainedByItsPositions)
{
    Random   random(seed());
    uint64_t histories = 0, sends = 0, received = 0, lost = 0, overlaps = 0;
    // Where the kernel gives the threads one processor after the other, no two sends overlap for long: then it continues.
    uint64_t const enough = share_of(2000);
    for (uint64_t i = 0; (i < enough || (overlaps == 0 && i < 50 * enough)) && !HasFailure(); ++i) {
        RingRecording recording(random);
        for (auto const& history : recording.record()) {
            EXPECT_EQ(check(history), "") << "seed " << seed() << ", recording " << i;
            ++histories;
            sends += history.sent.size();
            received += history.received.size();
            lost += history.lost;
            overlaps += overlapping(history.sent);
        }
    }
    Row row("RingHistories");
    row.require("histories", histories).require("sends", sends).require("received", received);
    row.require("lost", lost).require("overlapping_sends", overlaps);
}

TEST(History, OfAPoolHasNoHoldsThatOverlap)
{
    Random   random(seed());
    uint64_t histories = 0, holds = 0, empty = 0;
    for (uint64_t i = 0; i < share_of(500) && !HasFailure(); ++i, ++histories) {
        auto const history = record_pool(random);
        EXPECT_EQ(check(history), "") << "seed " << seed() << ", recording " << i;
        holds += history.holds.size();
        empty += history.empty.size();
    }
    Row row("PoolHistories");
    row.require("histories", histories).require("holds", holds).require("empty_answers", empty);
}
