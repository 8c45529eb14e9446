#include "WaitSetState.h"

#include "WaitBudget.h"
#include "kickmsg/Error.h"
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

void Attachment::unmarked() noexcept
{
    set_->look_again();
}

void Attachment::move_to(SetSource& next) noexcept
{
    set_->move(*this, next);
}

void Attachment::vacate() noexcept
{
    set_->let_go(*source_);
    source_ = nullptr;
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
            entry->vacate();
        }
        entries_.clear();
        watches_.clear();
        ended.swap(lookouts_);
        closed.swap(handle_);
    } // without the lock: a lookout takes it to look
}

void WaitSetState::add(SetSource& source, char const* what, uint64_t key)
{
    auto const& before = source.attachment();
    if (before && !before->is_empty()) {
        throw Error(ErrorCode::InUse, what, "it is in a WaitSet already", in_one_set());
    }
    put_in(std::make_shared<Attachment>(shared_from_this(), source, key), [&](std::size_t count) {
        provide_room(count);
        provide_word(source);
    });
}

void WaitSetState::provide_word(SetSource& source)
{
    std::size_t const more = source.put_into(*this) ? 1 : 0;
    try {
        provide_lookouts(words_ + more);
    } catch (...) {
        source.taken_out();
        throw;
    }
    words_ += more;
}

void WaitSetState::let_go(SetSource& source) noexcept
{
    words_ -= source.taken_out() ? 1 : 0;
}

void WaitSetState::provide_room(std::size_t count)
{
    std::size_t const room = std::max(count, entries_.capacity() + entries_.capacity() / 2);
    if (entries_.capacity() < count) {
        entries_.reserve(room);
    }
    watches_.reserve(entries_.capacity() + 1);
    if (keys_.capacity() < count) { // what the last wait found stays where it is
        room_.reserve(entries_.capacity());
    }
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
    WaitSet::Ready found;
    found.keys_  = keys_.data();
    found.size_  = keys_.size();
    found.woken_ = woken_;
    return found;
}

void WaitSetState::provide_lookouts(std::size_t sources)
{
    std::size_t const room   = LookoutOrders<SystemWaits>::room();
    std::size_t const far    = sources + 1 - std::min(near(), sources + 1);
    std::size_t const needed = (far + room - 1) / room;
    lookouts_.reserve(needed);
    while (lookouts_.size() < needed) {
        lookouts_.push_back(std::make_unique<Lookout>([this] { ring(); }));
    }
}

WaitSet::NativeHandle WaitSetState::native_handle()
{
    std::lock_guard<std::mutex> const mine(lock_);
    if (!handle_) {
        auto handle = std::make_unique<SetHandle>([this] { return is_due(); });
        handle_.swap(handle);
        try {
            provide_lookouts(words_);
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
    return std::any_of(watches_.begin(), watches_.end(), [](Watch const& watch) { return watch.is_due(); }) ||
           std::any_of(entries_.begin(), entries_.end(), [](auto const& entry) { return entry->source().is_late(); });
}

} // namespace detail
} // namespace kickmsg
