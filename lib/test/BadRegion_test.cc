/// What may lie under a name and is not a usable region: each is reported by its own error, and nothing is touched.
#include "kickmsg/core/Words.h"
#include "kickmsg/os/Liveness.h"
#include "raw_region.h"
#include "support.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#if !defined(_WIN32)
#include <sys/stat.h>
#include <unistd.h>
#endif

using namespace kickmsg_test;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::SharedMemory;
using kickmsg::SharedRegion;
using kickmsg::channel::Config;
using kickmsg::channel::PubSub;
using kickmsg::detail::RegionHeader;

namespace {

/// Made, and let go by all but the process that looks at it.
RawRegion make_stale(std::string const& name)
{
    auto const region = make(name);
    return RawRegion(name);
}

void expect_error(Error const& error, ErrorCode code, std::string const& name, std::vector<std::string> const& texts)
{
    EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(code)) << error.what();
    EXPECT_EQ(error.object(), name);
    for (std::string const& text : texts) {
        EXPECT_NE(std::string(error.what()).find(text), std::string::npos)
            << "no '" << text << "' in: " << error.what();
    }
}

/// open(), create() and create_or_open() refuse what lies there, and leave every byte of it as it is.
template <class Contents>
void expect_refusal(std::string const& name, ErrorCode code, std::vector<std::string> const& texts, Contents contents)
{
    auto const before = contents();
    expect_error(error_of([&] { SharedRegion::open(name); }), code, name, texts);
    expect_error(error_of([&] { make(name); }), code, name, texts);
    expect_error(error_of([&] { SharedRegion::create_or_open(name, PubSub, small_config()); }), code, name, texts);
    EXPECT_TRUE(contents() == before) << "a refused region was written to";
    EXPECT_TRUE(SharedMemory::unlink(name));
    EXPECT_EQ(make(name).info().pool_size, 64U) << "after the remedy that the message names";
}

/// The same, of a region whose header `spoil` has changed.
void expect_spoiled_refused(void (*spoil)(RegionHeader&), ErrorCode code, std::vector<std::string> const& texts)
{
    Name const name;
    RawRegion  raw = make_stale(name);
    spoil(raw.header());
    expect_refusal(name, code, texts, [&raw] { return raw.bytes(); });
}

#if defined(KICKMSG_REGIONS_ARE_FILES)
std::string path_of(std::string const& name)
{
    return "/dev/shm" + name;
}

void write_file(std::string const& name, std::string const& text)
{
    std::ofstream(path_of(name), std::ios::binary) << text;
}

void expect_file_refused(std::string const& name, ErrorCode code, std::vector<std::string> const& texts)
{
    expect_refusal(name, code, texts, [&name] {
        std::ifstream file(path_of(name), std::ios::binary);
        return std::vector<char>(std::istreambuf_iterator<char>(file), {});
    });
}
#endif

} // namespace

TEST(BadRegion, NameThatIsEmptyOrMalformedIsRefused)
{
    for (std::string const& name :
         {std::string(), std::string("/"), std::string("//"), std::string("/a/b"), std::string("a/b"),
          std::string("/."), std::string("/.."), std::string("/a\0b", 4)}) {
        for (auto const& call :
             {std::function<void()>([&] { make(name); }), std::function<void()>([&] { SharedRegion::open(name); }),
              std::function<void()>([&] { SharedRegion::create_or_open(name, PubSub, small_config()); })}) {
            EXPECT_EQ(error_of(call).code(), ErrorCode::InvalidName) << "'" << name << "'";
        }
        EXPECT_FALSE(SharedMemory::unlink(name));
    }
}

TEST(BadRegion, NameThatIsTooLongIsRefusedWithTheLimit)
{
    Name const        stem;
    std::string const longest = stem.str() + std::string(region_name_limit - stem.str().size(), 'x');
    std::string const limits =
        std::to_string(region_name_limit + 1) + " bytes, at most " + std::to_string(region_name_limit);
    {
        auto const region = make(longest);
        EXPECT_EQ(region.name(), longest);
        EXPECT_TRUE(SharedMemory::unlink(longest));
    }
    for (auto const& call : {std::function<void()>([&] { make(longest + "x"); }),
                             std::function<void()>([&] { SharedRegion::open(longest + "x"); })}) {
        Error const error = error_of(call);
        EXPECT_EQ(error.code(), ErrorCode::InvalidName);
        EXPECT_NE(std::string(error.what()).find(limits), std::string::npos) << error.what();
    }
}

TEST(BadRegion, MissingIsNotFound)
{
    Name const  name;
    Error const error = error_of([&] { SharedRegion::open(name); });
    expect_error(error, ErrorCode::NotFound, name, {"there is no such region"});
    EXPECT_EQ(error.os_error(), ENOENT);
}

