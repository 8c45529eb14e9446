#include "kickmsg/Publisher.h"

#include "RegionState.h"
#include "kickmsg/core/Sender.h"

#include <cerrno>
#include <cstring>

namespace kickmsg {
namespace detail {

class PublisherState {
public:
    explicit PublisherState(RegionState& region)
        : participant_(region.shared_mapping()), layout_(participant_.mapping().layout()),
          most_(static_cast<std::size_t>(participant_.mapping().geometry().max_payload_size)),
          sender_(layout_, enrolled(region), keeps_one_ahead(participant_.mapping().geometry())),
          recovery_(participant_.mapping(), participant_.self())
    {
    }

    PublisherState(PublisherState const&)            = delete;
    PublisherState& operator=(PublisherState const&) = delete;

    ~PublisherState()
    {
        if (participant_.mapping().may_end()) {
            sender_.give_back();
        }
    }

    bool is_own() const noexcept
    {
        return participant_.mapping().is_own();
    }

    int32_t send(void const* data, std::size_t length) noexcept
    {
        if (length > most_) {
            return -EMSGSIZE;
        }
        allocated_ = nothing;
        if (!borrow()) {
            return -EAGAIN;
        }
        if (length != 0) {
            std::memcpy(layout_.payload(sender_.slot()), data, length);
        }
        sender_.publish(static_cast<uint32_t>(length));
        return static_cast<int32_t>(length);
    }

    void* allocate(std::size_t length) noexcept
    {
        if (length > most_ || !borrow()) {
            return nullptr;
        }
        allocated_ = length;
        return layout_.payload(sender_.slot());
    }

    std::size_t publish(std::size_t length) noexcept
    {
        if (allocated_ == nothing || length > allocated_) {
            return 0;
        }
        allocated_ = nothing;
        return sender_.publish(static_cast<uint32_t>(length));
    }

    std::size_t allocated() const noexcept
    {
        return allocated_;
    }
    uint64_t dropped() const noexcept
    {
        return dropped_;
    }

private:
    static constexpr std::size_t nothing = static_cast<std::size_t>(-1);

    core::Self enrolled(RegionState& region)
    {
        region.admit(participant_, ParticipantKind::Publisher);
        return participant_.self();
    }

    /// An idle publisher must not starve a small pool (see channel::Config).
    static bool keeps_one_ahead(Geometry const& geometry) noexcept
    {
        return geometry.pool_size / 4 >= geometry.max_publishers;
    }

    bool borrow() noexcept
    {
        return sender_.borrow() || borrow_from_empty_pool();
    }

    /// The dead first, then the oldest unread messages of the living. Before a refusal every participant's life is asked, however
    /// lately that was done: what only the dead hold is not refused.
    bool borrow_from_empty_pool() noexcept
    {
        bool const borrowed = (recovery_.run_if_due() && sender_.borrow()) || sender_.borrow_by_eviction() ||
                              (recovery_.run_if_needed() && sender_.borrow());
        dropped_ += borrowed ? 0 : 1;
        return borrowed;
    }

    Participant                  participant_;
    Layout&                      layout_;
    std::size_t                  most_;
    std::size_t                  allocated_ = nothing;
    uint64_t                     dropped_   = 0;
    core::Sender<Policy, Layout> sender_;
    AutomaticRecovery            recovery_;
};

} // namespace detail

Publisher::Publisher(SharedRegion const& region) : state_(std::make_unique<detail::PublisherState>(region.state())) {}
Publisher::Publisher(Publisher&&) noexcept            = default;
Publisher& Publisher::operator=(Publisher&&) noexcept = default;
Publisher::~Publisher()                               = default;

detail::PublisherState* Publisher::usable() const noexcept
{
    return state_ && state_->is_own() ? state_.get() : nullptr;
}

int32_t Publisher::send(void const* data, std::size_t length) noexcept
{
    auto* const state = usable();
    return state != nullptr ? state->send(data, length) : -EBADF;
}

void* Publisher::allocate(std::size_t length) noexcept
{
    auto* const state = usable();
    return state != nullptr ? state->allocate(length) : nullptr;
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

uint64_t Publisher::dropped() const noexcept
{
    return state_ ? state_->dropped() : 0;
}

} // namespace kickmsg
