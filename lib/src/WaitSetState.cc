#include "WaitSetState.h"

#include "SubscriberState.h"
#include "os/NoCancellation.h"
#include "os/WaitHooks.h"

#include <algorithm>

namespace kickmsg {
namespace detail {

namespace {

Remedy in_one_set()
{
    return {"remove it from the set that it is in first"};
}

} // namespace

void Attachment::leave() noexcept
{
    set_->take_out(*this);
}

void Attachment::move_to(SubscriberState& next) noexcept
{
    set_->move(*this, next);
}

bool Attachment::is_empty() const noexcept
{
    return set_->is_empty(*this);
}

void WaitSetState::close() noexcept
{
    std::vector<std::unique_ptr<Lookout>> ended;
    std::unique_ptr<SetHandle>            closed;
    {
        std::lock_guard<std::mutex> const mine(lock_);
        disarm();
        for (auto const& entry : entries_) {
            entry->subscriber_ = nullptr;
        }
        entries_.clear();
        watches_.clear();
        ended.swap(lookouts_);
        closed.swap(handle_);
    } // without the lock: a lookout takes it to look
}

void WaitSetState::add(SubscriberState& subscriber, uint64_t key)
{
    auto const& before = subscriber.attachment();
    if (before && !before->is_empty()) {
        throw Error(ErrorCode::InUse, "Subscriber", "it is in a WaitSet already", in_one_set());
    }
    auto entry = std::make_shared<Attachment>(shared_from_this(), subscriber, key);
    {
        std::lock_guard<std::mutex> const mine(lock_);
        std::size_t const                 count = entries_.size() + 1;
        std::size_t const                 room  = std::max(count, entries_.capacity() + entries_.capacity() / 2);
        if (entries_.capacity() < count) {
            entries_.reserve(room);
        }
        watches_.reserve(entries_.capacity() + 1);
        if (keys_.capacity() < count) { // what the last wait found stays where it is
            room_.reserve(entries_.capacity());
        }
        provide_lookouts(count);
        entries_.push_back(entry);
        subscriber.attach(
            std::move(entry)); // under the lock: a wait that is told its key may end the subscriber at once
    }
    ring();
}

void WaitSetState::take_out(Attachment& attachment) noexcept
{
    {
        std::lock_guard<std::mutex> const mine(lock_);
        if (attachment.subscriber_ == nullptr) {
            return;
        }
        if (is_armed_) {
            attachment.subscriber_->disarm();
        }
        attachment.subscriber_ = nullptr;
        entries_.erase(std::find_if(entries_.begin(), entries_.end(),
                                    [&](auto const& entry) { return entry.get() == &attachment; }));
        forget_watches();
    }
    ring();
}

void WaitSetState::move(Attachment& attachment, SubscriberState& next) noexcept
{
    {
        std::lock_guard<std::mutex> const mine(lock_);
        if (attachment.subscriber_ == nullptr) {
            return;
        }
        attachment.subscriber_ = &next;
        forget_watches();
    }
    ring(); // nobody sleeps on the word of its new ring yet
}

bool WaitSetState::is_empty(Attachment const& attachment) const noexcept
{
    std::lock_guard<std::mutex> const mine(lock_);
    return attachment.subscriber_ == nullptr;
}

std::size_t WaitSetState::size() const noexcept
{
    std::lock_guard<std::mutex> const mine(lock_);
    return entries_.size();
}

/// They would keep regions mapped that nobody uses.
void WaitSetState::forget_watches() noexcept
{
    if (is_asleep_) {
        is_forgotten_ = true;
    } else {
        watches_.clear();
    }
    for (auto const& lookout : lookouts_) {
        lookout->recall();
    }
}

void WaitSetState::wake() noexcept
{
    // relaxed: ring() releases it
    woken_.store(1, std::memory_order_relaxed);
    ring();
}

void WaitSetState::ring() noexcept
{
    // release: what was changed before is seen by the wait that reads this value, see above
    bell_.fetch_add(1, std::memory_order_release);
    os::wake(bell_, 1);
}

WaitSet::Ready WaitSetState::wait(std::chrono::nanoseconds timeout) noexcept
{
    os::NoCancellation const whole;
    if (!look(Moment::Idle, timeout.count() <= 0)) { // the clock is for those that sleep
        WaitBudget budget(timeout);
        do {
            sleep(budget.slice());
            budget.look();
        } while (!look(Moment::Rested, budget.is_over()));
    }
    return found_;
}

/// Returns: whether the wait is over: something was found, or it was the last look. Otherwise all is ready for a sleep.
bool WaitSetState::look(Moment moment, bool is_last) noexcept
{
    std::lock_guard<std::mutex> const mine(lock_);
    // acquire: see above
    rung_ = bell_.load(std::memory_order_acquire);
    // relaxed: ordered by the bell. What is set after it was read rings after it was read
    bool const woken = woken_.exchange(0, std::memory_order_relaxed) != 0;
    wake_up();
    collect(handle_ ? Moment::Rested : moment);
    bool const found = woken || !keys_.empty();
    if (!found && (handle_ || !is_last)) {
        if (arm()) {
            settle();
            if (!is_last) {
                return false;
            }
        } else { // it came meanwhile
            collect(moment);
        }
    }
    answer(woken);
    return true;
}

void WaitSetState::wake_up() noexcept
{
    is_asleep_ = false;
    if (is_forgotten_) {
        is_forgotten_ = false;
        watches_.clear();
    }
    if (keys_.capacity() < entries_.size()) {
        keys_.swap(room_);
    }
}

void WaitSetState::collect(Moment moment) noexcept
{
    keys_.clear();
    std::size_t const count = entries_.size();
    first_                  = first_ < count ? first_ : 0;
    for (std::size_t i = 0; i < count; ++i) {
        Attachment const& entry = *entries_[first_ + i < count ? first_ + i : first_ + i - count];
        if (entry.subscriber_->is_ready(moment)) {
            keys_.push_back(entry.key_);
        }
    }
}

/// Returns: false when a message came meanwhile.
bool WaitSetState::arm() noexcept
{
    os::begin_marks();
    is_armed_ = true;
    watches_.resize(entries_.size() + 1);
    watches_[0] = Watch({&bell_, rung_});
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        SubscriberState& subscriber = *entries_[i]->subscriber_;
        Watch&           watch      = watches_[i + 1];
        watch.word.sleeper          = subscriber.sleeper();
        if (!subscriber.arm(watch.word.word, watch.word.expected)) {
            return false;
        }
        subscriber.describe(watch);
    }
    return true;
}

void WaitSetState::disarm() noexcept
{
    if (is_armed_) {
        is_armed_ = false;
        for (auto const& entry : entries_) {
            entry->subscriber_->disarm();
        }
    }
}

/// All is armed: which thread is to sleep on what.
void WaitSetState::settle() noexcept
{
    std::size_t const here = std::min(near(), watches_.size());
    post_lookouts(here);
    slept_by_ = handle_.get();
    if (handle_) {
        handle_->reset(); // before it is posted: what it reports from then on stays
        handle_->lookout.post(watches_.data(), here, is_quiet_);
    } else {
        std::transform(watches_.begin(), watches_.begin() + static_cast<std::ptrdiff_t>(here), asleep_on_.begin(),
                       [](Watch const& watch) { return watch.word; });
        asleep_    = here;
        is_asleep_ = true;
    }
}

/// How many watches fit into the sleep that includes the bell. The lookout of the handle needs room for the word by which it is called.
std::size_t WaitSetState::near() const noexcept
{
    return handle_ ? Lookout::room() : os::most_words();
}

void WaitSetState::post_lookouts(std::size_t begin) noexcept
{
    for (auto const& lookout : lookouts_) {
        std::size_t const count = std::min(Lookout::room(), watches_.size() - begin);
        lookout->post(watches_.data() + begin, count);
        begin += count;
    }
}

void WaitSetState::provide_lookouts(std::size_t entries)
{
    std::size_t const room   = Lookout::room();
    std::size_t const far    = entries + 1 - std::min(near(), entries + 1);
    std::size_t const needed = (far + room - 1) / room;
    lookouts_.reserve(needed);
    while (lookouts_.size() < needed) {
        lookouts_.push_back(std::make_unique<Lookout>([this] { ring(); }));
    }
}

void WaitSetState::sleep(std::chrono::nanoseconds slice) noexcept
{
    if (slept_by_ != nullptr) {
        slept_by_->readable.wait(slice);
    } else {
        os::wait_any(asleep_on_.data(), asleep_, slice);
    }
}

void WaitSetState::answer(bool woken) noexcept
{
    found_.keys_  = keys_.data();
    found_.size_  = keys_.size();
    found_.woken_ = woken;
    is_quiet_     = !found_;
    first_ += keys_.empty() ? 0 : 1; // another one is the first next time
    if (!handle_) {
        disarm();
    } else if (found_) {
        handle_->set();
        handle_->lookout.recall();
        disarm();
    }
}

WaitSet::NativeHandle WaitSetState::native_handle()
{
    std::lock_guard<std::mutex> const mine(lock_);
    if (!handle_) {
        auto handle = std::make_unique<SetHandle>([this] { return is_due(); });
        handle_.swap(handle);
        try {
            provide_lookouts(entries_.size());
        } catch (...) {           // uncovered begin: the thread of the handle could be had, and the next one not
            handle_.swap(handle); // ends without the lock being asked for: it has not been posted
            throw;
        } // uncovered end
    }
    return handle_->readable.native();
}

/// By the lookout of the handle, at the end of each slice.
bool WaitSetState::is_due() noexcept
{
    std::lock_guard<std::mutex> const mine(lock_);
    return std::any_of(watches_.begin(), watches_.end(), [](Watch const& watch) { return watch.is_due(); });
}

} // namespace detail
} // namespace kickmsg
