#include "kickmsg/WaitSet.h"

#include "Guarded.h"
#include "Inert.h"
#include "ReaderState.h"
#include "SubscriberState.h"
#include "WaitSetState.h"
#include "os/NoCancellation.h"

#include <cerrno>
#include <new>

namespace kickmsg {

namespace {

using State = std::shared_ptr<detail::WaitSetState>;

#if defined(_WIN32)
constexpr WaitSet::NativeHandle no_handle = nullptr;
#else
constexpr WaitSet::NativeHandle no_handle = -1;
#endif

void end(State& state) noexcept
{
    os::NoCancellation const whole; // joining a thread and closing a descriptor would be ends of this one
    if (state && state->may_end()) {
        state->close();
    } else if (state && state->is_own()) {
        new (std::nothrow)
            State(std::move(state)); // a child that shares its parent's memory: all of it stays the parent's
    }
    state.reset();
}

} // namespace

WaitSet::WaitSet() : state_(detail::guarded("WaitSet", [] { return std::make_shared<detail::WaitSetState>(); })) {}
WaitSet::WaitSet(WaitSet&&) noexcept = default;
WaitSet& WaitSet::operator=(WaitSet&& other) noexcept
{
    if (this != &other) {
        end(state_);
        state_ = std::move(other.state_);
    }
    return *this;
}
WaitSet::~WaitSet()
{
    end(state_);
}

WaitSet::operator bool() const noexcept
{
    return state_ && state_->is_own();
}

void WaitSet::add(detail::SetSource* source, char const* what, uint64_t key)
{
    if (!*this) {
        throw Error(ErrorCode::InvalidHandle, "WaitSet", "it was moved from, or inherited through fork()",
                    Remedy{"make another one"});
    }
    if (source == nullptr) {
        throw Error(ErrorCode::InvalidHandle, what, "it was moved from, or inherited through fork()");
    }
    os::NoCancellation const whole; // a thread is started, and a lock held
    detail::guarded("WaitSet", [&] { state_->add(*source, what, key); });
}

void WaitSet::add(Subscriber& subscriber, uint64_t key)
{
    add(subscriber ? subscriber.state_.get() : nullptr, "Subscriber", key);
}

void WaitSet::add(BlackboardReader& reader, uint64_t key)
{
    add(reader ? reader.state_.get() : nullptr, "BlackboardReader", key);
}

void WaitSet::remove(detail::SetSource const& source) noexcept
{
    if (*this && source.attachment() && source.attachment()->is_of(*state_)) {
        source.attachment()->leave();
    }
}

void WaitSet::remove(Subscriber const& subscriber) noexcept
{
    if (subscriber) {
        remove(*subscriber.state_);
    }
}

void WaitSet::remove(BlackboardReader const& reader) noexcept
{
    if (reader) {
        remove(*reader.state_);
    }
}

std::size_t WaitSet::size() const noexcept
{
    return *this ? state_->size() : 0;
}

WaitSet::Ready WaitSet::wait(std::chrono::nanoseconds timeout) noexcept
{
    return detail::is_inert(static_cast<bool>(*this), state_ != nullptr, timeout) ? Ready() : state_->wait(timeout);
}

void WaitSet::wake() noexcept
{
    if (*this) {
        int const error = errno; // of the code that a handler of a signal interrupts
        state_->wake();
        errno = error;
    }
}

WaitSet::NativeHandle WaitSet::native_handle()
{
    if (!*this) {
        return no_handle;
    }
    os::NoCancellation const whole;
    return detail::guarded("WaitSet", [&] { return state_->native_handle(); });
}

} // namespace kickmsg
