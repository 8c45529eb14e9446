/// Blackboards in one process: what is written and read, who may write, names, types, sizes, and what is refused.
#include "BoardLayout.h"
#include "only_woken.h"
#include "raw_region.h"
#include "remedy.h"
#include "support.h"

#include "kickmsg/Node.h"
#include "kickmsg/os/Liveness.h"
#include "kickmsg/os/Time.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Blackboard;
using kickmsg::BlackboardConfig;
using kickmsg::BlackboardReader;
using kickmsg::BlackboardWriter;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::Node;
using kickmsg::SharedRegion;
using kickmsg::ValueInfo;
using kickmsg::WriterState;

namespace {

constexpr char const* name = "state";

bool contains(Error const& error, std::string const& text)
{
    return std::string(error.what()).find(text) != std::string::npos;
}

BlackboardConfig small_board(uint32_t keys = 8, std::size_t size = 256)
{
    BlackboardConfig cfg;
    cfg.max_keys       = keys;
    cfg.max_value_size = size;
    cfg.max_handles    = 4;
    return cfg;
}

struct Boards {
    Boards()
    {
        node.unlink_blackboard(name);
    }
    ~Boards()
    {
        node.unlink_blackboard(name);
    }
    Blackboard open(BlackboardConfig const& cfg = small_board())
    {
        return node.blackboard(name, cfg);
    }

    Node node{"test", prefix()};
};

std::string text_of(BlackboardReader& reader)
{
    char          found[4096];
    int32_t const length = reader.read(found, sizeof(found));
    return length >= 0 ? std::string(found, static_cast<std::size_t>(length)) : "error " + std::to_string(length);
}

int32_t write(BlackboardWriter& writer, std::string const& text)
{
    return writer.write(text.data(), text.size());
}

struct Spot {
    static constexpr char const* schema_name    = "test/Spot";
    static constexpr uint32_t    schema_version = 1;
    double                       x, y;
};
struct NextSpot {
    static constexpr char const* schema_name    = "test/Spot";
    static constexpr uint32_t    schema_version = 2;
    double                       x, y;
};

} // namespace

TEST(Blackboard, AValueIsReadAsItWasWritten)
{
    Boards           boards;
    Blackboard       board  = boards.open();
    BlackboardWriter writer = board.writer("pose");
    BlackboardReader reader = board.reader("pose");
    char             found[8];
    EXPECT_EQ(reader.read(found, sizeof(found)), -ENODATA);
    EXPECT_EQ(reader.version(), 0U);
    for (std::size_t length = 0; length <= board.max_value_size(); ++length) {
        std::string const text(length, static_cast<char>('a' + length % 26));
        EXPECT_EQ(write(writer, text), static_cast<int32_t>(length));
        EXPECT_EQ(text_of(reader), text);
        EXPECT_EQ(reader.seen(), length + 1);
        EXPECT_EQ(writer.version(), length + 1);
    }
    EXPECT_EQ(write(writer, std::string(board.max_value_size() + 1, 'x')), -EMSGSIZE);
    EXPECT_EQ(writer.key(), "pose");
    EXPECT_EQ(reader.key(), "pose");
}

TEST(Blackboard, AValueSaysItsVersionAndWhenItWasWritten)
{
    Boards           boards;
    Blackboard       board  = boards.open();
    BlackboardWriter writer = board.writer("pose");
    BlackboardReader reader = board.reader("pose");
    uint64_t const   before = kickmsg::monotonic_ns();
    ASSERT_EQ(write(writer, "one"), 3);
    ASSERT_EQ(write(writer, "three"), 5);
    char      found[4];
    ValueInfo info;
    EXPECT_EQ(reader.read(found, sizeof(found), &info), -EMSGSIZE);
    EXPECT_EQ(info.size, 5U);
    EXPECT_EQ(reader.seen(), 0U) << "a value that had no room was not read";
    char room[5];
    EXPECT_EQ(reader.read(room, sizeof(room), &info), 5);
    EXPECT_EQ(info.version, 2U);
    EXPECT_GE(info.written_ns, before);
    EXPECT_LE(info.written_ns, kickmsg::monotonic_ns());
    EXPECT_GE(info.age(), 0ns);
    auto const year = std::chrono::duration_cast<std::chrono::nanoseconds>(24h * 365).count();
    EXPECT_GT(info.wall_ns, static_cast<uint64_t>(year) * 40) << "not since 1970";
}

