/// What a Publisher holds.
#pragma once

#include "Follower.h"
#include "kickmsg/core/Sender.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>

namespace kickmsg {
namespace detail {

class PublisherState {
public:
    explicit PublisherState(RegionState& region)
        : participant_(region.shared_mapping()), layout_(participant_.mapping().layout()),
          most_(static_cast<std::size_t>(participant_.mapping().geometry().max_payload_size)),
          sender_(layout_, enrolled(region), share(participant_.mapping().geometry())),
          recovery_(participant_.mapping(), participant_.self())
    {
    }

    void follow_by(std::unique_ptr<Follower> follower) noexcept
    {
        follower_ = std::move(follower);
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

    Mapping& mapping() const noexcept
    {
        return participant_.mapping();
    }

    /// To where the name leads now, if it leads away from here. Before anything is borrowed for a new message.
    static void move_on(std::unique_ptr<PublisherState>& handle) noexcept
    {
        if (!handle->follower_ || handle->allocated_ != nothing) {
            return;
        }
        auto const there =
            handle->follower_->look(handle->mapping(), handle->is_alone_ ? Moment::Rested : Moment::Busy);
        if (there) {
            is_granted([&] {
                auto next       = std::make_unique<PublisherState>(*there);
                next->follower_ = std::move(handle->follower_);
                next->follower_->arrive();
                next->dropped_ = handle->dropped_;
                next->moves_   = handle->moves_ + 1;
                handle         = std::move(next);
            });
        }
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
        deliver(length);
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
        return deliver(length);
    }

    /// A slot that it may keep is as good as one that was published: nobody else waits for it.
    void abandon() noexcept
    {
        if (allocated_ != nothing && share(mapping().geometry()) == 0) {
            sender_.give_back();
        }
        allocated_ = nothing;
    }

    std::size_t allocated() const noexcept
    {
        return allocated_;
    }
    uint64_t dropped() const noexcept
    {
        return dropped_;
    }
    uint64_t moves() const noexcept
    {
        return moves_;
    }

private:
    static constexpr uint32_t    most_kept = 8; ///< a reader that lags by fewer messages costs its publisher nothing
    static constexpr std::size_t nothing   = static_cast<std::size_t>(-1);

    core::Self enrolled(RegionState& region)
    {
        region.admit(participant_, ParticipantKind::Publisher);
        return participant_.self();
    }

    /// How many slots it keeps: idle publishers hold a quarter of the pool at most between them, and none of a small one.
    static uint32_t share(Geometry const& geometry) noexcept
    {
        return static_cast<uint32_t>(std::min<uint64_t>(
            geometry.pool_size / core::Sender<Policy, Layout>::kept_share / geometry.max_publishers, most_kept));
    }

    /// Returns: rings reached.
    std::size_t deliver(std::size_t length) noexcept
    {
        std::size_t const rings = sender_.publish(static_cast<uint32_t>(length));
        is_alone_               = rings == 0;
        if (uint32_t const lapped = sender_.take_lapped()) {
            recovery_.run_if_dead(lapped);
        }
        return rings;
    }

    bool borrow() noexcept
    {
        return sender_.borrow() || borrow_from_empty_pool();
    }

    /// The dead first, then the oldest unread messages of the living. Before a refusal every participant's life is asked, however
    /// lately that was done: what only the dead hold is not refused,
    /// nor what lies unread in slots that they kept, and was passed by before.
    KICKMSG_COLD bool borrow_from_empty_pool() noexcept
    {
        bool const borrowed = (recovery_.run_if_due() && sender_.borrow()) || sender_.borrow_by_eviction() ||
                              (recovery_.run_if_needed() && (sender_.borrow() || sender_.borrow_by_eviction()));
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
    std::unique_ptr<Follower>    follower_;
    uint64_t                     moves_    = 0;
    bool                         is_alone_ = false; ///< the last message reached nobody
};

} // namespace detail
} // namespace kickmsg