TEST(BadRegion, OfAnotherLayoutVersionIsRefusedWithBothVersions)
{
    expect_spoiled_refused([](RegionHeader& header) { header.version = 1; }, ErrorCode::WrongVersion,
                           {"layout version 1,", "speaks version 5", "remove it by SharedMemory::unlink"});
    expect_spoiled_refused([](RegionHeader& header) { header.version = 77; }, ErrorCode::WrongVersion,
                           {"layout version 77,", "speaks version 5"});
}

TEST(BadRegion, OfForeignBytesIsNoRegion)
{
    expect_spoiled_refused([](RegionHeader& header) { header.magic ^= 1; }, ErrorCode::Corrupt,
                           {"not a kickmsg region", "foreign bytes"});
}

TEST(BadRegion, StillBeingCreatedIsNotReady)
{
    expect_spoiled_refused([](RegionHeader& header) { header.magic = 0; }, ErrorCode::NotReady,
                           {"still being created", "SharedMemory::unlink"});
}

TEST(BadRegion, WhoseCreatorDiedHalfWayIsNotReady)
{
    expect_spoiled_refused([](RegionHeader& header) { header.state.store(0); }, ErrorCode::NotReady,
                           {"its creator died", "not marked ready", "SharedMemory::unlink"});
}

TEST(BadRegion, OffsetsThatContradictTheGeometryAreRefused)
{
    std::vector<std::string> const text{"its offsets contradict its geometry"};
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.records_offset += 128; }, ErrorCode::Corrupt, text);
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.holds_offset -= 128; }, ErrorCode::Corrupt, text);
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.rings_offset = 0; }, ErrorCode::Corrupt, text);
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.entries_offset = ~0ULL; }, ErrorCode::Corrupt, text);
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.hidden_offset += 128; }, ErrorCode::Corrupt, text);
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.slots_offset = 1ULL << 40; }, ErrorCode::Corrupt, text);
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.slot_stride *= 2; }, ErrorCode::Corrupt, text);
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.payload_offset = 0; }, ErrorCode::Corrupt, text);
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.total_size -= 4096; }, ErrorCode::Corrupt, text);
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.pool_size += 1; }, ErrorCode::Corrupt, text);
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.max_views = 0; }, ErrorCode::Corrupt, text);
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.send_time = 1; }, ErrorCode::Corrupt, text);
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.send_time = 2; }, ErrorCode::Corrupt, text);
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.history = 1; }, ErrorCode::Corrupt, text);
}

TEST(BadRegion, ImpossibleGeometryIsRefusedByItsField)
{
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.ring_capacity = 7; }, ErrorCode::Corrupt,
                           {"impossible geometry", "sub_ring_capacity: is 7"});
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.max_subscribers = 64; }, ErrorCode::Corrupt,
                           {"impossible geometry", "max_subscribers: is 64"});
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.max_views = 65; }, ErrorCode::Corrupt,
                           {"impossible geometry", "max_views: is 65"});
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.history = 8; }, ErrorCode::Corrupt,
                           {"impossible geometry", "history: is 8"});
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.history = 0xffffffff; }, ErrorCode::Corrupt,
                           {"impossible geometry"});
    expect_spoiled_refused([](RegionHeader& h) { h.geometry.max_payload_size = ~0ULL; }, ErrorCode::Corrupt,
                           {"impossible geometry", "max_payload_size: is 18446744073709551615"});
}

TEST(BadRegion, OfAnUnknownTypeIsRefused)
{
    expect_spoiled_refused([](RegionHeader& header) { header.type = 9; }, ErrorCode::Corrupt, {"unknown type 9"});
}

TEST(BadRegion, CreateRefusesATypeThatOpenWouldNotTake)
{
    Name const name;
    auto const unknown = static_cast<kickmsg::channel::Type>(9);
    for (auto const& call :
         {std::function<void()>([&] { SharedRegion::create(name, unknown, small_config()); }),
          std::function<void()>([&] { SharedRegion::create_or_open(name, unknown, small_config()); })}) {
        EXPECT_EQ(error_of(call).code(), ErrorCode::InvalidConfig);
        EXPECT_FALSE(SharedMemory::unlink(name));
    }
}

TEST(BadRegion, OfAnotherGeometryIsRefusedByEachField)
{
    struct Case {
        void (*change)(Config&);
        char const* text;
    };
    Case const cases[] = {
        {[](Config& c) { c.max_subscribers = 5; }, "max_subscribers is 4, expected 5"},
        {[](Config& c) { c.sub_ring_capacity = 16; }, "sub_ring_capacity is 8, expected 16"},
        {[](Config& c) { c.pool_size = 65; }, "pool_size is 64, expected 65"},
        {[](Config& c) { c.max_payload_size = 257; }, "max_payload_size is 256, expected 257"},
        {[](Config& c) { c.max_publishers = 5; }, "max_publishers is 4, expected 5"},
        {[](Config& c) { c.payload_alignment = 64; }, "payload_alignment is 32, expected 64"},
        {[](Config& c) { c.max_views = 13; }, "max_views is 12, expected 13"},
        {[](Config& c) { c.send_time = true; }, "send_time is 0, expected 1"},
    };
    Name const name;
    auto const region = make(name);
    for (Case const& test : cases) {
        Config cfg = small_config();
        test.change(cfg);
        expect_error(error_of([&] { SharedRegion::create_or_open(name, PubSub, cfg); }), ErrorCode::Mismatch, name,
                     {test.text});
    }
    expect_error(error_of([&] { SharedRegion::create_or_open(name, kickmsg::channel::Broadcast, small_config()); }),
                 ErrorCode::Mismatch, name, {"type is 1, expected 2"});
    EXPECT_FALSE(region.diagnose().unlinked);
    EXPECT_EQ(region.stats().participants.size(), 1U) << "a refused opener left its record behind";
}