TEST(Blackboard, AKeyHasOneWriterAndTheErrorNamesIt)
{
    Boards                          boards;
    Blackboard                      board  = boards.open();
    std::optional<BlackboardWriter> writer = board.writer("pose");
    ASSERT_EQ(write(*writer, "first"), 5);
    Error const own = error_of([&] { (void)board.writer("pose"); });
    EXPECT_EQ(own.code(), ErrorCode::InUse);
    EXPECT_TRUE(contains(own, "key 'pose' has a living writer: of this Blackboard itself")) << own.what();
    expect_remedy(own);

    Blackboard  other = boards.open();
    Error const error = error_of([&] { (void)other.writer("pose"); });
    EXPECT_EQ(error.code(), ErrorCode::InUse);
    EXPECT_TRUE(contains(error, "pid " + std::to_string(kickmsg::os::process_id()))) << error.what();
    BlackboardReader reader = other.reader("pose");
    EXPECT_EQ(reader.writer().state, WriterState::Alive);
    EXPECT_EQ(reader.writer().pid, kickmsg::os::process_id());

    writer.reset();
    EXPECT_EQ(reader.writer().state, WriterState::None);
    EXPECT_EQ(text_of(reader), "first") << "the value has gone with its writer";
    BlackboardWriter next = other.writer("pose");
    EXPECT_EQ(write(next, "second"), 6);
    EXPECT_EQ(reader.version(), 2U) << "the next writer does not go on from the last version";
}

TEST(Blackboard, AHandleThatIsMovedTakesItsKeyAlong)
{
    Boards           boards;
    Blackboard       board = boards.open();
    BlackboardWriter a     = board.writer("a");
    BlackboardWriter b     = board.writer("b");
    b                      = std::move(a); // gives up the key b
    EXPECT_FALSE(a);                       // NOLINT(bugprone-use-after-move): that is what is asked
    EXPECT_EQ(a.write("x", 1), -EBADF);
    EXPECT_EQ(b.key(), "a");
    EXPECT_EQ(write(b, "x"), 1);
    BlackboardWriter again = board.writer("b");
    EXPECT_TRUE(again);
    Blackboard moved = std::move(board);
    EXPECT_EQ(error_of([&] { (void)board.values(); }).code(),
              ErrorCode::InvalidHandle); // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(moved.values().size(), 2U);
}

TEST(Blackboard, AReaderThatWasMovedFromReadsNothingAndWaitsForNothing)
{
    Boards           boards;
    Blackboard       board  = boards.open();
    BlackboardReader reader = board.reader("a");
    BlackboardReader moved  = std::move(reader);
    char             found[8];
    EXPECT_TRUE(moved);
    EXPECT_FALSE(reader); // NOLINT(bugprone-use-after-move): that is what is asked
    EXPECT_EQ(reader.read(found, sizeof(found)), -EBADF);
    EXPECT_FALSE(reader.wait_for_change(std::chrono::hours(1)));
    EXPECT_EQ(reader.version(), 0U);
    EXPECT_EQ(reader.key(), "");
    EXPECT_EQ(reader.writer().state, WriterState::None);
}

TEST(Blackboard, HandlesOutliveTheBlackboard)
{
    Boards                          boards;
    std::optional<BlackboardWriter> writer;
    std::optional<BlackboardReader> reader;
    {
        Blackboard board = boards.open();
        writer.emplace(board.writer("pose"));
        reader.emplace(board.reader("pose"));
    }
    EXPECT_EQ(write(*writer, "later"), 5);
    EXPECT_EQ(text_of(*reader), "later");
}

TEST(Blackboard, ListsItsValuesByName)
{
    Boards           boards;
    Blackboard       board = boards.open();
    BlackboardWriter b     = board.writer("b");
    BlackboardWriter a     = board.writer("a");
    BlackboardReader c     = board.reader("c");
    ASSERT_EQ(write(a, "four"), 4);
    auto const all = board.values();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].key, "a");
    EXPECT_EQ(all[0].info.version, 1U);
    EXPECT_EQ(all[0].info.size, 4U);
    EXPECT_EQ(all[0].writer.state, WriterState::Alive);
    EXPECT_EQ(all[1].key, "b");
    EXPECT_EQ(all[1].info.version, 0U);
    EXPECT_EQ(all[2].key, "c");
    EXPECT_EQ(all[2].writer.state, WriterState::None);
    EXPECT_TRUE(board.has("c"));
    EXPECT_FALSE(board.has("d"));
    EXPECT_EQ(board.values().size(), 3U) << "asking for a key has added it";
}

