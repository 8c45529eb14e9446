/// Types as schemas: both ends of a region have the same one, or the one that comes later is refused with both named.
#include "remedy.h"
#include "support.h"
#include "typed.h"

#include "kickmsg/TypedPublisher.h"
#include "kickmsg/TypedSubscriber.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::schema_of;
using kickmsg::SchemaInfo;
using kickmsg::SharedRegion;
using kickmsg::TypedPublisher;
using kickmsg::TypedSubscriber;
namespace schema = kickmsg::schema;

namespace {

/// Expects that `call` is refused, by an error whose text has all of `words`.
void expect_refused(ErrorCode code, std::function<void()> const& call, std::vector<std::string> const& words)
{
    Error const       error = error_of(call);
    std::string const text  = error.what();
    EXPECT_EQ(error.code(), code) << text;
    expect_remedy(error);
    for (std::string const& word : words) {
        EXPECT_NE(text.find(word), std::string::npos) << "no '" << word << "' in: " << text;
    }
}

template <class End>
std::function<void()> making(SharedRegion const& region)
{
    return [&region] { End const end(region); };
}

/// Each end's type against that of the region, whichever way round.
template <class First, class Second>
void expect_different(std::vector<std::string> const& words)
{
    {
        Name const                  name;
        auto const                  region = make(name);
        TypedPublisher<First> const publisher(region);
        expect_refused(ErrorCode::SchemaMismatch, making<TypedSubscriber<Second>>(region), words);
        expect_refused(ErrorCode::SchemaMismatch, making<TypedPublisher<Second>>(region), words);
        TypedSubscriber<First> const fitting(region);
        EXPECT_EQ(region.stats().participants.size(), 3U) << "what was refused has left";
    }
    Name const                   name;
    auto const                   region = make(name);
    TypedSubscriber<First> const subscriber(region);
    expect_refused(ErrorCode::SchemaMismatch, making<TypedPublisher<Second>>(region), words);
}

KICKMSG_CHILD(opens_then_sends_typed)
{
    self.pause();
    auto const region = SharedRegion::open(texts[0]);
    self.pause();
    try {
        if (texts[1] == "Pose") {
            TypedPublisher<Pose> const publisher(region);
        } else {
            TypedSubscriber<NextPose> const subscriber(region);
        }
        return 0;
    } catch (Error const& error) {
        return error.code() == ErrorCode::SchemaMismatch ? 1 : 2;
    }
}

} // namespace

TEST(TypeSchema, SaysNameVersionSizeAndAlignment)
{
    SchemaInfo const pose = schema_of<Pose>();
    EXPECT_STREQ(pose.name, "test/Pose");
    EXPECT_EQ(pose.version, 3U);
    auto const layout = schema::type_layout(pose);
    ASSERT_TRUE(layout);
    EXPECT_EQ(layout->size, sizeof(Pose));
    EXPECT_EQ(layout->alignment, alignof(Pose));
    EXPECT_FALSE(layout->is_slice);
    EXPECT_EQ(schema::text_of(pose), "test/Pose version 3 (24 bytes at multiples of 8)");
    EXPECT_EQ(schema::text_of(schema_of<Pose[]>()), "test/Pose[] version 3 (24 bytes at multiples of 8)");
    EXPECT_EQ(schema::text_of(schema_of<Plain>()), "a type without a name version 0 (8 bytes at multiples of 4)");
    EXPECT_EQ(schema::text_of(schema_of<Foreign>()), "foreign/Type version 7 (4 bytes at multiples of 4)");
    EXPECT_EQ(schema::text_of(SchemaInfo{}), "a type without a name version 0 (layout by algorithm 0)");
    EXPECT_FALSE(schema::type_layout(SchemaInfo{}));
}

TEST(TypeSchema, OfNumbersIsTheSameWhateverACompilerCallsThem)
{
    EXPECT_EQ(schema::diff(schema_of<long long>(), schema_of<int64_t>()), schema::Equal) << "one of them is long";
    EXPECT_STREQ(schema_of<unsigned short>().name, "uint16");
    EXPECT_STREQ(schema_of<signed char>().name, "int8");
    EXPECT_STREQ(schema_of<float>().name, "float32");
    EXPECT_STREQ(schema_of<double[]>().name, "float64");
    EXPECT_STREQ(schema_of<bool>().name, "bool");
    EXPECT_STREQ(schema_of<char>().name, "char");
    EXPECT_STREQ(schema_of<std::byte>().name, "byte");
    EXPECT_NE(schema::diff(schema_of<float>(), schema_of<int32_t>()), schema::Equal);
    EXPECT_NE(schema::diff(schema_of<uint32_t>(), schema_of<int32_t>()), schema::Equal);
}

TEST(TypeSchema, OfALongNameCountsWhole)
{
    schema::TypeLayout const layout{8, 8, false};
    std::string const        name(200, 'n');
    SchemaInfo const         one   = schema::describe_type(name + "a", 1, layout);
    SchemaInfo const         other = schema::describe_type(name + "b", 1, layout);
    EXPECT_EQ(schema::diff(one, other), schema::Identity);
    EXPECT_EQ(std::string(one.name), std::string(127, 'n'));
}

