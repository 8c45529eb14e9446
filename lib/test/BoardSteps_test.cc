/// Blackboards step by step: what a reader gets at each step of a writer, a writer at each step of a reader, and what one leaves
/// that dies there. On plain arrays, under an observed policy.
#include "board_arrays.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>
#include <string>

using kickmsg::core::BoardLook;
using kickmsg::core::BoardStamp;
using kickmsg::core::Self;
using kickmsg_test::BoardArrays;
using kickmsg_test::BoardBell;
using kickmsg_test::BoardNames;
using kickmsg_test::BoardOwner;
using kickmsg_test::BoardValue;
using kickmsg_test::Observer;

namespace {

constexpr uint32_t value_words = 8;
constexpr uint32_t bytes       = value_words * 8;

/// Everybody lives but these.
struct Lives {
    bool is_alive(uint64_t incarnation) const
    {
        return dead.count(incarnation) == 0;
    }
    std::set<uint64_t> dead;
};

/// One key, whose value says which version it is in each byte, and in its length.
struct Board {
    BoardArrays arrays{1, value_words};
    BoardValue  value{arrays, 0};

    static std::size_t length_of(uint64_t version)
    {
        return version * 13 % bytes + 1;
    }
    uint64_t write()
    {
        uint64_t const    version = value.version() + 1;
        std::string const text(length_of(version), static_cast<char>(version));
        value.write(text.data(), {0, text.size(), version, version});
        BoardBell(arrays).ring(0);
        return version;
    }
    /// Returns: the version that was read, whole; 0: none yet; nothing when it was overtaken.
    std::optional<uint64_t> look()
    {
        unsigned char     found[bytes] = {};
        BoardStamp        stamp;
        BoardLook const   what = value.look(found, sizeof(found), stamp);
        std::string const text(stamp.length, static_cast<char>(stamp.version));
        if (what == BoardLook::Overtaken) {
            return std::nullopt;
        }
        if (what == BoardLook::Read) {
            EXPECT_EQ(stamp.length, length_of(stamp.version));
            EXPECT_EQ(std::memcmp(found, text.data(), std::min<std::size_t>(stamp.length, bytes)), 0)
                << "torn: version " << stamp.version;
            EXPECT_EQ(stamp.written_ns, stamp.version);
            EXPECT_EQ(stamp.wall_ns, stamp.version);
        }
        return what == BoardLook::Read ? stamp.version : 0;
    }
};

} // namespace

TEST(BoardSteps, AReaderThatComesAtAnyStepOfAWriteGetsTheValueBeforeOrTheNewOne)
{
    Board board;
    for (uint64_t version = 1; version <= 12; ++version) {
        uint64_t       steps = 0;
        Observer const reader([&](void const*, bool) {
            auto const found = board.look();
            ASSERT_TRUE(found) << "overtaken, and nobody has written";
            EXPECT_TRUE(*found == version - 1 || *found == version) << *found << " at a step of " << version;
            ++steps;
        });
        EXPECT_EQ(board.write(), version);
        EXPECT_GT(steps, 5U);
    }
}

TEST(BoardSteps, AWriterThatComesAtAnyStepOfAReadTearsNothing)
{
    for (uint64_t versions = 1; versions <= 9; ++versions) {
        uint64_t steps = 1;
        for (uint64_t at = 0; at < steps; ++at) {
            Board board;
            board.write();
            board.write();
            uint64_t       step = 0;
            Observer const writer([&](void const*, bool) {
                for (uint64_t i = 0; step == at && i < versions; ++i) {
                    board.write();
                }
                ++step;
            });
            auto const     found = board.look();
            steps                = step;
            EXPECT_TRUE(found || versions >= BoardArrays::buffer_count - 1)
                << "overtaken by " << versions << " versions at step " << at;
            EXPECT_TRUE(!found || *found == 2 || *found == 2 + versions);
        }
        EXPECT_GT(steps, 5U);
    }
}

TEST(BoardSteps, AReadThatWasOvertakenLooksAgainAndEndsAfterSoManyLooks)
{
    Board board;
    board.write();
    uint64_t       looks = 0;
    Observer const writer([&](void const* word, bool) {
        if (word == &board.arrays.key(0).head) {
            ++looks;
        } else if (word == &board.arrays.buffer(0, board.value.version()).length) {
            for (uint32_t i = 0; i < BoardArrays::buffer_count; ++i) {
                board.write();
            }
        }
    });
    unsigned char  found[bytes];
    BoardStamp     stamp;
    EXPECT_EQ(board.value.read(found, sizeof(found), stamp, 5), BoardLook::Overtaken);
    EXPECT_EQ(looks, 5U);
}

