/// A thread of a wait set that sleeps in its stead.
#pragma once

#include "Watch.h"
#include "kickmsg/os/Liveness.h"

#include <functional>
#include <mutex>
#include <thread>

namespace kickmsg {
namespace detail {

/// Sleeps on the words that it was last posted to, and reports once when one of them has changed; then it sleeps until it is posted anew.
///
/// It sleeps on the words and on `turns_`, which changes with each post. Where the system can sleep on one word only it sleeps on that of its only
/// watch, and a new post changes that word: others that sleep on it, in other processes, wake for nothing.
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

    /// How many watches it can be posted to.
    static std::size_t room() noexcept;
    /// From now on it sleeps on the `count` watches from `first` on. Costs nothing while it does so already.
    /// `is_quiet`: nothing was found since the last post, so that its slices may go on growing.
    void post(Watch const* first, std::size_t count, bool is_quiet = false) noexcept;
    void recall() noexcept
    {
        post(nullptr, 0);
    }

private:
    void run() noexcept;
    bool take_orders(bool& is_quiet) noexcept; ///< false: the thread is to end
    void sleep(std::chrono::nanoseconds slice) noexcept;
    bool has_news() const noexcept;
    void report() noexcept;
    bool is_posted_to(Watch const* first, std::size_t count) const noexcept;
    void call() noexcept;

    std::function<void()> report_;
    std::function<bool()> look_;
    os::Birth             birth_;

    std::mutex            lock_; ///< of the next four
    Watches               orders_;
    bool                  is_quiet_ = false;
    bool                  is_over_  = false;
    std::atomic<uint32_t> turns_{0}; ///< written under the lock; slept on

    Watches  mine_; ///< of the thread, as the next one
    uint32_t turn_ = 0;

    std::unique_ptr<std::thread> thread_;
};

} // namespace detail
} // namespace kickmsg
