/// Publishers and subscribers that were moved, and the places that they take in a region.
#include "kickmsg/os/Liveness.h"
#include "support.h"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <type_traits>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;

namespace {

bool contains(Error const& error, std::string const& text)
{
    return std::string(error.what()).find(text) != std::string::npos;
}

} // namespace

TEST(Handle, CanBeMovedAndNotCopied)
{
    static_assert(!std::is_copy_constructible_v<Publisher> && !std::is_copy_assignable_v<Publisher>);
    static_assert(!std::is_copy_constructible_v<Subscriber> && !std::is_copy_assignable_v<Subscriber>);
    static_assert(!std::is_copy_constructible_v<SharedRegion> && !std::is_copy_assignable_v<SharedRegion>);
    static_assert(!std::is_copy_constructible_v<Subscriber::SampleView>);
    static_assert(std::is_nothrow_move_constructible_v<Publisher> && std::is_nothrow_move_assignable_v<Publisher>);
    static_assert(std::is_nothrow_move_constructible_v<Subscriber> && std::is_nothrow_move_assignable_v<Subscriber>);
    static_assert(std::is_nothrow_move_constructible_v<SharedRegion>);
}

TEST(Handle, APublisherThatWasMovedFromAnswersWithValues)
{
    Name const name;
    auto       region = make(name);
    Subscriber subscriber(region);
    Publisher  from(region);
    void*      room = from.allocate(1);
    ASSERT_NE(room, nullptr);
    *static_cast<char*>(room) = 'm';
    Publisher to              = std::move(from);
    EXPECT_EQ(from.send("x", 1), -EBADF);
    EXPECT_EQ(from.allocate(1), nullptr);
    EXPECT_EQ(from.publish(), 0U);
    EXPECT_EQ(from.publish(0), 0U);
    EXPECT_EQ(from.dropped(), 0U);
    EXPECT_EQ(to.publish(), 1U) << "the allocation moves along";
    auto const sample = subscriber.try_receive();
    ASSERT_TRUE(sample.has_value());
    EXPECT_EQ(*static_cast<char const*>(sample->data()), 'm');
}

TEST(Handle, ASubscriberThatWasMovedFromAnswersWithNothing)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber from(region);
    send(publisher, 1);
    Subscriber to = std::move(from);
    EXPECT_FALSE(from.try_receive().has_value());
    EXPECT_FALSE(from.try_receive_view().has_value());
    EXPECT_FALSE(from.receive(std::chrono::nanoseconds::max()).has_value()) << "and does not wait for ever";
    EXPECT_FALSE(from.receive_view(std::chrono::nanoseconds::max()).has_value());
    EXPECT_EQ(from.lost(), 0U);
    EXPECT_EQ(receive_all(to), std::vector<uint64_t>{1});
}

TEST(Handle, AssignmentLeavesThePlaceOfTheFormerOne)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber one(region);
    Subscriber other(region);
    send(publisher, 1);
    one = std::move(other);
    EXPECT_EQ(region.diagnose().live_rings, 1U);
    EXPECT_EQ(receive_all(one), std::vector<uint64_t>{1});

    Publisher second(region);
    publisher = std::move(second);
    EXPECT_EQ(publisher.send("x", 1), 1);
    EXPECT_EQ(region.stats().participants.size(), 3U) << "the region, one publisher, one subscriber";
}

TEST(Handle, OfARegionThatWasMovedFromIsRefused)
{
    Name const   name;
    auto         from = make(name);
    SharedRegion to   = std::move(from);
    EXPECT_EQ(error_of([&] { Publisher publisher(from); }).code(), ErrorCode::InvalidHandle);
    EXPECT_EQ(error_of([&] { Subscriber subscriber(from); }).code(), ErrorCode::InvalidHandle);
    EXPECT_EQ(error_of([&] { from.name(); }).code(), ErrorCode::InvalidHandle);
    EXPECT_EQ(error_of([&] { from.recover(); }).code(), ErrorCode::InvalidHandle);
    EXPECT_EQ(to.name(), name.str());
}

TEST(Handle, OneSubscriberTooManyIsToldTheLimitAndWhoLives)
{
    Name const                             name;
    auto                                   region = make(name, small_config(64, 8, 2));
    std::vector<std::optional<Subscriber>> subscribers(2);
    for (auto& subscriber : subscribers) {
        subscriber.emplace(region);
    }
    Error const error = error_of([&] { Subscriber third(region); });
    EXPECT_EQ(error.code(), ErrorCode::NoFreeRing);
    EXPECT_EQ(error.object(), name.str());
    EXPECT_TRUE(contains(error, "max_subscribers = 2")) << error.what();
    std::string const me = "subscriber pid " + std::to_string(kickmsg::os::process_id());
    EXPECT_TRUE(contains(error, me + ", " + me)) << error.what();
    EXPECT_EQ(region.stats().participants.size(), 3U) << "the refused one left something behind";
    subscribers[0].reset();
    Subscriber const instead(region);
    EXPECT_EQ(region.diagnose().live_rings, 2U);
}

TEST(Handle, OnePublisherTooManyIsToldTheLimitAndWhoLives)
{
    Name const                            name;
    auto                                  region = make(name);
    std::vector<std::optional<Publisher>> publishers(4);
    for (auto& publisher : publishers) {
        publisher.emplace(region);
    }
    Error const error = error_of([&] { Publisher fifth(region); });
    EXPECT_EQ(error.code(), ErrorCode::NoFreeRecord);
    EXPECT_EQ(error.object(), name.str());
    EXPECT_TRUE(contains(error, "max_publishers = 4")) << error.what();
    EXPECT_TRUE(contains(error, "publisher pid " + std::to_string(kickmsg::os::process_id()))) << error.what();
    publishers[3].reset();
    Publisher instead(region);
    EXPECT_EQ(instead.send("x", 1), 1);
}

