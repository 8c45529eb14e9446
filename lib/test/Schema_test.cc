/// The schema slot: set once, by exactly one of those that race for it; a dead claimant's claim is taken back.
#include "raw_region.h"
#include "support.h"

#include "Participant.h"
#include "kickmsg/Hash.h"
#include "kickmsg/Schema.h"
#include "kickmsg/core/SchemaSlot.h"

#include <cstdio>
#include <cstring>

using namespace kickmsg_test;
using kickmsg::SchemaInfo;
using kickmsg::SharedRegion;
using kickmsg::channel::PubSub;
namespace schema = kickmsg::schema;

namespace {

SchemaInfo pose(uint32_t version = 1)
{
    SchemaInfo info{};
    info.identity      = kickmsg::hash::identity_from_fnv1a("my.Pose");
    info.layout        = kickmsg::hash::identity_from_fnv1a("x:f64,y:f64");
    info.version       = version;
    info.identity_algo = 11;
    info.layout_algo   = 12;
    info.flags         = 13;
    std::snprintf(info.name, sizeof(info.name), "my/Pose");
    return info;
}

bool same_bytes(SchemaInfo const& a, SchemaInfo const& b)
{
    return std::memcmp(&a, &b, sizeof(a)) == 0;
}

/// Claims the schema slot as try_claim_schema() does, and stops before it has written anything.
int claim_and_stop(std::string const& name, Child& self)
{
    using namespace kickmsg;
    auto                region = SharedRegion::open(name);
    RawRegion           raw(name);
    detail::Participant participant(std::make_shared<detail::Mapping>(SharedMemory::open(name), raw.header().geometry));
    if (!participant.enroll(detail::ParticipantKind::Region)) {
        return 1;
    }
    core::SchemaSlot<detail::Policy, detail::Layout>(raw.layout()).claim(participant.self(), [&]() noexcept {
        self.pause();
    });
    return 0;
}

KICKMSG_CHILD(opens_then_claims)
{
    self.pause();
    auto own = SharedRegion::open(texts[0]);
    self.pause();
    return own.try_claim_schema(pose(static_cast<uint32_t>(std::stoul(texts[1])))) ? 0 : 1;
}

KICKMSG_CHILD(claims_and_stops)
{
    self.pause();
    return claim_and_stop(texts[0], self);
}

} // namespace

TEST(Schema, DescriptorIsPartOfTheAbi)
{
    EXPECT_EQ(sizeof(SchemaInfo), 512U);
    EXPECT_EQ(offsetof(SchemaInfo, layout), 64U);
    EXPECT_EQ(offsetof(SchemaInfo, name), 128U);
    EXPECT_EQ(offsetof(SchemaInfo, version), 256U);
    EXPECT_EQ(offsetof(SchemaInfo, flags), 268U);
}

TEST(Schema, DiffSetsOneBitForEachPartThatDiffers)
{
    struct Case {
        void (*change)(SchemaInfo&);
        uint32_t bits;
    };
    Case const cases[] = {
        {[](SchemaInfo&) {}, schema::Equal},
        {[](SchemaInfo& s) { s.identity[63] ^= 1; }, schema::Identity},
        {[](SchemaInfo& s) { s.layout[0] ^= 1; }, schema::Layout},
        {[](SchemaInfo& s) { ++s.version; }, schema::Version},
        {[](SchemaInfo& s) { s.name[0] = 'M'; }, schema::Name},
        {[](SchemaInfo& s) { ++s.identity_algo; }, schema::IdentityAlgo},
        {[](SchemaInfo& s) { ++s.layout_algo; }, schema::LayoutAlgo},
        {[](SchemaInfo& s) { ++s.flags; }, schema::Equal},
        {[](SchemaInfo& s) { s.reserved[239] = 1; }, schema::Equal},
        {[](SchemaInfo& s) { s.name[127] = 'x'; }, schema::Equal}, // beyond the end of the text
    };
    for (Case const& test : cases) {
        SchemaInfo changed = pose();
        test.change(changed);
        EXPECT_EQ(schema::diff(pose(), changed), test.bits);
        EXPECT_EQ(schema::diff(changed, pose()), test.bits);
    }
    SchemaInfo const blank{};
    EXPECT_EQ(schema::diff(pose(), blank), 63U);
}