TEST(TypeSchema, IsSetByTheFirstTypedEnd)
{
    Name const            name;
    auto const            region = make(name);
    kickmsg::Subscriber   plain(region);
    TypedPublisher<Pose>  publisher(region);
    TypedSubscriber<Pose> subscriber(SharedRegion::open(name));
    ASSERT_TRUE(region.schema());
    EXPECT_EQ(kickmsg::schema::diff(*region.schema(), schema_of<Pose>()), schema::Equal);
    ASSERT_GT(publisher.send({1, 2, 3}), 0);
    auto const bytes = plain.try_receive();
    ASSERT_TRUE(bytes) << "an end without a type takes part";
    EXPECT_EQ(static_cast<Pose const*>(bytes->data())->number, 3U);
    EXPECT_EQ((*subscriber.try_receive())->number, 3U);
    kickmsg::Publisher late(region);
    Pose const         pose{4, 5, 6};
    ASSERT_GT(late.send(&pose, sizeof(pose)), 0);
    EXPECT_EQ((*subscriber.try_receive())->number, 6U);
}

TEST(TypeSchema, OfAnotherVersionIsRefusedInEitherOrderWithBothNamed)
{
    expect_different<Pose, NextPose>({"expected test/Pose version 4 (24 bytes at multiples of 8)",
                                      "found test/Pose version 3 (24 bytes at multiples of 8)", "different in version",
                                      "the same type in the same version"});
}

TEST(TypeSchema, OfAnotherSizeIsRefusedInEitherOrderWithBothNamed)
{
    expect_different<Pose, LargerPose>({"expected test/Pose version 5 (32 bytes", "found test/Pose version 3 (24 bytes",
                                        "different in layout, version"});
}

TEST(TypeSchema, OfAnotherNameIsRefusedInEitherOrderWithBothNamed)
{
    expect_different<Foreign, float>(
        {"expected float32 version 0", "found foreign/Type version 7", "different in identity, version, name"});
}

TEST(TypeSchema, OfASliceIsAnotherThanOfItsElement)
{
    expect_different<Pose, Pose[]>(
        {"expected test/Pose[] version 3", "found test/Pose version 3", "different in layout"});
}

TEST(TypeSchema, OfTypesWithoutNamesIsTheirSizeAndAlignment)
{
    Name const                   name;
    auto const                   region = make(name);
    TypedPublisher<Plain>        publisher(region);
    TypedSubscriber<OtherPlain>  subscriber(region);
    TypedSubscriber<Plain> const same(region);
    ASSERT_GT(publisher.send({3, 4}), 0);
    EXPECT_EQ((*subscriber.try_receive())->second, 4);
    expect_different<Plain, double>({"expected float64 version 0 (8 bytes at multiples of 8)",
                                     "found a type without a name version 0 (8 bytes at multiples of 4)"});
}

TEST(TypeSchema, OfAUsersOwnMakingIsAnotherThanThatOfAType)
{
    Name const name;
    auto       cfg      = small_config();
    cfg.schema          = SchemaInfo{};
    cfg.schema->version = 3;
    std::strcpy(cfg.schema->name, "test/Pose");
    auto const region = make(name, cfg);
    expect_refused(ErrorCode::SchemaMismatch, making<TypedPublisher<Pose>>(region),
                   {"found test/Pose version 3 (layout by algorithm 0)",
                    "different in identity, layout, identity_algo, layout_algo"});
    EXPECT_NO_THROW(region.require_schema(*cfg.schema));
}

TEST(TypeSchema, OfATypeThatHasNoRoomInTheRegionIsRefused)
{
    Name const name;
    auto const region = make(name);
    expect_refused(ErrorCode::Mismatch, making<TypedPublisher<Wide>>(region),
                   {"payload_alignment is 32, expected at least 128", "128 bytes at multiples of 128",
                    "raise Config::payload_alignment"});
    expect_refused(ErrorCode::Mismatch, making<TypedSubscriber<Wide[]>>(region), {"payload_alignment is 32"});
    using Long = std::array<char, 5000>;
    expect_refused(ErrorCode::Mismatch, making<TypedSubscriber<Long>>(region),
                   {"max_payload_size is 256, expected at least 5000", "raise Config::max_payload_size"});
    expect_refused(ErrorCode::Mismatch, making<TypedPublisher<Long[]>>(region), {"max_payload_size is 256"});
    EXPECT_FALSE(region.schema()) << "what was refused has set none";
    EXPECT_EQ(region.stats().participants.size(), 1U);
}

TEST(TypeSchema, OfAnEndThatFindsNoRingIsNotSet)
{
    Name const                name;
    auto const                region = make(name, small_config(64, 8, 1));
    kickmsg::Subscriber const only(region);
    EXPECT_EQ(error_of(making<TypedSubscriber<Pose>>(region)).code(), ErrorCode::NoFreeRing);
    EXPECT_FALSE(region.schema());
}

TEST(TypeSchema, ClaimedByTwoProcessesAtOnceIsThatOfOneAndTheOtherIsRefused)
{
    for (int round = 0; round < 50; ++round) {
        Name const name;
        Child      one(opens_then_sends_typed, {name, "Pose"});
        Child      two(opens_then_sends_typed, {name, "NextPose"});
        one.wait_ready();
        two.wait_ready();
        auto const region = make(name);
        for (int step = 0; step < 2; ++step) {
            one.go_on();
            two.go_on();
            if (step == 0) {
                one.wait_ready();
                two.wait_ready();
            }
        }
        int const codes[] = {one.join(), two.join()};
        ASSERT_EQ(codes[0] + codes[1], 1) << "round " << round << ": " << codes[0] << ", " << codes[1];
        ASSERT_TRUE(region.schema());
        EXPECT_EQ(region.schema()->version, codes[0] == 0 ? 3U : 4U) << "round " << round;
    }
}
