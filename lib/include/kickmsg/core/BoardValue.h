/// The value of a key: written by one, read by any number, and never seen torn.
///
/// Each version has a buffer, the next one of a few, in turn: the writer says there which version it is about to write, writes
/// it, and then makes it the one that is to be read. Readers take the words of the buffer and look again which version it has.
///
///   writer of version v                     reader
///   buffer.version = v     (relaxed)        r1 = head               (acquire)
///   buffer's words         (release)        the words of r1's       (acquire)
///   head = v               (seq_cst)        r2 = its version        (relaxed)
///
/// Forbidden: r2 = r1 and a word of another version. A word of a later one was stored after that version was said, and brings it
/// along; one of an earlier one is overwritten before r1 is to be read, which head brings along.
///
/// A writer that dies before `head = v` leaves the value before, and the next writer writes v anew: who proves its death comes
/// after its last store. There is no state between.
///
/// Progress: a write is wait-free, and touches nothing that readers write but to see whether any of them waits. A look is wait-free; it fails only
///           where the writer has completed buffer_count - 1 further versions and begun another one while it copied. A reader that gives up
///           after n looks was overtaken by n * (buffer_count - 1) versions.
/// Proof: lib/test/BoardSteps_test.cc, lib/test/BlackboardProcesses_test.cc, crash/board_test.cc; models board_read, board_two_readers, board_three_versions, board_takeover, board_leave; sweep none (crash/board_test.cc: of its own); budget none (counted in lib/test/BoardSteps_test.cc)
#pragma once

#include "kickmsg/core/Board.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace kickmsg {
namespace core {

/// What is known of a value beside its bytes.
struct BoardStamp {
    uint64_t version    = 0;
    uint64_t length     = 0; ///< bytes
    uint64_t written_ns = 0;
    uint64_t wall_ns    = 0;
};

/// What a look has found.
enum class BoardLook {
    Read,      ///< a value, whole
    Empty,     ///< none was written yet
    TooLong,   ///< the value is longer than there is room; the stamp is its
    Overtaken, ///< by the writer: look again
    Damaged,   ///< a length that no value can have
};

template <class P, class B>
class BoardValue {
public:
    BoardValue(B& board, uint32_t key) noexcept : board_(board), key_(key) {}

    /// By the writer of the key. Returns: the version that it became.
    uint64_t write(void const* from, BoardStamp const& stamp) noexcept
    {
        auto& key = board_.key(key_);
        // relaxed: the last one was this writer's, or one's whose end it has seen (edge OWNER, or the proof of its death)
        uint64_t const version = key.head.load(std::memory_order_relaxed) + 1;
        auto&          buffer  = board_.buffer(key_, version);
        // relaxed: every word below releases it
        buffer.version.store(version, std::memory_order_relaxed);
        // edge WORDS (release) -> BoardValue::look: the version before it
        buffer.length.store(stamp.length, std::memory_order_release);
        // edge WORDS (release) -> BoardValue::look: as above
        buffer.written_ns.store(stamp.written_ns, std::memory_order_release);
        // edge WORDS (release) -> BoardValue::look: as above
        buffer.wall_ns.store(stamp.wall_ns, std::memory_order_release);
        copy_in(board_.words(key_, version), static_cast<unsigned char const*>(from), stamp.length);
        // edge VALUE (release) -> BoardValue::look: the buffer
        // edge WATCH (seq_cst): see BoardBell
        key.head.store(version, std::memory_order_seq_cst);
        return version;
    }

    /// One look at the value, of which up to `room` bytes go to `to`. What stands there is a value only after Read.
    BoardLook look(void* to, std::size_t room, BoardStamp& stamp) noexcept
    {
        // edge VALUE (acquire) <- BoardValue::write: the buffer, with no word of a version before
        stamp.version = board_.key(key_).head.load(std::memory_order_acquire);
        if (stamp.version == 0) {
            return BoardLook::Empty;
        }
        auto& buffer = board_.buffer(key_, stamp.version);
        // edge WORDS (acquire) <- BoardValue::write: the version that it belongs to
        stamp.length = buffer.length.load(std::memory_order_acquire);
        // edge WORDS (acquire) <- BoardValue::write: as above
        stamp.written_ns = buffer.written_ns.load(std::memory_order_acquire);
        // edge WORDS (acquire) <- BoardValue::write: as above
        stamp.wall_ns   = buffer.wall_ns.load(std::memory_order_acquire);
        bool const fits = stamp.length <= room && stamp.length <= capacity();
        if (fits) {
            copy_out(static_cast<unsigned char*>(to), board_.words(key_, stamp.version), stamp.length);
        }
        // relaxed: after every word above; one of a later version has brought that along (edge WORDS)
        if (buffer.version.load(std::memory_order_relaxed) != stamp.version) {
            return BoardLook::Overtaken;
        }
        return fits ? BoardLook::Read : stamp.length <= capacity() ? BoardLook::TooLong : BoardLook::Damaged;
    }

    /// As look(), `looks` times at most while it is overtaken.
    BoardLook read(void* to, std::size_t room, BoardStamp& stamp, uint32_t looks) noexcept
    {
        BoardLook found = look(to, room, stamp);
        for (uint32_t i = 1; i < looks && found == BoardLook::Overtaken; ++i) {
            found = look(to, room, stamp);
        }
        return found;
    }

    uint64_t version() const noexcept
    {
        // relaxed: a number; what belongs to it is read by look()
        return board_.key(key_).head.load(std::memory_order_relaxed);
    }

    uint64_t capacity() const noexcept
    {
        return uint64_t{board_.word_count()} * word_bytes;
    }

private:
    using Word = typename P::template atomic<uint64_t>;

    static constexpr std::size_t word_bytes = sizeof(uint64_t);

    static void copy_in(Word* words, unsigned char const* from, uint64_t length) noexcept
    {
        for (; length >= word_bytes; length -= word_bytes, from += word_bytes, ++words) {
            put(*words, from, word_bytes);
        }
        if (length != 0) {
            put(*words, from, static_cast<std::size_t>(length));
        }
    }

    static void put(Word& word, unsigned char const* from, std::size_t bytes) noexcept
    {
        uint64_t value = 0;
        std::memcpy(&value, from, bytes);
        // edge WORDS (release) -> BoardValue::get: the version before it
        word.store(value, std::memory_order_release);
    }

    static void copy_out(unsigned char* to, Word const* words, uint64_t length) noexcept
    {
        for (; length >= word_bytes; length -= word_bytes, to += word_bytes, ++words) {
            get(to, *words, word_bytes);
        }
        if (length != 0) {
            get(to, *words, static_cast<std::size_t>(length));
        }
    }

    static void get(unsigned char* to, Word const& word, std::size_t bytes) noexcept
    {
        // edge WORDS (acquire) <- BoardValue::put: the version that it belongs to
        uint64_t const value = word.load(std::memory_order_acquire);
        std::memcpy(to, &value, bytes);
    }

    B&       board_;
    uint32_t key_;
};

} // namespace core
} // namespace kickmsg
