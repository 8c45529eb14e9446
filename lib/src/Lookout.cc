#include "Lookout.h"

#include "WaitBudget.h"
#include "kickmsg/Error.h"
#include "os/NoSignals.h"

#include <algorithm>
#include <system_error>

namespace kickmsg {
namespace detail {

namespace {

/// Whether there is no room for a word of its own in a sleep.
bool sleeps_on_one_word() noexcept
{
    return os::most_words() == 1;
}

void change(std::atomic<uint32_t>& word, uint32_t sleeper = 0) noexcept
{
    // relaxed: the lock orders what it announces
    word.fetch_add(1, std::memory_order_relaxed);
    os::wake(word, 1U << sleeper);
}

} // namespace

Lookout::Lookout(std::function<void()> report, std::function<bool()> look)
    : report_(std::move(report)), look_(std::move(look)), birth_(os::Birth::now())
{
    orders_.reserve(os::words_limit);
    mine_.reserve(os::words_limit);
    try {
        os::NoSignals const none; // the thread begins with what is blocked here
        thread_ = std::make_unique<std::thread>([this] { run(); });
    } catch (std::system_error const& error) {
        throw Error(ErrorCode::LimitReached, "WaitSet", std::string("cannot start a thread: ") + error.what(),
                    Remedy{"raise the limit of threads or memory, or put fewer subscribers into a set"},
                    error.code().value());
    }
}

Lookout::~Lookout()
{
    if (!birth_.may_end()) {
        static_cast<void>(thread_.release()); // its parent's
        return;
    }
    {
        std::lock_guard<std::mutex> const mine(lock_);
        is_over_ = true;
        call();
    }
    thread_->join();
}

std::size_t Lookout::room() noexcept
{
    return sleeps_on_one_word() ? 1 : os::most_words() - 1;
}

void Lookout::post(Watch const* first, std::size_t count, bool is_quiet) noexcept
{
    std::lock_guard<std::mutex> const mine(lock_);
    if (is_posted_to(first, count)) {
        return;
    }
    call(); // before the words that it sleeps on are forgotten
    orders_.assign(first, first + count);
    is_quiet_ = is_quiet;
}

bool Lookout::is_posted_to(Watch const* first, std::size_t count) const noexcept
{
    return orders_.size() == count &&
           std::equal(orders_.begin(), orders_.end(), first, [](Watch const& a, Watch const& b) {
               return a.word.word == b.word.word && a.word.expected == b.word.expected &&
                      a.word.sleeper == b.word.sleeper;
           });
}

/// What it does after this it does by the orders as they are when the lock is free again.
void Lookout::call() noexcept
{
    change(turns_);
    if (sleeps_on_one_word() && !orders_.empty()) {
        os::Awaited const& word = orders_.front().word;
        if (word.has_changed()) {
            os::wake(*word.word, 1U << word.sleeper); // whoever changed it may have been killed before its wake
        } else {
            change(*word.word, word.sleeper);
        }
    }
}

void Lookout::run() noexcept
{
    WaitBudget budget(for_ever);
    for (bool is_quiet = false; take_orders(is_quiet);) {
        if (!is_quiet) {
            budget = WaitBudget(for_ever);
        }
        budget.look();
        if (mine_.empty()) {
            os::wait(turns_, turn_, 0, for_ever);
            continue;
        }
        auto const slice = look_ ? budget.slice() : for_ever;
        sleep(slice);
        if (has_news()) {
            report();
        }
    }
}

bool Lookout::take_orders(bool& is_quiet) noexcept
{
    std::lock_guard<std::mutex> const mine(lock_);
    // relaxed: under the lock
    uint32_t const turn = turns_.load(std::memory_order_relaxed);
    is_quiet            = is_quiet_ || turn == turn_;
    turn_               = turn;
    mine_               = orders_;
    return !is_over_;
}

/// A change before this sleeps, also of the turns, is seen by the system when it compares.
void Lookout::sleep(std::chrono::nanoseconds slice) noexcept
{
    os::Awaited words[os::words_limit];
    std::size_t count = 0;
    if (!sleeps_on_one_word()) {
        words[count++] = {&turns_, turn_, 0};
    }
    for (Watch const& watch : mine_) {
        words[count++] = watch.word;
    }
    os::wait_any(words, count, slice);
}

bool Lookout::has_news() const noexcept
{
    return std::any_of(mine_.begin(), mine_.end(), [](Watch const& watch) { return watch.word.has_changed(); }) ||
           (look_ && look_());
}

void Lookout::report() noexcept
{
    {
        std::lock_guard<std::mutex> const mine(lock_);
        // relaxed: under the lock
        if (turns_.load(std::memory_order_relaxed) != turn_) {
            return; // called elsewhere meanwhile: what is new is measured by the new orders
        }
        orders_.clear();
    }
    mine_.clear();
    report_();
}

} // namespace detail
} // namespace kickmsg