#if defined(KICKMSG_REGIONS_ARE_FILES)
TEST(BadRegion, AFileOfForeignBytesIsNoRegion)
{
    Name const name;
    write_file(name, std::string(100000, 'x'));
    expect_file_refused(name, ErrorCode::Corrupt, {"not a kickmsg region", "foreign bytes"});
}

TEST(BadRegion, AnEmptyFileIsNotReady)
{
    Name const empty;
    write_file(empty, "");
    expect_file_refused(empty, ErrorCode::NotReady, {"empty", "still being created", "SharedMemory::unlink"});
}

TEST(BadRegion, TruncatedIsRefusedWithBothSizes)
{
    std::size_t const whole = kickmsg::channel::footprint(small_config());
    Name const        name;
    make(name);
    ASSERT_EQ(truncate(path_of(name).c_str(), static_cast<off_t>(whole - 4096)), 0);
    expect_file_refused(name, ErrorCode::Corrupt,
                        {"truncated: " + std::to_string(whole - 4096), std::to_string(whole)});
    SharedMemory::unlink(name);
    make(name);
    ASSERT_EQ(truncate(path_of(name).c_str(), 100), 0);
    expect_file_refused(name, ErrorCode::Corrupt,
                        {"truncated: 100 bytes", "at least " + std::to_string(sizeof(RegionHeader))});
    SharedMemory::unlink(name);
    write_file(name, "kick");
    expect_file_refused(name, ErrorCode::Corrupt,
                        {"truncated: 4 bytes", "at least " + std::to_string(sizeof(RegionHeader))});
}

TEST(BadRegion, LargerThanItsGeometryIsRefused)
{
    Name const name;
    make(name);
    std::size_t const whole = kickmsg::channel::footprint(small_config());
    ASSERT_EQ(truncate(path_of(name).c_str(), static_cast<off_t>(whole + 4096)), 0);
    expect_file_refused(name, ErrorCode::Corrupt, {std::to_string(whole + 4096), std::to_string(whole)});
}

TEST(BadRegion, WithoutPermissionIsRefused)
{
    Name const name;
    auto const region = make(name);
    ASSERT_EQ(chmod(path_of(name).c_str(), 0), 0);
    Child     stranger([&](Child&) {
        if (geteuid() == 0 && setuid(65534) != 0) {
            return 77;
        }
        for (auto const& call :
             {std::function<void()>([&] { SharedRegion::open(name); }), std::function<void()>([&] { make(name); }),
              std::function<void()>([&] { SharedRegion::create_or_open(name, PubSub, small_config()); })}) {
            Error const error = error_of(call);
            expect_error(error, ErrorCode::PermissionDenied, name, {"the permission bits", "Config::mode"});
            EXPECT_EQ(error.os_error(), EACCES);
        }
        return testing::Test::HasFailure() ? 1 : 0;
    });
    int const code = stranger.join();
    if (code == 77) {
        GTEST_SKIP() << "root may not become another user here";
    }
    EXPECT_EQ(code, 0);
    EXPECT_FALSE(region.diagnose().unlinked);
    EXPECT_EQ(region.stats().participants.size(), 1U);
}
#endif

#if !defined(KICKMSG_REGIONS_ARE_FILES) // there it is disarmed, and delays nobody
TEST(BadRegion, WhoseReplacerStandsStillIsRefusedAsInUse)
{
    Name const                  name;
    RawRegion                   raw         = make_stale(name);
    SharedMemory const          memory      = SharedMemory::open(name);
    constexpr uint64_t          incarnation = 1000;
    std::string const           words       = "others have been replacing this region for about a second";
    Config const                other       = small_config(32);
    std::function<void()> const calls[]     = {[&] { SharedRegion::open(name); }, [&] { make(name); },
                                               [&] { SharedRegion::create_or_open(name, PubSub, other); }};
    {
        kickmsg::os::ProofOfLife const replacer(memory, kickmsg::os::Role::Replacer, incarnation);
        raw.header().state.store(kickmsg::core::OwnerWord::make(kickmsg::core::OwnerWord::Retired, 0, incarnation));
        for (auto const& call : calls) {
            expect_error(error_of(call), ErrorCode::InUse, name, {words});
        }
    }
    EXPECT_EQ(SharedRegion::open(name).info().pool_size, small_config().pool_size) << "its replacer is dead now";
}
#endif
