/// Blackboards: a process killed, or stopped, at each change of shared memory that it makes there. The others read a whole value at
/// once, and the key of the dead, and no other, goes to the next that asks.
#include "Handles.h"
#include "Settings.h"
#include "Victim.h"

#include "kickmsg/Node.h"
#include "support.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>

using namespace kickmsg_crash;
using kickmsg::Blackboard;
using kickmsg::BlackboardConfig;
using kickmsg::BlackboardReader;
using kickmsg::BlackboardWriter;
using kickmsg::Node;

namespace {

constexpr char const* board_name = "board";
constexpr std::size_t most       = 64;
constexpr uint64_t    written    = 5; ///< versions before the operation

struct Contents {
    char        bytes[most];
    std::size_t length;

    static Contents of(uint64_t version)
    {
        Contents all{};
        all.length = version * 11 % most + 1;
        std::memset(all.bytes, static_cast<int>('A' + version), all.length);
        return all;
    }
};

bool write_next(BlackboardWriter& writer)
{
    Contents const next = Contents::of(writer.version() + 1);
    return writer.write(next.bytes, next.length) == static_cast<int32_t>(next.length);
}

/// Returns: the version that was read, whole; 0: none, or not whole.
uint64_t read_whole(BlackboardReader& reader)
{
    char               found[most];
    kickmsg::ValueInfo info;
    int32_t const      length   = reader.read(found, sizeof(found), &info);
    Contents const     expected = Contents::of(info.version);
    bool const         whole =
        length == static_cast<int32_t>(expected.length) && std::memcmp(found, expected.bytes, expected.length) == 0;
    return whole ? info.version : 0;
}

Blackboard open_board()
{
    BlackboardConfig cfg;
    cfg.max_keys       = 4;
    cfg.max_value_size = most;
    cfg.max_handles    = 2;
    return Node("crash", kickmsg_test::prefix()).blackboard(board_name, cfg);
}

/// What a victim has; made in the child.
struct Ends {
    std::optional<Blackboard>       board;
    std::optional<BlackboardWriter> writer;
    std::optional<BlackboardReader> reader;
};

/// An operation on a blackboard, and what it may leave.
struct BoardOperation {
    char const* name;
    bool        owns;     ///< whether the victim has the key already
    bool        dead;     ///< whether the last writer of the key was killed
    uint64_t    versions; ///< that it writes
    void (*act)(Ends& ends);
};

BoardOperation const board_operations[] = {
    {"write", true, false, 1, [](Ends& ends) { require(write_next(*ends.writer), "the victim cannot write"); }},
    {"claim", false, false, 0, [](Ends& ends) { ends.writer.emplace(ends.board->writer("a")); }},
    {"take_over", false, true, 1,
     [](Ends& ends) {
         ends.writer.emplace(ends.board->writer("a"));
         require(write_next(*ends.writer), "the victim cannot write");
     }},
    {"leave", true, false, 0, [](Ends& ends) { ends.writer.reset(); }},
    {"add", false, false, 0, [](Ends& ends) { ends.reader.emplace(ends.board->reader("a name of many words")); }},
    {"wait", false, false, 0,
     [](Ends& ends) {
         ends.reader.emplace(ends.board->reader("a"));
         char found[most];
         require(ends.reader->read(found, sizeof(found)) > 0, "the victim cannot read");
         require(!ends.reader->wait_for_change(std::chrono::milliseconds(1)), "the victim was woken");
     }},
};

/// The living: an open blackboard with a value in it.
struct Scene {
    explicit Scene(BoardOperation const& operation)
    {
        Node("crash", kickmsg_test::prefix()).unlink_blackboard(board_name);
        board.emplace(open_board());
        raw.emplace(board->region());
        reader.emplace(board->reader("a"));
        if (operation.dead) {
            Victim dead(life([](Ends&) {}, true), -1);
            dead.run_to_change(0, watched());
            dead.kill();
        } else if (!operation.owns) {
            BlackboardWriter writer = board->writer("a");
            write_all(writer);
        }
    }
    ~Scene()
    {
        Node("crash", kickmsg_test::prefix()).unlink_blackboard(board_name);
    }