TEST(Handle, OneOpenRegionTooManyIsToldTheLimit)
{
    Name const                               name;
    auto                                     region = make(name);
    std::vector<std::optional<SharedRegion>> others(15); // with `region`: max_subscribers + max_publishers + 8 = 16
    for (auto& other : others) {
        other.emplace(SharedRegion::open(name));
    }
    Error const error = error_of([&] { SharedRegion::open(name); });
    EXPECT_EQ(error.code(), ErrorCode::NoFreeRecord);
    EXPECT_TRUE(contains(error, "max_subscribers + max_publishers + 8 = 16")) << error.what();
    Publisher  publisher(region); // has a record of its own
    Subscriber subscriber(region);
    send(publisher, 1);
    EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{1});
    others[7].reset();
    EXPECT_EQ(SharedRegion::open(name).name(), name.str());
}

TEST(Handle, SaysWhetherItCanBeUsed)
{
    static_assert(!std::is_convertible_v<Publisher, bool> && !std::is_convertible_v<Subscriber, bool>);
    static_assert(!std::is_convertible_v<SharedRegion, bool> && !std::is_convertible_v<Subscriber::SampleView, bool>);
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber subscriber(region);
    send(publisher, 1);
    auto view = subscriber.try_receive_view();
    ASSERT_TRUE(view);
    EXPECT_TRUE(region && publisher && subscriber && *view);
    SharedRegion           other_region     = std::move(region);
    Publisher              other_publisher  = std::move(publisher);
    Subscriber             other_subscriber = std::move(subscriber);
    Subscriber::SampleView other_view       = std::move(*view);
    EXPECT_FALSE(region || publisher || subscriber || *view);
    EXPECT_TRUE(other_region && other_publisher && other_subscriber && other_view);
#if !defined(_WIN32)
    Child child([&](Child&) {
        bool const is_inert = !other_region && !other_publisher && !other_subscriber && !other_view;
        return is_inert && !other_subscriber.stale() && !other_publisher.stale() ? 0 : 1;
    });
    EXPECT_EQ(child.join(), 0) << "what a forked child inherited";
#endif
}

namespace {

/// How often receive(timeout) and receive_view(timeout) answer within `span`, which is at least that.
template <class Duration>
int turns_of(Subscriber& subscriber, Duration timeout, std::chrono::milliseconds span)
{
    auto const end   = std::chrono::steady_clock::now() + span;
    int        turns = 0;
    while (std::chrono::steady_clock::now() < end) {
        EXPECT_FALSE(subscriber.receive(timeout));
        EXPECT_FALSE(subscriber.receive_view(timeout));
        turns += 2;
    }
    return turns;
}

} // namespace

/// A daemon that forked after it had subscribed loops over a handle that is none: it must not burn a processor.
TEST(Handle, ThatIsUnusableDoesNotMakeALoopOverReceiveSpin)
{
    Name const name;
    auto       region = make(name);
    Subscriber from(region);
    Subscriber to = std::move(from);
    EXPECT_LE(turns_of(from, 20ms, 100ms), 2 * 5);
    EXPECT_LE(turns_of(from, std::chrono::nanoseconds::max(), 250ms), 2 * 2);
    EXPECT_LE(turns_of(from, std::chrono::hours::max(), 250ms), 2 * 2);
    EXPECT_FALSE(from.receive(0ns));
    EXPECT_FALSE(from.receive(-1s)) << "a look is a look";
#if !defined(_WIN32)
    Child child([&](Child&) { return turns_of(to, 20ms, 100ms) <= 2 * 5 ? 0 : 1; });
    EXPECT_EQ(child.join(), 0) << "what a forked child inherited";
#endif
}

TEST(Handle, ARefusalNamesTenOfTheLivingAndCountsTheRest)
{
    Name const                             name;
    auto                                   region = make(name, small_config(64, 8, 32));
    std::vector<std::optional<Subscriber>> subscribers(32);
    for (auto& subscriber : subscribers) {
        subscriber.emplace(region);
    }
    Error const       error = error_of([&] { Subscriber one_more(region); });
    std::string const text  = error.what();
    std::size_t       named = 0;
    for (std::size_t at = text.find(" pid "); at != std::string::npos; at = text.find(" pid ", at + 1)) {
        ++named;
    }
    EXPECT_EQ(named, 10U) << text;
    EXPECT_TRUE(contains(error, " and 23 more")) << text << ": 32 subscribers and the region live";
    EXPECT_LT(text.size(), 500U);
}

#if !defined(_WIN32)
namespace {

/// Static objects of a program, destroyed in the reverse order: the region first, the handles after it, the views last.
int exit_with_static_handles(std::string const& name)
{
    static std::optional<Subscriber::SampleView> view;
    static std::optional<Subscriber>             subscriber;
    static std::optional<Publisher>              publisher;
    static std::optional<SharedRegion>           region;
    region.emplace(SharedRegion::open(name));
    publisher.emplace(*region);
    subscriber.emplace(*region);
    send(*publisher, 1);
    send(*publisher, 2);
    view = subscriber->try_receive_view();
    std::exit(view && subscriber->try_receive() ? 0 : 1);
}

} // namespace

TEST(Handle, MayBeAStaticObjectOfAProgramThatExits)
{
    Name const name;
    auto       region = make(name);
    Child      child([&](Child&) { return exit_with_static_handles(name); });
    EXPECT_EQ(child.join(), 0);
    auto const health = region.diagnose();
    EXPECT_EQ(health.dead_participants + health.retired_rings + health.draining_rings + health.live_rings, 0U)
        << "not everything was left";
    EXPECT_EQ(allocatable(name), 64U);
}
#endif
