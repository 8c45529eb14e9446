/// The board of the swarm: what each of its processes did, in memory that survives them. What must be true follows from it alone.
#pragma once

#include "kickmsg/Config.h"

#include <atomic>
#include <string>

namespace kickmsg_crash {

constexpr uint32_t seats_of_swarm = 16;   ///< processes at a time
constexpr uint32_t most_lives     = 4096; ///< processes of a round, one after another

/// What the swarm did, over all rounds.
struct Tally {
    std::atomic<uint64_t> processes{0}, kills{0}, stops{0}, joins{0}, sent{0}, received{0}, lost{0}, exhaustions{0},
        views{0}, views_at_recovery{0}, blocked{0}, woken{0}, abandoned{0}, recoveries{0}, recovered{0}, refused{0},
        counted{0}, counted_exactly{0}, conversed{0};
};

/// One process. A publisher's number is its life's index + 1.
struct SwarmLife {
    std::atomic<uint32_t> begun{0};    ///< number of the last message that it began to send
    std::atomic<uint32_t> finished{0}; ///< of the last that it has sent
};

enum class Phase : uint32_t { Storm, Quiet, Count, Converse, CountExactly, Leave };

/// One place in the swarm, taken by one life after another.
struct Seat {
    std::atomic<uint32_t> life{0};          ///< index + 1 of the present one; 0: nobody
    std::atomic<uint32_t> reached{0};       ///< the last Phase that it has done its part of
    std::atomic<uint32_t> views{0};         ///< views it holds
    std::atomic<uint32_t> joined{0};        ///< whether `last` belongs to a ring
    std::atomic<uint32_t> last[most_lives]; ///< number last received of each publisher since it joined
};

/// In memory of all, until the end of a round.
struct Board {
    std::atomic<uint32_t> phase{0};
    std::atomic<uint32_t> lives{0};
    Tally                 tally;
    std::atomic<uint32_t> findings{0};
    char                  finding[16][160]; ///< the first of them
    SwarmLife             life[most_lives];
    Seat                  seat[seats_of_swarm];

    /// Notes something that must not be. By any process.
    void find(uint32_t life, char const* what, uint64_t one = 0, uint64_t two = 0, uint64_t three = 0) noexcept;
    void begin_round() noexcept;
};

/// What one process of the swarm does from its beginning until the controller's last phase. In the child.
void live_in_swarm(Board& board, std::string const& region, uint32_t seat, uint32_t life, uint64_t seed);

kickmsg::channel::Config config_of_swarm();

} // namespace kickmsg_crash
