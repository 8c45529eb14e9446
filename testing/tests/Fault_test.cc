/// Each fault is reported by the library as the fault's page says, and undone exactly.
#include "Waits.h"
#include "support.h"

#include <algorithm>
#include <functional>
#include <sys/resource.h>
#include <thread>

using namespace kickmsg_kit;
using namespace std::chrono_literals;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using kit::Fault;
using kit::FaultKind;

namespace {

class Faults : public Kit {
protected:
    /// What a fault has to give back: all but counts of messages.
    static std::string standing(SharedRegion const& region)
    {
        auto const stats  = region.stats();
        auto const health = region.diagnose();
        auto const free   = std::count_if(stats.rings.begin(), stats.rings.end(), [](kickmsg::RingStats const& ring) {
            return ring.state == kickmsg::RingState::Free;
        });
        return std::to_string(stats.pool_free) + " free, " + std::to_string(stats.pool_kept) + " kept, " +
               std::to_string(stats.participants.size()) + " participants, " + std::to_string(free) + " free rings, " +
               std::to_string(health.dead_participants + health.orphaned_slots + health.retired_rings) + " of the dead";
    }
};

ErrorCode code_of(std::function<void()> const& call)
{
    try {
        call();
    } catch (Error const& error) {
        return error.code();
    }
    ADD_FAILURE() << "no error";
    return ErrorCode::System;
}

} // namespace

TEST_F(Faults, NoSlotRefusesSendAndAllocateUntilItIsUndone)
{
    auto              region = make("slots");
    std::string const before = standing(region);
    {
        Fault const fault(region, FaultKind::NoSlot);
        EXPECT_EQ(region.stats().pool_free, 0U);
        Publisher  publisher(region);
        Subscriber subscriber(region);
        EXPECT_EQ(publisher.send("x", 1), -EAGAIN);
        EXPECT_EQ(publisher.try_send("x", 1), -EAGAIN);
        EXPECT_EQ(publisher.allocate(1), nullptr);
        EXPECT_EQ(publisher.try_allocate(1), nullptr);
        EXPECT_EQ(publisher.dropped(), 2U);
        EXPECT_NE(fault.words().find("no_slot of " + region.name() + ": holds "), std::string::npos) << fault.words();
    }
    EXPECT_EQ(standing(region), before);
    Publisher publisher(region);
    EXPECT_EQ(publisher.send("x", 1), 1);
}

TEST_F(Faults, NoSlotIsMadeByLoansWhereSomebodySubscribesWhoGetsNothing)
{
    auto cfg          = small_config();
    cfg.pool_size     = 3;
    cfg.max_views     = 3;
    auto       region = make("slots", cfg);
    Subscriber subscriber(region);
    {
        Fault const fault(region, FaultKind::NoSlot);
        Publisher   publisher(region);
        EXPECT_EQ(publisher.send("x", 1), -EAGAIN);
        EXPECT_FALSE(subscriber.try_receive());
        EXPECT_NE(fault.words().find("3 loans"), std::string::npos) << fault.words();
    }
    EXPECT_EQ(region.stats().pool_free, 3U);
}

TEST_F(Faults, APoolThatNobodyCanHoldIsAnErrorThatNamesOneThatCanBe)
{
    auto       region = make("large", kickmsg::channel::Config{});
    Subscriber subscriber(region);
    try {
        Fault const fault(region, FaultKind::NoSlot);
        ADD_FAILURE() << fault.words();
    } catch (Error const& error) {
        EXPECT_EQ(error.code(), ErrorCode::InvalidConfig);
        EXPECT_NE(std::string(error.what()).find("can hold 15 of 256 slots"), std::string::npos) << error.what();
        EXPECT_NE(std::string(error.what()).find("with a pool_size of 15"), std::string::npos) << error.what();
    }
    EXPECT_EQ(region.stats().pool_free, 256U);
}

TEST_F(Faults, NoRingRefusesSubscribersAndCostsPublishersNoMessage)
{
    auto              region = make("rings");
    std::string const before = standing(region);
    {
        Publisher   publisher(region);
        Fault const fault(region, FaultKind::NoRing);
        EXPECT_EQ(code_of([&] { Subscriber refused(region); }), ErrorCode::NoFreeRing);
        for (int i = 0; i < 100; ++i) {
            EXPECT_EQ(publisher.send_until("x", 1, 1min), 1);
        }
        EXPECT_NE(fault.words().find("4 subscribers of its own"), std::string::npos) << fault.words();
    }
    EXPECT_EQ(standing(region), before);
    Subscriber const joins(region);
}

TEST_F(Faults, NoRecordRefusesPublishers)
{
    auto              region = make("records");
    std::string const before = standing(region);
    {
        Publisher const publisher(region);
        Fault const     fault(node, "records", FaultKind::NoRecord);
        EXPECT_EQ(code_of([&] { Publisher refused(region); }), ErrorCode::NoFreeRecord);
        EXPECT_NE(fault.words().find("3 publishers of its own"), std::string::npos) << fault.words();
    }
    EXPECT_EQ(standing(region), before);
    Publisher const joins(region);
}

TEST_F(Faults, NoSpaceRefusesToMakeARegionWithSizesAndLetsExistingOnesBe)
{
    auto   region = make("before");
    rlimit before{}, after{};
    getrlimit(RLIMIT_FSIZE, &before);
    {
        Fault const fault(FaultKind::NoSpace);
        EXPECT_EQ(code_of([&] { make("another"); }), ErrorCode::NoSpace);
        Publisher publisher(SharedRegion::open(region.name()));
        EXPECT_EQ(publisher.send("x", 1), 1);
    }
    getrlimit(RLIMIT_FSIZE, &after);
    EXPECT_EQ(before.rlim_cur, after.rlim_cur);
    make("another");
}