TEST(BoardSteps, AWriterThatDiesAtAnyStepLeavesTheValueBeforeOrTheNewOneAndItsKeyToTheNext)
{
    Self const first{0, 1};
    Self const second{1, 2};
    uint64_t   steps = 1;
    for (uint64_t at = 0; at < steps; ++at) {
        Board board;
        Lives lives;
        ASSERT_EQ(BoardOwner(board.arrays.key(0).owner).claim(first, lives), 0U);
        for (int i = 0; i < 5; ++i) {
            board.write();
        }
        uint64_t       step = 0;
        bool           seen = false;
        Observer const successor([&](void const*, bool) {
            if (step++ != at) {
                return; // what comes behind it the dead do not do; it changes nothing that is looked at any more
            }
            seen = true;
            BoardOwner owner(board.arrays.key(0).owner);
            EXPECT_NE(owner.claim(second, lives), 0U) << "taken from the living";
            lives.dead.insert(first.incarnation);
            auto const left = board.look();
            ASSERT_TRUE(left);
            EXPECT_TRUE(*left == 5 || *left == 6) << *left;
            EXPECT_EQ(owner.claim(second, lives), 0U);
            for (uint64_t i = 1; i <= 9; ++i) {
                EXPECT_EQ(board.write(), *left + i) << "the next writer does not go on from the last version";
                EXPECT_EQ(board.look(), std::optional<uint64_t>(*left + i));
            }
        });
        board.write();
        EXPECT_TRUE(seen || at >= step);
        steps = step;
    }
    EXPECT_GT(steps, 5U);
}

TEST(BoardSteps, NobodySleepsOnAValueThatWasWrittenAtAnyStepBeforeIt)
{
    constexpr uint32_t handle = 2;
    uint64_t           steps  = 1;
    for (uint64_t at = 0; at < steps; ++at) {
        Board    board;
        uint64_t step   = 0;
        bool     sleeps = false;
        {
            Observer const writer([&](void const*, bool) {
                if (step++ == at) {
                    board.write();
                }
            });
            BoardBell      bell(board.arrays);
            uint32_t const rung  = bell.begin(handle);
            bool const     none  = bell.watch(handle, 0) == 0;
            bool const     rings = board.arrays.bell(handle).load(std::memory_order_relaxed) != rung;
            sleeps               = none && !rings;
        }
        steps = step;
        EXPECT_FALSE(sleeps) << "asleep with a value that was written at step " << at;
    }
    EXPECT_EQ(steps, 4U);
}

TEST(BoardSteps, AMarkIsTakenOnceAndRingsTheBellsOfThoseThatSetIt)
{
    Board     board;
    BoardBell bell(board.arrays);
    bell.watch(1, 0);
    bell.watch(3, 0);
    board.write();
    board.write();
    for (uint32_t handle = 0; handle < 4; ++handle) {
        EXPECT_EQ(board.arrays.bell(handle).load(std::memory_order_relaxed), handle % 2) << handle;
    }
}

TEST(BoardSteps, AReadMakesNoReadModifyWriteAndAWriteNoneWhileNobodySleeps)
{
    Board    board;
    uint64_t exchanges = 0;
    uint64_t words     = 0;
    {
        Observer const count([&](void const*, bool exchange) {
            exchanges += exchange ? 1 : 0;
            ++words;
        });
        unsigned char  value[bytes] = {};
        board.value.write(value, {0, bytes, 1, 1});
        BoardBell(board.arrays).ring(0);
        EXPECT_EQ(words, 1U + 4 + value_words + 1 + 1) << "operations of a write of 64 bytes";
        words = 0;
        BoardStamp stamp;
        EXPECT_EQ(board.value.look(value, bytes, stamp), BoardLook::Read);
        EXPECT_EQ(words, 1U + 3 + value_words + 1) << "operations of a read of 64 bytes";
    }
    EXPECT_EQ(exchanges, 0U);
}

TEST(BoardSteps, ALengthThatNoValueHasIsNoValue)
{
    Board board;
    board.write();
    board.arrays.buffer(0, 1).length.store(bytes + 1, std::memory_order_relaxed);
    unsigned char found[2 * bytes];
    BoardStamp    stamp;
    EXPECT_EQ(board.value.look(found, sizeof(found), stamp), BoardLook::Damaged);
}

TEST(BoardSteps, ANameThatIsAddedAtAnyStepOfAnotherHasOnePlace)
{
    for (uint64_t const tag : {uint64_t{3}, uint64_t{6}}) { // the same name, and one that begins at the same place
        BoardNames::Name name;
        name.tag                = 3;
        name.words[0]           = 9 | 'x' << 8;
        name.words[1]           = 'y';
        BoardNames::Name second = name;
        second.tag              = tag;
        uint64_t steps          = 1;
        for (uint64_t at = 0; at < steps; ++at) {
            BoardArrays    arrays(3, 1);
            uint64_t       step  = 0;
            uint32_t       other = BoardNames::none;
            uint32_t const place = [&] {
                Observer const rival([&](void const*, bool) {
                    if (step++ == at) {
                        other = BoardNames(arrays).add(second);
                        EXPECT_EQ(BoardNames(arrays).find(second), other);
                    }
                });
                return BoardNames(arrays).add(name);
            }();
            steps = step;
            EXPECT_EQ(BoardNames(arrays).find(name), place);
            EXPECT_EQ(BoardNames(arrays).find(second), other);
            EXPECT_EQ(place == other, tag == name.tag) << "at step " << at;
        }
        EXPECT_GT(steps, 3U);
    }
}

TEST(BoardSteps, TwoNamesOfOneTagAreToldApart)
{
    BoardArrays      arrays(3, 1);
    BoardNames::Name name;
    name.tag               = 3;
    name.words[0]          = 9;
    name.words[1]          = 1;
    BoardNames::Name other = name;
    other.words[1]         = 2;
    EXPECT_LT(BoardNames(arrays).add(name), 3U);
    EXPECT_EQ(BoardNames(arrays).add(other), BoardNames::other);
    EXPECT_EQ(BoardNames(arrays).find(other), BoardNames::none);
}