TEST(Schema, OfTheConfigIsStoredAtCreation)
{
    Name const               name;
    kickmsg::channel::Config cfg = small_config();
    cfg.schema                   = pose();
    auto const region            = make(name, cfg);
    auto const found             = SharedRegion::open(name).schema();
    ASSERT_TRUE(found.has_value());
    EXPECT_TRUE(same_bytes(*found, pose()));
}

TEST(Schema, IsClaimedOnceAndStays)
{
    Name const name;
    auto       region = make(name);
    auto       other  = SharedRegion::open(name);
    EXPECT_FALSE(region.schema().has_value());
    EXPECT_TRUE(other.try_claim_schema(pose(1)));
    EXPECT_FALSE(region.try_claim_schema(pose(2)));
    EXPECT_FALSE(other.try_claim_schema(pose(1))) << "not even the same again";
    ASSERT_TRUE(region.schema().has_value());
    EXPECT_TRUE(same_bytes(*region.schema(), pose(1)));
}

TEST(Schema, OfTheConfigIsNotStoredByWhoJoins)
{
    Name const               name;
    auto                     region = make(name);
    kickmsg::channel::Config cfg    = small_config();
    cfg.schema                      = pose(1);
    EXPECT_FALSE(SharedRegion::create_or_open(name, PubSub, cfg).schema().has_value());
    EXPECT_FALSE(region.schema().has_value()) << "its creator said nothing of a schema";
    EXPECT_TRUE(region.try_claim_schema(pose(2)));
    EXPECT_EQ(SharedRegion::create_or_open(name, PubSub, cfg).schema()->version, 2U);
}

TEST(Schema, ClaimedByTwoProcessesAtOnceIsSetByExactlyOne)
{
    for (int round = 0; round < 50; ++round) {
        Name const name;
        Child      one(opens_then_claims, {name, "1"});
        Child      two(opens_then_claims, {name, "2"});
        one.wait_ready();
        two.wait_ready();
        auto region = make(name);
        for (int step = 0; step < 2; ++step) {
            one.go_on();
            two.go_on();
            if (step == 0) {
                one.wait_ready();
                two.wait_ready();
            }
        }
        int const codes[] = {one.join(), two.join()};
        ASSERT_EQ(codes[0] + codes[1], 1) << "round " << round;
        ASSERT_TRUE(region.schema().has_value());
        EXPECT_TRUE(same_bytes(*region.schema(), pose(codes[0] == 0 ? 1 : 2))) << "round " << round;
    }
}

TEST(Schema, HalfClaimedByALivingProcessIsNotTakenBack)
{
    Name const name;
    Child      claimant(claims_and_stops, {name});
    claimant.wait_ready();
    auto region = make(name);
    claimant.go_on();
    claimant.wait_ready();
    EXPECT_FALSE(region.schema().has_value()) << "half-written is not set";
    EXPECT_FALSE(region.try_claim_schema(pose()));
    EXPECT_FALSE(region.diagnose().schema_stuck);
    EXPECT_FALSE(region.reset_schema_claim());
    EXPECT_EQ(region.recover().schema, 0U);
    claimant.go_on();
    EXPECT_EQ(claimant.join(), 0);
    EXPECT_TRUE(region.schema().has_value());
    EXPECT_FALSE(region.reset_schema_claim()) << "what is set stays";
    EXPECT_TRUE(region.schema().has_value());
}

