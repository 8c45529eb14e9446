/// What a Subscriber and its views share.
#pragma once

#include "CopyBuffer.h"
#include "DebugMemory.h"
#include "Follower.h"
#include "Interruption.h"
#include "SetSource.h"
#include "WaitBudget.h"
#include "kickmsg/Subscriber.h"
#include "kickmsg/core/Receiver.h"
#include "kickmsg/core/ViewCount.h"
#include "kickmsg/os/Time.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace kickmsg {
namespace detail {

static_assert(core::References<Policy>::most_rings == os::most_sleepers,
              "each ring of a region has a sleeper's number");

/// Shared by a Subscriber and its views: the last of them gives back ring, record and proof of life.
class SubscriberState final : public SetSource {
public:
    using Handle = std::unique_ptr<SubscriberState, Subscriber::Leave>;

    explicit SubscriberState(RegionState& region)
        : participant_(region.shared_mapping()), layout_(participant_.mapping().layout()),
          most_(static_cast<std::size_t>(participant_.mapping().geometry().max_payload_size)),
          buffer_(most_, participant_.mapping().geometry().payload_alignment), seat_(take_seat(region)),
          receiver_(layout_, seat_.ring, participant_.self().record, seat_.start),
          views_(participant_.mapping().geometry().max_views)
    {
    }

    static Handle make(RegionState& region)
    {
        return Handle(new SubscriberState(region));
    }

    void follow_by(std::unique_ptr<Follower> follower) noexcept
    {
        follower_ = std::move(follower);
    }
    void interrupt_by(Interruption& interruption) noexcept
    {
        interruption_ = &interruption;
    }

    SubscriberState(SubscriberState const&)            = delete;
    SubscriberState& operator=(SubscriberState const&) = delete;

    ~SubscriberState()
    {
        if (participant_.mapping().may_end()) {
            membership().free(seat_.ring);
        }
    }

    Mapping& mapping() const noexcept
    {
        return participant_.mapping();
    }

    bool is_own() const noexcept
    {
        return participant_.mapping().is_own();
    }

    core::Self self() const noexcept
    {
        return participant_.self();
    }
    core::RingHeader<Policy>& ring() noexcept
    {
        return layout_.ring(seat_.ring);
    }
    uint32_t views_out() noexcept
    {
        return views_.out();
    }

    struct Message {
        core::Taken taken;
        std::size_t length = 0;
    };

    /// Returns: whether a message has been taken, by way of the handle, which may come to hold another state on the way.
    static bool take(Handle& handle, Message& message) noexcept
    {
        return handle->take(message) || (handle->follower_ && move_on(handle, Moment::Idle) && handle->take(message));
    }

    static bool take(Handle& handle, Message& message, std::chrono::nanoseconds timeout) noexcept
    {
        return timeout.count() > 0 ? take_within(handle, message, timeout) : take(handle, message);
    }

    /// The same for a view: not while as many are out as may be.
    static bool take_to_lend(Handle& handle, Message& message, std::chrono::nanoseconds timeout) noexcept
    {
        return handle->views_.is_full() ? take_at_limit(handle, message, timeout) : take(handle, message, timeout);
    }

    /// Of a message that is not dropped yet; any thread.
    SampleInfo info_of(uint32_t slot) noexcept
    {
        core::Origin const origin = receiver_.origin(slot);
        SampleInfo         info{origin.publisher, origin.sequence, std::nullopt};
        if (layout_.has_send_time()) {
            // relaxed: ordered by the take (edge DELIVER)
            info.sent_ns = layout_.send_time(slot).load(std::memory_order_relaxed);
        }
        return info;
    }

    /// Returns: null when there is no memory for it; the message is then the next to be taken.
    void const* copy(Message const& message) noexcept
    {
        void* const room = buffer_.room(message.length);
        if (room == nullptr) {
            return keep_uncopied(message);
        }
        std::memcpy(room, layout_.payload(message.taken.slot), message.length);
        receiver_.drop_by_receiver(message.taken);
        return room;
    }

    void const* lend(Message const& message) noexcept
    {
        views_.lend();
        receiver_.hold(message.taken);
        uint32_t const slot = message.taken.slot;
        return DebugMemory::show(mapping(), slot, layout_.payload(slot), message.length);
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
            leave_set();
            if (uncopied_.taken) {
                receiver_.drop(uncopied_.taken.slot, uncopied_.taken.mark);
            }
            membership().leave(seat_.ring);
        } else if (is_own()) {
            return; // a child that shares its parent's memory: all of it stays the parent's
        }
        delete_if(views_.leave());
    }

