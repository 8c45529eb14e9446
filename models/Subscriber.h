/// The subscriber of the models: joins, receives, waits, holds views, and checks that nobody robbed it, that it hears, and
/// that messages come in order.
#pragma once

#include "Faults.h"
#include "Publisher.h"

#include "NextPlace.h"

namespace kickmsg_models {

/// A message held in place.
struct View {
    SlotIndex slot = core::no_slot;
    uint32_t  mark = 0;

    explicit operator bool() const noexcept
    {
        return slot != core::no_slot;
    }
};

class Subscriber : public Attachment {
public:
    using Attachment::Attachment;
    Subscriber(Place const& place, Records records) : Attachment(place)
    {
        attach(records);
    }

    /// Takes a record and a ring. Returns: false when there is none.
    bool attach(Records records)
    {
        return enroll(records) && join();
    }
    bool join()
    {
        seat_ = Membership(world().layout, self()).join();
        if (seat_.taken) {
            uint64_t const start = planted("start-read-late") ? tail() : seat_.start;
            receiver_.emplace(world().layout, seat_.ring, self().record, start);
        }
        return seat_.taken;
    }
    /// From now on it looks at what each message says of itself.
    void check_samples() noexcept
    {
        checks_samples_ = true;
    }
    /// Returns: the value of the next message, 0 for none.
    uint32_t receive()
    {
        core::Taken const taken = take();
        if (!taken) {
            return 0;
        }
        uint32_t const value = read(taken.slot);
        let_go(taken.slot);
        receiver_->drop_by_receiver(taken);
        return value;
    }
    View receive_view()
    {
        core::Taken const taken = take();
        if (!taken) {
            return {};
        }
        read(taken.slot);
        receiver_->hold(taken);
        return {taken.slot, taken.mark};
    }
    /// By any thread. Reads once more before it lets go.
    void drop(View view)
    {
        uint32_t const value = world().read_payload(view.slot, length(view.slot));
        check_sample(view.slot, value);
        let_go(view.slot);
        receiver_->drop(view.slot, view.mark);
        dropped_again_ = planted("dropped-twice") ? view.slot : core::no_slot;
    }
    /// Takes two messages, the second while it holds a view of the first.
    void receive_beside_a_view()
    {
        View const view = receive_view();
        receive();
        if (view) {
            drop(view);
        }
    }
    /// Blocks until a message is there.
    uint32_t wait_and_receive()
    {
        uint32_t value = receive();
        while (value == 0) {
            uint32_t bell = 0;
            if (receiver_->prepare_wait(bell)) {
                world().layout.doorbell().wait(bell, seat_.ring);
            }
            value = receive();
        }
        receiver_->end_wait();
        return value;
    }
    /// Blocks until it is called away, in place of which a message never comes.
    void wait_to_be_called_away(Atomic<uint64_t>& news)
    {
        using Doorbell = core::Doorbell<Policy, Layout>;
        while (news.load(std::memory_order_relaxed) == 0) {
            uint32_t bell = 0;
            if (receiver_->prepare_wait(bell) && (planted("news-not-looked-at") || Doorbell::news(news) == 0)) {
                world().layout.doorbell().wait(bell, seat_.ring);
            }
        }
        receiver_->end_wait();
    }
    /// A wait whose time is up before it sleeps.
    void wait_in_vain()
    {
        uint32_t bell = 0;
        receiver_->prepare_wait(bell);
        receiver_->end_wait();
    }
    // --- for the wait set that it is in
    bool is_ready()
    {
        uint64_t const position = receiver_->position();
        auto&          layout   = world().layout;
        return kickmsg::detail::NextPlace<Policy>{&layout.entry(seat_.ring, position),
                                                  position >> layout.capacity_log2()}
            .is_filled();
    }
    /// Returns: whether to sleep on the doorbell, as its ring, while it is `bell`.
    bool arm(uint32_t& bell)
    {
        return receiver_->prepare_wait(bell);
    }
    void disarm()
    {
        receiver_->end_wait();
    }
    /// Closes the ring; views may be out. free() and detach() follow.
    void leave()
    {
        expect_hearing();
        Membership(world().layout, self()).leave(seat_.ring);
    }
    void free()
    {
        Membership(world().layout, self()).free(seat_.ring);
        detach();
    }
    void leave_and_free()
    {
        leave();
        free();
    }

    uint32_t ring() const noexcept
    {
        return seat_.ring;
    }
    /// For messages to it alone.
    core::Address address() const noexcept
    {
        return {seat_.ring, core::OwnerWord::make(core::OwnerWord::Live, self().record, self().incarnation)};
    }
    uint32_t received() const noexcept
    {
        return received_;
    }
    uint64_t lost() const noexcept
    {
        return receiver_->lost();
    }
    /// Of its ring, as far as it has come.
    uint64_t positions() const noexcept
    {
        return received_ + lost();
    }
    /// For the end: takes what is left and checks that received + lost are the positions of the ring.
    void finish();
    /// The same, the positions being the deliveries that publishers counted.
    void finish(uint32_t reached)
    {
        finish();
        expect(positions() == reached, "received + lost are not what the publishers delivered");
    }

private:
    core::Taken take();
    /// No living participant is deaf: its ring is in the live set, its entries unsealed.
    void     expect_hearing();
    uint32_t read(SlotIndex slot);
    void     check_sample(SlotIndex slot, uint32_t value);
    uint32_t length(SlotIndex slot)
    {
        return world().layout.slot(slot).length.load(std::memory_order_relaxed);
    }
    bool is_referenced(SlotIndex slot)
    {
        return (References::rings(world().layout.slot(slot).references.newest()) >> seat_.ring & 1U) != 0;
    }
    void let_go(SlotIndex slot)
    {
        expect(is_referenced(slot), "a living subscriber was robbed of a message it holds");
        world().dropped(slot, thread());
    }
    uint64_t end_of_ring();
    uint64_t tail()
    {
        return world().layout.ring(seat_.ring).tail.load(std::memory_order_acquire);
    }

    static constexpr unsigned publishers_limit = 8;

    core::Seat              seat_;
    std::optional<Receiver> receiver_;
    uint32_t                received_ = 0;
    uint32_t                last_[publishers_limit]{};
    bool                    checks_samples_ = false;
    SlotIndex               dropped_again_  = core::no_slot; ///< a planted fault's
};

} // namespace kickmsg_models
