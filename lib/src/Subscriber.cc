#include "kickmsg/Subscriber.h"

#include "Guarded.h"
#include "Inert.h"
#include "SubscriberState.h"

#include <cerrno>

namespace kickmsg {
namespace detail {

struct ViewAccess {
    static std::optional<Subscriber::SampleRef> copy(SubscriberState&                state,
                                                     SubscriberState::Message const& message) noexcept
    {
        void const* const data = state.copy(message);
        if (data == nullptr) {
            errno = ENOMEM;
            return std::nullopt;
        }
        return Subscriber::SampleRef(data, message.length, message.taken.position);
    }

    static std::optional<Subscriber::SampleRef> copy(SubscriberState& state, SubscriberState::Message const& message,
                                                     SampleInfo& info) noexcept
    {
        SampleInfo const seen   = state.info_of(message.taken.slot); // the copy lets go of the slot
        auto             sample = copy(state, message);
        if (sample) {
            info = seen;
        }
        return sample;
    }

    static Subscriber::SampleView make(SubscriberState& state, SubscriberState::Message const& message) noexcept
    {
        Subscriber::SampleView view;
        view.data_     = state.lend(message);
        view.state_    = &state;
        view.position_ = message.taken.position;
        view.length_   = static_cast<uint32_t>(message.length);
        view.slot_     = message.taken.slot;
        view.mark_     = message.taken.mark;
        return view;
    }
};

} // namespace detail

Subscriber::Subscriber(SharedRegion const& region) : Subscriber(region, nullptr) {}
Subscriber::Subscriber(SharedRegion const& region, std::unique_ptr<detail::Follower> follower)
    : state_(detail::guarded("Subscriber", [&] { return detail::SubscriberState::make(region.state()); })),
      interruption_(detail::guarded("Subscriber", [] { return std::make_unique<detail::Interruption>(); }))
{
    state_->interrupt_by(*interruption_);
    state_->follow_by(std::move(follower));
}
Subscriber::Subscriber(Subscriber&&) noexcept            = default;
Subscriber& Subscriber::operator=(Subscriber&&) noexcept = default;
Subscriber::~Subscriber()                                = default;

void Subscriber::Leave::operator()(detail::SubscriberState* state) const noexcept
{
    state->leave();
}

Subscriber::operator bool() const noexcept
{
    return state_ && state_->is_own();
}

std::optional<Subscriber::SampleRef> Subscriber::try_receive() noexcept
{
    detail::SubscriberState::Message message;
    if ((!*this && detail::note_inert(state_ != nullptr)) || !detail::SubscriberState::take(state_, message)) {
        return std::nullopt;
    }
    return detail::ViewAccess::copy(*state_, message);
}

std::optional<Subscriber::SampleRef> Subscriber::receive(std::chrono::nanoseconds timeout) noexcept
{
    detail::SubscriberState::Message message;
    if (detail::is_inert(static_cast<bool>(*this), state_ != nullptr, timeout) ||
        !detail::SubscriberState::take(state_, message, timeout)) {
        return std::nullopt;
    }
    return detail::ViewAccess::copy(*state_, message);
}

std::optional<Subscriber::SampleRef> Subscriber::try_receive(SampleInfo& info) noexcept
{
    detail::SubscriberState::Message message;
    if ((!*this && detail::note_inert(state_ != nullptr)) || !detail::SubscriberState::take(state_, message)) {
        return std::nullopt;
    }
    return detail::ViewAccess::copy(*state_, message, info);
}

std::optional<Subscriber::SampleRef> Subscriber::receive(std::chrono::nanoseconds timeout, SampleInfo& info) noexcept
{
    detail::SubscriberState::Message message;
    if (detail::is_inert(static_cast<bool>(*this), state_ != nullptr, timeout) ||
        !detail::SubscriberState::take(state_, message, timeout)) {
        return std::nullopt;
    }
    return detail::ViewAccess::copy(*state_, message, info);
}

std::optional<Subscriber::SampleView> Subscriber::try_receive_view() noexcept
{
    detail::SubscriberState::Message message;
    if ((!*this && detail::note_inert(state_ != nullptr)) ||
        !detail::SubscriberState::take_to_lend(state_, message, std::chrono::nanoseconds(0))) {
        return std::nullopt;
    }
    return detail::ViewAccess::make(*state_, message);
}

std::optional<Subscriber::SampleView> Subscriber::receive_view(std::chrono::nanoseconds timeout) noexcept
{
    detail::SubscriberState::Message message;
    if (detail::is_inert(static_cast<bool>(*this), state_ != nullptr, timeout) ||
        !detail::SubscriberState::take_to_lend(state_, message, timeout)) {
        return std::nullopt;
    }
    return detail::ViewAccess::make(*state_, message);
}

uint32_t Subscriber::capacity() const noexcept
{
    return *this ? state_->mapping().geometry().ring_capacity : 0;
}

void Subscriber::interrupt() noexcept
{
    if (interruption_) {
        int const error = errno; // of the code that a handler of a signal interrupts
        interruption_->request();
        errno = error;
    }
}

void Subscriber::return_on_signals(bool on) noexcept
{
    if (interruption_) {
        interruption_->let_signals(on);
    }
}

uint64_t Subscriber::lost() const noexcept
{
    return state_ ? state_->lost() : 0;
}

bool Subscriber::stale() const noexcept
{
    return *this && !state_->mapping().memory().is_linked();
}

uint64_t Subscriber::moves() const noexcept
{
    return state_ ? state_->moves() : 0;
}

Subscriber::SampleView::SampleView(SampleView&& other) noexcept
    : state_(other.state_), data_(other.data_), position_(other.position_), length_(other.length_), slot_(other.slot_),
      mark_(other.mark_)
{
    other.state_ = nullptr;
}

Subscriber::SampleView& Subscriber::SampleView::operator=(SampleView&& other) noexcept
{
    if (this != &other) {
        drop();
        state_       = other.state_;
        data_        = other.data_;
        position_    = other.position_;
        length_      = other.length_;
        slot_        = other.slot_;
        mark_        = other.mark_;
        other.state_ = nullptr;
    }
    return *this;
}

Subscriber::SampleView::~SampleView()
{
    drop();
}

void Subscriber::SampleView::drop() noexcept
{
    if (state_ != nullptr) {
        detail::DebugMemory::end_view(data_);
        state_->drop_view(slot_, mark_);
        state_ = nullptr;
    }
}

bool Subscriber::SampleView::valid() const noexcept
{
    return state_ != nullptr && state_->is_own();
}

void const* Subscriber::SampleView::data() const noexcept
{
    return valid() ? data_ : nullptr;
}

std::size_t Subscriber::SampleView::len() const noexcept
{
    return valid() ? length_ : 0;
}

SampleInfo Subscriber::SampleView::info() const noexcept
{
    return valid() ? state_->info_of(slot_) : SampleInfo{};
}

} // namespace kickmsg
