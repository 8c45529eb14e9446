/// A blackboard: named values, each with one writer. The structures, and who writes a key.
///
/// A board B gives the memory:
///   key_count() key(k)                a name, and what stands under it
///   buffer_count, buffer(k, version)  a power of two of buffers for each key; that of a version
///   name_words, word_count()          words of 64 bits: of a name, of a value
///   handle_count() bell(h)            the word that a handle sleeps on; a handle is a participant's record
/// All of it is zero in a fresh board, and means an empty one.
///
/// A key belongs to its writer as a ring does to its subscriber: by an owner word. The word of a writer that is dead is
/// replaced by the next one, which proves the death; nothing else has to be brought back, for what a writer leaves half done
/// nobody reads (BoardValue.h).
/// Proof: lib/test/BoardSteps_test.cc, lib/test/BlackboardProcesses_test.cc, crash/board_test.cc; models board_takeover, board_two_writers, board_leave; sweep none (crash/board_test.cc: of its own); budget none (not on the path of a value)
#pragma once

#include "kickmsg/core/Ownership.h"

#include <cstdint>

namespace kickmsg {
namespace core {

/// `Words`: of a name.
template <class P, uint32_t Words>
struct BoardKey {
    template <class T>
    using atomic = typename P::template atomic<T>;

    atomic<uint64_t> head;        ///< the version that is to be read; 0: none yet
    atomic<uint64_t> watchers;    ///< handles that wait for another version: a bit each, modulo 64
    atomic<uint64_t> owner;       ///< owner word of its writer
    atomic<uint64_t> tag;         ///< which name has this place; 0: none
    atomic<uint64_t> type;        ///< which type its values are of; 0: nobody has said
    atomic<uint64_t> name[Words]; ///< 0: not written yet, or nothing more
};

/// Before the words of a value.
template <class P>
struct BoardBuffer {
    template <class T>
    using atomic = typename P::template atomic<T>;

    atomic<uint64_t> version;    ///< of what stands here, or is being written
    atomic<uint64_t> length;     ///< bytes
    atomic<uint64_t> written_ns; ///< by the clock that never goes back
    atomic<uint64_t> wall_ns;    ///< by the wall clock, since 1970
};

/// Who writes a key.
template <class P>
class BoardOwner {
public:
    explicit BoardOwner(typename P::template atomic<uint64_t>& word) noexcept : owner_(word) {}

    /// `env` proves deaths. Returns: 0 when the key is `self`'s now; else the owner word of the living writer that has it.
    /// Progress: lock-free: whoever is overtaken here was overtaken by a writer that came or left.
    template <class Env>
    uint64_t claim(Self self, Env& env) noexcept
    {
        for (;;) {
            uint64_t const word = owner_.read();
            if (OwnerWord::state(word) != OwnerWord::Free && env.is_alive(OwnerWord::incarnation(word))) {
                return word;
            }
            if (owner_.change(word, OwnerWord::Active, self)) {
                return 0;
            }
        }
    }

    /// By the writer, after its last value.
    void leave(Self self) noexcept
    {
        owner_.release(OwnerWord::Active, self);
    }

    /// Returns: the owner word; 0: no writer, which has left.
    uint64_t read() const noexcept
    {
        return owner_.read();
    }

private:
    Ownership<P> owner_;
};

} // namespace core
} // namespace kickmsg
