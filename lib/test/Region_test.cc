/// Regions: created, opened, looked into, removed; several of them; handles that outlive them.
#include "kickmsg/os/Liveness.h"
#include "support.h"

#include "kickmsg/Schema.h"

#include <chrono>
#include <cstring>
#include <optional>
#if !defined(_WIN32)
#include <sys/stat.h>
#endif

using namespace kickmsg_test;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::Publisher;
using kickmsg::RingState;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using kickmsg::channel::Broadcast;
using kickmsg::channel::Config;
using kickmsg::channel::PubSub;

namespace {

bool contains(Error const& error, std::string const& text)
{
    return std::string(error.what()).find(text) != std::string::npos;
}

KICKMSG_CHILD(makes_and_subscribes)
{
    auto       region = make(texts[0]);
    Subscriber subscriber(region);
    self.pause();
    return 0;
}

/// Leaves a region of small_config() behind as a killed process does: with a participant that never left.
kickmsg::SharedMemory leave_stale(std::string const& name)
{
    Child child(makes_and_subscribes, {name});
    child.wait_ready();
    auto kept = keep(name);
    child.kill();
    return kept;
}

KICKMSG_CHILD(opens_and_receives)
{
    self.pause();
    auto       region = SharedRegion::open(texts[0]);
    Subscriber subscriber(region);
    self.pause();
    return region.info().creator == "unit test" && receive_all(subscriber) == std::vector<uint64_t>{7} ? 0 : 1;
}

uint64_t wall_clock_ns()
{
    auto const now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

} // namespace

TEST(Region, InfoTellsWhatItWasMadeOf)
{
    Name const     name;
    uint64_t const before            = wall_clock_ns();
    Config         cfg               = small_config(40, 16, 3);
    cfg.payload_alignment            = 64;
    auto const                region = SharedRegion::create(name, Broadcast, cfg, "the creator");
    kickmsg::RegionInfo const info   = region.info();
    EXPECT_EQ(info.name, name.str());
    EXPECT_EQ(info.user_name, "");
    EXPECT_EQ(info.kind, "region");
    EXPECT_EQ(info.creator, "the creator");
    EXPECT_EQ(info.creator_pid, kickmsg::os::process_id());
    EXPECT_GE(info.created_ns, before);
    EXPECT_LE(info.created_ns, wall_clock_ns());
    EXPECT_EQ(info.type, Broadcast);
    EXPECT_EQ(info.layout_version, 5U);
    EXPECT_EQ(info.max_subscribers, 3U);
    EXPECT_EQ(info.sub_ring_capacity, 16U);
    EXPECT_EQ(info.pool_size, 40U);
    EXPECT_EQ(info.max_payload_size, 256U);
    EXPECT_EQ(info.max_publishers, 4U);
    EXPECT_EQ(info.payload_alignment, 64U);
    EXPECT_EQ(info.footprint, kickmsg::channel::footprint(cfg));
}

TEST(Region, ACreatorsNameIsCutWhereItHasNoMoreRoom)
{
    for (std::size_t const length : {254U, 255U, 256U, 300U}) {
        Name const        name;
        std::string const creator(length, 'c');
        auto const        region = SharedRegion::create(name, PubSub, small_config(), creator);
        EXPECT_EQ(region.info().creator, creator.substr(0, 255)) << length;
        EXPECT_EQ(SharedRegion::open(name).info().user_name, "") << "nothing stands beside it";
    }
}

TEST(Region, OpenedByAnotherProcessIsTheSame)
{
    Name const name;
    Child      child(opens_and_receives, {name});
    child.wait_ready();
    auto      region = make(name);
    Publisher publisher(region);
    child.go_on();
    child.wait_ready();
    send(publisher, 7);
    child.go_on();
    EXPECT_EQ(child.join(), 0);
}

TEST(Region, NameMayComeWithoutItsSlash)
{
    Name const name;
    auto const region = SharedRegion::create(name.str().substr(1), PubSub, small_config());
    EXPECT_EQ(region.name(), name.str());
    EXPECT_EQ(SharedRegion::open(name).info().created_ns, region.info().created_ns);
}

#if defined(KICKMSG_REGIONS_ARE_FILES) // elsewhere an object has no permission bits, or those of the umask
TEST(Region, FileHasTheModeOfTheConfigWhateverTheUmask)
{
    Name const   name;
    mode_t const umask_before = umask(077);
    for (uint32_t mode : {0600U, 0640U, 0666U}) {
        Config cfg = small_config();
        cfg.mode   = mode;
        {
            auto const  region = make(name, cfg);
            struct stat status {};
            EXPECT_EQ(stat(("/dev/shm" + name.str()).c_str(), &status), 0);
            EXPECT_EQ(status.st_mode & 07777U, mode);
        }
        kickmsg::SharedMemory::unlink(name);
    }
    umask(umask_before);
}
#endif

TEST(Region, CreateOverALiveOneNamesTheLivingAndLeavesItAlone)
{
    Name const  name;
    auto        region = make(name);
    Publisher   publisher(region);
    Subscriber  subscriber(region);
    Error const error = error_of([&] { make(name, small_config(32)); });
    EXPECT_EQ(error.code(), ErrorCode::InUse);
    EXPECT_EQ(error.object(), name.str());
    for (char const* kind : {"region pid ", "publisher pid ", "subscriber pid "}) {
        EXPECT_TRUE(contains(error, kind + std::to_string(kickmsg::os::process_id()))) << error.what();
    }
    EXPECT_FALSE(region.diagnose().unlinked);
    send(publisher, 1);
    EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{1});
    EXPECT_EQ(SharedRegion::open(name).info().pool_size, 64U);
}

