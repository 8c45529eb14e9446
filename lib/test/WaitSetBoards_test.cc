/// Wait sets with readers of blackboards in them: what a write wakes, beside messages, and what comes, leaves, moves and ends.
#include "BoardLayout.h"
#include "kickmsg/Node.h"
#include "kickmsg/WaitSet.h"
#include "only_woken.h"
#include "raw_region.h"
#include "remedy.h"
#include "sleeps.h"
#include "support.h"
#include "wait_sets.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#if !defined(_WIN32)
#include "emulator.h"
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
using kickmsg::WaitSet;

namespace {

constexpr char const* board_name = "awaited";

BlackboardConfig sizes(uint32_t keys)
{
    BlackboardConfig cfg;
    cfg.max_keys       = keys;
    cfg.max_value_size = sizeof(uint64_t);
    cfg.max_handles    = 8;
    return cfg;
}

/// A blackboard, opened by a reading and by a writing end; `count` of its keys have one of each.
struct Values {
    explicit Values(std::size_t count, char const* called = board_name) : name(called)
    {
        node.unlink_blackboard(name);
        keys = static_cast<uint32_t>(count) + 2;
        near.emplace(open());
        far.emplace(open());
        for (std::size_t i = 0; i < count; ++i) {
            readers.push_back(near->reader(std::to_string(i)));
            writers.push_back(far->writer(std::to_string(i)));
        }
    }
    ~Values()
    {
        node.unlink_blackboard(name);
    }
    Blackboard open()
    {
        return node.blackboard(name, sizes(keys));
    }
    void add_to(WaitSet& set, uint64_t first = 0)
    {
        for (std::size_t i = 0; i < readers.size(); ++i) {
            set.add(readers[i], first + i);
        }
    }

    Node                          node{"test", prefix()};
    char const*                   name;
    uint32_t                      keys = 0;
    std::optional<Blackboard>     near, far;
    std::vector<BlackboardReader> readers;
    std::vector<BlackboardWriter> writers;
};

void write(BlackboardWriter& writer)
{
    uint64_t const next = writer.version() + 1;
    EXPECT_EQ(writer.write(&next, sizeof(next)), static_cast<int32_t>(sizeof(next)));
}

/// The value, which is its version.
uint64_t read(BlackboardReader& reader)
{
    uint64_t           value = 0;
    kickmsg::ValueInfo info;
    EXPECT_EQ(reader.read(&value, sizeof(value), &info), static_cast<int32_t>(sizeof(value)));
    EXPECT_EQ(value, info.version);
    return value;
}

} // namespace

TEST(WaitSetBoards, AValueIsReportedUntilItHasBeenRead)
{
    Values  values(3);
    WaitSet set;
    write(values.writers[2]);
    values.add_to(set, 10);
    EXPECT_EQ(set.size(), 3U);
    EXPECT_EQ(keys_of(set.wait(for_ever)), Keys{12}) << "what was written before it came into the set";
    EXPECT_EQ(keys_of(set.wait(0ns)), Keys{12});
    write(values.writers[0]);
    EXPECT_EQ(keys_of(set.wait(for_ever)), (Keys{10, 12}));
    EXPECT_EQ(read(values.readers[2]), 1U);
    EXPECT_EQ(keys_of(set.wait(for_ever)), Keys{10});
    EXPECT_EQ(read(values.readers[0]), 1U);
    EXPECT_FALSE(set.wait(0ns));
    EXPECT_FALSE(set.wait(2ms));
}

TEST(WaitSetBoards, AWriteAndAMessageEndASleepOfBoth)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Topics          topics(5);
        Values          values(3);
        values.add_to(topics.set, 10);
        OnlyWoken const woken;
        for (uint64_t turn = 1; turn <= 3; ++turn) {
            for (std::size_t which = 0; which < 3; ++which) {
                Sleeps const sleeps;
                Waiter       waiter(topics.set);
                sleeps.await();
                write(values.writers[which]);
                EXPECT_EQ(waiter.join(), Keys{10 + which}) << most << " words";
                EXPECT_EQ(read(values.readers[which]), turn);
            }
            Sleeps const sleeps;
            Waiter       waiter(topics.set);
            sleeps.await();
            send(topics.publishers[turn], 1);
            EXPECT_EQ(waiter.join(), Keys{turn});
            receive_all(topics.subscribers[turn]);
        }
    }
}

