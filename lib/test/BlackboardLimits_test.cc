/// Blackboards at their limits, and in the hands of many: full tables, large values, keys that many want, marks that many share, records that others
/// have by now, words that were overwritten.
#include "BoardLayout.h"
#include "only_woken.h"
#include "raw_region.h"
#include "remedy.h"
#include "support.h"

#include "kickmsg/Node.h"
#include "kickmsg/os/Liveness.h"
#include "kickmsg/os/Time.h"

#include <chrono>
#include <cstring>
#include <deque>
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
using kickmsg::WriterState;

namespace {

constexpr char const* name = "limits";

BlackboardConfig sizes(uint32_t keys, std::size_t size = 16, uint32_t handles = 16)
{
    BlackboardConfig cfg;
    cfg.max_keys       = keys;
    cfg.max_value_size = size;
    cfg.max_handles    = handles;
    return cfg;
}

struct Boards {
    explicit Boards(BlackboardConfig const& cfg = sizes(4)) : config(cfg)
    {
        node.unlink_blackboard(name);
    }
    ~Boards()
    {
        node.unlink_blackboard(name);
    }
    Blackboard open()
    {
        return node.blackboard(name, config);
    }

    Node             node{"test", prefix()};
    BlackboardConfig config;
};

Texts const& mine()
{
    static Texts const texts{prefix()};
    return texts;
}

/// Returns: whether the version is the next one, as it is where nobody else writes.
bool write_next(BlackboardWriter& writer)
{
    uint64_t const next = writer.version() + 1;
    return writer.write(&next, sizeof(next)) == static_cast<int32_t>(sizeof(next)) && writer.version() == next;
}

constexpr uint32_t shared_keys = 200;
constexpr uint64_t turns       = 100;

KICKMSG_CHILD(adds_the_same_keys)
{
    Blackboard board = Node("child", texts[0]).blackboard(name, sizes(shared_keys));
    self.ready();
    self.pause();
    for (uint32_t i = 0; i < shared_keys; ++i) {
        if (board.reader("key " + std::to_string(i)).key() != "key " + std::to_string(i)) {
            return 1;
        }
    }
    return 0;
}

KICKMSG_CHILD(writes_whenever_nobody_does)
{
    Blackboard board = Node("child", texts[0]).blackboard(name, sizes(4));
    self.ready();
    self.pause();
    for (uint64_t turn = 0; turn < turns;) {
        try {
            BlackboardWriter writer = board.writer("a");
            ++turn;
            if (!write_next(writer) || !write_next(writer)) {
                return 1;
            }
        } catch (Error const& error) {
            if (error.code() != ErrorCode::InUse) {
                return 2;
            }
        }
    }
    return 0;
}

KICKMSG_CHILD(has_a_key)
{
    Blackboard       board  = Node("child", texts[0]).blackboard(name, sizes(4));
    BlackboardWriter writer = board.writer("a");
    if (!write_next(writer)) {
        return 1;
    }
    self.ready();
    self.pause();
    return 0;
}

/// Whatever it answers: an Error, or none.
template <class Call>
void attempt(Call const& call)
{
    try {
        call();
    } catch (Error const&) { // NOLINT(bugprone-empty-catch): either is right
    }
}

void run_together(ChildBody const& body)
{
    std::deque<Child> children;
    for (int i = 0; i < 4; ++i) {
        children.emplace_back(body, mine());
        children.back().wait_ready();
    }
    for (Child& child : children) {
        child.go_on();
    }
    for (Child& child : children) {
        EXPECT_EQ(child.join(), 0);
    }
}

} // namespace

TEST(BlackboardLimits, AFullTableFindsEachOfItsKeysAndRefusesTheNext)
{
    constexpr uint32_t keys = BlackboardConfig::key_limit;
    Boards             boards(sizes(keys, 8));
    Blackboard         board = boards.open();
    ASSERT_EQ(board.max_keys(), keys);
    for (uint32_t i = 0; i < keys; ++i) {
        BlackboardWriter writer = board.writer("key " + std::to_string(i));
        ASSERT_EQ(writer.write(&i, sizeof(i)), static_cast<int32_t>(sizeof(i)));
    }
    Error const error = error_of([&] { (void)board.reader("another"); });
    EXPECT_EQ(error.code(), ErrorCode::LimitReached);
    expect_remedy(error);
    EXPECT_FALSE(board.has("another"));
    Blackboard other = boards.open();
    for (uint32_t i = 0; i < keys; i += 97) {
        uint32_t         found  = 0;
        BlackboardReader reader = other.reader("key " + std::to_string(i));
        ASSERT_EQ(reader.read(&found, sizeof(found)), static_cast<int32_t>(sizeof(found)));
        ASSERT_EQ(found, i);
    }
    EXPECT_EQ(other.values().size(), keys);
}