    uint64_t lost() const noexcept
    {
        return lost_before_ + receiver_.lost();
    }
    uint64_t moves() const noexcept
    {
        return moves_;
    }

    // For the wait set that it is in.

    /// Whether a receive has something to do: take a message, pass over lost ones, or move to where the name leads.
    bool is_ready(Moment moment) noexcept override
    {
        return uncopied_.taken || next_place().is_filled() || finds_way(moment);
    }
    uint32_t ring() const noexcept
    {
        return seat_.ring;
    }
    /// Announces that it is about to sleep. Returns: whether to, on `word`.
    bool arm(os::Awaited& word) noexcept
    {
        word.word    = &plain(layout_.doorbell());
        word.sleeper = seat_.ring;
        return receiver_.prepare_wait(word.expected) && !uncopied_.taken &&
               !(follower_ && follower_->has_news(mapping()));
    }
    Armed arm(Watch& watch, uint64_t /*turn*/) noexcept override
    {
        if (!arm(watch.word)) {
            return Armed::No;
        }
        watch.next    = next_place();
        watch.follows = follower_ != nullptr && follower_->follows();
        if (watch.mapping != participant_.shared_mapping()) {
            watch.mapping = participant_.shared_mapping();
        }
        return Armed::Own;
    }
    void disarm() noexcept override
    {
        receiver_.end_wait();
    }
    bool is_late() const noexcept override
    {
        return false;
    }
    bool put_into(WaitSetState const& /*set*/) override
    {
        return true;
    }
    bool taken_out() noexcept override
    {
        return true;
    }

    // For an interrupter that may be on its way to this.