TEST(WaitSetBoards, AllReadersOfABlackboardTakeOneWordOfASleep)
{
    Topics topics(1);
    Values values(300);
    Values others(40, "others");
    values.add_to(topics.set, 1000);
    others.add_to(topics.set, 2000);
    std::atomic<std::size_t>         slept_on{0};
    static std::atomic<std::size_t>* counted = nullptr;
    counted                                  = &slept_on;
    kickmsg::os::call_before_waits([](kickmsg::os::Awaited const* /*words*/, std::size_t count) { *counted = count; });
    EXPECT_FALSE(topics.set.wait(1ms));
    kickmsg::os::call_before_waits(nullptr);
    if (kickmsg::os::most_words() > 4) {
        EXPECT_EQ(slept_on.load(), 4U) << "the set's own, one of a topic, and two of blackboards";
    }
    OnlyWoken const woken;
    for (std::size_t const which : {std::size_t{299}, std::size_t{0}, std::size_t{150}}) {
        Sleeps const sleeps;
        Waiter       waiter(topics.set);
        sleeps.await();
        write(values.writers[which]);
        EXPECT_EQ(waiter.join(), Keys{1000 + which});
        read(values.readers[which]);
    }
    Sleeps const sleeps;
    Waiter       waiter(topics.set);
    sleeps.await();
    write(others.writers[39]);
    EXPECT_EQ(waiter.join(), Keys{2039});
}

TEST(WaitSetBoards, WhatIsWrittenJustBeforeASleepEndsIt)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Values          values(2);
        WaitSet         set;
        values.add_to(set);
        OnlyWoken const woken;
        for (std::size_t which = 0; which < 2; ++which) {
            {
                Marks const marks([&] { write(values.writers[which]); });
                EXPECT_EQ(keys_of(set.wait(for_ever)), Keys{which}) << "between the look and the marks";
                read(values.readers[which]);
            }
            bool         first = true;
            Sleeps const sleeps([&] {
                if (std::exchange(first, false)) {
                    write(values.writers[which]);
                }
            });
            EXPECT_EQ(keys_of(set.wait(for_ever)), Keys{which}) << "between the marks and the sleep";
            read(values.readers[which]);
        }
    }
}

TEST(WaitSetBoards, NoWriteOfAStormIsSleptThrough)
{
    constexpr uint64_t versions = 2000;
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Values          values(4);
        WaitSet         set;
        values.add_to(set);
        OnlyWoken const          woken;
        std::vector<std::thread> threads;
        for (std::size_t half : {0, 2}) {
            threads.emplace_back([&values, half] {
                for (uint64_t i = 0; i < versions; ++i) {
                    write(values.writers[half + i % 2]);
                }
            });
        }
        Sleeps const sleeps;
        uint64_t     read_last[4] = {};
        while (read_last[0] + read_last[1] + read_last[2] + read_last[3] < 2 * versions) {
            for (uint64_t const key : set.wait(for_ever)) {
                uint64_t const found = read(values.readers[key]);
                EXPECT_GT(found, read_last[key]);
                read_last[key] = found;
            }
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
    }
}

/// The mark is taken, and the bell is not rung: what a writer leaves that is killed there.
TEST(WaitSetBoards, AValueWhoseWriterWasKilledBeforeItsWakeIsFoundAtTheEndOfASlice)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const              words(most);
        Values                       values(2);
        RawRegion                    raw(values.near->region());
        kickmsg::detail::BoardLayout layout(raw.layout());
        WaitSet                      set;
        values.add_to(set);
        Sleeps const sleeps;
        Waiter       waiter(set);
        sleeps.await();
        for (uint32_t key = 0; key < layout.key_count(); ++key) {
            layout.key(key).watchers.store(0);
        }
        write(values.writers[1]);
        EXPECT_EQ(waiter.join(), Keys{1});
        read(values.readers[1]);
    }
}

TEST(WaitSetBoards, AReaderThatIsMovedStaysAndOneThatIsDestroyedOrAssignedToLeaves)
{
    Values  values(4);
    WaitSet set;
    values.add_to(set);
    std::optional<BlackboardReader> moved(std::move(values.readers[0]));
    write(values.writers[0]);
    EXPECT_EQ(keys_of(set.wait(for_ever)), Keys{0});
    EXPECT_EQ(read(*moved), 1U);
    EXPECT_FALSE(set.wait(0ns));
    values.readers[1] = std::move(*moved); // 1 leaves
    EXPECT_EQ(set.size(), 3U);
    write(values.writers[0]);
    write(values.writers[1]);
    EXPECT_EQ(keys_of(set.wait(for_ever)), Keys{0});
    EXPECT_EQ(read(values.readers[1]), 2U);
    {
        BlackboardReader const gone(std::move(values.readers[2]));
    }
    write(values.writers[2]);
    EXPECT_EQ(set.size(), 2U);
    EXPECT_FALSE(set.wait(1ms));
    moved.emplace(std::move(values.readers[3]));
    {
        Sleeps const sleeps;
        Waiter       waiter(set);
        sleeps.await();
        BlackboardReader const again(std::move(*moved));
        write(values.writers[3]);
        EXPECT_EQ(waiter.join(), Keys{3}) << "moved while the set slept on it";
    }
    EXPECT_EQ(set.size(), 1U);
}

