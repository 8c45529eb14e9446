/// Subscribers that were killed, and nobody recovers: what they cost a publisher ends by itself, after so many messages. Ones that
/// only read nothing stay.
#include "no_automatic_recovery.h"
#include "support.h"

#include <csignal>
#include <memory>
#include <vector>

using namespace kickmsg_test;
using kickmsg::Publisher;
using kickmsg::RingState;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;

namespace {

constexpr uint32_t lap = 8; ///< messages that a ring has room for

/// texts: the region's name, and how many of its rings to take.
KICKMSG_CHILD(subscribes_and_reads_nothing)
{
    auto                    opened = SharedRegion::open(texts[0]);
    std::vector<Subscriber> subscribers;
    while (subscribers.size() < std::stoul(texts[1])) {
        subscribers.emplace_back(opened);
    }
    self.pause();
    for (Subscriber& subscriber : subscribers) {
        if (receive_all(subscriber).size() != lap) {
            return 1;
        }
    }
    return 0;
}

std::unique_ptr<Child> subscribers_in_a_child(std::string const& name, uint32_t rings)
{
    auto child = std::make_unique<Child>(subscribes_and_reads_nothing, Texts{name, std::to_string(rings)});
    child->wait_ready();
    return child;
}

void send_many(Publisher& publisher, uint32_t messages)
{
    for (uint32_t i = 1; i <= messages; ++i) {
        send(publisher, i);
    }
}

std::size_t live_rings(SharedRegion const& region)
{
    std::size_t live = 0;
    for (auto const& ring : region.stats().rings) {
        live += ring.state == RingState::Live ? 1 : 0;
    }
    return live;
}

/// Nothing of the dead is left: rings, records, slots.
void expect_only_the_living(SharedRegion& region, std::size_t participants, std::size_t rings)
{
    EXPECT_EQ(region.diagnose().dead_participants, 0U);
    EXPECT_EQ(region.stats().participants.size(), participants);
    EXPECT_EQ(live_rings(region), rings);
    EXPECT_EQ(region.recover().participants, 0U) << "there was something to do for somebody who asks";
}

} // namespace

TEST(DeadSubscriber, CostsAtMostTwoLapsOfItsRing)
{
    for (uint32_t const pool : {12U, 64U, 256U}) { // publishers keep no slot of the smallest
        Name const name;
        auto       region    = make(name, small_config(pool, lap));
        auto       publisher = Publisher(region);
        subscribers_in_a_child(name, 1)->kill();
        send_many(publisher, lap);
        EXPECT_EQ(live_rings(region), 1U) << "a ring that has room is no reason to ask";
        send_many(publisher, lap + 1);
        expect_only_the_living(region, 2, 0);
    }
}

TEST(DeadSubscriber, ThatLeftAFullRingCostsOneLap)
{
    Name const name;
    auto       region    = make(name, small_config(64, lap));
    auto       publisher = Publisher(region);
    auto const child     = subscribers_in_a_child(name, 1);
    send_many(publisher, lap);
    child->kill();
    send_many(publisher, lap + 1);
    expect_only_the_living(region, 2, 0);
}

TEST(DeadSubscriber, OfThirtyOneCostsNoMoreThanOneAndTheLivingMissNothing)
{
    Name const name;
    auto       region    = make(name, small_config(64, lap, 32));
    auto       publisher = Publisher(region);
    auto       living    = Subscriber(region);
    subscribers_in_a_child(name, 31)->kill();
    for (uint64_t i = 1; i <= 2 * lap + 1; ++i) {
        send(publisher, i);
        EXPECT_EQ(receive_all(living), std::vector<uint64_t>{i});
    }
    EXPECT_EQ(living.lost(), 0U);
    expect_only_the_living(region, 3, 1);
    EXPECT_EQ(publisher.allocate(1) != nullptr ? publisher.publish() : 0, 1U) << "rings reached";
}

TEST(DeadSubscriber, IsFoundByPublishersThatTakeTurns)
{
    Name const name;
    auto       region = make(name, small_config(64, lap));
    auto       one    = Publisher(region);
    auto       two    = Publisher(region);
    subscribers_in_a_child(name, 1)->kill();
    for (uint64_t i = 1; i <= lap + 1; ++i) {
        send(one, i);
        send(two, i);
    }
    expect_only_the_living(region, 3, 0);
}

TEST(DeadSubscriber, IsFoundByOneThatWritesInPlace)
{
    Name const name;
    auto       region    = make(name, small_config(64, lap));
    auto       publisher = Publisher(region);
    subscribers_in_a_child(name, 1)->kill();
    for (uint32_t i = 0; i < 2 * lap + 1; ++i) {
        ASSERT_NE(publisher.allocate(1), nullptr);
        EXPECT_EQ(publisher.publish(), i <= 2 * lap - lap / 4 ? 1U : 0U)
            << i << ": it is recovered then, and no ring is there";
    }
    expect_only_the_living(region, 2, 0);
}

TEST(DeadSubscriber, StaysWhereNobodyMayRecoverByHimself)
{
    Name const                name;
    auto                      region    = make(name, small_config(64, lap));
    auto                      publisher = Publisher(region);
    NoAutomaticRecovery const off;
    subscribers_in_a_child(name, 1)->kill();
    send_many(publisher, 64 * lap);
    EXPECT_EQ(live_rings(region), 1U);
    EXPECT_EQ(region.diagnose().dead_participants, 2U) << "the opening and the subscriber";
}

TEST(SilentSubscriber, IsNotTakenForDead)
{
    Name const name;
    auto       region    = make(name, small_config(64, lap));
    auto       publisher = Publisher(region);
    auto const child     = subscribers_in_a_child(name, 2);
    send_many(publisher, 64 * lap);
    EXPECT_EQ(live_rings(region), 2U);
    child->go_on();
    EXPECT_EQ(child->join(), 0) << "it has the last lap, whole";
}

TEST(SilentSubscriber, ThatDiesLaterIsFoundWithinAsManyLapsAgain)
{
    Name const name;
    auto       region    = make(name, small_config(64, lap));
    auto       publisher = Publisher(region);
    auto const child     = subscribers_in_a_child(name, 1);
    send_many(publisher, 10 * lap);
    child->kill();
    send_many(publisher, 10 * lap);
    expect_only_the_living(region, 2, 0);
}

#if !defined(_WIN32)
TEST(StoppedSubscriber, IsNotTakenForDead)
{
    Name const name;
    auto       region    = make(name, small_config(64, lap));
    auto       publisher = Publisher(region);
    auto const child     = subscribers_in_a_child(name, 1);
    child->signal(SIGSTOP);
    send_many(publisher, 64 * lap);
    EXPECT_EQ(live_rings(region), 1U);
    child->signal(SIGCONT);
    child->go_on();
    EXPECT_EQ(child->join(), 0) << "it has the last lap, whole";
}
#endif