    void lend_to_interrupter() noexcept
    {
        views_.lend();
    }
    void take_back_from_interrupter() noexcept
    {
        if (is_own()) {
            delete_if(views_.give_back());
        }
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

    /// Returns: whether a message with a plausible length has been taken.
    bool take(Message& message) noexcept
    {
        if (uncopied_.taken) {
            return take_uncopied(message);
        }
        return take_next(message) && (message.length <= most_ || pass_over_implausible(message));
    }

    bool take_next(Message& message) noexcept
    {
        message.taken = receiver_.take();
        if (!message.taken) {
            return false;
        }
        // relaxed: ordered by the take (edge DELIVER)
        message.length = layout_.slot(message.taken.slot).length.load(std::memory_order_relaxed);
        return true;
    }

    /// After a ring full of bad lengths it has seen all that was there when it began: a publisher that continues to supply such
    /// does not hold it any longer.
    KICKMSG_COLD bool pass_over_implausible(Message& message) noexcept
    {
        for (uint64_t turn = 1; turn < layout_.capacity(); ++turn) {
            receiver_.discard(message.taken);
            if (!take_next(message)) {
                return false;
            }
            if (message.length <= most_) {
                return true;
            }
        }
        receiver_.discard(message.taken);
        message.taken = {};
        return false;
    }

    KICKMSG_COLD void const* keep_uncopied(Message const& message) noexcept
    {
        receiver_.hold(message.taken);
        uncopied_ = message;
        return nullptr;
    }

    KICKMSG_COLD bool take_uncopied(Message& message) noexcept
    {
        message         = uncopied_;
        uncopied_.taken = {};
        receiver_.resume(message.taken);
        return true;
    }

    static bool take_within(Handle& handle, Message& message, std::chrono::nanoseconds timeout) noexcept
    {
        return !handle->is_interrupted() && (handle->take(message) || wait_and_take(handle, message, timeout));
    }

    static bool wait_and_take(Handle& handle, Message& message, std::chrono::nanoseconds timeout) noexcept
    {
        bool taken       = false;
        bool interrupted = false;
        for (WaitBudget budget(timeout); !taken && !interrupted && !budget.is_over(); budget.look()) {
            handle->doze(budget.slice());
            interrupted = handle->is_interrupted();
            taken =
                !interrupted && (handle->take(message) || (move_on(handle, Moment::Rested) && handle->take(message)));
        }
        handle->disarm();
        if (handle->attachment()) {
            handle->attachment()->unmarked();
        }
        if (!taken && !interrupted) {
            errno = ETIMEDOUT;
        }
        return taken;
    }

    /// The word itself, as the system takes it.
    static std::atomic<uint32_t>& plain(Policy::atomic<uint32_t>& word) noexcept
    {
        return word;
    }

    /// Answers a request that this call should end, and says so.
    bool is_interrupted() noexcept
    {
        bool const is = interruption_->take();
        if (is) {
            errno = EINTR;
        }
        return is;
    }

    NextPlace<Policy> next_place() const noexcept
    {
        uint64_t const position = receiver_.position();
        return {&layout_.entry(seat_.ring, position), position >> layout_.capacity_log2()};
    }

    /// The receive that follows goes there.
    bool finds_way(Moment moment) noexcept
    {
        if (follower_ && !way_) {
            way_ = follower_->look(mapping(), moment);
        }
        return way_ != nullptr;
    }

    /// Waits for a view to come back, then for a message: both within `timeout`. What comes meanwhile waits in the ring.
    KICKMSG_COLD static bool take_at_limit(Handle& handle, Message& message, std::chrono::nanoseconds timeout) noexcept
    {
        Moment const moment = timeout.count() > 0 ? Moment::Rested : Moment::Idle;
        for (WaitBudget budget(timeout);; budget.look()) {
            if (timeout.count() > 0 && handle->is_interrupted()) {
                return false;
            }
            if (!handle->views_.is_full() ||
                (!handle->is_message_waiting() && move_on(handle, moment) && !handle->views_.is_full())) {
                return take(handle, message, budget.left());
            }
            if (budget.is_over()) {
                break;
            }
            handle->doze_at_limit(budget.slice());
        }
        if (handle->is_message_waiting()) {
            handle->receiver_.count_refused_view();
        }
        if (timeout.count() > 0) {
            errno = ETIMEDOUT;
        }
        return false;
    }

    /// By the hints.
    bool is_message_waiting() noexcept
    {
        return uncopied_.taken || core::Ring<Policy, Layout>(layout_, seat_.ring).backlog() != 0;
    }

    /// In slices, for a subscriber that follows its name: that nobody rings for.
    void doze_at_limit(std::chrono::nanoseconds slice) noexcept
    {
        os::Awaited word{&plain(views_.word())};
        if (views_.arm(word.expected) && interruption_->begin_sleep(views_)) {
            sleep_on(word, slice);
        }
        interruption_->end_sleep();
        views_.disarm();
    }

    void doze(std::chrono::nanoseconds slice) noexcept
    {
        os::Awaited word;
        if (arm(word) && interruption_->begin_sleep(word)) {
            sleep_on(word, slice);
        }
        interruption_->end_sleep();
    }

    void sleep_on(os::Awaited const& what, std::chrono::nanoseconds slice) noexcept
    {
        errno = 0;
        os::wait(*what.word, what.expected, what.sleeper, slice);
        if (errno == EINTR) {
            interruption_->note_signal();
        }
    }

    /// To where the name leads now, if it leads away from here. Called when there is nothing to read here.
    KICKMSG_COLD static bool move_on(Handle& handle, Moment moment) noexcept
    {
        SubscriberState& here = *handle;
        if (!here.follower_) {
            return false;
        }
        auto const there = here.way_ ? std::move(here.way_) : here.follower_->look(here.mapping(), moment);
        return there && is_granted([&] {
                   Handle next = make(*there);
                   if (here.take(
                           here.uncopied_)) { // it came while the way there was found: first in line, and no reason to go
                       here.receiver_.hold(here.uncopied_.taken);
                       return;
                   }
                   here.interruption_->keep_while_in_use(here);
                   here.disarm();
                   here.membership().leave(here.seat_.ring);
                   next->lost_before_ = here.lost() + here.receiver_.left_behind();
                   next->moves_       = here.moves_ + 1;
                   next->follower_    = std::move(here.follower_);
                   next->follower_->arrive(!there->was_provisional());
                   next->interruption_ = here.interruption_;
                   here.hand_over(*next);
                   handle = std::move(next);
               });
    }

    void delete_if(bool last_use) noexcept
    {
        if (last_use) {
            delete this;
        }
    }

    Participant                    participant_;
    Layout&                        layout_;
    std::size_t                    most_;
    CopyBuffer                     buffer_;
    core::Seat                     seat_;
    core::Receiver<Policy, Layout> receiver_;
    core::ViewCount<Policy>        views_;
    Message                        uncopied_; ///< taken, held, and first in line: there was no memory for its copy
    std::unique_ptr<Follower>      follower_;
    std::shared_ptr<RegionState>   way_;                    ///< found by a wait set: where the next receive moves to
    Interruption*                  interruption_ = nullptr; ///< of its Subscriber
    uint64_t                       lost_before_  = 0;       ///< in the regions before this one
    uint64_t                       moves_        = 0;
};

} // namespace detail
} // namespace kickmsg
