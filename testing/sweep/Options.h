/// What kickmsg-sweep was asked for.
#pragma once

#include "Observer.h"
#include "Victim.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kickmsg_sweep {

struct Options {
    Command                  program;
    std::optional<Command>   second; ///< of pairs
    bool                     stop = false;
    MarkName                 from, to;
    std::vector<std::string> before, beside;
    std::string              check;
    Presence                 presence  = Presence::Full;
    bool                     recovers  = true;
    int                      exit_code = 0; ///< that the program ends with by itself

    uint64_t              sample = 0, every = 1, seed = 1; ///< sample 0: all
    uint64_t              shard = 1, shards = 1;
    std::vector<uint64_t> replay; ///< one state; two of a pair
    double                limit     = 60;
    int                   processor = -2; ///< -1: none; -2: one of those that there are
    bool                  strict    = false;
    bool                  quiet     = false;
    std::string           prefix    = "kmsweep";
    std::string           json, junit, markdown;

    /// As it was written, but for what chooses states and writes reports: for "show it again".
    std::vector<std::string> words;

    bool is_pairs() const noexcept
    {
        return second.has_value();
    }
};

/// Returns: nullopt when what was asked for has been answered already (--help), `exit` being how to end.
std::optional<Options> parse(int argc, char** argv, int& exit);

/// A word as a shell reads it.
std::string quoted(std::string const& word);

} // namespace kickmsg_sweep
