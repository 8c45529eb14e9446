/// What a Publisher holds.
#pragma once

#include "DebugMemory.h"
#include "Follower.h"
#include "KeptShare.h"
#include "Replacing.h"
#include "kickmsg/core/HistorySender.h"
#include "kickmsg/os/Time.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>

namespace kickmsg {
namespace detail {

/// While a message is pending in some ring, nothing else may be published. The calls that do not know of it pay nothing for that: they
/// find no length that is short enough, nothing allocated and no follower, and so come to where it is settled first. In a region that keeps a
/// history they find that always, but for the follower, which is parked while something is allocated.
class PublisherState {
public:
    explicit PublisherState(RegionState& region)
        : participant_(region.shared_mapping()), layout_(participant_.mapping().layout()),
          most_(static_cast<std::size_t>(participant_.mapping().geometry().max_payload_size)),
          remembers_(layout_.history() != 0), limit_(remembers_ ? 0 : most_ + 1),
          sender_(layout_, enrolled(region), kept_share(participant_.mapping().geometry())),
          recovery_(participant_.mapping(), participant_.self()), is_stamping_(layout_.has_send_time())
    {
        std::exception_ptr ignored; // a region that was replaced just before is as good as one that was unlinked
        detail::settle(region, ignored);
    }

    void follow_by(std::unique_ptr<Follower> follower) noexcept
    {
        follower_ = std::move(follower);
    }

    PublisherState(PublisherState const&)            = delete;
    PublisherState& operator=(PublisherState const&) = delete;

    ~PublisherState()
    {
        end_loan();
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
                next->follower_->arrive(!there->was_provisional());
                next->dropped_     = handle->dropped_;
                next->sent_before_ = handle->sent();
                next->moves_       = handle->moves_ + 1;
                handle             = std::move(next);
            });
        }
    }

    int32_t send(void const* data, std::size_t length) noexcept
    {
        if (length >= limit_) {
            return send_settled(data, length);
        }
        allocated_ = nothing;
        if (!borrow()) {
            return -EAGAIN;
        }
        write(data, length);
        deliver<false>(length);
        return static_cast<int32_t>(length);
    }

    void* allocate(std::size_t length) noexcept
    {
        if (length >= limit_) {
            return allocate_held_back(length);
        }
        if (!borrow()) {
            return nullptr;
        }
        allocated_ = length;
        return lend(length);
    }

    /// With the length that was allocated.
    std::size_t publish() noexcept
    {
        return allocated_ == nothing ? publish_settled(held_back_) : publish_allocated<false>(allocated_);
    }

    std::size_t publish(std::size_t length) noexcept
    {
        bool const fits = allocated_ != nothing && length <= allocated_;
        return fits ? publish_allocated<false>(length) : publish_settled(length);
    }

    void abandon() noexcept
    {
        end_loan();
        if (what_is_allocated() != nothing) {
            sender_.abandon_if_needed();
        }
        what_is_allocated() = nothing;
        unpark();
    }

    // --- overwriting nothing
    int32_t try_send(void const* data, std::size_t length) noexcept
    {
        if (length > most_) {
            return -EMSGSIZE;
        }
        if (!settle() || !has_room()) {
            return -EAGAIN;
        }
        give_up_allocated();
        if (!borrow_evicting_nothing()) {
            return -EAGAIN;
        }
        write(data, length);
        if (offer(length) < 0) {
            sender_.abandon_if_needed();
            return -EAGAIN;
        }
        return static_cast<int32_t>(length);
    }

    void* try_allocate(std::size_t length) noexcept
    {
        if (length > most_ || !borrow_evicting_nothing()) {
            return nullptr;
        }
        note_allocated(length);
        return lend(length);
    }

    /// With the length that was allocated.
    int32_t try_publish() noexcept
    {
        return try_publish(what_is_allocated());
    }

    int32_t try_publish(std::size_t length) noexcept
    {
        if (what_is_allocated() == nothing) {
            return -EINVAL;
        }
        if (length > what_is_allocated()) {
            return -EMSGSIZE;
        }
        return settle() ? offer_allocated(length) : -EAGAIN;
    }

    /// Returns: whether nothing is pending any more.
    bool settle() noexcept
    {
        if (sender_.pending() == 0) {
            return true;
        }
        if (!sender_.settle()) { // others may have recovered the dead meanwhile
            recovery_.run_if_dead(sender_.pending());
            sender_.settle();
        }
        if (sender_.pending() != 0) {
            return false;
        }
        resume();
        return true;
    }

    std::size_t most() const noexcept
    {
        return most_;
    }
    /// Returns: the length of what is allocated; null where nothing is.
    std::size_t const* allocated() noexcept
    {
        return what_is_allocated() != nothing ? &what_is_allocated() : nullptr;
    }
    uint32_t pending() const noexcept
    {
        return core::count_bits(sender_.pending());
    }

    uint64_t dropped() const noexcept
    {
        return dropped_;
    }
    uint64_t moves() const noexcept
    {
        return moves_;
    }
    uint64_t sent() const noexcept
    {
        return sent_before_ + sender_.sent();
    }
    uint64_t incarnation() const noexcept
    {
        return participant_.self().incarnation;
    }

