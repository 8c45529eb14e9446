/// Scenarios of those that come and go: subscribers under traffic, late joiners, regions. See README.md.
#include "Traffic.h"

#include <array>
#if defined(_WIN32)
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
#else
#include <dirent.h>
#endif
#include <memory>
#include <thread>

using namespace kickmsg_stress;
using kickmsg_test::Name;

namespace {

constexpr uint32_t publishers = 3;

/// What each publisher has begun and finished to send, for those that join meanwhile.
struct Sendings {
    std::array<std::atomic<uint32_t>, publishers + 1> begun{}, finished{};
    std::atomic<uint32_t>                             sending{publishers};

    std::array<uint32_t, publishers + 1> read(std::array<std::atomic<uint32_t>, publishers + 1> const& of) const
    {
        std::array<uint32_t, publishers + 1> now{};
        for (uint32_t i = 1; i <= publishers; ++i) {
            now[i] = of[i].load();
        }
        return now;
    }
};

void publish(kickmsg::SharedRegion const& region, Sendings& sendings, uint32_t who, uint32_t messages)
{
    {
        kickmsg::Publisher publisher(region);
        for (uint32_t number = 1; number <= messages; ++number) {
            Message const message(who, number);
            sendings.begun[who].store(number);
            EXPECT_GT(publisher.send(message.data(), message.length()), 0);
            sendings.finished[who].store(number);
            if (number % 32 == 0) {
                std::this_thread::yield();
            }
        }
    }
    sendings.sending.fetch_sub(1);
}

struct Churn {
    std::atomic<uint64_t> joins{0}, received{0}, left_unread{0}, kept_views{0};
};

/// One stay. What was sent before it is not seen; what is seen is whole and in order; all that was sent during it, from
/// after the join to before `until`, is received or lost.
void stay(kickmsg::SharedRegion const& region, Sendings& sendings, Churn& churn, Random& random)
{
    auto const before = sendings.read(sendings.finished);
    Listener   listener(region);
    auto const joined = sendings.read(sendings.begun);
    churn.joins.fetch_add(1);
    std::optional<kickmsg::Subscriber::SampleView> view;
    for (uint64_t left = below(random, 200); left != 0; --left) {
        if (left == 7 && !view) {
            view = listener.subscriber.try_receive_view();
        } else if (!listener.take(left % 2 == 0)) {
            std::this_thread::yield();
        }
        for (auto const& [who, number] : listener.last) {
            EXPECT_GT(number, before[who]) << "publisher " << who << ": sent before the subscriber joined";
        }
    }
    uint64_t   sent_during = 0;
    auto const until       = sendings.read(sendings.finished);
    for (uint32_t i = 1; i <= publishers; ++i) {
        sent_during += until[i] > joined[i] ? until[i] - joined[i] : 0;
    }
    auto const unread = [&] { return view.has_value() ? 1U : 0U; };
    listener.drain(false);
    EXPECT_GE(listener.received + unread() + listener.subscriber.lost(), sent_during) << "messages are missing";
    EXPECT_EQ(listener.wrong, "");
    churn.received.fetch_add(listener.received);
    churn.kept_views.fetch_add(unread());
}

/// Leaves with messages unread, its view still out.
void leave_before_view(kickmsg::SharedRegion const& region, Churn& churn)
{
    std::optional<kickmsg::Subscriber::SampleView> view;
    {
        kickmsg::Subscriber subscriber(region);
        view = subscriber.receive_view(std::chrono::milliseconds(1));
    }
    if (view) {
        EXPECT_NE(Message::identify(view->data(), view->len()), 0U) << "a view that outlived its subscriber is corrupt";
        churn.left_unread.fetch_add(1);
    }
}

struct LateJoiners {
    std::atomic<uint64_t> joins{0}, in_the_middle{0}, received{0}, missed{0};
};

/// Joins after a random number of sends and stays to the end, with room for all: of each publisher, all from some number
/// on, which is none that was sent before the join, nor later than the first that was begun after it.
void join_late(kickmsg::SharedRegion const& region, Sendings& sendings, LateJoiners& late, uint32_t messages,
               uint64_t moment)
{
    while (sendings.finished[1].load() < moment) {
        std::this_thread::yield();
    }
    auto const                   before = sendings.read(sendings.finished);
    Listener                     listener(region);
    auto const                   joined = sendings.read(sendings.begun);
    std::map<uint32_t, uint32_t> first;
    for (bool last = false; !last;) {
        last = sendings.sending.load() == 0;
        while (listener.take(false)) {
            first.insert(listener.last.begin(), listener.last.end()); // keeps the first of each
        }
        std::this_thread::yield();
    }
    uint64_t expected = 0;
    for (uint32_t who = 1; who <= publishers; ++who) {
        uint32_t const begin = first.count(who) != 0 ? first[who] : messages + 1;
        EXPECT_GT(begin, before[who]) << "publisher " << who << ": sent before the subscriber joined";
        EXPECT_LE(begin, joined[who] + 1) << "publisher " << who << ": sent after the subscriber had joined, not seen";
        expected += messages + 1 - begin;
        late.missed.fetch_add(begin - 1);
    }
    EXPECT_EQ(listener.received, expected) << "messages are missing in between";
    EXPECT_EQ(listener.subscriber.lost(), 0U);
    EXPECT_EQ(listener.wrong, "");
    late.joins.fetch_add(1);
    late.in_the_middle.fetch_add(listener.received != 0 && listener.received != uint64_t{publishers} * messages ? 1
                                                                                                                : 0);
    late.received.fetch_add(listener.received);
}

#if defined(_WIN32)
std::size_t open_descriptors()
{
    DWORD handles = 0;
    return GetProcessHandleCount(GetCurrentProcess(), &handles) != 0 ? handles : 0;
}
#else
std::size_t open_descriptors()
{
    std::size_t count  = 0;
    DIR* const  folder = opendir("/proc/self/fd");
    while (folder != nullptr && readdir(folder) != nullptr) {
        ++count;
    }
    closedir(folder);
    return count;
}
#endif

} // namespace