TEST(Region, CreateOverOneInUseByAPublisherAloneIsRefused)
{
    Name const               name;
    std::optional<Publisher> publisher;
    {
        auto region = make(name);
        publisher.emplace(region);
    }
    EXPECT_EQ(error_of([&] { make(name); }).code(), ErrorCode::InUse);
    publisher.reset();
    EXPECT_EQ(make(name, small_config(32)).info().pool_size, 32U);
}

TEST(Region, CreateOverAStaleOneReplacesIt)
{
    Name const name;
    auto const kept   = leave_stale(name);
    auto const region = make(name, small_config(32));
    EXPECT_EQ(region.info().pool_size, 32U);
    EXPECT_EQ(region.info().creator_pid, kickmsg::os::process_id());
    EXPECT_FALSE(region.diagnose().unlinked);
    EXPECT_EQ(region.diagnose().dead_participants, 0U);
    EXPECT_EQ(SharedRegion::open(name).info().created_ns, region.info().created_ns);
}

TEST(Region, OpenOfAStaleOneRecoversIt)
{
    Name const name;
    auto const kept   = leave_stale(name);
    auto const region = SharedRegion::open(name);
    auto const health = region.diagnose();
    EXPECT_EQ(health.dead_participants, 0U);
    EXPECT_EQ(health.retired_rings, 0U);
    EXPECT_EQ(health.orphaned_slots, 0U);
    EXPECT_EQ(region.stats().participants.size(), 1U);
}

TEST(Region, CreateOrOpenCreatesThenJoins)
{
    Name const name;
    auto       first  = SharedRegion::create_or_open(name, PubSub, small_config(), "first");
    auto       second = SharedRegion::create_or_open(name, PubSub, small_config(), "second");
    EXPECT_EQ(second.info().creator, "first");
    Publisher  publisher(first);
    Subscriber subscriber(second);
    send(publisher, 5);
    EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{5});
}

TEST(Region, CreateOrOpenOfAStaleMisfitReplacesIt)
{
    Name const name;
    auto const kept = leave_stale(name);
    EXPECT_EQ(SharedRegion::create_or_open(name, PubSub, small_config(32)).info().pool_size, 32U);
}

TEST(Region, UnlinkRemovesTheNameAndItsHoldersGoOn)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber subscriber(region);
    region.unlink();
    EXPECT_EQ(error_of([&] { SharedRegion::open(name); }).code(), ErrorCode::NotFound);
    EXPECT_TRUE(region.diagnose().unlinked);
    send(publisher, 1);
    EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{1});
    region.unlink(); // a second time is no error
}

TEST(Region, UnlinkLeavesANewRegionOfThatNameAlone)
{
    Name const name;
    auto       old = make(name);
    old.unlink();
    auto const fresh = make(name, small_config(32));
    old.unlink();
    EXPECT_EQ(SharedRegion::open(name).info().pool_size, 32U);
    EXPECT_TRUE(old.diagnose().unlinked);
    EXPECT_FALSE(fresh.diagnose().unlinked);
}

TEST(Region, TwoInOneProcessKeepApart)
{
    Name const one("one");
    Name const two("two");
    auto       first  = make(one);
    auto       second = make(two, small_config(16));
    Publisher  to_first(first);
    Publisher  to_second(second);
    Subscriber from_first(first);
    Subscriber from_second(second);
    send(to_first, 1);
    send(to_second, 2);
    send(to_first, 3);
    EXPECT_EQ(receive_all(from_first), (std::vector<uint64_t>{1, 3}));
    EXPECT_EQ(receive_all(from_second), std::vector<uint64_t>{2});
    first.unlink();
    EXPECT_EQ(SharedRegion::open(two).info().pool_size, 16U);
}

TEST(Region, MovesKeepTheParticipantAndAssignmentLeavesTheFormer)
{
    Name const   one("one");
    Name const   two("two");
    auto         first = make(one);
    SharedRegion moved = std::move(first);
    EXPECT_EQ(moved.stats().participants.size(), 1U);
    moved = make(two);
    EXPECT_EQ(moved.name(), two.str());
    EXPECT_EQ(make(one, small_config(32)).info().pool_size, 32U) << "the assigned object still holds its former region";
}

TEST(Region, HandlesOutliveIt)
{
    Name const                name;
    std::optional<Publisher>  publisher;
    std::optional<Subscriber> subscriber;
    {
        auto region = make(name);
        publisher.emplace(region);
        subscriber.emplace(region);
        region.unlink();
    }
    send(*publisher, 1);
    publisher.reset();
    EXPECT_EQ(receive_all(*subscriber), std::vector<uint64_t>{1});
}

TEST(Region, OfTheHealthyNeedsNoRepair)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber subscriber(region);
    send(publisher, 1);
    auto const view   = subscriber.try_receive_view();
    auto const health = region.diagnose();
    EXPECT_EQ(health.live_rings, 1U);
    EXPECT_EQ(health.locked_entries + health.retired_rings + health.draining_rings, 0U);
    EXPECT_EQ(health.dead_participants + health.orphaned_slots, 0U);
    EXPECT_FALSE(health.schema_stuck || health.unlinked);
    EXPECT_EQ(region.repair_locked_entries() + region.reset_retired_rings() + region.reclaim_orphaned_slots(), 0U);
    auto const report = region.recover();
    EXPECT_EQ(report.participants + report.rings + report.entries + report.references + report.slots + report.schema,
              0U);
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->len(), sizeof(uint64_t));
}