private:
    static constexpr std::size_t nothing = static_cast<std::size_t>(-1);

    core::Self enrolled(RegionState& region)
    {
        region.admit(participant_, ParticipantKind::Publisher);
        return participant_.self();
    }

    template <bool Remembers>
    std::size_t publish_allocated(std::size_t length) noexcept
    {
        (Remembers ? held_back_ : allocated_) = nothing;
        DebugMemory::take_in(slot_memory(), length);
        DebugMemory::end_published(slot_memory());
        return deliver<Remembers>(length);
    }

    int32_t offer_allocated(std::size_t length) noexcept
    {
        void* const memory = slot_memory();
        DebugMemory::take_in(memory, length);
        int32_t const rings = offer(length);
        if (rings >= 0) {
            DebugMemory::end_published(memory);
        }
        return rings;
    }

    /// Of the slot that is borrowed.
    void* slot_memory() noexcept
    {
        return layout_.payload(sender_.slot());
    }
    void* lend(std::size_t length) noexcept
    {
        return DebugMemory::lend(mapping(), sender_.slot(), slot_memory(), length);
    }
    /// Unpublished.
    void end_loan() noexcept
    {
        if (what_is_allocated() != nothing) {
            DebugMemory::end_given_back(slot_memory());
        }
    }

    /// Returns: rings reached.
    template <bool Remembers>
    std::size_t deliver(std::size_t length) noexcept
    {
        stamp();
        auto const        bytes = static_cast<uint32_t>(length);
        std::size_t const rings = Remembers ? sender_.publish_and_remember(bytes) : sender_.publish(bytes);
        is_alone_               = rings == 0;
        if (uint32_t const lapped = sender_.take_lapped()) {
            recovery_.run_if_dead(lapped);
        }
        return rings;
    }

    /// The last thing before the delivery.
    void stamp() noexcept
    {
        if (is_stamping_) {
            // relaxed: published by the delivery (edge DELIVER)
            layout_.send_time(sender_.slot()).store(monotonic_ns(), std::memory_order_relaxed);
        }
    }

    void write(void const* data, std::size_t length) noexcept
    {
        if (length != 0) {
            std::memmove(slot_memory(), data, length); // which may be what a loan has written there
        }
        DebugMemory::end_given_back(slot_memory());
    }

    /// Returns: rings reached, or pending; -EAGAIN where one is full, and its subscriber is not dead.
    int32_t offer(std::size_t length) noexcept
    {
        core::Offer done = offer_once(length);
        if (done.full != 0) { // others may have recovered the dead meanwhile
            recovery_.run_if_dead(done.full);
            done = offer_once(length);
        }
        if (done.full != 0) {
            return -EAGAIN;
        }
        is_alone_ = done.rings == 0;
        if (sender_.pending() != 0) {
            limit_ = 0;
            park();
        }
        give_up_allocated();
        return static_cast<int32_t>(done.rings);
    }

    core::Offer offer_once(std::size_t length) noexcept
    {
        stamp();
        auto const bytes = static_cast<uint32_t>(length);
        return remembers_ ? offer_and_remember(bytes) : sender_.offer(bytes);
    }
    KICKMSG_APART core::Offer offer_and_remember(uint32_t bytes) noexcept
    {
        return sender_.offer_and_remember(bytes);
    }

    /// Before a refusal each subscriber of a full ring is asked for its proof of life: nobody is refused because of the dead.
    bool has_room() noexcept
    {
        uint32_t const full = sender_.full_rings();
        if (full != 0) {
            recovery_.run_if_dead(full);
        }
        return full == 0 || sender_.full_rings() == 0;
    }

    std::size_t& what_is_allocated() noexcept
    {
        return !remembers_ && sender_.pending() == 0 ? allocated_ : held_back_;
    }

    /// It is published now, or was never more than room for what is sent now. What is held back beside a pending message stays, where there is
    /// no history to be kept.
    void give_up_allocated() noexcept
    {
        if (remembers_) {
            held_back_ = nothing;
            unpark();
        } else {
            allocated_ = nothing;
        }
    }

    void note_allocated(std::size_t length) noexcept
    {
        what_is_allocated() = length;
        if (remembers_) {
            park();
        }
    }

    /// It goes nowhere now.
    void park() noexcept
    {
        if (follower_) {
            parked_follower_ = std::move(follower_);
        }
    }
    void unpark() noexcept
    {
        if (parked_follower_ && sender_.pending() == 0 && (!remembers_ || held_back_ == nothing)) {
            follower_ = std::move(parked_follower_);
        }
    }

    /// Nothing is pending any more.
    void resume() noexcept
    {
        if (!remembers_) {
            limit_     = most_ + 1;
            allocated_ = held_back_;
            held_back_ = nothing;
        }
        unpark();
    }

    void settle_by_overwriting() noexcept
    {
        if (!remembers_ || sender_.pending() != 0) {
            sender_.settle_by_overwriting();
            resume();
        }
    }

    /// It is too long, or something is pending, or there is a history to be kept.
    KICKMSG_COLD int32_t send_settled(void const* data, std::size_t length) noexcept
    {
        if (length > most_) {
            return -EMSGSIZE;
        }
        settle_by_overwriting();
        return remembers_ ? send_and_remember(data, length) : send(data, length);
    }

    KICKMSG_APART int32_t send_and_remember(void const* data, std::size_t length) noexcept
    {
        held_back_ = nothing;
        unpark();
        if (!borrow()) {
            return -EAGAIN;
        }
        write(data, length);
        deliver<true>(length);
        return static_cast<int32_t>(length);
    }

    /// Something is pending, or there is a history to be kept.
    KICKMSG_COLD void* allocate_held_back(std::size_t length) noexcept
    {
        if (length > most_ || !borrow()) {
            return nullptr;
        }
        note_allocated(length);
        return lend(length);
    }

    /// Nothing is allocated, or not as much, or something is pending, or there is a history to be kept.
    KICKMSG_COLD std::size_t publish_settled(std::size_t length) noexcept
    {
        if (held_back_ == nothing || length > held_back_) {
            return 0;
        }
        settle_by_overwriting();
        return remembers_ ? publish_and_remember(length) : publish_allocated<false>(length);
    }

    KICKMSG_APART std::size_t publish_and_remember(std::size_t length) noexcept
    {
        std::size_t const rings = publish_allocated<true>(length);
        unpark();
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

    /// The dead first, then nothing: what lies unread stays.
    bool borrow_evicting_nothing() noexcept
    {
        return sender_.borrow() || (recovery_.run_if_needed() && sender_.borrow());
    }

    using Sender = core::HistorySender<Policy, Layout>;

    Participant participant_;
    Layout&     layout_;
    std::size_t most_;
    bool        remembers_; ///< the region keeps a history
    std::size_t limit_; ///< a length must be less: more than may be; 0 while something is pending, and with a history
    std::size_t allocated_ = nothing; ///< bytes, of the slot that is allocated
    uint64_t    dropped_   = 0;
    Sender      sender_;
    AutomaticRecovery         recovery_;
    std::unique_ptr<Follower> follower_;
    uint64_t                  moves_       = 0;
    uint64_t                  sent_before_ = 0;     ///< into the regions before this one
    bool                      is_stamping_;         ///< its messages have a send time
    bool                      is_alone_  = false;   ///< the last message reached nobody
    std::size_t               held_back_ = nothing; ///< as allocated_, while something is pending, and with a history
    std::unique_ptr<Follower> parked_follower_;     ///< while it goes nowhere
};

} // namespace detail
} // namespace kickmsg
