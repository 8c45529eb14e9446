#include "kickmsg/Client.h"

#include "ClientState.h"
#include "Guarded.h"
#include "Nap.h"
#include "kickmsg/WaitSet.h"

namespace kickmsg {

Client::Client(SharedRegion const& requests, SharedRegion const& responses)
{
    detail::Mapping& mapping = detail::ServiceAccess::state(requests).mapping();
    state_.reset(detail::as_end_of_service("client", mapping.geometry().max_publishers, mapping,
                                           [&] { return new detail::ClientState(requests, responses); }));
}
Client::Client(Client&&) noexcept            = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client()                            = default;

void Client::Leave::operator()(detail::ClientState* state) const noexcept
{
    state->leave();
}

detail::ClientState* Client::usable() const noexcept
{
    return state_ && state_->is_own() ? state_.get() : nullptr;
}

Client::operator bool() const noexcept
{
    return usable() != nullptr;
}

Client::Response Client::call(void const* data, std::size_t length, std::chrono::nanoseconds timeout) noexcept
{
    auto* const state = usable();
    return state != nullptr ? state->call(data, length, timeout) : Response();
}

Client::Call Client::start(void const* data, std::size_t length, std::chrono::nanoseconds timeout) noexcept
{
    auto* const state = usable();
    if (state == nullptr) {
        return Call();
    }
    detail::WaitBudget budget(timeout);
    return state->start(data, length, budget);
}

Client::Loan Client::loan(std::size_t length) noexcept
{
    auto* const state = usable();
    return state != nullptr ? state->lend(length) : Loan();
}

bool Client::has_server() noexcept
{
    auto* const state = usable();
    return state != nullptr && state->has_server();
}

bool Client::wait_for_server(std::chrono::nanoseconds timeout) noexcept
{
    bool found = has_server();
    if (usable() == nullptr) {
        return false;
    }
    for (detail::WaitBudget budget(timeout); !found && !budget.is_over(); budget.look()) {
        detail::nap(budget.nap());
        found = has_server();
    }
    return found;
}

std::size_t Client::outstanding() const noexcept
{
    auto* const state = usable();
    return state != nullptr ? state->outstanding() : 0;
}

void Client::interrupt() noexcept
{
    if (auto* const state = usable()) {
        state->responses().interrupt();
    }
}

void Client::add_to(WaitSet& set, uint64_t key)
{
    if (usable() == nullptr) {
        throw Error(ErrorCode::InvalidHandle, "Client", "it was moved from, or inherited through fork()");
    }
    set.add(state_->responses(), key);
}

void Client::remove_from(WaitSet& set) noexcept
{
    if (auto* const state = usable()) {
        set.remove(state->responses());
    }
}

bool Client::stale() const noexcept
{
    auto* const state = usable();
    return state != nullptr && state->is_stale();
}

// --- Call

Client::Call::Call(Call&& other) noexcept
{
    take(other);
}

Client::Call& Client::Call::operator=(Call&& other) noexcept
{
    if (this != &other) {
        cancel();
        take(other);
    }
    return *this;
}

Client::Call::~Call()
{
    cancel();
}

void Client::Call::take(Call& other) noexcept
{
    state_  = std::exchange(other.state_, nullptr);
    number_ = other.number_;
    status_ = std::exchange(other.status_, CallStatus::Unusable);
}

Client::Call::operator bool() const noexcept
{
    return state_ != nullptr && state_->is_own() && !state_->has_left();
}

Client::Response Client::Call::poll() noexcept
{
    return wait(std::chrono::nanoseconds(0));
}

Client::Response Client::Call::wait(std::chrono::nanoseconds timeout) noexcept
{
    if (!*this) {
        return detail::ClientState::without_answer(state_ != nullptr ? CallStatus::Unusable : status_);
    }
    detail::WaitBudget budget(timeout);
    return state_->wait(*this, budget, timeout.count() > 0);
}

bool Client::Call::cancel() noexcept
{
    return state_ != nullptr && state_->cancel(*this);
}

// --- Loan

Client::Loan::Loan(Loan&& other) noexcept
{
    take(other);
}

Client::Loan& Client::Loan::operator=(Loan&& other) noexcept
{
    if (this != &other) {
        give_back();
        take(other);
    }
    return *this;
}

Client::Loan::~Loan()
{
    give_back();
}

void Client::Loan::take(Loan& other) noexcept
{
    state_      = std::exchange(other.state_, nullptr);
    data_       = std::exchange(other.data_, nullptr);
    length_     = other.length_;
    generation_ = other.generation_;
    slot_       = other.slot_;
}

void Client::Loan::give_back() noexcept
{
    if (state_ != nullptr) {
        state_->give_back(*this);
    }
}

Client::Loan::operator bool() const noexcept
{
    return state_ != nullptr && state_->is_own();
}

void* Client::Loan::data() const noexcept
{
    return *this ? data_ : nullptr;
}

Client::Call Client::Loan::start(std::chrono::nanoseconds timeout) noexcept
{
    if (!*this || state_->has_left()) {
        return Call();
    }
    detail::WaitBudget budget(timeout);
    return state_->start(*this, budget);
}

} // namespace kickmsg