TEST(Blackboard, NamesOfAnyBytesAndLengthsAreTheirOwnKeys)
{
    Boards     boards;
    Blackboard board = boards.open(small_board(200));
    for (std::size_t length = 1; length <= BlackboardConfig::name_limit; ++length) {
        std::string const key(length, '\xff');
        BlackboardWriter  writer = board.writer(key);
        ASSERT_EQ(write(writer, std::to_string(length)), static_cast<int32_t>(std::to_string(length).size()));
    }
    Blackboard other = boards.open(small_board(200));
    for (std::size_t length = 1; length <= BlackboardConfig::name_limit; ++length) {
        BlackboardReader reader = other.reader(std::string(length, '\xff'));
        EXPECT_EQ(text_of(reader), std::to_string(length));
    }
    EXPECT_EQ(other.values().size(), BlackboardConfig::name_limit);
    for (std::string const& wrong : {std::string(), std::string(128, 'x'), std::string("a\0b", 3)}) {
        Error const error = error_of([&] { (void)board.writer(wrong); });
        EXPECT_EQ(error.code(), ErrorCode::InvalidName);
        expect_remedy(error);
    }
}

TEST(Blackboard, AKeyTooManyIsRefusedWithWhatToDo)
{
    Boards     boards;
    Blackboard board = boards.open(small_board(3));
    (void)board.reader("a");
    (void)board.reader("b");
    (void)board.reader("c");
    Error const error = error_of([&] { (void)board.reader("d"); });
    EXPECT_EQ(error.code(), ErrorCode::LimitReached);
    EXPECT_TRUE(contains(error, "max_keys = 3")) << error.what();
    expect_remedy(error);
    EXPECT_NO_THROW((void)board.writer("b"));
}

TEST(Blackboard, ThousandsOfKeysKeepTheirValues)
{
    constexpr uint32_t keys = 5000;
    Boards             boards;
    Blackboard         board = boards.open(small_board(keys, 8));
    for (uint32_t i = 0; i < keys; ++i) {
        BlackboardWriter writer = board.writer("key " + std::to_string(i));
        ASSERT_EQ(writer.write(&i, sizeof(i)), 4);
    }
    for (uint32_t i = 0; i < keys; ++i) {
        uint32_t         found  = 0;
        BlackboardReader reader = board.reader("key " + std::to_string(i));
        ASSERT_EQ(reader.read(&found, sizeof(found)), 4);
        ASSERT_EQ(found, i);
    }
    EXPECT_EQ(board.values().size(), keys);
}

TEST(Blackboard, ValuesOfATypeMeetOnlyThatType)
{
    Boards     boards;
    Blackboard board  = boards.open();
    auto       writer = board.writer<Spot>("pose");
    auto       reader = board.reader<Spot>("pose");
    EXPECT_FALSE(reader.read());
    EXPECT_TRUE(writer.write({1, 2}));
    ValueInfo  info;
    auto const found = reader.read(&info);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->y, 2);
    EXPECT_EQ(info.size, sizeof(Spot));
    EXPECT_FALSE(reader.has_changed());
    Error const error = error_of([&] { (void)board.reader<NextSpot>("pose"); });
    EXPECT_EQ(error.code(), ErrorCode::SchemaMismatch);
    EXPECT_TRUE(contains(error, "key 'pose'")) << error.what();
    expect_remedy(error);
    EXPECT_EQ(error_of([&] { (void)board.writer<NextSpot>("pose"); }).code(), ErrorCode::SchemaMismatch);
    EXPECT_TRUE(board.values().front().typed);
    uint64_t const type = board.values().front().type;
    EXPECT_NE(type, 0U);
    (void)board.reader("untyped");
    (void)board.reader<Spot>("spot"); // after pose
    EXPECT_EQ(board.values().at(1).type, type) << "a number of the type, whatever the key";
    EXPECT_EQ(board.values().back().type, 0U);

    BlackboardReader raw = board.reader("pose");
    EXPECT_EQ(text_of(raw).size(), sizeof(Spot));
    using Big = std::array<uint64_t, 100>;
    EXPECT_EQ(error_of([&] { (void)board.reader<Big>("big"); }).code(), ErrorCode::Mismatch);
}

