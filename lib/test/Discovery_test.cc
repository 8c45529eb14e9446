/// What list() finds of regions by looking from outside: names, geometry, the living and the dead.
#include "found_regions.h"
#include "kickmsg/Node.h"
#include "kickmsg/os/Time.h"
#include "no_automatic_recovery.h"
#include "raw_region.h"

#include <algorithm>
#include <chrono>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::ErrorCode;
using kickmsg::ListedRegion;
using kickmsg::Node;
using kickmsg::RegionStatus;
using kickmsg::SharedRegion;

/// Takes part as both, and in the region, until it is killed.
KICKMSG_CHILD(takes_part)
{
    NoAutomaticRecovery const none;
    auto                      region = SharedRegion::open(texts[0]);
    kickmsg::Publisher        publisher(region);
    kickmsg::Subscriber       subscriber(region);
    self.pause();
    return 0;
}

TEST(Discovery, ListsWhatARegionIsCalledAndHowItIsLaidOut)
{
    Prefix const prefix;
    Node         node("robot", prefix);
    auto         cfg      = small_config(32, 4, 3);
    cfg.mode              = 0640;
    auto const topic      = node.advertise("laser scan", cfg);
    auto const chat       = node.join_broadcast("chat", small_config());
    auto const mailbox    = node.create_mailbox("reply", small_config());
    auto const raw        = SharedRegion::create("/" + prefix.str() + "_raw", kickmsg::channel::Broadcast, cfg, "me");
    auto const everything = kickmsg::list(prefix.str() + "_");
    EXPECT_EQ(names_of(everything),
              (std::vector<std::string>{node.broadcast_region("chat"), node.topic_region("laser scan"), raw.name(),
                                        node.mailbox_region("robot", "reply")}));

    ListedRegion const a_topic = listed(node.topic_region("laser scan"));
    EXPECT_EQ(a_topic.status, RegionStatus::Ready);
    EXPECT_FALSE(a_topic.error);
    EXPECT_EQ(a_topic.kind, "topic");
    EXPECT_EQ(a_topic.prefix, prefix.str());
    EXPECT_EQ(a_topic.user_name, "laser scan");
    EXPECT_EQ(a_topic.owner, "");
    EXPECT_EQ(a_topic.creator, "robot");
    EXPECT_GT(a_topic.creator_pid, 0U);
    EXPECT_GT(a_topic.created_ns, 0U);
    EXPECT_EQ(a_topic.type, kickmsg::channel::PubSub);
    EXPECT_EQ(a_topic.layout_version, kickmsg::detail::layout_version);
    EXPECT_EQ(a_topic.size, kickmsg::channel::footprint(cfg));
    EXPECT_EQ(a_topic.config.pool_size, 32U);
    EXPECT_EQ(a_topic.config.sub_ring_capacity, 4U);
    EXPECT_EQ(a_topic.config.max_subscribers, 3U);
    EXPECT_EQ(a_topic.config.max_payload_size, cfg.max_payload_size);
    EXPECT_EQ(a_topic.config.max_publishers, cfg.max_publishers);
    EXPECT_EQ(a_topic.config.payload_alignment, cfg.payload_alignment);
#if defined(KICKMSG_REGIONS_ARE_FILES)
    EXPECT_EQ(a_topic.config.mode, 0640U);
#endif
    EXPECT_EQ(kickmsg::channel::footprint(a_topic.config), a_topic.size) << "a Config to make the same with";

    ListedRegion const a_chat = listed(node.broadcast_region("chat"));
    EXPECT_EQ(a_chat.kind, "broadcast");
    EXPECT_EQ(a_chat.user_name, "chat");
    EXPECT_EQ(a_chat.type, kickmsg::channel::Broadcast);

    ListedRegion const a_mailbox = listed(node.mailbox_region("robot", "reply"));
    EXPECT_EQ(a_mailbox.kind, "mailbox");
    EXPECT_EQ(a_mailbox.user_name, "reply");
    EXPECT_EQ(a_mailbox.owner, "robot");

    ListedRegion const a_raw = listed(raw.name());
    EXPECT_EQ(a_raw.kind, "region");
    EXPECT_EQ(a_raw.user_name, "");
    EXPECT_EQ(a_raw.creator, "me");
}

TEST(Discovery, FindsByTheBeginningOfTheNameWithAndWithoutItsSlash)
{
    Name const name("by_name"), longer("by_name_and_more");
    auto const one = make(name), other = make(longer);
    EXPECT_EQ(names_of(kickmsg::list(name)), (std::vector<std::string>{name, longer}));
    EXPECT_EQ(names_of(kickmsg::list(name.str().substr(1))), (std::vector<std::string>{name, longer}));
    EXPECT_EQ(names_of(kickmsg::list(longer)), (std::vector<std::string>{longer}));
    EXPECT_TRUE(kickmsg::list(longer.str() + "x").empty());
    EXPECT_TRUE(kickmsg::list(std::string(300, 'x')).empty());
    for (std::string const& all : {std::string(), std::string("/")}) {
        auto const everything = names_of(kickmsg::list(all));
        EXPECT_NE(std::find(everything.begin(), everything.end(), name.str()), everything.end());
        EXPECT_TRUE(std::is_sorted(everything.begin(), everything.end()));
    }
}

