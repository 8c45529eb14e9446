/// leftovers(): an idle program is clean, and what is held is reported with its holder.
#include "support.h"

#include <optional>
#include <unistd.h>
#include <vector>

using namespace kickmsg_kit;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;

namespace {

using Leftovers = Kit;

std::string pid()
{
    return std::to_string(getpid());
}

} // namespace

TEST_F(Leftovers, AnIdlePublisherWithTheSlotsThatItKeepsAndItsSubscriberAreNoFinding)
{
    auto       region = make("idle");
    Publisher  publisher(region);
    Subscriber subscriber(region);
    for (int i = 0; i < 20; ++i) {
        send(publisher, "message");
        EXPECT_EQ(receive_all(subscriber), 1U);
    }
    EXPECT_EQ(region.stats().pool_kept, 4U);
    kit::Findings const found = kit::leftovers(region.name());
    EXPECT_TRUE(found.ok()) << found;
    EXPECT_EQ(to_string(found), "nothing was found");
    EXPECT_TRUE(kit::leftovers(prefix.str()).ok());
}

TEST_F(Leftovers, WhatAPublisherKeepsMoreThanBeforeIsNoFinding)
{
    auto       region = make("kept");
    Publisher  publisher(region);
    Subscriber subscriber(region);
    auto const before = kit::Account::now(region);
    send(publisher, "message");
    EXPECT_EQ(receive_all(subscriber), 1U);
    auto const found = kit::leftovers(before, kit::Account::now(region));
    EXPECT_TRUE(found.ok()) << found;
}

TEST_F(Leftovers, AViewThatIsHeldIsReportedWithItsSubscriber)
{
    auto       region = make("view");
    Publisher  publisher(region);
    Subscriber subscriber(region);
    send(publisher, "message");
    auto const view  = subscriber.try_receive_view();
    auto const found = kit::leftovers(region.name());
    ASSERT_EQ(found.size(), 1U) << found;
    EXPECT_TRUE(found.mention("expected 0 views held, found subscriber of pid " + pid())) << found;
    EXPECT_TRUE(found.mention("alive: holds 1 view, 0 messages unread (let the SampleViews")) << found;
}

TEST_F(Leftovers, AViewOfASubscriberThatHasLeftIsReported)
{
    auto                                region = make("view");
    Publisher                           publisher(region);
    std::optional<Subscriber>           subscriber(region);
    std::vector<Subscriber::SampleView> views;
    send(publisher, "message");
    views.push_back(std::move(*subscriber->try_receive_view()));
    subscriber.reset();
    auto const found = kit::leftovers(region.name());
    EXPECT_TRUE(found.mention("has left while views are out")) << found;
}

TEST_F(Leftovers, AViewThatWasHeldBeforeIsNoFindingAfterwards)
{
    auto       region = make("view");
    Publisher  publisher(region);
    Subscriber subscriber(region);
    send(publisher, "message");
    auto const view   = subscriber.try_receive_view();
    auto const before = kit::Account::now(region);
    EXPECT_TRUE(kit::leftovers(before, kit::Account::now(region)).ok());
    send(publisher, "another");
    auto const second = subscriber.try_receive_view();
    EXPECT_TRUE(kit::leftovers(before, kit::Account::now(region)).mention("expected 1 view held")) << "one more";
}

TEST_F(Leftovers, ALoanIsReportedWherePublishersKeepNoSlots)
{
    auto cfg         = small_config();
    cfg.pool_size    = 8;
    cfg.max_views    = 8;
    auto      region = make("loan", cfg);
    Publisher publisher(region);
    ASSERT_NE(publisher.allocate(8), nullptr);
    auto const found = kit::leftovers(region.name());
    EXPECT_TRUE(found.mention("holds 1 loan (publish() or abandon() what allocate() lends)")) << found;
    publisher.abandon();
    EXPECT_TRUE(kit::leftovers(region.name()).ok());
}

TEST_F(Leftovers, WhoHasComeAndNotLeftIsReportedAndSoIsANewRegionAndAMessageThatNobodyRead)
{
    auto       region = make("come");
    Subscriber subscriber(region);
    auto const before = kit::Account::now(prefix.str());
    Publisher  publisher(region);
    send(publisher, "message");
    auto const other = make("other");
    auto const found = kit::leftovers(before, kit::Account::now(prefix.str()));
    EXPECT_TRUE(found.mention("expected those that took part before, found publisher of pid ")) << found;
    EXPECT_TRUE(found.mention("expected the regions that were there before, found a region of ")) << found;
    EXPECT_TRUE(found.mention("expected 0 messages unread")) << found;
}

TEST_F(Leftovers, TheDeadAreReportedWithWhatTheyHoldUntilTheyAreRecovered)
{
    auto             region = make("dead");
    kit::Fault const fault(region, kit::FaultKind::DeadPeer);
    auto const       found = kit::leftovers(region.name());
    EXPECT_TRUE(found.mention("dead: holds 1 view")) << found;
    EXPECT_TRUE(found.mention("expected 0 slots that nobody alive accounts for")) << found;
    EXPECT_TRUE(found.mention("SharedRegion::recover() brings it back")) << found;
    region.recover();
    EXPECT_TRUE(kit::leftovers(region.name()).ok()) << kit::leftovers(region.name());
}

TEST_F(Leftovers, OfARegionThatIsNotThereThereAreNone)
{
    EXPECT_TRUE(kit::leftovers("/" + prefix.str() + "_nowhere").ok());
}

TEST_F(Leftovers, FewerMessagesThanExpectedAreReported)
{
    auto       region = make("sent");
    Publisher  publisher(region);
    auto const before = kit::Account::now(region);
    send(publisher, "one");
    send(publisher, "two");
    auto const after = kit::Account::now(region);
    EXPECT_TRUE(kit::expect_sent(before, after, 2).ok());
    EXPECT_TRUE(kit::expect_sent(before, after, 3).mention("expected 3 messages sent, found 2 (look at what"));
}

TEST_F(Leftovers, AnAccountSaysWhatEachParticipantHolds)
{
    auto       region = make("words");
    Publisher  publisher(region);
    Subscriber subscriber(region);
    send(publisher, "message");
    std::string const words = to_string(kit::Account::now(region));
    EXPECT_NE(words.find(region.name() + ": 64 slots, 63 free, 0 kept, 1 unread, 0 held"), std::string::npos) << words;
    EXPECT_NE(words.find("alive: has sent 1 message, keeps 1 slot of the 4 that it may keep when idle"),
              std::string::npos)
        << words;
    EXPECT_NE(words.find("holds 0 views, 1 message unread"), std::string::npos) << words;
    EXPECT_NE(words.find("region of pid "), std::string::npos) << words;
    Publisher lends(region);
    ASSERT_NE(lends.allocate(1), nullptr);
    std::string const more = to_string(kit::Account::now(region));
    EXPECT_NE(more.find("keeps 1 slot of the 4 that it may keep when idle, 1 of them a loan or an abandoned one"),
              std::string::npos)
        << more;
}
