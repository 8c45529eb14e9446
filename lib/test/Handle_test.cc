/// Publishers and subscribers that were moved, and the places that they take in a region.
#include "kickmsg/os/Liveness.h"
#include "support.h"

#include <cerrno>
#include <chrono>
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
    EXPECT_FALSE(from.receive(std::chrono::nanoseconds::max()).has_value()) << "and does not wait for it";
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
