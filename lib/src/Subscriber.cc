#include "kickmsg/Subscriber.h"

#include "RegionState.h"
#include "kickmsg/core/Receiver.h"
#include "kickmsg/core/ViewCount.h"
#include "kickmsg/os/Time.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace kickmsg {
namespace detail {

namespace {

/// Bounds the one case that no order of steps can: a publisher killed between its delivery and its wake.
constexpr std::chrono::nanoseconds wait_slice = std::chrono::milliseconds(20);

} // namespace

/// Shared by a Subscriber and its views: the last of them gives back ring, record and proof of life.
class SubscriberState {
public:
    explicit SubscriberState(RegionState& region)
        : participant_(region.shared_mapping()), layout_(participant_.mapping().layout()),
          most_(static_cast<std::size_t>(participant_.mapping().geometry().max_payload_size)),
          buffer_(new unsigned char[most_]), seat_(take_seat(region)),
          receiver_(layout_, seat_.ring, participant_.self().record, seat_.start)
    {
    }

    SubscriberState(SubscriberState const&)            = delete;
    SubscriberState& operator=(SubscriberState const&) = delete;

    ~SubscriberState()
    {
        if (participant_.mapping().may_end()) {
            membership().free(seat_.ring);
        }
    }

    bool is_own() const noexcept
    {
        return participant_.mapping().is_own();
    }

    struct Message {
        core::Taken taken;
        std::size_t length = 0;
    };

    /// Returns: whether a message with a plausible length has been taken. After a ring full of bad ones it has seen all that
    /// was there when it began: whoever goes on supplying such lengths does not hold it any longer.
    bool take(Message& message) noexcept
    {
        for (uint64_t turn = 0; turn < layout_.capacity(); ++turn) {
            message.taken = receiver_.take();
            if (!message.taken) {
                return false;
            }
            // relaxed: ordered by the take (edge DELIVER)
            message.length = layout_.slot(message.taken.slot).length.load(std::memory_order_relaxed);
            if (message.length <= most_) {
                return true;
            }
            receiver_.discard(message.taken);
        }
        return false;
    }

    bool take(Message& message, std::chrono::nanoseconds timeout) noexcept
    {
        return take(message) || (timeout.count() > 0 && wait_and_take(message, timeout));
    }

    void const* copy(Message const& message) noexcept
    {
        std::memcpy(buffer_.get(), layout_.payload(message.taken.slot), message.length);
        receiver_.drop_by_receiver(message.taken);
        return buffer_.get();
    }

    void const* lend(Message const& message) noexcept
    {
        views_.lend();
        receiver_.hold(message.taken);
        return layout_.payload(message.taken.slot);
    }

    /// By any thread. Deletes this when it was the last view of a subscriber that has left.
    void drop_view(uint32_t slot, uint32_t mark) noexcept
    {
        if (is_own()) {
            receiver_.drop(slot, mark);
            delete_if(views_.give_back());
        }
    }

    void leave() noexcept
    {
        if (participant_.mapping().may_end()) {
            membership().leave(seat_.ring);
        } else if (is_own()) {
            return; // a child that shares its parent's memory: all of it stays the parent's
        }
        delete_if(views_.retire());
    }

    uint64_t lost() const noexcept
    {
        return receiver_.lost();
    }

private:
    core::Membership<Policy, Layout> membership() noexcept
    {
        return {layout_, participant_.self()};
    }

    core::Seat take_seat(RegionState& region)
    {
        region.admit(participant_, ParticipantKind::Subscriber);
        core::Seat seat = membership().join();
        if (!seat.taken) {
            region.recover_if_automatic();
            seat = membership().join();
        }
        if (!seat.taken) {
            participant_.refuse(ParticipantKind::Subscriber);
        }
        return seat;
    }

    bool wait_and_take(Message& message, std::chrono::nanoseconds timeout) noexcept
    {
        uint64_t const budget = static_cast<uint64_t>(timeout.count());
        uint64_t const begin  = monotonic_ns();
        bool           taken  = false;
        for (uint64_t elapsed = 0; !taken && elapsed < budget; elapsed = monotonic_ns() - begin) {
            uint32_t bell = 0;
            if (receiver_.prepare_wait(bell)) {
                auto const left = std::chrono::nanoseconds(static_cast<int64_t>(budget - elapsed));
                os::wait(layout_.ring(seat_.ring).doorbell, bell, std::min(left, wait_slice));
            }
            taken = take(message);
        }
        receiver_.end_wait();
        return taken;
    }

    void delete_if(bool last_use) noexcept
    {
        if (last_use) {
            delete this;
        }
    }

    Participant                      participant_;
    Layout&                          layout_;
    std::size_t                      most_;
    std::unique_ptr<unsigned char[]> buffer_; ///< before the seat: what throws must not leave one behind
    core::Seat                       seat_;
    core::Receiver<Policy, Layout>   receiver_;
    core::ViewCount<Policy>          views_;
};

struct ViewAccess {
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

Subscriber::Subscriber(SharedRegion const& region) : state_(new detail::SubscriberState(region.state())) {}
Subscriber::Subscriber(Subscriber&&) noexcept            = default;
Subscriber& Subscriber::operator=(Subscriber&&) noexcept = default;
Subscriber::~Subscriber()                                = default;

void Subscriber::Leave::operator()(detail::SubscriberState* state) const noexcept
{
    state->leave();
}

detail::SubscriberState* Subscriber::usable() const noexcept
{
    return state_ && state_->is_own() ? state_.get() : nullptr;
}

std::optional<Subscriber::SampleRef> Subscriber::try_receive() noexcept
{
    return receive(std::chrono::nanoseconds(0));
}

std::optional<Subscriber::SampleRef> Subscriber::receive(std::chrono::nanoseconds timeout) noexcept
{
    detail::SubscriberState::Message message;
    auto* const                      state = usable();
    if (state == nullptr || !state->take(message, timeout)) {
        return std::nullopt;
    }
    return SampleRef(state->copy(message), message.length, message.taken.position);
}

std::optional<Subscriber::SampleView> Subscriber::try_receive_view() noexcept
{
    return receive_view(std::chrono::nanoseconds(0));
}

std::optional<Subscriber::SampleView> Subscriber::receive_view(std::chrono::nanoseconds timeout) noexcept
{
    detail::SubscriberState::Message message;
    auto* const                      state = usable();
    if (state == nullptr || !state->take(message, timeout)) {
        return std::nullopt;
    }
    return detail::ViewAccess::make(*state, message);
}

uint64_t Subscriber::lost() const noexcept
{
    return state_ ? state_->lost() : 0;
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

} // namespace kickmsg
