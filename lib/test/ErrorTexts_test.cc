/// One error of each code, as the library throws it: its text names the object and ends with what to do.
#include "RegionHeader.h"
#include "kickmsg/Node.h"
#include "raw_region.h"
#include "remedy.h"
#include "support.h"

#include <cerrno>
#include <set>

using namespace kickmsg_test;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::Node;
using kickmsg::SharedRegion;
using kickmsg::channel::Config;
using kickmsg::channel::PubSub;

namespace {

void expect(ErrorCode code, std::function<void()> const& call, std::string const& remedy)
{
    Error const error = error_of(call);
    EXPECT_EQ(error.code(), code) << error.what();
    expect_remedy(error);
    EXPECT_NE(remedy_in(error.what()).find(remedy), std::string::npos) << error.what();
}

/// An error of opening a region that `spoil` has been at.
void expect_spoiled(ErrorCode code, std::function<void(kickmsg::detail::RegionHeader&)> const& spoil,
                    std::string const& remedy)
{
    Name const name("spoiled");
    auto const kept = [&] {
        auto const region = make(name);
        return keep(name);
    }();
    spoil(RawRegion(name).header());
    expect(
        code, [&] { SharedRegion::open(name); }, remedy);
    expect(
        code, [&] { make(name); }, remedy);
    expect(
        code, [&] { SharedRegion::create_or_open(name, PubSub, small_config()); }, remedy);
}

} // namespace

TEST(ErrorTexts, OfBadNamesAndConfigsSayWhatToChoose)
{
    Node const node("n", prefix());
    expect(
        ErrorCode::InvalidName, [] { make(""); }, "\"/name\"");
    expect(
        ErrorCode::InvalidName, [] { make("/a/b"); }, "\"/name\"");
    expect(
        ErrorCode::InvalidName, [] { make(std::string(300, 'x')); }, "choose a shorter name");
    expect(
        ErrorCode::InvalidName, [&] { node.topic_region(""); }, "choose another name");
    expect(
        ErrorCode::InvalidName, [&] { node.topic_region(std::string(300, 'x')); }, "choose a shorter name");
    expect(
        ErrorCode::InvalidName, [&] { node.topic_region(std::string("a\0b", 3)); }, "choose another name");
    Config zero    = small_config();
    zero.pool_size = 0;
    expect(
        ErrorCode::InvalidConfig, [&] { make("/never", zero); }, "choose such a value");
    auto const type = static_cast<kickmsg::channel::Type>(7);
    expect(
        ErrorCode::InvalidConfig, [&] { SharedRegion::create("/never", type, small_config()); }, "choose one");
}

TEST(ErrorTexts, OfRegionsThatOthersHoldSayHowToJoinOrEndThem)
{
    Name const name;
    expect(
        ErrorCode::NotFound, [&] { SharedRegion::open(name); }, "create_or_open");
    auto const region = make(name, small_config(64, 8, 1));
    expect(
        ErrorCode::InUse, [&] { make(name); }, "end its users");
    Config other    = small_config(64, 8, 1);
    other.pool_size = 65;
    expect(
        ErrorCode::Mismatch, [&] { SharedRegion::create_or_open(name, PubSub, other); }, "the same Config");
}

TEST(ErrorTexts, OfExhaustedPlacesNameTheFieldToRaise)
{
    Name const name;
    Config     cfg             = small_config(64, 8, 1);
    cfg.max_publishers         = 1;
    auto                region = make(name, cfg);
    kickmsg::Subscriber subscriber(region);
    kickmsg::Publisher  publisher(region);
    expect(
        ErrorCode::NoFreeRing, [&] { kickmsg::Subscriber second(region); }, "Config::max_subscribers");
    expect(
        ErrorCode::NoFreeRecord, [&] { kickmsg::Publisher second(region); }, "Config::max_publishers");
}

TEST(ErrorTexts, OfAnotherSchemaSayToUseTheSameType)
{
    Name const          name;
    auto const          region = make(name);
    kickmsg::SchemaInfo info{};
    region.require_schema(info);
    info.version = 1;
    expect(
        ErrorCode::SchemaMismatch, [&] { region.require_schema(info); }, "use the same type in the same version");
}

TEST(ErrorTexts, OfTwoNamesOnOneRegionSayToRenameOne)
{
    Node node("n", prefix());
    auto publisher = node.advertise("a b", small_config());
    expect(
        ErrorCode::NameCollision, [&] { node.subscribe("a_b"); }, "rename one of the two");
    node.unlink_topic("a b");
}

/// An upgrade: the region of the version before is still there, all its users have ended.
TEST(ErrorTexts, OfAnotherLayoutVersionSayWhoRemovesItAndHow)
{
    expect_spoiled(
        ErrorCode::WrongVersion, [](kickmsg::detail::RegionHeader& header) { header.version = 1; },
        "when all its users have ended, remove it by SharedMemory::unlink(\"/");
}

TEST(ErrorTexts, OfSpoiledRegionsSayHowToRemoveThem)
{
    using Header             = kickmsg::detail::RegionHeader;
    char const* const remove = "remove it with SharedMemory::unlink";
    expect_spoiled(
        ErrorCode::Corrupt, [](Header& header) { header.magic = 7; }, remove);
    expect_spoiled(
        ErrorCode::Corrupt, [](Header& header) { header.type = 7; }, remove);
    expect_spoiled(
        ErrorCode::Corrupt, [](Header& header) { header.geometry.pool_size = 0; }, remove);
    expect_spoiled(
        ErrorCode::Corrupt, [](Header& header) { header.geometry.slots_offset += 64; }, remove);
    expect_spoiled(
        ErrorCode::Corrupt, [](Header& header) { header.geometry.total_size += 4096; }, remove);
    expect_spoiled(
        ErrorCode::NotReady, [](Header& header) { header.magic = 0; }, remove);
    expect_spoiled(
        ErrorCode::NotReady, [](Header& header) { header.state.store(0); }, remove);
}

TEST(ErrorTexts, OfHandlesThatMovedSayWhichToUse)
{
    Name const name;
    auto       region = make(name);
    auto const moved  = std::move(region);
    expect(
        ErrorCode::InvalidHandle, [&] { region.name(); }, "open the region anew");
}

TEST(ErrorTexts, EndWithTheUsualRemedyWhereNoneIsGiven)
{
    std::set<std::string> remedies;
    int const             last = static_cast<int>(ErrorCode::SchemaMismatch);
    for (int code = 0; code <= last; ++code) {
        Error const error(static_cast<ErrorCode>(code), "/object", "what happened", EIO);
        expect_remedy(error);
        EXPECT_EQ(error.os_error(), EIO);
        EXPECT_EQ(std::string(error.what()).find("kickmsg: /object: what happened ("), 0U) << error.what();
        remedies.insert(remedy_in(error.what()));
    }
    EXPECT_EQ(remedies.size(), static_cast<std::size_t>(last)) << "two share one: Corrupt, NotReady";
    EXPECT_EQ(static_cast<int>(ErrorCode::PermissionDenied), 12) << "the numbers are part of the binary interface";
    EXPECT_EQ(static_cast<int>(ErrorCode::System), 14);
    EXPECT_EQ(static_cast<int>(ErrorCode::LimitReached), 15);
    EXPECT_EQ(static_cast<int>(ErrorCode::SchemaMismatch), 16);
}