TEST(Blackboard, AValueThatIsNotOfTheTypeIsNotReadAsOne)
{
    Boards           boards;
    Blackboard       board  = boards.open();
    BlackboardWriter raw    = board.writer("pose");
    auto             reader = board.reader<Spot>("pose");
    EXPECT_EQ(write(raw, "short"), 5);
    EXPECT_FALSE(reader.read());
    EXPECT_EQ(write(raw, std::string(sizeof(Spot) + 1, 'x')), static_cast<int32_t>(sizeof(Spot) + 1));
    EXPECT_FALSE(reader.read());
}

TEST(Blackboard, OtherSizesAreRefusedByName)
{
    Boards           boards;
    Blackboard       board = boards.open(small_board(8));
    BlackboardConfig cfg   = small_board(9);
    Error const      error = error_of([&] { (void)boards.open(cfg); });
    EXPECT_EQ(error.code(), ErrorCode::Mismatch);
    EXPECT_TRUE(contains(error, "max_keys is 8, expected 9")) << error.what();
    expect_remedy(error);
    EXPECT_EQ(boards.node.open_blackboard(name).max_keys(), 8U);
    EXPECT_EQ(Blackboard::open(board.region()).max_value_size(), 256U);

    cfg.max_keys = BlackboardConfig::key_limit + 1;
    EXPECT_TRUE(contains(error_of([&] { (void)boards.open(cfg); }), "BlackboardConfig::max_keys"));
    cfg          = small_board();
    cfg.max_keys = 0;
    EXPECT_EQ(error_of([&] { (void)boards.open(cfg); }).code(), ErrorCode::InvalidConfig);
    cfg                = small_board();
    cfg.max_value_size = BlackboardConfig::value_limit + 1;
    EXPECT_EQ(error_of([&] { (void)kickmsg::footprint(cfg); }).code(), ErrorCode::InvalidConfig);
    cfg.max_value_size = BlackboardConfig::value_limit;
    EXPECT_GT(kickmsg::footprint(cfg), BlackboardConfig::value_limit * 4);
}

TEST(Blackboard, OfOtherUsersOrSizesThatOnlyTheDeadLeftIsReplaced)
{
    Boards boards;
    {
        Blackboard board = boards.open(small_board(8));
        (void)board.reader("a");
    }
    Blackboard board = boards.open(small_board(9));
    EXPECT_EQ(board.max_keys(), 9U);
    EXPECT_TRUE(board.values().empty());
}

TEST(Blackboard, ValuesStayWhereNobodyHasItOpen)
{
    Boards boards;
    {
        Blackboard       board  = boards.open();
        BlackboardWriter writer = board.writer("a");
        ASSERT_EQ(write(writer, "kept"), 4);
#if defined(_WIN32)
        GTEST_SKIP() << "there a region ends with its last user";
#endif
    }
    Blackboard       board  = boards.open();
    BlackboardReader reader = board.reader("a");
    EXPECT_EQ(text_of(reader), "kept");
    EXPECT_EQ(reader.writer().state, WriterState::None);
}

TEST(Blackboard, HandlesTooManyAreRefusedWithTheLimitAndTheLiving)
{
    Boards                  boards;
    std::vector<Blackboard> open;
    Error const             error = error_of([&] {
        for (int i = 0; i < 100; ++i) {
            open.push_back(boards.open());
        }
    });
    EXPECT_EQ(error.code(), ErrorCode::NoFreeRecord);
    EXPECT_GE(open.size(), 4U);
    EXPECT_TRUE(contains(error, "max_handles = 4")) << error.what();
    EXPECT_TRUE(contains(error, "pid " + std::to_string(kickmsg::os::process_id()))) << error.what();
    expect_remedy(error);
}

