/// What a lookout has to sleep on: the words that it is posted to, and the one by which it is called.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace kickmsg {
namespace detail {

/// It sleeps on the words and on `turns_`, which changes with each post. Where the system can sleep on one word only it sleeps on that of its only
/// watch, and a new post changes that word: others that sleep on it, in other processes, wake for nothing.
///
/// W: the surroundings, those of the system (SystemWaits.h) or of the models.
/// Threads: post(), recall() and end() by one at a time; all else by the thread that sleeps.
template <class W>
class LookoutOrders {
public:
    using Word    = typename W::Word;
    using Watch   = typename W::Watch;
    using Watches = typename W::Watches;

    /// How many watches it can be posted to.
    static std::size_t room() noexcept
    {
        return sleeps_on_one_word() ? 1 : W::most_words() - 1;
    }

    void reserve(std::size_t watches)
    {
        orders_.reserve(watches);
        mine_.reserve(watches);
    }

    /// From now on it sleeps on the `count` watches from `first` on. Costs nothing while it does so already.
    void post(Watch const* first, std::size_t count, bool is_quiet = false) noexcept
    {
        Guard const mine(lock_);
        if (is_posted_to(first, count)) {
            return;
        }
        call(); // before the words that it sleeps on are forgotten
        orders_.assign(first, first + count);
        is_quiet_ = is_quiet;
    }
    void recall() noexcept
    {
        post(nullptr, 0);
    }
    void end() noexcept
    {
        Guard const mine(lock_);
        is_over_ = true;
        call();
    }

    /// Returns: false when the thread is to end. `is_quiet`: nothing was found since the last post.
    bool take(bool& is_quiet) noexcept
    {
        Guard const mine(lock_);
        // relaxed: under the lock
        uint32_t const turn = turns_.load(std::memory_order_relaxed);
        is_quiet            = is_quiet_ || turn == turn_;
        turn_               = turn;
        mine_               = orders_;
        return !is_over_;
    }

    /// It has nothing to look out for.
    bool is_idle() const noexcept
    {
        return mine_.empty();
    }

    /// A change before this sleeps, also of the turns, is seen by the system when it compares.
    void sleep(std::chrono::nanoseconds slice) noexcept
    {
        typename W::Awaited words[W::words_limit];
        std::size_t         count = 0;
        if (!sleeps_on_one_word() || is_idle()) {
            words[count++] = {&turns_, turn_, 0};
        }
        for (Watch const& watch : mine_) {
            words[count++] = watch.word;
        }
        is_idle() ? W::wait(words[0], slice) : W::wait_any(words, count, slice);
    }

    bool has_news() const noexcept
    {
        return std::any_of(mine_.begin(), mine_.end(), [](Watch const& watch) { return watch.word.has_changed(); });
    }

    /// Reports once, and is posted to nothing from then on.
    template <class Report>
    void report(Report const& report) noexcept
    {
        {
            Guard const mine(lock_);
            // relaxed: under the lock
            if (turns_.load(std::memory_order_relaxed) != turn_) {
                return; // called elsewhere meanwhile: what is new is measured by the new orders
            }
            orders_.clear();
        }
        mine_.clear();
        report();
    }

private:
    using Guard = std::lock_guard<typename W::Mutex>;

    /// Whether there is no room for a word of its own in a sleep.
    static bool sleeps_on_one_word() noexcept
    {
        return W::most_words() == 1;
    }

    static void change(Word& word, uint32_t sleeper) noexcept
    {
        // relaxed: the lock orders what it announces
        word.fetch_add(1, std::memory_order_relaxed);
        W::wake(word, 1U << sleeper);
    }

    /// What it does after this it does by the orders as they are when the lock is free again.
    void call() noexcept
    {
        change(turns_, 0);
        if (sleeps_on_one_word() && !orders_.empty()) {
            auto const& word = orders_.front().word;
            if (word.has_changed()) {
                W::wake(*word.word, 1U << word.sleeper); // whoever changed it may have been killed before its wake
            } else {
                change(*word.word, word.sleeper);
            }
        }
    }

    bool is_posted_to(Watch const* first, std::size_t count) const noexcept
    {
        return orders_.size() == count &&
               std::equal(orders_.begin(), orders_.end(), first, [](Watch const& a, Watch const& b) {
                   return a.word.word == b.word.word && a.word.expected == b.word.expected &&
                          a.word.sleeper == b.word.sleeper;
               });
    }

    typename W::Mutex lock_; ///< of the next four
    Watches           orders_;
    bool              is_quiet_ = false;
    bool              is_over_  = false;
    Word              turns_{0}; ///< written under the lock; slept on

    Watches  mine_; ///< of the thread, as the next one
    uint32_t turn_ = 0;
};

} // namespace detail
} // namespace kickmsg
