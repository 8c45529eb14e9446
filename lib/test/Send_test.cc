/// The publisher's calls one by one: what they return, what the subscriber sees, what they refuse.
#include "support.h"

#include <cerrno>
#include <cstring>
#include <optional>

using namespace kickmsg_test;
using kickmsg::Publisher;
using kickmsg::Subscriber;

namespace {

/// A region with one publisher and one subscriber.
struct Channel {
    explicit Channel(kickmsg::channel::Config const& cfg = small_config())
        : region(make(name, cfg)), publisher(region), subscriber(region)
    {
    }

    std::string received()
    {
        auto const sample = subscriber.try_receive();
        return sample ? std::string(static_cast<char const*>(sample->data()), sample->len()) : "nothing";
    }
    void* written(char const* text)
    {
        void* const room = publisher.allocate(std::strlen(text));
        if (room != nullptr) {
            std::memcpy(room, text, std::strlen(text));
        }
        return room;
    }

    Name                  name;
    kickmsg::SharedRegion region;
    Publisher             publisher;
    Subscriber            subscriber;
};

} // namespace

TEST(Send, ReturnsTheBytesAndDeliversThem)
{
    Channel c;
    EXPECT_EQ(c.publisher.send("hello", 5), 5);
    EXPECT_EQ(c.received(), "hello");
    EXPECT_EQ(c.received(), "nothing");
}

TEST(Send, CopiesBeforeItReturns)
{
    Channel c;
    char    text[] = "first";
    EXPECT_EQ(c.publisher.send(text, 5), 5);
    std::memcpy(text, "later", 5);
    EXPECT_EQ(c.received(), "first");
}

TEST(Send, ToNobodyIsNoError)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    EXPECT_EQ(publisher.send("hello", 5), 5);
    Subscriber subscriber(region);
    EXPECT_FALSE(subscriber.try_receive().has_value());
    EXPECT_EQ(subscriber.lost(), 0U);
}

TEST(Send, OfNoBytesIsAMessage)
{
    Channel c;
    EXPECT_EQ(c.publisher.send(nullptr, 0), 0);
    auto const sample = c.subscriber.try_receive();
    ASSERT_TRUE(sample.has_value());
    EXPECT_EQ(sample->len(), 0U);
    EXPECT_EQ(c.publisher.send(nullptr, 0), 0);
    auto const view = c.subscriber.try_receive_view();
    ASSERT_TRUE(view.has_value());
    EXPECT_TRUE(view->valid());
    EXPECT_EQ(view->len(), 0U);
}

TEST(Send, TakesTheLargestPayloadAndNotOneByteMore)
{
    Channel           c;
    std::string const largest(256, 'x');
    EXPECT_EQ(c.publisher.send(largest.data(), 256), 256);
    EXPECT_EQ(c.received(), largest);
    std::string const larger(257, 'y');
    EXPECT_EQ(c.publisher.send(larger.data(), 257), -EMSGSIZE);
    EXPECT_EQ(c.publisher.send(larger.data(), static_cast<std::size_t>(-1)), -EMSGSIZE);
    EXPECT_EQ(c.received(), "nothing");
    EXPECT_EQ(c.publisher.dropped(), 0U) << "too long is not for want of a slot";
    EXPECT_EQ(c.region.stats().pool_free, 63U) << "one slot is kept, none is lost";
}

TEST(Send, WhenViewsHoldTheWholePoolSaysSoAndCountsIt)
{
    Channel                             c(small_config(4));
    std::vector<Subscriber::SampleView> views;
    for (uint64_t i = 0; i < 4; ++i) {
        send(c.publisher, i);
        auto view = c.subscriber.try_receive_view();
        ASSERT_TRUE(view.has_value());
        views.push_back(std::move(*view));
    }
    EXPECT_EQ(c.publisher.send("hello", 5), -EAGAIN);
    EXPECT_EQ(c.publisher.dropped(), 1U);
    EXPECT_EQ(c.publisher.allocate(5), nullptr);
    EXPECT_EQ(c.publisher.dropped(), 2U);
    EXPECT_EQ(c.publisher.publish(), 0U);
    for (uint64_t i = 0; i < 4; ++i) {
        EXPECT_EQ(std::memcmp(views[i].data(), &i, sizeof(i)), 0) << "a view lost its message";
    }
    views.pop_back();
    EXPECT_EQ(c.publisher.send("hello", 5), 5);
    EXPECT_EQ(c.publisher.dropped(), 2U);
    EXPECT_EQ(c.received(), "hello");
    EXPECT_EQ(c.subscriber.lost(), 0U);
}

TEST(Send, AbandonsWhatWasAllocated)
{
    Channel c;
    ASSERT_NE(c.written("abandoned"), nullptr);
    EXPECT_EQ(c.publisher.send("sent", 4), 4);
    EXPECT_EQ(c.publisher.publish(), 0U);
    EXPECT_EQ(c.received(), "sent");
    EXPECT_EQ(c.received(), "nothing");
}

TEST(Publish, DeliversWhatWasWrittenInPlaceAndCountsTheRings)
{
    Channel    c;
    Subscriber second(c.region);
    ASSERT_NE(c.written("hello"), nullptr);
    EXPECT_EQ(c.received(), "nothing") << "an allocation is not a message";
    EXPECT_EQ(c.publisher.publish(), 2U);
    EXPECT_EQ(c.received(), "hello");
    auto const sample = second.try_receive();
    ASSERT_TRUE(sample.has_value());
    EXPECT_EQ(sample->len(), 5U);
}

TEST(Publish, ToNobodyReachesNoRing)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    ASSERT_NE(publisher.allocate(8), nullptr);
    EXPECT_EQ(publisher.publish(), 0U);
    EXPECT_EQ(publisher.publish(), 0U);
}