TEST_F(Faults, LostMessagesAreCountedByEachSubscriber)
{
    auto       region = make("lost");
    Publisher  publisher(region);
    Subscriber one(region), other(region);
    send(publisher, "unread");
    kit::FaultSettings settings;
    settings.payload = "helper";
    settings.lost    = 3;
    Fault const fault(region, FaultKind::LostMessages, settings);
    for (Subscriber* const each : {&one, &other}) {
        auto const sample = each->try_receive();
        ASSERT_TRUE(sample);
        EXPECT_EQ(std::string(static_cast<char const*>(sample->data()), sample->len()), "helper");
        EXPECT_EQ(each->lost(), 4U) << "the unread one, and three of the helper's";
        EXPECT_EQ(receive_all(*each), 7U);
    }
}

TEST_F(Faults, LostMessagesNeedASubscriber)
{
    auto region = make("lost");
    EXPECT_EQ(code_of([&] { Fault const fault(region, FaultKind::LostMessages); }), ErrorCode::InvalidConfig);
}

TEST_F(Faults, ALateWakeFindsTheMessageAllTheSameAndLeavesTheTimeOutAsItIs)
{
    auto               region = make("late");
    Publisher          publisher(region);
    Subscriber         subscriber(region);
    kit::FaultSettings settings;
    settings.delay = 10ms;
    std::thread receives;
    bool        received = false;
    {
        Fault const fault(FaultKind::LateWake, settings);
        EXPECT_EQ(code_of([] { Fault const second(FaultKind::LateWake); }), ErrorCode::InUse);
        EXPECT_FALSE(subscriber.receive(1ms));
        receives = std::thread([&] { received = subscriber.receive(1h).has_value(); });
        send(publisher, "late");
        receives.join();
    }
    EXPECT_TRUE(received);
}

/// It is asleep when the message comes, and nobody wakes it before the delay is over.
TEST_F(Faults, ALateWakeSleepsWithoutAMarkSoThatNoPublisherWakesIt)
{
    auto               region = make("late");
    Publisher          publisher(region);
    Subscriber         subscriber(region);
    kit::FaultSettings settings;
    settings.delay           = 20ms;
    uint64_t const before    = kit::waits::sleeps();
    uint64_t       waited_ns = 0;
    Fault const    fault(FaultKind::LateWake, settings);
    std::thread    receives([&] {
        uint64_t const begin = kickmsg::monotonic_ns();
        if (subscriber.receive(1h)) {
            waited_ns = kickmsg::monotonic_ns() - begin;
        }
    });
    while (kit::waits::sleeps() == before) {
    }
    send(publisher, "late");
    receives.join();
    EXPECT_GE(waited_ns, 20000000U);
}

TEST_F(Faults, ADeadPeerHoldsOneOfEachUntilItIsUndone)
{
    auto              region = make("dead");
    std::string const before = standing(region);
    {
        Fault const fault(region.name(), FaultKind::DeadPeer);
        auto const  health = region.diagnose();
        EXPECT_EQ(health.dead_participants, 3U);
        EXPECT_EQ(health.retired_rings, 1U);
        EXPECT_EQ(health.orphaned_slots, 2U) << "a view and a loan";
        EXPECT_NE(fault.words().find("dead: holds 1 view"), std::string::npos) << fault.words();
    }
    EXPECT_EQ(standing(region), before);
}

TEST_F(Faults, ADeadPeerSendsNothingToSubscribersThatAreThere)
{
    auto       region = make("dead");
    Subscriber subscriber(region);
    {
        Fault const fault(region, FaultKind::DeadPeer);
        EXPECT_EQ(region.diagnose().dead_participants, 3U);
        EXPECT_FALSE(subscriber.try_receive());
    }
    EXPECT_EQ(region.diagnose().dead_participants, 0U);
}

TEST_F(Faults, EachHasANameAndAnUnknownOneIsRefusedWithAll)
{
    for (char const* const name :
         {"no_slot", "no_ring", "no_record", "no_space", "lost_messages", "late_wake", "dead_peer"}) {
        EXPECT_STREQ(to_string(kit::fault_named(name)), name);
    }
    EXPECT_EQ(code_of([] { kit::fault_named("no_luck"); }), ErrorCode::InvalidName);
    EXPECT_EQ(code_of([] { Fault const fault(FaultKind::NoSlot); }), ErrorCode::InvalidConfig);
    EXPECT_EQ(code_of([&] { Fault const fault(node, "nowhere", FaultKind::NoRing); }), ErrorCode::NotFound);
}

TEST_F(Faults, OneThatWasUndoneOrMovedFromUndoesNothingASecondTime)
{
    auto  region = make("moved");
    Fault fault(region, FaultKind::NoRecord);
    Fault other(std::move(fault));
    EXPECT_EQ(code_of([&] { Publisher refused(region); }), ErrorCode::NoFreeRecord);
    other.undo();
    Publisher const joins(region);
    other.undo();
}

TEST_F(Faults, WithoutAutomaticRecoveryTheDeadStayUntilTheTestRecovers)
{
    auto        region = make("dead");
    Fault const fault(region, FaultKind::DeadPeer);
    {
        kit::NoAutomaticRecovery const none;
        SharedRegion::open(region.name());
        EXPECT_EQ(region.diagnose().dead_participants, 3U);
    }
    SharedRegion::open(region.name());
    EXPECT_EQ(region.diagnose().dead_participants, 0U);
}
