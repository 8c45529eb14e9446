/// Two that come to one name: what the other one does between the look at the name and the naming of a fresh region is chosen here.
#include "Lifecycle.h"
#include "Unlinking.h"
#include "support.h"

#include <functional>
#include <optional>

using namespace kickmsg_test;
using kickmsg::ErrorCode;
using kickmsg::SharedMemory;
using kickmsg::SharedRegion;
using kickmsg::channel::PubSub;
using kickmsg::detail::Identity;
using kickmsg::detail::RegionState;
using kickmsg::detail::Says;

namespace {

using State = std::shared_ptr<RegionState>;

/// Comes to a name; the other one acts when a region is ready to get it, or has been found, the first time only.
struct Meeting {
    State create(std::function<void()> const& other, kickmsg::channel::Config const& cfg = small_config())
    {
        return kickmsg::detail::create_region(name, PubSub, cfg, Identity{}, nullptr, attach(other));
    }
    State create_or_open(std::function<void()> const& other, kickmsg::channel::Config const& cfg = small_config())
    {
        return kickmsg::detail::create_or_open_region(name, PubSub, cfg, Identity{}, nullptr, Says::Geometry,
                                                      attach(other));
    }
    kickmsg::detail::Attach attach(std::function<void()> const& other)
    {
        return [this, other](State const& region) {
            attached.push_back(region);
            if (attached.size() == 1) {
                other();
            }
        };
    }
    /// The other one comes, and stays.
    void come(uint32_t slots = 64)
    {
        living.emplace(make(name, small_config(slots)));
    }
    /// A region whose geometry is to be decided.
    State guess()
    {
        return kickmsg::detail::create_or_open_region(name, PubSub, small_config(), Identity{}, nullptr, Says::Guess,
                                                      [](State const&) {});
    }
    /// The other one decides it, and stays.
    void decide(uint32_t slots)
    {
        living.emplace(SharedRegion::create_or_open(name, PubSub, small_config(slots)));
    }
    /// The other one comes, and dies.
    void come_and_go(uint32_t slots = 64)
    {
        make(name, small_config(slots));
        dead.emplace(keep(name));
    }
    /// Whether this region has the name, with so many slots, and the call's own handles are in it.
    void expect_in(State const& region, uint32_t slots)
    {
        ASSERT_TRUE(region);
        EXPECT_TRUE(region->mapping().memory().is_linked());
        EXPECT_EQ(region->mapping().geometry().pool_size, slots);
        EXPECT_EQ(attached.back(), region);
        EXPECT_EQ(SharedRegion::open(name).diagnose().leftover_files, 0U);
    }

    Name                        name;
    std::optional<SharedRegion> living;
    std::optional<SharedMemory> dead;
    std::vector<State>          attached;
};

} // namespace

TEST(Meeting, OfTwoThatCreateOrOpenTheSlowerIsInTheRegionOfTheFaster)
{
    Meeting     m;
    State const found = m.create_or_open([&] { m.come(); });
    m.expect_in(found, 64);
    ASSERT_EQ(m.attached.size(), 2U);
    EXPECT_FALSE(m.attached[0]->mapping().memory().is_linked());
    EXPECT_FALSE(m.living->diagnose().unlinked);
}

TEST(Meeting, OfTwoThatCreateTheSlowerIsRefusedAndLeavesTheOtherAlone)
{
    Meeting              m;
    kickmsg::Error const error = error_of([&] { m.create([&] { m.come(32); }); });
    EXPECT_EQ(error.code(), ErrorCode::InUse) << error.what();
    EXPECT_NE(std::string(error.what()).find("is in use by"), std::string::npos) << error.what();
    EXPECT_FALSE(m.living->diagnose().unlinked);
    EXPECT_EQ(SharedRegion::open(m.name).info().pool_size, 32U);
}

