/// The request that a sleep of a subscriber should end, and the way to that sleep.
///
///   subscriber                                  interrupter
///   word of the sleep = here    (seq_cst)       requested = 1              (seq_cst)
///   r1 = requested              (seq_cst)       r2 = word of the sleep     (seq_cst)
///   sleeps while it is as it was                changes it, and wakes
///
/// Forbidden: r1 = 0 and r2 = none, asleep and not interrupted. The value that the sleep compares with was read before: a change between the
/// two ends the sleep as well. The word lies in the region, and is that of all its subscribers; others that sleep on it wake for nothing. A second private word
/// beside it would need a sleep on two words: not every system knows one, and it costs those that are never interrupted.
///
/// The subscriber may move to another region while an interrupter is on its way to a word of the one before. So interrupters are counted, and what
/// the subscriber leaves while the count is not zero is kept, as a view would keep it: nobody waits for anybody.
#pragma once

#include "Policy.h"
#include "kickmsg/core/ViewCount.h"
#include "kickmsg/os/Liveness.h"

#include <vector>

namespace kickmsg {
namespace detail {

class SubscriberState;

/// Threads: request() by any, and by handlers of signals; all else by that of the subscriber.
class Interruption {
public:
    using Word  = std::atomic<uint32_t>;
    using Views = core::ViewCount<Policy>;

    Interruption() : birth_(os::Birth::now()) {}
    Interruption(Interruption const&)            = delete;
    Interruption& operator=(Interruption const&) = delete;
    ~Interruption()
    {
        give_back();
    }

    void request() noexcept
    {
        if (!birth_.is_own()) {
            return;
        }
        // seq_cst, all of them: see above, and keep_while_in_use()
        inside_.fetch_add(1, std::memory_order_seq_cst);
        requested_.store(true, std::memory_order_seq_cst);
        if (Word* const bell = bell_.load(std::memory_order_seq_cst)) {
            bell->fetch_add(1, std::memory_order_relaxed); // relaxed: only a value that differs is needed
            os::wake(*bell,
                     1U << sleeper_.load(std::memory_order_relaxed)); // relaxed: stored before the way to the word was
        }
        if (Views* const views = views_.load(std::memory_order_seq_cst)) {
            views->disarm();
            os::wake(views->word(), 1);
        }
        inside_.fetch_sub(1, std::memory_order_seq_cst);
    }

    /// Returns: whether there was a request, which is answered by that.
    bool take() noexcept
    {
        // relaxed, both: it says nothing of other memory
        return requested_.load(std::memory_order_relaxed) && requested_.exchange(false, std::memory_order_relaxed);
    }

    /// About to sleep on `word`, whose value is known, as number `sleeper`, or on that of `views`. Returns: false when it was requested not to.
    bool begin_sleep(Word& word, uint32_t sleeper) noexcept
    {
        sleeper_.store(sleeper, std::memory_order_relaxed); // relaxed: the next store publishes it
        bell_.store(&word, std::memory_order_seq_cst);
        return !requested_.load(std::memory_order_seq_cst);
    }
    bool begin_sleep(Views& views) noexcept
    {
        views_.store(&views, std::memory_order_seq_cst);
        return !requested_.load(std::memory_order_seq_cst);
    }
    void end_sleep() noexcept
    {
        bell_.store(nullptr, std::memory_order_seq_cst);
        views_.store(nullptr, std::memory_order_seq_cst);
    }

    /// A handler of a signal has ended a sleep: a request, where that is wished.
    void note_signal() noexcept
    {
        if (by_signals_) {
            requested_.store(true, std::memory_order_relaxed); // relaxed: for this thread
        }
    }
    void let_signals(bool interrupt) noexcept
    {
        by_signals_ = interrupt;
    }

    /// It sleeps nowhere, and is about to leave `state`. An interrupter that begins later finds no way to it.
    void keep_while_in_use(SubscriberState& state);

private:
    void give_back() noexcept;

    os::Birth                     birth_;
    std::atomic<uint32_t>         inside_{0}; ///< interrupters
    std::atomic<bool>             requested_{false};
    std::atomic<Word*>            bell_{nullptr};  ///< slept on
    std::atomic<uint32_t>         sleeper_{0};     ///< there
    std::atomic<Views*>           views_{nullptr}; ///< slept on their word
    bool                          by_signals_ = false;
    std::vector<SubscriberState*> kept_; ///< left, and used by an interrupter then
};

} // namespace detail
} // namespace kickmsg