TEST(BlackboardLimits, ALargeValueIsReadWhole)
{
    constexpr std::size_t size = std::size_t{24} << 20;
    Boards                boards(sizes(1, size));
    Blackboard            board  = boards.open();
    BlackboardWriter      writer = board.writer("large");
    BlackboardReader      reader = board.reader("large");
    std::string           value(size, 'a');
    std::string           found(size, '\0');
    for (char const first : {'b', 'c', 'd', 'e', 'f'}) {
        value.front() = value.back() = first;
        ASSERT_EQ(writer.write(value.data(), size), static_cast<int32_t>(size));
        ASSERT_EQ(reader.read(&found[0], size), static_cast<int32_t>(size));
        EXPECT_TRUE(found == value);
    }
}

TEST(BlackboardLimits, KeysThatManyAddAtOnceAreThereOnce)
{
    Boards     boards(sizes(shared_keys));
    Blackboard board = boards.open();
    run_together(adds_the_same_keys);
    auto const all = board.values();
    EXPECT_EQ(all.size(), shared_keys);
    for (uint32_t i = 0; i < shared_keys; ++i) {
        EXPECT_TRUE(board.has("key " + std::to_string(i)));
    }
}

TEST(BlackboardLimits, AKeyThatManyWantHasOneWriterAtATime)
{
    Boards           boards;
    Blackboard       board  = boards.open();
    BlackboardReader reader = board.reader("a");
    run_together(writes_whenever_nobody_does);
    EXPECT_EQ(reader.version(), 4 * 2 * turns) << "two have written the same version";
    EXPECT_EQ(reader.writer().state, WriterState::None);
}

TEST(BlackboardLimits, OneWriteWakesAllThatWaitAlsoThoseThatShareAMark)
{
    constexpr int            count = 70; // of 64 marks
    Boards                   boards(sizes(2, 16, 80));
    Blackboard               board  = boards.open();
    BlackboardWriter         writer = board.writer("a");
    std::deque<Blackboard>   open;
    std::vector<std::thread> threads;
    OnlyWoken const          woken;
    for (int i = 0; i < count; ++i) {
        open.push_back(boards.open());
        threads.emplace_back(
            [&own = open.back()] { EXPECT_TRUE(own.reader("a").wait_for_change(std::chrono::hours(1))); });
    }
    EXPECT_TRUE(write_next(writer));
    for (std::thread& thread : threads) {
        thread.join();
    }
}

TEST(BlackboardLimits, WhoHasTheRecordOfADeadWriterIsNotTakenForIt)
{
    Boards           boards;
    Blackboard       board  = boards.open();
    BlackboardReader reader = board.reader("a");
    {
        Child writer(has_a_key, mine());
        writer.wait_ready();
        writer.kill();
    }
    while (reader.writer().state == WriterState::Alive) {
        kickmsg::sleep(100us);
    }
    SharedRegion region = SharedRegion::open(board.region());
    region.recover();
    std::deque<Blackboard> open;
    for (int i = 0; i < 8; ++i) { // one of them has its record
        open.push_back(boards.open());
    }
    EXPECT_EQ(reader.writer().state, WriterState::Dead);
    EXPECT_EQ(reader.writer().pid, 0U) << "the pid of somebody else";
    BlackboardWriter next = open.back().writer("a");
    EXPECT_TRUE(write_next(next));
    EXPECT_EQ(reader.version(), 2U);
}

TEST(BlackboardLimits, OverwrittenWordsOfAKeyAreNoFault)
{
    for (uint64_t const word :
         {~uint64_t{0}, uint64_t{1}, uint64_t{0x8000000000000001}, uint64_t{0x5555555555555555}}) {
        Boards           boards;
        Blackboard       board  = boards.open();
        BlackboardWriter writer = board.writer("a");
        BlackboardReader reader = board.reader("a");
        ASSERT_TRUE(write_next(writer));
        RawRegion                    raw(board.region());
        kickmsg::detail::BoardLayout layout(raw.layout());
        for (uint32_t key = 0; key < layout.key_count(); ++key) {
            layout.key(key).owner.store(word);
            layout.key(key).watchers.store(word);
            layout.key(key).type.store(word);
        }
        (void)reader.writer();
        (void)board.values();
        attempt([&] { (void)board.writer("a"); });
        attempt([&] { (void)board.reader<uint32_t>("a"); });
        uint64_t const value = 2;
        EXPECT_EQ(writer.write(&value, sizeof(value)), static_cast<int32_t>(sizeof(value)));
        EXPECT_TRUE(reader.has_changed());
        for (uint32_t key = 0; key < layout.key_count(); ++key) {
            layout.key(key).head.store(word);
            layout.key(key).tag.store(word);
            for (auto& each : layout.key(key).name) {
                each.store(word);
            }
        }
        char room[64];
        (void)reader.read(room, sizeof(room));
        (void)reader.wait_for_change(1ms);
        (void)board.values();
        (void)board.has("a");
        attempt([&] { (void)board.reader("b"); });
        EXPECT_LE(reader.key().size(), BlackboardConfig::name_limit);
    }
}