TEST(Meeting, ACreatorTakesThePlaceOfOneThatCameFirstAndDied)
{
    Meeting m;
    m.expect_in(m.create([&] { m.come_and_go(32); }), 64);
    EXPECT_EQ(m.attached.size(), 1U) << "what it had built";
    EXPECT_FALSE(m.dead->is_linked());
}

TEST(Meeting, WhatFitsOfOneThatCameFirstAndDiedIsTakenOver)
{
    Meeting m;
    m.expect_in(m.create_or_open([&] { m.come_and_go(); }), 64);
    EXPECT_EQ(m.attached.size(), 2U);
    EXPECT_TRUE(m.dead->is_linked());
}

TEST(Meeting, WhatDoesNotFitOfOneThatCameFirstAndDiedIsReplaced)
{
    Meeting m;
    m.expect_in(m.create_or_open([&] { m.come_and_go(32); }), 64);
    EXPECT_EQ(m.attached.size(), 1U) << "what it had built";
    EXPECT_FALSE(m.dead->is_linked());
}

TEST(Meeting, AnotherRegionOfOneThatCameFirstIsAMismatch)
{
    Meeting              m;
    kickmsg::Error const error = error_of([&] { m.create_or_open([&] { m.come(32); }); });
    EXPECT_EQ(error.code(), ErrorCode::Mismatch) << error.what();
    EXPECT_FALSE(m.living->diagnose().unlinked);
}

TEST(Meeting, AStaleRegionThatSomebodyComesToMeanwhileIsNotReplaced)
{
    for (bool const creates : {false, true}) {
        Meeting m;
        m.come_and_go(32);
        auto const join  = [&] { m.living.emplace(SharedRegion::open(m.name)); };
        auto const error = error_of([&] { creates ? m.create(join) : m.create_or_open(join); });
        EXPECT_EQ(error.code(), creates ? ErrorCode::InUse : ErrorCode::Mismatch) << error.what();
        EXPECT_TRUE(m.dead->is_linked());
        EXPECT_EQ(m.living->diagnose().leftover_files, 0U);
    }
}

TEST(Meeting, AStaleRegionThatIsUnlinkedMeanwhileLeavesItsNameToTheFresh)
{
    for (bool const creates : {false, true}) {
        Meeting m;
        m.come_and_go(32);
        auto const unlink = [&] { SharedMemory::unlink(m.name); };
        m.expect_in(creates ? m.create(unlink) : m.create_or_open(unlink), 64);
        EXPECT_EQ(m.attached.size(), 1U);
    }
}

TEST(Meeting, AProvisionalRegionThatLosesItsNameBeforeItIsSettledIsLeft)
{
    for (bool const replaced : {false, true}) {
        Meeting     m;
        State const guessed = m.guess();
        if (replaced) {
            auto const error = error_of([&] { m.create_or_open([&] { m.decide(32); }); });
            EXPECT_EQ(error.code(), ErrorCode::Mismatch) << error.what();
            EXPECT_FALSE(m.living->diagnose().unlinked);
        } else {
            m.expect_in(m.create_or_open([&] { SharedMemory::unlink(m.name); }), 64);
        }
        EXPECT_EQ(m.attached.size(), replaced ? 1U : 2U);
        EXPECT_EQ(m.attached[0]->mapping().memory().is_linked(), false);
        EXPECT_FALSE(guessed->mapping().memory().is_linked());
    }
}

TEST(Meeting, AnUnlinkThatFindsItsProvisionalRegionWithoutItsNameTakesNothing)
{
    Meeting     m;
    State const guessed = m.guess();
    m.decide(32);
    kickmsg::detail::unlink_region(*guessed);
    EXPECT_FALSE(m.living->diagnose().unlinked);
    kickmsg::detail::unlink_region(m.name, Identity{});
    EXPECT_TRUE(m.living->diagnose().unlinked);
    kickmsg::detail::unlink_region(m.name, Identity{}); // there is nothing: no error
}
