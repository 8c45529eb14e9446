/// The names of a board: a table in which each name takes a place, for good. Whoever needs a name that is not there adds it: by one
/// exchange, which says by the name's tag whose place it is; and then any that need it write its words, which are the same whoever
/// writes them. So a process that dies between the two leaves nothing to take back, and nobody waits for one that is stopped.
///
/// The tag is a hash of the name. Two names of one tag are told apart by their words: the second one is refused.
///
/// Places are searched from the tag on, one after the other, and never given up: a place that was passed by was another name's, and stays so.
/// Proof: lib/test/BoardSteps_test.cc, lib/test/Blackboard_test.cc, crash/board_test.cc; models board_names, board_names_death, board_names_one_tag, board_types; sweep none (crash/board_test.cc: of its own); budget none (not on the path of a value)
#pragma once

#include "kickmsg/core/Board.h"

namespace kickmsg {
namespace core {

/// A name as its words: the first one begins with its length, all that follow are 0 behind its end and nowhere before it.
template <uint32_t Words>
struct BoardName {
    uint64_t tag = 0; ///< never 0
    uint64_t words[Words]{};
};

template <class P, class B>
class BoardNames {
public:
    using Name = BoardName<B::name_words>;

    static constexpr uint32_t none  = ~uint32_t{0};     ///< not there; of add(): all places are taken
    static constexpr uint32_t other = ~uint32_t{0} - 1; ///< another name has the tag

    explicit BoardNames(B& board) noexcept : board_(board) {}

    /// Returns: the key of that name, or none. One that another process is just adding may be none yet.
    uint32_t find(Name const& name) noexcept
    {
        for (uint32_t step = 0; step < board_.key_count(); ++step) {
            uint32_t const place = place_of(name, step);
            // relaxed: a tag is the place's for good, and there is nothing behind it that is not zero from the beginning
            uint64_t const tag = board_.key(place).tag.load(std::memory_order_relaxed);
            if (tag == 0) {
                return none;
            }
            if (tag == name.tag) {
                return is_written(place, name) ? place : none;
            }
        }
        return none;
    }

    /// Returns: the key of that name, which is there now; or none, or other.
    uint32_t add(Name const& name) noexcept
    {
        for (uint32_t step = 0; step < board_.key_count(); ++step) {
            uint32_t const place = place_of(name, step);
            uint64_t const tag   = take(place, name.tag);
            if (tag == name.tag) {
                return write(place, name) ? place : other;
            }
        }
        return none;
    }

    /// Whether a name has that place, and all of it is there: `words` become its words.
    bool read(uint32_t place, uint64_t (&words)[B::name_words]) noexcept
    {
        for (uint32_t i = 0; i < B::name_words; ++i) {
            // relaxed: a word is the place's for good
            words[i] = board_.key(place).name[i].load(std::memory_order_relaxed);
        }
        uint64_t const bytes = words[0] & 0xffU;
        for (uint32_t i = 0; i < B::name_words && i * sizeof(uint64_t) <= bytes; ++i) {
            if (words[i] == 0) {
                return false;
            }
        }
        return bytes != 0 && bytes < sizeof(words);
    }

    /// Says that the values of `place` are of `type`, unless another one is said already. 0: asks alone. Returns: the type that is said now.
    uint64_t agree(uint32_t place, uint64_t type) noexcept
    {
        auto& word = board_.key(place).type;
        // relaxed: a number, which is the key's for good
        uint64_t said = word.load(std::memory_order_relaxed);
        if (said != 0 || type == 0) {
            return said;
        }
        // relaxed: as above. Failure relaxed: another one was said meanwhile
        bool const is_mine =
            word.compare_exchange_strong(said, type, std::memory_order_relaxed, std::memory_order_relaxed);
        return is_mine ? type : said;
    }

private:
    uint32_t place_of(Name const& name, uint32_t step) const noexcept
    {
        return static_cast<uint32_t>((name.tag + step) % board_.key_count());
    }

    /// Returns: the tag that has the place now.
    uint64_t take(uint32_t place, uint64_t tag) noexcept
    {
        auto& word = board_.key(place).tag;
        // relaxed: as in find()
        uint64_t found = word.load(std::memory_order_relaxed);
        if (found != 0) {
            return found;
        }
        // relaxed: as in find(). Failure relaxed: another name has it
        bool const is_mine =
            word.compare_exchange_strong(found, tag, std::memory_order_relaxed, std::memory_order_relaxed);
        return is_mine ? tag : found;
    }

    bool write(uint32_t place, Name const& name) noexcept
    {
        for (uint32_t i = 0; i < B::name_words && name.words[i] != 0; ++i) {
            auto&    word  = board_.key(place).name[i];
            uint64_t found = 0;
            // relaxed: a word is the place's for good. Failure relaxed: it is there, this name's or another's
            if (!word.compare_exchange_strong(found, name.words[i], std::memory_order_relaxed,
                                              std::memory_order_relaxed) &&
                found != name.words[i]) {
                return false;
            }
        }
        return true;
    }

    bool is_written(uint32_t place, Name const& name) noexcept
    {
        for (uint32_t i = 0; i < B::name_words; ++i) {
            // relaxed: as in read()
            if (board_.key(place).name[i].load(std::memory_order_relaxed) != name.words[i]) {
                return false;
            }
        }
        return true;
    }

    B& board_;
};

} // namespace core
} // namespace kickmsg
