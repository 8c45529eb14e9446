/// What a sweep has found.
#pragma once

#include "Observer.h"
#include "Watch.h"

#include <cstdint>
#include <string>
#include <vector>

namespace kickmsg_sweep {

/// One state (of pairs: two), met once.
struct Round {
    uint64_t                 state = 0, second = 0;
    Findings                 found;
    std::string              not_reproducible; ///< why it may be another place than the survey's; empty: it is that one
    std::string              function;         ///< that made the last change
    std::vector<std::string> source;           ///< its lines, where they are known
    std::string              output;           ///< of the programs, its end
    std::vector<std::string> beside;           ///< what the companions did when it was dead
    double                   seconds = 0;
};

struct Results {
    std::vector<Change>      words;        ///< of one whole run, in order; state n is after the n-th
    std::vector<std::string> functions;    ///< that made them
    std::vector<Change>      second_words; ///< of the second program, beside the first one at its last state
    uint64_t                 steps    = 0; ///< instructions of one whole run, between the marks
    uint64_t                 chosen   = 0; ///< states, or pairs of them
    bool                     is_pairs = false;
    std::vector<Round>       rounds;
    std::vector<std::string> notes;
    double                   seconds = 0;

    uint64_t states() const noexcept
    {
        return (words.size() + 1) * (is_pairs ? second_words.size() + 1 : 1);
    }
    uint64_t failed() const noexcept
    {
        uint64_t count = 0;
        for (Round const& round : rounds) {
            count += round.found.empty() ? 0 : 1;
        }
        return count;
    }
    uint64_t not_reproducible() const noexcept
    {
        uint64_t count = 0;
        for (Round const& round : rounds) {
            count += round.not_reproducible.empty() ? 0 : 1;
        }
        return count;
    }
};

} // namespace kickmsg_sweep