TEST(Schema, ClaimOfAKilledProcessIsSeenAndReset)
{
    Name const name;
    Child      claimant(claims_and_stops, {name});
    claimant.wait_ready();
    auto region = make(name);
    claimant.go_on();
    claimant.wait_ready();
    claimant.kill();
    EXPECT_TRUE(region.diagnose().schema_stuck);
    EXPECT_FALSE(region.schema().has_value());
    EXPECT_FALSE(region.try_claim_schema(pose()));
    EXPECT_TRUE(region.reset_schema_claim());
    EXPECT_FALSE(region.reset_schema_claim());
    EXPECT_FALSE(region.diagnose().schema_stuck);
    EXPECT_TRUE(region.try_claim_schema(pose()));
    EXPECT_TRUE(same_bytes(*region.schema(), pose()));
}

TEST(Schema, ClaimOfAKilledProcessIsRecoveredWithTheRest)
{
    Name const name;
    Child      claimant(claims_and_stops, {name});
    claimant.wait_ready();
    auto region = make(name);
    claimant.go_on();
    claimant.wait_ready();
    claimant.kill();
    auto const report = region.recover();
    EXPECT_EQ(report.schema, 1U);
    EXPECT_EQ(report.participants, 2U);
    EXPECT_TRUE(region.try_claim_schema(pose()));
}

TEST(Schema, ThatIsRequiredIsSetOnceAndThenCompared)
{
    Name const name;
    auto const region = make(name);
    auto const other  = SharedRegion::open(name);
    region.require_schema(pose(1));
    ASSERT_TRUE(other.schema());
    EXPECT_TRUE(same_bytes(*other.schema(), pose(1)));
    EXPECT_NO_THROW(other.require_schema(pose(1)));
    auto flagged  = pose(1);
    flagged.flags = 99;
    EXPECT_NO_THROW(other.require_schema(flagged)) << "flags are the user's own";
    kickmsg::Error const error = error_of([&] { other.require_schema(pose(2)); });
    EXPECT_EQ(error.code(), kickmsg::ErrorCode::SchemaMismatch);
    EXPECT_NE(std::string(error.what())
                  .find("expected my/Pose version 2 (layout by algorithm 12), found my/Pose "
                        "version 1 (layout by algorithm 12), different in version"),
              std::string::npos)
        << error.what();
}

TEST(Schema, ThatIsRequiredWhileALivingProcessIsStoppedSettingOneIsAnError)
{
    Name const name;
    Child      claimant(claims_and_stops, {name});
    claimant.wait_ready();
    auto region = make(name);
    claimant.go_on();
    claimant.wait_ready();
    kickmsg::Error const error = error_of([&] { region.require_schema(pose()); });
    EXPECT_EQ(error.code(), kickmsg::ErrorCode::NotReady);
    std::string const text = error.what();
    EXPECT_NE(text.find("pid " + std::to_string(claimant.pid())), std::string::npos) << text;
    EXPECT_NE(text.find("(let it go on"), std::string::npos) << text;
    claimant.go_on();
    EXPECT_EQ(claimant.join(), 0);
    EXPECT_EQ(error_of([&] { region.require_schema(pose()); }).code(), kickmsg::ErrorCode::SchemaMismatch)
        << "it has set one of its own";
}

TEST(Schema, ThatIsRequiredTakesBackTheClaimOfAKilledProcess)
{
    Name const name;
    Child      claimant(claims_and_stops, {name});
    claimant.wait_ready();
    auto region = make(name);
    claimant.go_on();
    claimant.wait_ready();
    claimant.kill();
    region.require_schema(pose());
    EXPECT_TRUE(same_bytes(*region.schema(), pose()));
}

TEST(Schema, NameReadBackAlwaysEnds)
{
    Name const name;
    auto       region = make(name);
    SchemaInfo info   = pose();
    std::memset(info.name, 'n', sizeof(info.name));
    ASSERT_TRUE(region.try_claim_schema(info));
    EXPECT_EQ(std::string(region.schema()->name), std::string(127, 'n'));
}
