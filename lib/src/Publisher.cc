#include "kickmsg/Publisher.h"

#include "Guarded.h"
#include "Inert.h"
#include "Nap.h"
#include "PublisherState.h"
#include "WaitBudget.h"

#include <cerrno>

namespace kickmsg {

namespace detail {
namespace {

bool is_refused(int32_t result) noexcept
{
    return result == -EAGAIN;
}
bool is_refused(void const* memory) noexcept
{
    return memory == nullptr;
}

/// Of a call on a publisher that is not usable. Returns: its `answer`.
template <class Answer>
KICKMSG_COLD Answer refuse_inert(std::unique_ptr<PublisherState> const& state, Answer answer) noexcept
{
    note_inert(state != nullptr);
    return answer;
}

/// Tries until it is not refused, or the time is over. Returns: what the last try returned.
template <class Try>
auto wait_for_room(WaitBudget& budget, Try attempt) noexcept
{
    auto result = attempt();
    while (is_refused(result) && !budget.is_over()) {
        nap(budget.nap());
        result = attempt();
        budget.look();
    }
    return result;
}

/// What was accepted, and is pending in some rings, is waited for as long as there is time left.
template <class Try>
int32_t wait_until_sent(std::unique_ptr<PublisherState> const& state, std::chrono::nanoseconds timeout,
                        Try attempt) noexcept
{
    WaitBudget    budget(timeout);
    int32_t const result = wait_for_room(budget, attempt);
    if (result >= 0 && state->pending() != 0) {
        wait_for_room(budget, [&] { return state->settle() ? 0 : -EAGAIN; });
    }
    return result;
}

} // namespace
} // namespace detail

Publisher::Publisher(SharedRegion const& region) : Publisher(region, nullptr) {}
Publisher::Publisher(SharedRegion const& region, std::unique_ptr<detail::Follower> follower)
    : state_(detail::guarded("Publisher", [&] { return std::make_unique<detail::PublisherState>(region.state()); }))
{
    state_->follow_by(std::move(follower));
}
Publisher::Publisher(Publisher&&) noexcept            = default;
Publisher& Publisher::operator=(Publisher&&) noexcept = default;
Publisher::~Publisher()                               = default;

detail::PublisherState* Publisher::usable() const noexcept
{
    return state_ && state_->is_own() ? state_.get() : nullptr;
}

Publisher::operator bool() const noexcept
{
    return usable() != nullptr;
}

int32_t Publisher::send(void const* data, std::size_t length) noexcept
{
    if (usable() == nullptr) {
        return detail::refuse_inert(state_, -EBADF);
    }
    detail::PublisherState::move_on(state_);
    return state_->send(data, length);
}

void* Publisher::allocate(std::size_t length) noexcept
{
    if (usable() == nullptr) {
        return detail::refuse_inert<void*>(state_, nullptr);
    }
    detail::PublisherState::move_on(state_);
    return state_->allocate(length);
}

std::size_t Publisher::publish() noexcept
{
    auto* const state = usable();
    return state != nullptr ? state->publish() : detail::refuse_inert<std::size_t>(state_, 0);
}

std::size_t Publisher::publish(std::size_t length) noexcept
{
    auto* const state = usable();
    return state != nullptr ? state->publish(length) : detail::refuse_inert<std::size_t>(state_, 0);
}

void Publisher::abandon() noexcept
{
    if (auto* const state = usable()) {
        state->abandon();
    }
}

int32_t Publisher::try_send(void const* data, std::size_t length) noexcept
{
    if (usable() == nullptr) {
        return detail::refuse_inert(state_, -EBADF);
    }
    detail::PublisherState::move_on(state_);
    return state_->try_send(data, length);
}

int32_t Publisher::send_until(void const* data, std::size_t length, std::chrono::nanoseconds timeout) noexcept
{
    return detail::wait_until_sent(state_, timeout, [&] { return try_send(data, length); });
}

void* Publisher::try_allocate(std::size_t length) noexcept
{
    if (usable() == nullptr) {
        return detail::refuse_inert<void*>(state_, nullptr);
    }
    detail::PublisherState::move_on(state_);
    return state_->try_allocate(length);
}

void* Publisher::allocate_until(std::size_t length, std::chrono::nanoseconds timeout) noexcept
{
    detail::WaitBudget budget(usable() != nullptr && length <= state_->most() ? timeout : std::chrono::nanoseconds(0));
    return detail::wait_for_room(budget, [&] { return try_allocate(length); });
}

int32_t Publisher::try_publish() noexcept
{
    auto* const state = usable();
    return state != nullptr ? state->try_publish() : detail::refuse_inert(state_, -EBADF);
}

int32_t Publisher::try_publish(std::size_t length) noexcept
{
    auto* const state = usable();
    return state != nullptr ? state->try_publish(length) : detail::refuse_inert(state_, -EBADF);
}

int32_t Publisher::publish_until(std::chrono::nanoseconds timeout) noexcept
{
    return detail::wait_until_sent(state_, timeout, [&] { return try_publish(); });
}

int32_t Publisher::publish_until(std::size_t length, std::chrono::nanoseconds timeout) noexcept
{
    return detail::wait_until_sent(state_, timeout, [&] { return try_publish(length); });
}

int32_t Publisher::flush_until(std::chrono::nanoseconds timeout) noexcept
{
    if (usable() == nullptr) {
        return -EBADF;
    }
    detail::WaitBudget budget(timeout);
    return detail::wait_for_room(budget, [&] { return state_->settle() ? 0 : -EAGAIN; });
}

std::size_t Publisher::pending() const noexcept
{
    auto* const state = usable();
    return state != nullptr ? state->pending() : 0;
}

uint64_t Publisher::dropped() const noexcept
{
    return state_ ? state_->dropped() : 0;
}

uint64_t Publisher::sent() const noexcept
{
    return state_ ? state_->sent() : 0;
}

uint64_t Publisher::incarnation() const noexcept
{
    auto* const state = usable();
    return state != nullptr ? state->incarnation() : 0;
}

bool Publisher::stale() const noexcept
{
    return usable() != nullptr && !state_->mapping().memory().is_linked();
}

uint64_t Publisher::moves() const noexcept
{
    return state_ ? state_->moves() : 0;
}

} // namespace kickmsg
