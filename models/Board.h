/// A blackboard of the models: the memory that core/Board.h asks for, its writers, readers and sleepers, and what each of them
/// has to find.
#pragma once

#include "Attachment.h"
#include "Faults.h"

#include "kickmsg/core/BoardBell.h"
#include "kickmsg/core/BoardNames.h"
#include "kickmsg/core/BoardValue.h"

namespace kickmsg_models {

/// `WatcherBits`: 1: all handles share the one bit.
template <uint32_t WatcherBits = 64>
class BoardMemory {
public:
    static constexpr uint32_t buffer_count = 2, name_words = 2, watcher_bits = WatcherBits;

    BoardMemory(uint32_t keys, uint32_t handles)
        : keys_(keys), buffers_(keys * buffer_count), words_(std::size_t{keys} * buffer_count * value_words),
          bells_(handles)
    {
    }

    uint32_t key_count() const noexcept
    {
        return static_cast<uint32_t>(keys_.size());
    }
    uint32_t word_count() const noexcept
    {
        return value_words;
    }
    uint32_t handle_count() const noexcept
    {
        return static_cast<uint32_t>(bells_.size());
    }
    core::BoardKey<Policy, name_words>& key(uint32_t index)
    {
        return keys_[index];
    }
    core::BoardBuffer<Policy>& buffer(uint32_t key, uint64_t version)
    {
        return buffers_[buffer_of(key, version)];
    }
    Atomic<uint64_t>* words(uint32_t key, uint64_t version)
    {
        return &words_[buffer_of(key, version) * value_words];
    }
    Atomic<uint32_t>& bell(uint32_t handle)
    {
        return bells_[handle];
    }

private:
    static constexpr uint32_t value_words = 2, most_keys = 3, most_handles = 4;

    static std::size_t buffer_of(uint32_t key, uint64_t version)
    {
        bool const one = planted("board-one-buffer");
        return key * buffer_count + (one ? 0 : version % buffer_count);
    }

    Cells<core::BoardKey<Policy, name_words>, most_keys>            keys_;
    Cells<core::BoardBuffer<Policy>, most_keys * buffer_count>      buffers_;
    Cells<Atomic<uint64_t>, most_keys * buffer_count * value_words> words_;
    Cells<Atomic<uint32_t>, most_handles>                           bells_;
};

/// A value says of itself which version of whose it is; every second one of a buffer is long.
struct BoardContents {
    uint64_t words[2];

    static uint64_t length_of(uint64_t version)
    {
        return version / 2 % 2 != 0 ? sizeof(words) : sizeof(words[0]) + 1;
    }
    static BoardContents of(uint64_t version, uint64_t writer)
    {
        return {{version << 8 | writer, ~(version << 8 | writer)}};
    }
    static void check(BoardContents const& found, core::BoardStamp const& stamp)
    {
        expect(stamp.length == length_of(stamp.version), "the length is of another version");
        expect(found.words[0] >> 8 == stamp.version, "the value is of another version");
        expect(stamp.written_ns == found.words[0] && stamp.wall_ns == found.words[0],
               "the times are of another version");
        uint64_t const mask = stamp.length == sizeof(words) ? ~uint64_t{0} : 0xffU;
        expect((found.words[1] & mask) == (~found.words[0] & mask), "the value is torn");
    }
};

/// An attachment that writes keys, reads them, and waits for them.
template <class Board>
class BoardHandle : public Attachment {
public:
    BoardHandle(Place const& place, Records records, Board& board) : Attachment(place), board_(board)
    {
        enroll(records);
    }

    /// Returns: whether it writes the key now.
    bool claim(uint32_t key)
    {
        LifeCheck life(world());
        return Owner(board_.key(key).owner).claim(self(), life) == 0;
    }
    void leave(uint32_t key)
    {
        Owner(board_.key(key).owner).leave(self());
    }
    void write(uint32_t key)
    {
        Value               value(board_, key);
        uint64_t const      version = value.version() + 1;
        BoardContents const what    = BoardContents::of(version, self().incarnation);
        core::BoardStamp    stamp{0, BoardContents::length_of(version), what.words[0], what.words[0]};
        expect(value.write(what.words, stamp) == version, "somebody else has written the key of this writer");
        core::BoardBell<Policy, Board>(board_).ring(key);
    }

    /// Returns: whether a value was there, and was not overtaken.
    bool read(uint32_t key)
    {
        BoardContents    found{};
        core::BoardStamp stamp;
        auto const       look = Value(board_, key).look(found.words, sizeof(found.words), stamp);
        expect(look != core::BoardLook::Damaged && look != core::BoardLook::TooLong, "a length that nobody wrote");
        expect(look != core::BoardLook::Empty || seen_[key] == 0, "a value has gone");
        expect(stamp.version >= seen_[key], "a version that was followed by another one is read again");
        seen_[key] = stamp.version;
        if (look != core::BoardLook::Read) {
            return false;
        }
        BoardContents::check(found, stamp);
        return true;
    }
    uint64_t seen(uint32_t key) const noexcept
    {
        return seen_[key];
    }

    /// Sleeps until one of the first `count` keys has another version than was seen last.
    void wait_for_change(uint32_t count)
    {
        core::BoardBell<Policy, Board> bell(board_);
        bool                           changed = false;
        while (!changed) {
            bool const     late = planted("board-bell-read-late");
            uint32_t const rung = bell.begin(self().record);
            for (uint32_t key = 0; key < count; ++key) {
                uint64_t const version = bell.watch(self().record, key);
                changed                = changed || version != seen_[key];
                seen_[key]             = version;
            }
            if (!changed) {
                board_.bell(self().record).wait(late ? bell.begin(self().record) : rung, 0);
            }
        }
    }

    // For a set that its readers are in.
    bool has_changed(uint32_t key)
    {
        return Value(board_, key).version() != seen_[key];
    }
    Atomic<uint32_t>& bell()
    {
        return board_.bell(self().record);
    }
    uint32_t rung()
    {
        return core::BoardBell<Policy, Board>(board_).begin(self().record);
    }
    /// Returns: whether it may sleep.
    bool watch(uint32_t key)
    {
        return core::BoardBell<Policy, Board>(board_).watch(self().record, key) == seen_[key];
    }

private:
    using Value = core::BoardValue<Policy, Board>;
    using Owner = core::BoardOwner<Policy>;

    static constexpr uint32_t most_keys = 3;

    Board&   board_;
    uint64_t seen_[most_keys]{};
};

} // namespace kickmsg_models
