/// A swarm of processes on one region, killed and stopped at random.
#pragma once

#include "Arena.h"
#include "Board.h"
#include "Random.h"

#include <chrono>
#include <sys/types.h>

namespace kickmsg_crash {

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
    kickmsg_testkit::Random              random_;
    Process                              processes_[seats_of_swarm];
    std::optional<kickmsg::SharedRegion> region_;
};

} // namespace kickmsg_crash