TEST(Discovery, TellsTheLivingFromTheDeadAndAddsUp)
{
    NoAutomaticRecovery const none;
    Name const                name;
    auto const                region = make(name);
    Child                     killed(takes_part, {name}), living(takes_part, {name});
    killed.wait_ready();
    living.wait_ready();
    kickmsg::Publisher const publisher(region);

    auto const before = listed(name);
    EXPECT_EQ(before.publishers.alive, 3U);
    EXPECT_EQ(before.subscribers.alive, 2U);
    EXPECT_EQ(before.handles.alive, 3U);
    EXPECT_EQ(before.live_rings, 2U);
    EXPECT_EQ(before.publishers.dead + before.subscribers.dead + before.handles.dead, 0U);

    auto const pid = static_cast<uint64_t>(killed.pid());
    killed.kill();
    kickmsg::sleep(1ms); // Wine reports a killed process as ended an instant early
    auto const after = listed(name);
    EXPECT_EQ(after.publishers.alive, 2U);
    EXPECT_EQ(after.publishers.dead, 1U);
    EXPECT_EQ(after.subscribers.alive, 1U);
    EXPECT_EQ(after.subscribers.dead, 1U);
    EXPECT_EQ(after.handles.alive, 2U);
    EXPECT_EQ(after.handles.dead, 1U);
    EXPECT_EQ(after.live_rings, 1U) << "the dead take nothing";
    EXPECT_EQ(after.participants.size(), 8U);
    for (kickmsg::ParticipantStats const& participant : after.participants) {
        EXPECT_EQ(participant.alive, participant.pid != pid) << participant.kind;
    }
}

TEST(Discovery, WritesNothingTakesNoRecordAndFindsARegionWhoseRecordsAreAllTaken)
{
    NoAutomaticRecovery const none;
    Name const                name;
    auto                      region = make(name);
    std::vector<SharedRegion> handles;
    try {
        for (;;) {
            handles.push_back(SharedRegion::open(name));
        }
    } catch (kickmsg::Error const& error) {
        EXPECT_EQ(error.code(), ErrorCode::NoFreeRecord) << error.what();
    }
    RawRegion const raw(name);
    auto const      before = raw.bytes();
    EXPECT_EQ(listed(name).handles.alive, handles.size() + 1);
    EXPECT_TRUE(raw.bytes() == before) << "written to by looking";
}

TEST(Discovery, ALivingParticipantThatRecoversADeadOneIsNotCountedInItsPlace)
{
    NoAutomaticRecovery const none;
    Name const                name;
    auto const                region = make(name);
    kickmsg::Publisher const  publisher(region);
    RawRegion                 raw(name);
    auto const                me    = listed(name).participants.front();
    uint32_t const            place = raw.layout().subscriber_count() + 1; // of a second publisher
    auto const draining = kickmsg::core::OwnerWord::make(kickmsg::core::OwnerWord::Draining, 0, me.incarnation);
    raw.layout().record(place).owner.store(draining);
    EXPECT_EQ(listed(name).publishers.alive, 1U);
    EXPECT_EQ(listed(name).publishers.dead, 0U);
    raw.layout().record(place).owner.store(0);
}

TEST(Discovery, ARegionThatIsBeingReplacedIsRetired)
{
    Name const name;
    auto const region = make(name);
    RawRegion  raw(name);
    raw.header().state.store(kickmsg::core::OwnerWord::make(kickmsg::core::OwnerWord::Retired, 0, 900));
    EXPECT_EQ(listed(name).status, RegionStatus::Retired);
    raw.header().state.store(kickmsg::core::OwnerWord::make(kickmsg::core::OwnerWord::Ready, 0, 0));
    EXPECT_EQ(listed(name).status, RegionStatus::Ready);
}

TEST(Discovery, WhatIsNoUsableRegionIsAnEntryWithTheReasonAmongTheOthers)
{
    Prefix const      prefix;
    std::string const begin = "/" + prefix.str() + "_";
    auto const        good  = make(begin + "b_good");
    auto              old   = make(begin + "a_old");
    auto              half  = make(begin + "c_half");
    auto              bad   = make(begin + "d_bad");
    RawRegion         raw_old(old.name()), raw_half(half.name()), raw_bad(bad.name());
    RawRegion const   raw_good(good.name());
    raw_old.header().version            = 1;
    raw_half.header().state             = 0;
    raw_bad.header().geometry.pool_size = 0;

    auto const found = kickmsg::list(begin);
    ASSERT_EQ(found.size(), 4U);
    EXPECT_EQ(found[0].status, RegionStatus::Unreadable);
    EXPECT_EQ(found[0].layout_version, 1U);
    ASSERT_TRUE(found[0].error);
    EXPECT_EQ(found[0].error->code(), ErrorCode::WrongVersion);
    EXPECT_EQ(found[1].status, RegionStatus::Ready);
    EXPECT_EQ(found[1].handles.alive, 1U);
    EXPECT_EQ(found[2].status, RegionStatus::HalfCreated);
    ASSERT_TRUE(found[2].error);
    EXPECT_EQ(found[2].error->code(), ErrorCode::NotReady);
    EXPECT_EQ(found[3].status, RegionStatus::Unreadable);
    ASSERT_TRUE(found[3].error);
    EXPECT_EQ(found[3].error->code(), ErrorCode::Corrupt);
    EXPECT_EQ(found[3].error->object(), bad.name());
    EXPECT_GT(found[3].size, 0U);
    EXPECT_TRUE(found[3].participants.empty());
}
