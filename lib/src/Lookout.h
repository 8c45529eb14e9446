/// A thread of a wait set that sleeps in its stead.
#pragma once

#include "LookoutOrders.h"
#include "SystemWaits.h"
#include "kickmsg/os/Liveness.h"

#include <functional>
#include <thread>

namespace kickmsg {
namespace detail {

/// Sleeps on the words that it was last posted to, and reports once when one of them has changed; then it sleeps until it is posted anew.
///
/// Threads: post() and recall() by one at a time, under the lock of the set; `report` and `look` are called by the thread, without any lock.
class Lookout {
public:
    /// `report`: a word has changed. `look`: called after each slice of a sleep; returns whether to report; when empty it sleeps for ever.
    /// Errors: Error LimitReached, System: no thread is to be had.
    explicit Lookout(std::function<void()> report, std::function<bool()> look = {});
    Lookout(Lookout const&)            = delete;
    Lookout& operator=(Lookout const&) = delete;
    /// Ends the thread. In a child there is none.
    ~Lookout();

    /// As LookoutOrders. `is_quiet`: nothing was found since the last post, so that its slices may go on growing.
    void post(Watch const* first, std::size_t count, bool is_quiet = false) noexcept
    {
        orders_.post(first, count, is_quiet);
    }
    void recall() noexcept
    {
        orders_.recall();
    }

private:
    void run() noexcept;

    std::function<void()>        report_;
    std::function<bool()>        look_;
    os::Birth                    birth_;
    LookoutOrders<SystemWaits>   orders_;
    std::unique_ptr<std::thread> thread_;
};

} // namespace detail
} // namespace kickmsg