TEST(Publish, OfNothingAllocatedReachesNobody)
{
    Channel c;
    EXPECT_EQ(c.publisher.publish(), 0U);
    EXPECT_EQ(c.publisher.publish(0), 0U);
    EXPECT_EQ(c.received(), "nothing");
}

TEST(Publish, TwiceSendsOnce)
{
    Channel c;
    ASSERT_NE(c.written("once"), nullptr);
    EXPECT_EQ(c.publisher.publish(), 1U);
    EXPECT_EQ(c.publisher.publish(), 0U);
    EXPECT_EQ(c.received(), "once");
    EXPECT_EQ(c.received(), "nothing");
}

TEST(Publish, MayShortenWhatWasAllocated)
{
    Channel c;
    ASSERT_NE(c.written("shortened"), nullptr);
    EXPECT_EQ(c.publisher.publish(5), 1U);
    EXPECT_EQ(c.received(), "short");
    ASSERT_NE(c.written("emptied"), nullptr);
    EXPECT_EQ(c.publisher.publish(0), 1U);
    EXPECT_EQ(c.received(), "");
}

TEST(Publish, RefusesMoreThanWasAllocatedAndKeepsTheSlot)
{
    Channel c;
    ASSERT_NE(c.written("kept"), nullptr);
    EXPECT_EQ(c.publisher.publish(5), 0U);
    EXPECT_EQ(c.received(), "nothing");
    EXPECT_EQ(c.publisher.publish(4), 1U);
    EXPECT_EQ(c.received(), "kept");
}

TEST(Publish, WhatWasAbandonedIsPublishedNoMore)
{
    Channel c;
    ASSERT_NE(c.written("abandoned"), nullptr);
    c.publisher.abandon();
    EXPECT_EQ(c.publisher.publish(), 0U);
    c.publisher.abandon();
    EXPECT_EQ(c.received(), "nothing");
    ASSERT_NE(c.written("next"), nullptr);
    EXPECT_EQ(c.publisher.publish(), 1U);
    EXPECT_EQ(c.received(), "next");
}

/// A pool that small leaves no publisher a slot of its own.
TEST(Publish, WhatWasAbandonedIsFreeForOthers)
{
    Name const name;
    auto       region = make(name, small_config(1));
    Publisher  one(region), other(region);
    ASSERT_NE(one.allocate(8), nullptr);
    EXPECT_EQ(other.allocate(8), nullptr);
    one.abandon();
    EXPECT_NE(other.allocate(8), nullptr);
    other.abandon();
    Publisher const moved = std::move(other);
    other.abandon(); // NOLINT(bugprone-use-after-move): without effect
    EXPECT_EQ(allocatable(name), 1U);
}

TEST(Publish, AbandonedAllocationReachesNobody)
{
    Channel c;
    ASSERT_NE(c.written("abandoned"), nullptr);
    ASSERT_NE(c.written("second"), nullptr);
    EXPECT_EQ(c.publisher.publish(), 1U);
    EXPECT_EQ(c.received(), "second");
    EXPECT_EQ(c.received(), "nothing");
    EXPECT_EQ(c.region.stats().pool_free, 63U) << "one slot is kept, none is lost";
}

TEST(Publish, AllocationGoesBackWithItsPublisher)
{
    Name const name;
    auto       region = make(name);
    {
        Publisher publisher(region);
        ASSERT_NE(publisher.allocate(8), nullptr);
        EXPECT_EQ(region.stats().pool_free, 63U);
    }
    EXPECT_EQ(region.stats().pool_free, 64U);
    EXPECT_EQ(allocatable(name), 64U);
}

TEST(Allocate, RefusesMoreThanTheLargestPayload)
{
    Channel c;
    EXPECT_NE(c.publisher.allocate(256), nullptr);
    EXPECT_EQ(c.publisher.allocate(257), nullptr);
    EXPECT_EQ(c.publisher.dropped(), 0U);
}

TEST(Allocate, KeepsTheConfiguredAlignmentInEverySlot)
{
    for (uint32_t alignment = 1; alignment <= 4096; alignment *= 2) {
        kickmsg::channel::Config cfg = small_config(4);
        cfg.payload_alignment        = alignment;
        cfg.max_payload_size         = 100;
        Channel                             c(cfg);
        std::vector<Subscriber::SampleView> views;
        for (uint64_t i = 0; i < 4; ++i) {
            void* const room = c.publisher.allocate(100);
            EXPECT_EQ(reinterpret_cast<uintptr_t>(room) % alignment, 0U) << alignment;
            ASSERT_EQ(c.publisher.publish(), 1U);
            auto view = c.subscriber.try_receive_view();
            ASSERT_TRUE(view.has_value());
            EXPECT_EQ(reinterpret_cast<uintptr_t>(view->data()) % alignment, 0U) << alignment;
            views.push_back(std::move(*view));
        }
    }
}

TEST(Allocate, GivesEverySlotRoomOfItsOwn)
{
    Channel                             c(small_config(4));
    std::vector<Subscriber::SampleView> views;
    for (int fill = 1; fill <= 4; ++fill) {
        void* const room = c.publisher.allocate(256);
        ASSERT_NE(room, nullptr);
        std::memset(room, fill, 256);
        ASSERT_EQ(c.publisher.publish(), 1U);
        views.push_back(std::move(*c.subscriber.try_receive_view()));
    }
    for (int fill = 1; fill <= 4; ++fill) {
        std::string const expected(256, static_cast<char>(fill));
        EXPECT_EQ(std::string(static_cast<char const*>(views[static_cast<std::size_t>(fill) - 1].data()), 256),
                  expected);
    }
}