TEST(Blackboard, MeetsNoTopicAndNoRegionOfMessages)
{
    Boards      boards;
    Blackboard  board = boards.open();
    Error const taken = error_of([&] { (void)boards.node.advertise_or_join("blackboard_state"); });
    EXPECT_EQ(taken.code(), ErrorCode::NameCollision) << taken.what();
    SharedRegion const region = SharedRegion::open(board.region());
    for (Error const& error : {error_of([&] { kickmsg::Publisher publisher(region); }),
                               error_of([&] { kickmsg::Subscriber subscriber(region); })}) {
        EXPECT_EQ(error.code(), ErrorCode::Mismatch);
        EXPECT_TRUE(contains(error, "it is a blackboard")) << error.what();
        expect_remedy(error);
    }
    Name const   messages;
    SharedRegion other = make(messages);
    Error const  error = error_of([&] { (void)Blackboard::open(messages); });
    EXPECT_EQ(error.code(), ErrorCode::Mismatch);
    EXPECT_TRUE(contains(error, "type is 1, expected 3 (Blackboard)")) << error.what();
    expect_remedy(error);
    EXPECT_EQ(error_of([&] { SharedRegion::create(messages, kickmsg::channel::Blackboard, small_config()); }).code(),
              ErrorCode::InvalidConfig);
}

TEST(Blackboard, OfAnotherVersionIsRefusedWithBothAndTheRemedy)
{
    Boards     boards;
    Blackboard board = boards.open();
    RawRegion  raw(board.region());
    raw.header().schema.version = 7;
    Error const opened          = error_of([&] { (void)Blackboard::open(board.region()); });
    EXPECT_EQ(opened.code(), ErrorCode::WrongVersion);
    EXPECT_TRUE(contains(opened, "expected kickmsg/Blackboard version 1")) << opened.what();
    EXPECT_TRUE(contains(opened, "found kickmsg/Blackboard version 7")) << opened.what();
    expect_remedy(opened);
    Error const joined = error_of([&] { (void)boards.open(); });
    EXPECT_EQ(joined.code(), ErrorCode::SchemaMismatch);
    EXPECT_TRUE(contains(joined, "version 7")) << joined.what();
    expect_remedy(joined);
}

TEST(Blackboard, AnotherNameOfTheSameHashIsRefused)
{
    Boards            boards;
    Blackboard        board = boards.open();
    std::string const key   = "a name of more than one word";
    (void)board.reader(key);
    RawRegion                    raw(board.region());
    kickmsg::detail::BoardLayout layout(raw.layout());
    for (uint32_t place = 0; place < layout.key_count(); ++place) {
        layout.key(place).name[1].store(layout.key(place).name[1].load() + 1);
    }
    Error const error = error_of([&] { (void)board.reader(key); });
    EXPECT_EQ(error.code(), ErrorCode::NameCollision);
    expect_remedy(error);
    EXPECT_FALSE(board.has(key));
}

TEST(Blackboard, ARegionThatOnlySaysThatItIsOneIsRefused)
{
    for (std::size_t const payload : {std::size_t{64}, std::size_t{256}}) {
        Name const               said;
        kickmsg::channel::Config cfg = small_config();
        cfg.max_payload_size         = payload;
        SharedRegion const region    = make(said, cfg);
        RawRegion          raw(said);
        raw.header().type = kickmsg::channel::Blackboard;
        bool const  fits  = kickmsg::detail::BoardLayout::fits(raw.header().geometry);
        Error const error = error_of([&] { (void)Blackboard::open(said); });
        EXPECT_EQ(error.code(), fits ? ErrorCode::WrongVersion : ErrorCode::Corrupt);
        EXPECT_TRUE(contains(error, fits ? "found none" : "without room for a key")) << error.what();
        expect_remedy(error);
    }
}

TEST(Blackboard, AnOverwrittenValueIsNoFault)
{
    Boards           boards;
    Blackboard       board  = boards.open();
    BlackboardWriter writer = board.writer("a");
    BlackboardReader reader = board.reader("a");
    ASSERT_EQ(write(writer, "text"), 4);
    RawRegion                    raw(board.region());
    kickmsg::detail::BoardLayout layout(raw.layout());
    for (uint32_t key = 0; key < layout.key_count(); ++key) {
        layout.buffer(key, 1).length.store(~uint64_t{0});
    }
    EXPECT_EQ(text_of(reader), "error " + std::to_string(-EBADMSG));
    EXPECT_EQ(board.values().size(), 1U);
    for (uint32_t key = 0; key < layout.key_count(); ++key) {
        layout.key(key).head.store(~uint64_t{0});
        layout.key(key).name[0].store(~uint64_t{0});
    }
    EXPECT_FALSE(text_of(reader).empty());
    EXPECT_NO_THROW((void)board.values());
}