TEST(Scenario, SubscriberChurn)
{
    auto const                         messages = static_cast<uint32_t>(share_of(400000));
    Name const                         name("churn");
    auto const                         cfg    = kickmsg_test::small_config(64, 8, 5);
    auto const                         region = kickmsg_test::make(name, cfg);
    Sendings                           sendings;
    Churn                              churn;
    Listener                           steady(region);
    std::vector<std::function<void()>> bodies;
    for (uint32_t who = 1; who <= publishers; ++who) {
        bodies.push_back([&, who] { publish(region, sendings, who, messages); });
    }
    for (uint32_t i = 0; i < 3; ++i) {
        bodies.push_back([&, i] {
            Random random(seed() + i);
            while (sendings.sending.load() != 0) {
                stay(region, sendings, churn, random);
                leave_before_view(region, churn);
            }
        });
    }
    bodies.push_back([&] {
        while (sendings.sending.load() != 0) {
            steady.drain(false);
            std::this_thread::yield();
        }
        steady.drain(false);
    });
    run_together(bodies);
    EXPECT_EQ(steady.wrong, "");
    EXPECT_EQ(steady.received + steady.subscriber.lost(), uint64_t{publishers} * messages);
    EXPECT_EQ(kickmsg_test::allocatable(name), cfg.pool_size);
    Row row("Scenario.SubscriberChurn");
    row.require("joins", churn.joins.load()).require("received", churn.received.load());
    row.require("views_held", churn.kept_views.load()).require("views_after_leaving", churn.left_unread.load());
}

TEST(Scenario, LateJoiners)
{
    constexpr uint32_t joiners = 4, messages = 1000;
    constexpr uint32_t room = 4096; // all that is sent fits into a ring
    Random             random(seed());
    LateJoiners        late;
    for (uint64_t round = 0; round < share_of(200) && !HasFailure(); ++round) {
        Name const name("late");
        auto const region = kickmsg_test::make(name, kickmsg_test::small_config(room, room, joiners));
        Sendings   sendings;
        std::vector<std::function<void()>> bodies;
        for (uint32_t who = 1; who <= publishers; ++who) {
            bodies.push_back([&, who] { publish(region, sendings, who, messages); });
        }
        for (uint32_t i = 0; i < joiners; ++i) {
            bodies.push_back(
                [&, moment = below(random, messages)] { join_late(region, sendings, late, messages, moment); });
        }
        run_together(bodies);
        EXPECT_EQ(kickmsg_test::allocatable(name), room);
    }
    Row row("Scenario.LateJoiners");
    row.require("joins", late.joins.load()).require("joins_in_the_middle", late.in_the_middle.load());
    row.require("received", late.received.load()).require("sent_before_a_join", late.missed.load());
}

TEST(Scenario, TenThousandRegions)
{
    constexpr uint64_t cycles      = 10000;
    std::size_t const  descriptors = open_descriptors();
    Name const         name("cycle");
    for (uint64_t i = 0; i < cycles && !HasFailure(); ++i) {
        auto                created = kickmsg_test::make(name);
        auto                opened  = kickmsg::SharedRegion::open(name);
        kickmsg::Subscriber subscriber(opened);
        kickmsg::Publisher  publisher(created);
        kickmsg_test::send(publisher, i);
        EXPECT_EQ(kickmsg_test::receive_all(subscriber), std::vector<uint64_t>{i});
        opened.unlink();
        EXPECT_TRUE(created.diagnose().unlinked);
        EXPECT_EQ(kickmsg_test::error_of([&] { kickmsg::SharedRegion::open(name); }).code(),
                  kickmsg::ErrorCode::NotFound);
    }
    EXPECT_EQ(open_descriptors(), descriptors) << "descriptors leak";
    Row("Scenario.TenThousandRegions").require("cycles", cycles);
}
