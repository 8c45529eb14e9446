/// Publishers, subscribers and recoverers of the models: the shipped algorithms in the order in which lib/src composes
/// them, with the oracles that only the participant itself can check (nobody robbed it, nobody confused its messages).
#pragma once

#include "Faults.h"
#include "World.h"

#include <optional>

namespace kickmsg_models {

/// A range of participant records.
struct Records {
    uint32_t first, count;
};

/// An attachment: incarnation, proof of life, record; given up in the opposite order. `thread`: the one it belongs to.
class Attachment {
public:
    Attachment(World& world, unsigned thread) : world_(world), thread_(thread) {}

    /// Returns: false when no record is free.
    bool enroll(Records records)
    {
        announce();
        attached_ = Registry(world_.layout).enroll(records.first, records.count, self_);
        return attached_;
    }
    /// The same over a dead participant's record.
    bool adopt(Records records)
    {
        announce();
        LifeCheck life(world_);
        attached_ = Registry(world_.layout).adopt(records.first, records.count, self_, life);
        return attached_;
    }
    void detach()
    {
        expect(attached_, "a scenario detaches twice");
        expect_enrolled();
        Registry(world_.layout).leave(self_);
        world_.lives.end(self_.incarnation);
        attached_ = false;
    }
    /// Nobody took its record from it.
    void expect_enrolled() const
    {
        uint64_t const mine = core::OwnerWord::make(core::OwnerWord::Active, self_.record, self_.incarnation);
        expect(world_.layout.record(self_.record).owner.newest() == mine,
               "a living participant was robbed of its record");
    }
    core::Self self() const noexcept
    {
        return self_;
    }
    World& world() const noexcept
    {
        return world_;
    }
    unsigned thread() const noexcept
    {
        return thread_;
    }

private:
    void announce()
    {
        self_.incarnation = Registry(world_.layout).draw_incarnation();
        world_.lives.begin(self_.incarnation, thread_);
    }

    World&     world_;
    unsigned   thread_;
    core::Self self_;
    bool       attached_ = false;
};

class Publisher : public Attachment {
public:
    Publisher(World& world, unsigned thread, unsigned id) : Attachment(world, thread), id_(id) {}

    /// Takes up work in its record; `ahead` as core::Sender.
    bool attach(Records records, bool ahead = false)
    {
        if (!enroll(records)) {
            return false;
        }
        sender_.emplace(world().layout, self(), ahead);
        return true;
    }
    /// The same in the record of a dead participant, where no other is left.
    bool attach_adopting(Records records)
    {
        if (!adopt(records)) {
            return false;
        }
        sender_.emplace(world().layout, self(), false);
        return true;
    }
    /// Returns: rings reached, or -1 when there was no slot.
    int send()
    {
        return allocate() ? publish() : -1;
    }
    /// The same, making room by eviction when the pool is empty.
    int send_under_pressure()
    {
        return allocate() || evict_for_slot() ? publish() : -1;
    }
    bool allocate()
    {
        bool const held = sender_->slot() != core::no_slot;
        return sender_->borrow() && (held || note_loan());
    }
    int publish()
    {
        SlotIndex const slot  = sender_->slot();
        uint32_t const  value = id_ << 8 | ++sent_;
        world().write_payload(slot, value);
        give_up_ghost();
        uint32_t const reached = sender_->publish(World::length_of(value));
        if (sender_->slot() != core::no_slot) {
            note_loan();
        }
        reached_ += reached;
        return static_cast<int>(reached);
    }
    void abandon()
    {
        if (sender_->slot() != core::no_slot) {
            give_up_ghost();
        }
        sender_->give_back();
    }
    void leave()
    {
        abandon();
        detach();
    }
    /// Deliveries so far, over all rings.
    uint32_t reached() const noexcept
    {
        return reached_;
    }
    uint32_t sent() const noexcept
    {
        return sent_;
    }

private:
    bool evict_for_slot()
    {
        return sender_->borrow_by_eviction() && note_loan();
    }
    bool note_loan()
    {
        world().lent(sender_->slot(), thread());
        return true;
    }
    void give_up_ghost()
    {
        auto& slot = world().layout.slot(sender_->slot());
        expect((slot.references.newest() & Slots::loan) != 0 && slot.owner.newest() == self().incarnation,
               "a living publisher was robbed of its loan");
        expect_enrolled();
        world().given_up(sender_->slot());
    }

    unsigned              id_;
    uint32_t              sent_    = 0;
    uint32_t              reached_ = 0;
    std::optional<Sender> sender_;
};

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
        world().read_payload(view.slot, length(view.slot));
        let_go(view.slot);
        receiver_->drop(view.slot, view.mark);
        dropped_again_ = planted("dropped-twice") ? view.slot : core::no_slot;
    }
    /// Blocks until a message is there.
    uint32_t wait_and_receive()
    {
        uint32_t value = receive();
        while (value == 0) {
            uint32_t bell = 0;
            if (receiver_->prepare_wait(bell)) {
                world().layout.ring(seat_.ring).doorbell.wait(bell);
            }
            value = receive();
        }
        receiver_->end_wait();
        return value;
    }
    /// A wait whose time is up before it sleeps.
    void wait_in_vain()
    {
        uint32_t bell = 0;
        receiver_->prepare_wait(bell);
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
    uint32_t received() const noexcept
    {
        return received_;
    }
    uint64_t lost() const noexcept
    {
        return receiver_->lost();
    }
    /// For the end: takes what is left and checks that received + lost are the positions of the ring.
    void finish();

private:
    core::Taken take();
    /// No living participant is deaf: its ring is in the live set, its entries unsealed.
    void     expect_hearing();
    uint32_t read(SlotIndex slot);
    uint32_t length(SlotIndex slot)
    {
        return world().layout.slot(slot).length.load(std::memory_order_relaxed);
    }
    bool is_referenced(SlotIndex slot)
    {
        return (Slots::rings(world().layout.slot(slot).references.newest()) >> seat_.ring & 1U) != 0;
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
    SlotIndex               dropped_again_ = core::no_slot; ///< a planted fault's
};

class Recoverer : public Attachment {
public:
    using Attachment::Attachment;

    /// recover(). Returns: what was brought back.
    core::RecoveryCounts run()
    {
        LifeCheck      life(world());
        Recovery       recovery(world().layout, self(), life, &covers_);
        core::SlotNote notes[Layout::most_pool];
        world().set_sweep_notes(notes);
        return recovery.is_needed() ? recovery.run(notes) : core::RecoveryCounts{};
    }
    /// Nobody works any more: what this one remembers of covered sweeps must not keep it from the last one.
    core::RecoveryCounts finish()
    {
        lab().faults_in_quiet            = true;
        core::RecoveryCounts const found = run();
        lab().faults_in_quiet            = false;
        LifeCheck life(world());
        expect(!Recovery(world().layout, self(), life).is_needed(),
               "a recoverer that remembers left what another would find");
        return found;
    }
    /// reclaim_orphaned_slots(): the sweep alone.
    void sweep()
    {
        LifeCheck      life(world());
        Recovery       recovery(world().layout, self(), life);
        core::SlotNote notes[Layout::most_pool];
        world().set_sweep_notes(notes);
        recovery.sweep(notes);
    }
    /// reset_retired_rings() and repair_locked_entries(): the rings alone.
    void close_rings(core::DeadRings which)
    {
        LifeCheck life(world());
        Recovery(world().layout, self(), life).close_rings(which);
    }

private:
    core::Covers<Policy, Layout> covers_;
};

} // namespace kickmsg_models