    static void write_all(BlackboardWriter& writer)
    {
        for (uint64_t i = 0; i < written; ++i) {
            require(write_next(writer), "a value cannot be written");
        }
    }
    /// `owns`: it has written the key before the operation.
    static Body life(std::function<void(Ends&)> act, bool owns)
    {
        auto ends = std::make_shared<Ends>();
        return {[ends, owns](Report&) {
                    ends->board.emplace(open_board());
                    if (owns) {
                        ends->writer.emplace(ends->board->writer("a"));
                        write_all(*ends->writer);
                    }
                },
                [ends, act](Report&) { act(*ends); },
                [ends](Report&) {
                    if (ends->writer) {
                        require(write_next(*ends->writer), "a stopped writer was robbed of its key");
                    }
                    *ends = Ends{};
                }};
    }
    Watched watched()
    {
        return {static_cast<unsigned char const*>(static_cast<void const*>(&raw->header())), raw->bytes().size()};
    }

    void expect_readable(BoardOperation const& operation)
    {
        uint64_t const version = read_whole(*reader);
        EXPECT_GE(version, written);
        EXPECT_LE(version, written + operation.versions);
    }
    void expect_handed_on()
    {
        uint64_t const   before = read_whole(*reader);
        BlackboardWriter next   = board->writer("a");
        for (uint64_t i = 1; i <= 6; ++i) {
            EXPECT_TRUE(write_next(next));
            EXPECT_EQ(read_whole(*reader), before + i);
        }
        BlackboardReader const named = board->reader("a name of many words");
        EXPECT_EQ(named.key(), "a name of many words");
        EXPECT_EQ(board->values().size(), 2U);
        SharedRegion region = SharedRegion::open(board->region());
        region.recover();
        EXPECT_EQ(region.diagnose().dead_participants, 0U);
        EXPECT_EQ(region.diagnose().orphaned_slots, 0U);
        EXPECT_EQ(region.recover().participants, 0U);
    }

    std::optional<Blackboard>              board;
    std::optional<kickmsg_test::RawRegion> raw;
    std::optional<BlackboardReader>        reader;
};

class BoardSweep : public testing::TestWithParam<BoardOperation> {};

} // namespace

TEST_P(BoardSweep, KilledAtEachChangeLeavesAWholeValueAndItsKeyToTheNext)
{
    BoardOperation const& operation = GetParam();
    Bound const           bound(processor());
    unsigned              state = 0;
    for (bool reached = true; reached; ++state) {
        SCOPED_TRACE("state " + std::to_string(state));
        Scene  scene(operation);
        Victim victim(Scene::life(operation.act, operation.owns), processor());
        reached = victim.run_to_change(state, scene.watched());
        victim.kill();
        scene.expect_readable(operation);
        scene.expect_handed_on();
    }
    EXPECT_GT(state, 1U) << "it changes nothing";
}

TEST_P(BoardSweep, StoppedAtEachChangeDelaysNobodyAndKeepsWhatItHas)
{
    BoardOperation const& operation = GetParam();
    Bound const           bound(processor());
    unsigned              state = 0;
    for (bool reached = true; reached; ++state) {
        SCOPED_TRACE("state " + std::to_string(state));
        Scene  scene(operation);
        Victim victim(Scene::life(operation.act, operation.owns), processor());
        reached = victim.run_to_change(state, scene.watched());
        scene.expect_readable(operation);
        EXPECT_EQ(scene.board->reader("a name of many words").key(), "a name of many words");
        EXPECT_TRUE(victim.run_to_end()) << victim.report().error;
        scene.expect_handed_on();
    }
}

INSTANTIATE_TEST_SUITE_P(Each, BoardSweep, testing::ValuesIn(board_operations),
                         [](auto const& info) { return info.param.name; });