TEST(WaitSetBoards, WhatComesAndLeavesDuringAWaitIsWaitedForAndIsNot)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        Values          values(3);
        WaitSet         set;
        set.add(values.readers[0], 0);
        set.add(values.readers[1], 1);
        OnlyWoken const woken;
        Sleeps const    sleeps;
        {
            Waiter waiter(set);
            sleeps.await();
            set.remove(values.readers[0]); // by whose watch the word was slept on
            set.remove(values.readers[0]);
            write(values.writers[0]);
            write(values.writers[1]);
            EXPECT_EQ(waiter.join(), Keys{1});
            read(values.readers[1]);
        }
        Waiter waiter(set, sleeps);
        set.add(values.readers[2], 2);
        write(values.writers[2]);
        EXPECT_EQ(waiter.join(), Keys{2});
        EXPECT_EQ(set.size(), 2U);
    }
}

TEST(WaitSetBoards, ReadersOfOneBlackboardAreInOneSetAtATime)
{
    Values                 values(2);
    std::optional<WaitSet> set(std::in_place);
    WaitSet                other;
    set->add(values.readers[0], 0);
    Error const twice = error_of([&] { set->add(values.readers[0], 1); });
    EXPECT_EQ(twice.code(), ErrorCode::InUse);
    expect_remedy(twice);
    Error const apart = error_of([&] { other.add(values.readers[1], 1); });
    EXPECT_EQ(apart.code(), ErrorCode::InUse);
    EXPECT_NE(std::string(apart.what()).find("another reader of its Blackboard is in another WaitSet"),
              std::string::npos)
        << apart.what();
    expect_remedy(apart);
    EXPECT_EQ(other.size(), 0U);

    Blackboard       again  = values.open();
    BlackboardReader second = again.reader("1");
    other.add(second, 5);
    write(values.writers[1]);
    EXPECT_EQ(keys_of(other.wait(for_ever)), Keys{5});

    set->remove(values.readers[0]);
    WaitSet third;
    third.add(values.readers[1], 1);
    EXPECT_EQ(keys_of(third.wait(for_ever)), Keys{1});
    third.remove(values.readers[1]);
    set->add(values.readers[0], 0);
    set.reset();
    third.add(values.readers[0], 3);
    write(values.writers[0]);
    EXPECT_EQ(keys_of(third.wait(for_ever)), Keys{3}) << "the set that it was in has ended";
}

TEST(WaitSetBoards, UnusableOnesAreRefused)
{
    Values           values(2);
    WaitSet          set;
    BlackboardReader moved = std::move(values.readers[0]);
    Error const      error = error_of([&] { set.add(values.readers[0], 0); });
    EXPECT_EQ(error.code(), ErrorCode::InvalidHandle);
    expect_remedy(error);
    set.remove(values.readers[0]);
    WaitSet const next = std::move(set);
    EXPECT_EQ(error_of([&] { set.add(moved, 0); }).code(), ErrorCode::InvalidHandle); // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(set.size(), 0U);
}

TEST(WaitSetBoards, AReaderOutlivesItsBlackboardInASet)
{
    Values  values(1);
    WaitSet set;
    values.add_to(set);
    values.near.reset();
    Sleeps const sleeps;
    Waiter       waiter(set);
    sleeps.await();
    write(values.writers[0]);
    EXPECT_EQ(waiter.join(), Keys{0});
}

#if !defined(_WIN32)
TEST(WaitSetBoards, AForkedChildHasNoPartInItsParentsSet)
{
    if (is_emulated()) {
        GTEST_SKIP() << "qemu 7.2 ends a forked child of a process with threads when the child starts a thread";
    }
    Values  values(2);
    WaitSet set;
    values.add_to(set);
    EXPECT_FALSE(set.wait(1ms));
    Child child([&](Child&) {
        bool const inert = !set && !values.readers[0] && !set.wait(1ms);
        {
            BlackboardReader const gone(std::move(values.readers[0])); // its end is no end of the parent's
        }
        WaitSet    own;
        Blackboard board = values.open();
        auto       fresh = board.reader("0");
        own.add(fresh, 7);
        auto named = board.writer("own");
        write(named);
        auto other = board.reader("own");
        own.add(other, 8);
        return inert && keys_of(own.wait(for_ever)) == Keys{8} ? 0 : 1;
    });
    EXPECT_EQ(child.join(), 0);
    EXPECT_EQ(set.size(), 2U);
    write(values.writers[0]);
    EXPECT_EQ(keys_of(set.wait(for_ever)), Keys{0});
}
#endif
