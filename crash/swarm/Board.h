/// The black box: a swarm of processes on one region, killed and stopped at random. What each did is written where it
/// survives them, on the board; what must be true follows from the board alone.
#pragma once

#include "Arena.h"

#include <atomic>
#include <chrono>
#include <random>
#include <sys/types.h>

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
struct Life {
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
    Life                  life[most_lives];
    Seat                  seat[seats_of_swarm];

    /// Notes something that must not be. By any process.
    void find(uint32_t life, char const* what, uint64_t one = 0, uint64_t two = 0, uint64_t three = 0) noexcept;
    void begin_round() noexcept;
};

using Random = std::mt19937_64;

inline uint64_t below(Random& random, uint64_t limit)
{
    return random() % limit;
}

/// What one process of the swarm does from its beginning until the controller's last phase. In the child.
void live_in_swarm(Board& board, std::string const& region, uint32_t seat, uint32_t life, uint64_t seed);

kickmsg::channel::Config config_of_swarm();

/// Starts, kills, stops and counts the processes of the swarm.
class Swarm {
public:
    explicit Swarm(uint64_t seed);
    Swarm(Swarm const&)            = delete;
    Swarm& operator=(Swarm const&) = delete;
    ~Swarm(); ///< nobody and nothing of it is left

    /// A storm of this length; then the living stop, count and leave or are killed, and everything must be there.
    void round(std::chrono::milliseconds length, Findings& found);

    Tally const& tally() const noexcept
    {
        return board_->tally;
    }
    std::string const& name() const noexcept
    {
        return name_;
    }
    /// Where everybody is, for a run that does not end.
    std::string state() const;

private:
    using Clock = std::chrono::steady_clock;
    struct Process {
        pid_t             pid     = -1;
        bool              stopped = false;
        Clock::time_point until; ///< stopped until then
    };

    void start(uint32_t seat);
    void kill(uint32_t seat);
    void stop(uint32_t seat);
    void go_on(uint32_t seat);
    void disturb_somebody();
    void storm(Clock::time_point end);
    void look_after();
    void vacate(uint32_t seat);
    void enter(Phase phase);
    bool all_have_reached(Phase phase);
    void expect_conserved(Findings& found);

    Board*                               board_;
    std::string                          name_;
    uint64_t                             seed_;
    Random                               random_;
    Process                              processes_[seats_of_swarm];
    std::optional<kickmsg::SharedRegion> region_;
};

} // namespace kickmsg_crash
