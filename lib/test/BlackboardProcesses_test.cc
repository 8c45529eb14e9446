/// Blackboards across processes: keys of killed and of stopped writers, waits, values that are never torn.
#include "only_woken.h"
#include "support.h"

#include "kickmsg/Node.h"
#include "kickmsg/os/Liveness.h"
#include "kickmsg/os/Time.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#if !defined(_WIN32)
#include <csignal>
#endif

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Blackboard;
using kickmsg::BlackboardConfig;
using kickmsg::BlackboardReader;
using kickmsg::BlackboardWriter;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::Node;
using kickmsg::ValueInfo;
using kickmsg::WriterState;

namespace {

constexpr char const* name = "shared";
constexpr std::size_t most = 3000;
using Value                = std::vector<unsigned char>;

BlackboardConfig sizes()
{
    BlackboardConfig cfg;
    cfg.max_keys       = 4;
    cfg.max_value_size = most;
    cfg.max_handles    = 8;
    return cfg;
}

/// Content and length follow from the version.
Value value_of(uint64_t version)
{
    Value value(version * 41 % most + 1);
    for (std::size_t i = 0; i < value.size(); ++i) {
        value[i] = static_cast<unsigned char>(version * 7 + i / 8);
    }
    return value;
}

bool write_next(BlackboardWriter& writer)
{
    Value const value = value_of(writer.version() + 1);
    return writer.write(value.data(), value.size()) == static_cast<int32_t>(value.size());
}

/// Returns: the version that was read, after checking that it is whole; 0: none.
uint64_t read_whole(BlackboardReader& reader)
{
    unsigned char found[most];
    ValueInfo     info;
    int32_t const length = reader.read(found, sizeof(found), &info);
    if (length < 0) {
        return 0;
    }
    Value const expected = value_of(info.version);
    EXPECT_EQ(static_cast<std::size_t>(length), expected.size()) << "version " << info.version;
    EXPECT_EQ(std::memcmp(found, expected.data(), std::min(expected.size(), static_cast<std::size_t>(length))), 0)
        << "torn: version " << info.version;
    return info.version;
}

struct Boards {
    Boards()
    {
        node.unlink_blackboard(name);
        board.emplace(node.blackboard(name, sizes()));
    }
    ~Boards()
    {
        node.unlink_blackboard(name);
    }

    Node                      node{"test", prefix()};
    std::optional<Blackboard> board;
};

Texts const& mine()
{
    static Texts const texts{prefix()};
    return texts;
}

/// Asks until the kernel has said that its writer is dead.
BlackboardWriter take_over(Blackboard& board, std::string const& key)
{
    for (;;) {
        try {
            return board.writer(key);
        } catch (Error const& error) {
            EXPECT_EQ(error.code(), ErrorCode::InUse) << error.what();
            kickmsg::sleep(100us);
        }
    }
}

KICKMSG_CHILD(writes_without_end)
{
    Node             node("child", texts[0]);
    Blackboard       board  = node.blackboard(name, sizes());
    BlackboardWriter writer = board.writer("a");
    write_next(writer);
    self.ready();
    for (;;) {
        write_next(writer);
    }
}

KICKMSG_CHILD(writes_one_when_told)
{
    Node             node("child", texts[0]);
    Blackboard       board  = node.blackboard(name, sizes());
    BlackboardWriter writer = board.writer("a");
    self.ready();
    self.pause();
    return write_next(writer) ? 0 : 1;
}

KICKMSG_CHILD(is_refused_the_key)
{
    Node       node("child", texts[0]);
    Blackboard board = node.blackboard(name, sizes());
    try {
        (void)board.writer("a");
    } catch (Error const& error) {
        bool const named = std::string(error.what()).find("pid " + texts[1]) != std::string::npos;
        return error.code() == ErrorCode::InUse && named ? 0 : 1;
    }
    return 2;
}

KICKMSG_CHILD(reads_without_end)
{
    Node             node("child", texts[0]);
    Blackboard       board  = node.blackboard(name, sizes());
    BlackboardReader reader = board.reader("a");
    self.ready();
    for (;;) {
        read_whole(reader);
        (void)reader.wait_for_change(1ms);
    }
}

} // namespace