TEST(Blackboard, AWaitEndsWithTheNextVersion)
{
    Boards            boards;
    Blackboard        board  = boards.open();
    Blackboard        far    = boards.open();
    BlackboardWriter  writer = far.writer("a");
    BlackboardReader  reader = board.reader("a");
    std::atomic<bool> waits{false};
    EXPECT_FALSE(reader.wait_for_change(0ms));
    EXPECT_FALSE(reader.wait_for_change(1ms));
    OnlyWoken const woken;
    for (int i = 0; i < 20; ++i) {
        std::thread other([&] {
            while (!waits.load()) {
            }
            EXPECT_EQ(write(writer, std::to_string(i)), static_cast<int32_t>(std::to_string(i).size()));
        });
        waits.store(true);
        EXPECT_TRUE(reader.wait_for_change(std::chrono::hours(1)));
        EXPECT_EQ(text_of(reader), std::to_string(i));
        other.join();
        waits.store(false);
    }
    EXPECT_FALSE(reader.has_changed());
}

TEST(Blackboard, AWaitForManyEndsWithTheNextVersionOfAny)
{
    Boards                  boards;
    Blackboard              board = boards.open();
    Blackboard              far   = boards.open();
    BlackboardWriter        b     = far.writer("b");
    BlackboardReader        readers[3]{board.reader("a"), board.reader("b"), board.reader("c")};
    BlackboardReader const* all[]{&readers[0], &readers[1], &readers[2]};
    EXPECT_FALSE(board.wait_for_change(all, 1ms));
    std::optional<OnlyWoken> woken(std::in_place);
    std::thread              other([&] { EXPECT_EQ(write(b, "now"), 3); });
    EXPECT_TRUE(board.wait_for_change(all, std::chrono::hours(1)));
    other.join();
    woken.reset();
    EXPECT_FALSE(readers[0].has_changed());
    EXPECT_TRUE(readers[1].has_changed());
    EXPECT_TRUE(board.wait_for_change(all, 0ms)) << "a value that was not read yet";
    EXPECT_EQ(text_of(readers[1]), "now");
    EXPECT_FALSE(board.wait_for_change(all, 0ms));
    BlackboardReader const  foreign = far.reader("a");
    BlackboardReader const* mixed[]{&readers[0], &foreign};
    EXPECT_FALSE(board.wait_for_change(mixed, std::chrono::hours(1)));
}

TEST(Blackboard, ReadersBesideAWriterGetEachValueWhole)
{
    constexpr uint64_t versions = 20000;
    Boards             boards;
    Blackboard         board  = boards.open(small_board(2, 2048));
    BlackboardWriter   writer = board.writer("a");
    std::atomic<bool>  ended{false};
    auto const         length_of = [](uint64_t version) { return version * 37 % 2048 + 1; };
    auto const         read_all  = [&] {
        Blackboard       mine   = boards.open(small_board(2, 2048));
        BlackboardReader reader = mine.reader("a");
        uint64_t         last   = 0;
        uint64_t         torn   = 0;
        for (bool go_on = true; go_on;) {
            go_on = !ended.load();
            char      found[2048];
            ValueInfo info;
            if (reader.read(found, sizeof(found), &info) < 0) {
                continue;
            }
            std::string const text(length_of(info.version), static_cast<char>(info.version));
            torn += info.size == text.size() && std::memcmp(found, text.data(), text.size()) == 0 ? 0 : 1;
            EXPECT_GE(info.version, last);
            last = info.version;
        }
        EXPECT_EQ(torn, 0U);
        EXPECT_EQ(last, versions);
    };
    std::thread one(read_all);
    std::thread two(read_all);
    for (uint64_t version = 1; version <= versions; ++version) {
        std::string const text(length_of(version), static_cast<char>(version));
        ASSERT_EQ(writer.write(text.data(), text.size()), static_cast<int32_t>(text.size()));
    }
    ended.store(true);
    one.join();
    two.join();
}

TEST(Blackboard, IsListedAndPrunedLikeEveryRegion)
{
    Boards boards;
    {
        Blackboard board  = boards.open();
        auto const report = SharedRegion::open(board.region());
        EXPECT_EQ(report.info().kind, "blackboard");
        EXPECT_EQ(report.info().user_name, name);
        EXPECT_EQ(report.info().type, kickmsg::channel::Blackboard);
        EXPECT_EQ(report.diagnose().orphaned_slots, 0U);
        EXPECT_FALSE(board.stale());
        boards.node.unlink_blackboard(name);
        EXPECT_TRUE(board.stale());
    }
}
