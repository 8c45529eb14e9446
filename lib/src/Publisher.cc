#include "kickmsg/Publisher.h"

#include "Guarded.h"
#include "PublisherState.h"

#include <cerrno>

namespace kickmsg {

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
        return -EBADF;
    }
    detail::PublisherState::move_on(state_);
    return state_->send(data, length);
}

void* Publisher::allocate(std::size_t length) noexcept
{
    if (usable() == nullptr) {
        return nullptr;
    }
    detail::PublisherState::move_on(state_);
    return state_->allocate(length);
}

std::size_t Publisher::publish() noexcept
{
    auto* const state = usable();
    return state != nullptr ? state->publish(state->allocated()) : 0;
}

std::size_t Publisher::publish(std::size_t length) noexcept
{
    auto* const state = usable();
    return state != nullptr ? state->publish(length) : 0;
}

void Publisher::abandon() noexcept
{
    if (auto* const state = usable()) {
        state->abandon();
    }
}

uint64_t Publisher::dropped() const noexcept
{
    return state_ ? state_->dropped() : 0;
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