TEST(BlackboardProcesses, AKilledWriterLeavesAWholeValueAndItsKeyToTheNext)
{
    Boards           boards;
    BlackboardReader reader = boards.board->reader("a");
    uint64_t         last   = 0;
    for (int round = 0; round < 30; ++round) {
        {
            Child writer(writes_without_end, mine());
            writer.wait_ready();
            for (uint64_t begin = read_whole(reader); read_whole(reader) < begin + 20;) {
            }
            writer.kill();
        }
        uint64_t const left = read_whole(reader);
        EXPECT_GT(left, last);
        EXPECT_EQ(read_whole(reader), left) << "a dead writer goes on";
        BlackboardWriter next = take_over(*boards.board, "a");
        EXPECT_TRUE(write_next(next));
        last = read_whole(reader);
        EXPECT_EQ(last, left + 1);
    }
}

TEST(BlackboardProcesses, ALivingWriterKeepsItsKeyAndTheSecondOneIsToldWhoItIs)
{
    Boards           boards;
    BlackboardWriter writer = boards.board->writer("a");
    Child            second(is_refused_the_key, Texts{prefix(), std::to_string(kickmsg::os::process_id())});
    EXPECT_EQ(second.join(), 0);
    EXPECT_TRUE(write_next(writer));
}

TEST(BlackboardProcesses, ADeadWriterIsSaidToBeDeadUntilTheNextOneComes)
{
    Boards           boards;
    BlackboardReader reader = boards.board->reader("a");
    {
        Child writer(writes_one_when_told, mine());
        writer.wait_ready();
        EXPECT_EQ(reader.writer().state, WriterState::Alive);
        EXPECT_EQ(reader.writer().pid, static_cast<uint64_t>(writer.pid()));
        writer.kill();
    }
    while (reader.writer().state == WriterState::Alive) {
        kickmsg::sleep(100us);
    }
    EXPECT_EQ(reader.writer().state, WriterState::Dead);
    EXPECT_EQ(boards.board->values().front().writer.state, WriterState::Dead);
    BlackboardWriter const next = boards.board->writer("a");
    EXPECT_EQ(reader.writer().state, WriterState::Alive);
    EXPECT_EQ(reader.writer().pid, kickmsg::os::process_id());
}

TEST(BlackboardProcesses, AWriteWakesAReaderOfAnotherProcess)
{
    Boards           boards;
    BlackboardReader reader = boards.board->reader("a");
    Child            writer(writes_one_when_told, mine());
    writer.wait_ready();
    EXPECT_FALSE(reader.wait_for_change(5ms));
    OnlyWoken const woken;
    writer.go_on();
    EXPECT_TRUE(reader.wait_for_change(std::chrono::hours(1)));
    EXPECT_EQ(read_whole(reader), 1U);
    EXPECT_EQ(writer.join(), 0);
}

TEST(BlackboardProcesses, KilledReadersCostTheWriterNothing)
{
    Boards           boards;
    BlackboardWriter writer = boards.board->writer("a");
    for (int round = 0; round < 20; ++round) {
        Child reader(reads_without_end, mine());
        reader.wait_ready();
        for (int i = 0; i < 50; ++i) {
            EXPECT_TRUE(write_next(writer));
        }
        reader.kill();
        EXPECT_TRUE(write_next(writer));
    }
    EXPECT_EQ(writer.version(), 20U * 51);
}

#if !defined(_WIN32)
TEST(BlackboardProcesses, AStoppedWriterDelaysNoReaderAndLosesNoKey)
{
    Boards           boards;
    BlackboardReader reader = boards.board->reader("a");
    for (int round = 0; round < 20; ++round) {
        Child writer(writes_without_end, mine());
        writer.wait_ready();
        while (read_whole(reader) % 20 != 0) {
        }
        writer.signal(SIGSTOP);
        uint64_t const stopped = read_whole(reader);
        EXPECT_GT(stopped, 0U);
        EXPECT_EQ(error_of([&] { (void)boards.board->writer("a"); }).code(), ErrorCode::InUse);
        writer.kill();
        BlackboardWriter const next = take_over(*boards.board, "a");
    }
}

TEST(BlackboardProcesses, AForkedChildHasNoneOfItsParentsHandles)
{
    Boards           boards;
    BlackboardWriter writer = boards.board->writer("a");
    BlackboardReader reader = boards.board->reader("a");
    ASSERT_TRUE(write_next(writer));
    Child child([&](Child&) {
        bool const             usable = writer || reader || *boards.board;
        bool const             right  = !usable && writer.write("x", 1) == -EBADF && !reader.wait_for_change(1h);
        BlackboardWriter const gone   = std::move(writer); // its end is no end of the parent's
        return right ? 0 : 1;
    });
    EXPECT_EQ(child.join(), 0);
    EXPECT_TRUE(write_next(writer));
    EXPECT_EQ(read_whole(reader), 2U);
}
#endif
