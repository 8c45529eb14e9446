#include "kickmsg/Server.h"

#include "Guarded.h"
#include "Inert.h"
#include "ServerState.h"
#include "kickmsg/WaitSet.h"

namespace kickmsg {

Server::Server(SharedRegion const& requests, SharedRegion const& responses)
{
    detail::Mapping& mapping = detail::ServiceAccess::state(requests).mapping();
    state_.reset(detail::as_end_of_service("server", mapping.geometry().max_subscribers, mapping,
                                           [&] { return new detail::ServerState(requests, responses); }));
}
Server::Server(Server&&) noexcept            = default;
Server& Server::operator=(Server&&) noexcept = default;
Server::~Server()                            = default;

void Server::Leave::operator()(detail::ServerState* state) const noexcept
{
    state->leave();
}

detail::ServerState* Server::usable() const noexcept
{
    return state_ && state_->is_own() ? state_.get() : nullptr;
}

Server::operator bool() const noexcept
{
    return usable() != nullptr;
}

std::optional<Server::Request> Server::try_receive() noexcept
{
    auto* const state = usable();
    return state != nullptr ? state->try_receive() : std::nullopt;
}

std::optional<Server::Request> Server::receive(std::chrono::nanoseconds timeout) noexcept
{
    auto* const state = usable();
    return detail::is_inert(state != nullptr, state_ != nullptr, timeout) ? std::nullopt : state->receive(timeout);
}

void Server::interrupt() noexcept
{
    if (auto* const state = usable()) {
        state->requests().interrupt();
    }
}

void Server::add_to(WaitSet& set, uint64_t key)
{
    if (usable() == nullptr) {
        throw Error(ErrorCode::InvalidHandle, "Server", "it was moved from, or inherited through fork()");
    }
    set.add(state_->requests(), key);
}

void Server::remove_from(WaitSet& set) noexcept
{
    if (auto* const state = usable()) {
        set.remove(state->requests());
    }
}

uint64_t Server::malformed() const noexcept
{
    return state_ ? state_->malformed() : 0;
}

bool Server::stale() const noexcept
{
    auto* const state = usable();
    return state != nullptr && state->is_stale();
}

Server::Request::Request(detail::ServerState& state, Subscriber::SampleView&& view) noexcept : view_(std::move(view))
{
    state.begin(*this);
}

Server::Request::Request(Request&& other) noexcept
{
    take(other);
}

Server::Request& Server::Request::operator=(Request&& other) noexcept
{
    if (this != &other) {
        if (state_ != nullptr) {
            state_->drop(*this);
        }
        take(other);
    }
    return *this;
}

Server::Request::~Request()
{
    if (state_ != nullptr) {
        state_->drop(*this);
    }
}

/// All but the bond is copied; the other one shows nothing, and is done with.
void Server::Request::take(Request& other) noexcept
{
    state_ = std::exchange(other.state_, nullptr);
    view_  = std::move(other.view_);
    other.view_.reset();
    asker_           = other.asker_;
    number_          = other.number_;
    loan_generation_ = other.loan_generation_;
    allocated_       = other.allocated_;
    ring_            = other.ring_;
    length_          = other.length_;
    loan_slot_       = other.loan_slot_;
    is_lent_         = std::exchange(other.is_lent_, false);
}

bool Server::Request::is_open() const noexcept
{
    return state_ != nullptr && state_->is_own();
}

Server::Request::operator bool() const noexcept
{
    return is_open();
}

void const* Server::Request::data() const noexcept
{
    return view_ ? view_->data() : nullptr;
}

std::size_t Server::Request::len() const noexcept
{
    return view_ && view_->valid() ? length_ : 0;
}

bool Server::Request::wanted() const noexcept
{
    return is_open() && state_->wants(*this);
}

int32_t Server::Request::answer(void const* data, std::size_t length) noexcept
{
    if (state_ == nullptr) {
        return -EINVAL;
    }
    return is_open() ? state_->answer(*this, data, length) : -EBADF;
}

void* Server::Request::allocate(std::size_t length) noexcept
{
    return is_open() ? state_->allocate(*this, length) : nullptr;
}

int32_t Server::Request::publish() noexcept
{
    return publish(allocated_);
}

int32_t Server::Request::publish(std::size_t length) noexcept
{
    if (state_ == nullptr) {
        return -EINVAL;
    }
    return is_open() ? state_->publish(*this, length) : -EBADF;
}

} // namespace kickmsg
