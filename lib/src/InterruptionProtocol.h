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

#include "kickmsg/core/ViewCount.h"

#include <atomic>
#include <cstdint>

namespace kickmsg {
namespace detail {

/// P: the words, those of the system (Policy.h) or of the models. Bell: a word that the system sleeps on.
/// Threads: request() by any, and by handlers of signals; all else by that of the subscriber.
template <class P, class Bell = typename P::template atomic<uint32_t>>
class InterruptionProtocol {
public:
    using Word  = Bell;
    using Views = core::ViewCount<P>;

    void request() noexcept
    {
        // seq_cst, all of them: see above, and is_in_use()
        inside_.fetch_add(1, std::memory_order_seq_cst);
        requested_.store(1, std::memory_order_seq_cst);
        if (Word* const bell = bell_.load(std::memory_order_seq_cst)) {
            bell->fetch_add(1, std::memory_order_relaxed); // relaxed: only a value that differs is needed
            uint32_t const sleeper =
                sleeper_.load(std::memory_order_relaxed); // relaxed: stored before the way to the word was
            P::wake(*bell, 1U << sleeper);
        }
        if (Views* const views = views_.load(std::memory_order_seq_cst)) {
            views->disarm();
            P::wake(views->word(), 1U);
        }
        inside_.fetch_sub(1, std::memory_order_seq_cst);
    }

    /// Returns: whether there was a request, which is answered by that.
    bool take() noexcept
    {
        // relaxed, both: it says nothing of other memory
        return requested_.load(std::memory_order_relaxed) != 0 &&
               requested_.exchange(0, std::memory_order_relaxed) != 0;
    }

    /// A request of the thread's own.
    void note() noexcept
    {
        requested_.store(1, std::memory_order_relaxed); // relaxed: for this thread
    }

    /// About to sleep on `word`, whose value is known, as number `sleeper`, or on that of `views`. Returns: false when it was requested not to.
    bool begin_sleep(Word& word, uint32_t sleeper) noexcept
    {
        sleeper_.store(sleeper, std::memory_order_relaxed); // relaxed: the next store publishes it
        bell_.store(&word, std::memory_order_seq_cst);
        return requested_.load(std::memory_order_seq_cst) == 0;
    }
    bool begin_sleep(Views& views) noexcept
    {
        views_.store(&views, std::memory_order_seq_cst);
        return requested_.load(std::memory_order_seq_cst) == 0;
    }
    void end_sleep() noexcept
    {
        bell_.store(nullptr, std::memory_order_seq_cst);
        views_.store(nullptr, std::memory_order_seq_cst);
    }

    /// Whether an interrupter may be on its way to what was slept on. One that begins later finds no way to it.
    bool is_in_use() const noexcept
    {
        return inside_.load(std::memory_order_seq_cst) != 0;
    }

private:
    typename P::template atomic<uint32_t> inside_{0}; ///< interrupters
    typename P::template atomic<uint32_t> requested_{0};
    typename P::template atomic<Word*>    bell_{nullptr};  ///< slept on
    typename P::template atomic<uint32_t> sleeper_{0};     ///< there
    typename P::template atomic<Views*>   views_{nullptr}; ///< slept on their word
};

} // namespace detail
} // namespace kickmsg
