/// Zero-copy views: how long they live, which threads may drop them, what they keep.
#include "support.h"

#include <cstring>
#include <optional>
#include <thread>

using namespace kickmsg_test;
using kickmsg::Publisher;
using kickmsg::Subscriber;
using View = Subscriber::SampleView;

namespace {

uint64_t value_of(View const& view)
{
    uint64_t value = 0;
    EXPECT_EQ(view.len(), sizeof(value));
    std::memcpy(&value, view.data(), sizeof(value));
    return value;
}

} // namespace

TEST(View, KeepsItsMessageWhateverIsSentAfterwards)
{
    Name const name;
    auto       region = make(name, small_config(8));
    Publisher  publisher(region);
    Subscriber subscriber(region);
    send(publisher, 42);
    auto const view = subscriber.try_receive_view();
    for (uint64_t i = 0; i < 1000; ++i) {
        send(publisher, i);
    }
    EXPECT_EQ(value_of(*view), 42U);
    EXPECT_EQ(allocatable(name), 0U) << "seven unread and the view";
}

TEST(View, OutlivesItsSubscriberAndKeepsTheRingUntilItIsDropped)
{
    Name const          name;
    auto                region = make(name, small_config(8, 8, 1));
    Publisher           publisher(region);
    std::optional<View> view;
    {
        Subscriber subscriber(region);
        send(publisher, 1);
        send(publisher, 2);
        view = subscriber.try_receive_view();
    }
    EXPECT_TRUE(view->valid());
    EXPECT_EQ(value_of(*view), 1U);
    EXPECT_EQ(region.diagnose().draining_rings, 1U);
    EXPECT_EQ(allocatable(name), 7U) << "the unread message went with its subscriber";
    EXPECT_EQ(error_of([&] { Subscriber next(region); }).code(), kickmsg::ErrorCode::NoFreeRing);
    send(publisher, 3);
    EXPECT_EQ(value_of(*view), 1U);
    view.reset();
    EXPECT_EQ(region.diagnose().draining_rings, 0U);
    EXPECT_EQ(allocatable(name), 8U);
    Subscriber next(region);
}

TEST(View, OutlivesItsRegionObjectAndItsName)
{
    Name const          name;
    std::optional<View> view;
    {
        auto       region = make(name);
        Publisher  publisher(region);
        Subscriber subscriber(region);
        send(publisher, 11);
        view = subscriber.try_receive_view();
        region.unlink();
    }
    EXPECT_EQ(value_of(*view), 11U);
}

TEST(View, SurvivesRecoveryByOthers)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber subscriber(region);
    send(publisher, 5);
    auto const view  = subscriber.try_receive_view();
    auto       other = kickmsg::SharedRegion::open(name);
    EXPECT_EQ(other.reclaim_orphaned_slots(), 0U);
    other.recover();
    for (uint64_t i = 0; i < 200; ++i) {
        send(publisher, i);
    }
    EXPECT_EQ(value_of(*view), 5U);
}

TEST(View, MayBeDroppedByAnotherThreadAfterItsSubscriberIsGone)
{
    Name const name;
    auto       region = make(name, small_config(8));
    Publisher  publisher(region);
    for (int round = 0; round < 200; ++round) {
        std::vector<View> views;
        {
            Subscriber subscriber(region);
            for (uint64_t i = 0; i < 4; ++i) {
                send(publisher, i);
                views.push_back(std::move(*subscriber.try_receive_view()));
            }
            std::thread dropper([&] { views.erase(views.begin(), views.begin() + 2); });
            dropper.join();
        }
        std::thread dropper([&] { views.clear(); });
        dropper.join();
    }
    EXPECT_EQ(allocatable(name), 8U);
    EXPECT_EQ(region.stats().participants.size(), 2U);
}

TEST(View, DroppedByAnotherThreadWhileItsSubscriberReceives)
{
    Name const name;
    auto       region = make(name, small_config(4));
    Publisher  publisher(region);
    Subscriber subscriber(region);
    for (uint64_t i = 0; i < 2000; ++i) {
        send(publisher, i);
        auto        view = subscriber.try_receive_view();
        std::thread dropper;
        if (i % 20 == 0) {
            dropper = std::thread([moved = std::move(*view)]() mutable { View const gone = std::move(moved); });
        }
        view.reset();
        send(publisher, i + 1);
        EXPECT_TRUE(subscriber.try_receive());
        if (dropper.joinable()) {
            dropper.join();
        }
    }
    EXPECT_EQ(allocatable(name), 4U);
    EXPECT_EQ(subscriber.lost(), 0U);
}

TEST(View, MovesLeaveTheSourceInvalid)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber subscriber(region);
    send(publisher, 1);
    send(publisher, 2);
    auto one   = subscriber.try_receive_view();
    auto two   = subscriber.try_receive_view();
    View moved = std::move(*one);
    EXPECT_FALSE(one->valid());
    EXPECT_EQ(one->data(), nullptr);
    EXPECT_EQ(one->len(), 0U);
    EXPECT_EQ(value_of(moved), 1U);
    moved = std::move(*two);
    EXPECT_EQ(value_of(moved), 2U);
    EXPECT_EQ(allocatable(name), 64U - 2U) << "one view, one kept slot";
}

TEST(View, AndCopyTakeTurns)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber subscriber(region);
    for (uint64_t i = 0; i < 6; ++i) {
        send(publisher, i);
    }
    auto const view = subscriber.try_receive_view();
    auto const copy = subscriber.try_receive();
    EXPECT_EQ(value_of(*view), 0U);
    EXPECT_EQ(copy->ring_pos(), view->ring_pos() + 1);
    EXPECT_EQ(receive_all(subscriber), (std::vector<uint64_t>{2, 3, 4, 5}));
}
