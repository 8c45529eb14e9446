/// Those who take part in a generated trial, seen by the one who conducts it: threads or processes.
#pragma once

#include "Accounts.h"

#include <memory>

namespace kickmsg_stress {
namespace generated {

/// The board, in memory that a process of another program image can map.
class SharedBoard {
public:
    SharedBoard();
    explicit SharedBoard(int descriptor); ///< somebody else's
    SharedBoard(SharedBoard const&)            = delete;
    SharedBoard& operator=(SharedBoard const&) = delete;
    ~SharedBoard();

    /// In the one who made it: as at the beginning of a trial.
    void        begin(TrialPlan const& plan, std::string const& region);
    TrialBoard& operator*() const noexcept
    {
        return *board_;
    }
    TrialBoard* operator->() const noexcept
    {
        return board_;
    }
    int descriptor() const noexcept
    {
        return descriptor_;
    }

private:
    int         descriptor_;
    TrialBoard* board_;
};

class Crew {
public:
    Crew()                       = default;
    Crew(Crew const&)            = delete;
    Crew& operator=(Crew const&) = delete;
    virtual ~Crew()              = default; ///< nobody of it is left

    virtual void stop(uint32_t subscriber)  = 0;
    virtual void go_on(uint32_t subscriber) = 0;
    /// Returns: whether all have ended. Notes on the board who did so without being asked to.
    virtual bool have_all_ended() = 0;
    /// Returns: how often somebody was stopped.
    virtual uint64_t stops() const = 0;
};

/// Starts those of the board's plan.
std::unique_ptr<Crew> start_threads(SharedBoard const& board, kickmsg::SharedRegion const& region);
std::unique_ptr<Crew> start_processes(SharedBoard const& board);

} // namespace generated
} // namespace kickmsg_stress
