/// The publisher of the models: allocates, sends, makes room, and checks that nobody robbed it.
#pragma once

#include "Attachment.h"
#include "Engine.h"
#include "Faults.h"

#include <optional>

namespace kickmsg_models {

/// Of the messages of its publisher, from 1: the number that a value has.
inline uint32_t number_of(uint32_t value) noexcept
{
    return value & 0xffU;
}

class Publisher : public Attachment {
public:
    Publisher(Place const& place) : Attachment(place), id_(place.world.next_publisher()) {}
    Publisher(Place const& place, Records records, uint32_t keep = kept_slots()) : Publisher(place)
    {
        attach(records, keep);
    }

    /// Takes up work in its record; `keep` as core::Sender.
    bool attach(Records records, uint32_t keep = kept_slots())
    {
        if (!enroll(records)) {
            return false;
        }
        begin(keep);
        return true;
    }
    /// The same in the record of a dead participant, where no other is left.
    bool attach_adopting(Records records)
    {
        if (!adopt(records)) {
            return false;
        }
        begin(kept_slots());
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
        expect_kept();
        bool const held = sender_->slot() != core::no_slot;
        return sender_->borrow() && (held || note_loan());
    }
    int publish()
    {
        SlotIndex const slot  = sender_->slot();
        uint32_t const  value = id_ << 8 | ++sent_;
        world().write_payload(slot, value);
        give_up_ghost();
        return publish_written(value);
    }
    /// Without overwriting anything. Returns: rings reached, those included in which it is pending now; -1 when it was refused.
    int try_send()
    {
        return settle() && sender_->full_rings() == 0 && allocate() ? try_publish() : -1;
    }
    int try_publish()
    {
        SlotIndex const slot  = sender_->slot();
        uint32_t const  value = id_ << 8 | ++sent_;
        world().write_payload(slot, value);
        give_up_ghost();
        if (planted("reliable-overwrites")) {
            ++accepted_;
            return publish_written(value);
        }
        note_sample(value, 0);
        uint32_t const    length  = World::length_of(value);
        bool const        history = world().layout.history() != 0;
        core::Offer const offer   = history ? sender_->offer_and_remember(length) : sender_->offer(length);
        if (sender_->slot() != core::no_slot) {
            note_loan();
        }
        reached_ += offer.rings;
        accepted_ += offer.full == 0 ? 1 : 0;
        last_accepted_ = offer.full == 0 ? sent_ : last_accepted_;
        number_ += offer.full == 0 ? 1 : 0;
        return offer.full == 0 ? static_cast<int>(offer.rings) : -1;
    }
    /// Returns: whether nothing is pending.
    bool settle()
    {
        return planted("pending-forgotten") || sender_->settle();
    }
    /// To one subscriber and nobody else. Returns: what became of it; Full also where there was no slot.
    core::Posted post(core::Address const& to)
    {
        if (!allocate()) {
            return core::Posted::Full;
        }
        uint32_t const value = id_ << 8 | ++sent_;
        world().write_payload(sender_->slot(), value);
        give_up_ghost();
        note_sample(value, 0);
        core::Posted const done = sender_->post(to, World::length_of(value), receipt_);
        if (sender_->slot() != core::no_slot) {
            note_loan();
        }
        accepted_ += done == core::Posted::Delivered ? 1 : 0;
        number_ += done == core::Posted::Delivered ? 1 : 0;
        return done;
    }
    /// The last one posted. Returns: whether it was unread.
    bool withdraw()
    {
        bool const done = receipt_.slot != core::no_slot && sender_->withdraw(receipt_);
        withdrawn_ += done ? 1 : 0;
        return done;
    }
    uint32_t withdrawn() const noexcept
    {
        return withdrawn_;
    }
    /// Rings, a bit each.
    uint32_t pending() const
    {
        return sender_->pending();
    }
    /// Nobody took a slot from it that it keeps.
    void expect_kept()
    {
        for (uint32_t i = 0; i < sender_->kept_count(); ++i) {
            core::Loan const kept = sender_->kept(i);
            auto&            slot = world().layout.slot(kept.slot);
            uint64_t const   word = slot.references.newest();
            expect((word & References::kept) != 0 && Origin::incarnation(slot.owner.newest()) == self().incarnation,
                   "a living publisher was robbed of a slot that it keeps");
        }
    }
    void abandon()
    {
        expect_kept();
        if (sender_->slot() != core::no_slot) {
            give_up_ghost();
        }
        core::Loan const first =
            planted("kept-bit-dropped-twice") && sender_->kept_count() != 0 ? sender_->kept(0) : core::Loan{};
        sender_->give_back();
        if (first) {
            core::Claims<Policy> claims(world().layout.record(self().record));
            claims.drop(first.slot);
            core::release_references<Policy, Layout>(world().layout, first.slot, References::kept);
            claims.clear();
        }
    }
    void leave()
    {
        abandon();
        detach();
    }
    /// Whether `value` is a message of its.
    bool is_mine(uint32_t value) const noexcept
    {
        return value >> 8 == id_;
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
    /// Of the messages that were to overwrite nothing, or for one subscriber.
    uint32_t accepted() const noexcept
    {
        return accepted_;
    }
    /// Its last message's, or the one's that it is in the middle of: so many it has sent.
    uint64_t number() const noexcept
    {
        return number_;
    }
    /// Of the living, in the middle of nothing: its record counts what those before it have sent, and it.
    void expect_counted() const
    {
        expect(SentCount(world().layout.record(self().record)).own(self().incarnation) == number_,
               "a publisher's count is not what it has sent");
        expect(sender_->sent() == number_, "a publisher does not know what it has sent");
    }

    /// The number of the last of them.
    uint32_t last_accepted() const noexcept
    {
        return last_accepted_;
    }
    /// Live rings that have no place, a bit each.
    uint32_t full_rings()
    {
        return sender_->full_rings();
    }

private:
    /// `counted`: 0 where it may count later.
    void note_sample(uint32_t value, uint64_t counted)
    {
        world().sample(value) = {self().incarnation, counted != 0 ? number_ : number_ + 1, self().record, counted};
    }
    void begin(uint32_t keep)
    {
        sender_.emplace(world().layout, self(), keep);
        before_ = world().layout.record(self().record).before.newest();
    }
    int publish_written(uint32_t value)
    {
        note_sample(value, before_ + ++number_);
        uint32_t const length  = World::length_of(value);
        bool const     history = world().layout.history() != 0;
        uint32_t const reached = history ? sender_->publish_and_remember(length) : sender_->publish(length);
        if (sender_->slot() != core::no_slot) {
            note_loan();
        }
        reached_ += reached;
        return static_cast<int>(reached);
    }
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
        expect((slot.references.newest() & References::kept) != 0 &&
                   Origin::incarnation(slot.owner.newest()) == self().incarnation,
               "a living publisher was robbed of its loan");
        expect_enrolled();
        world().given_up(sender_->slot());
    }

    unsigned              id_;
    uint32_t              sent_          = 0;
    uint32_t              reached_       = 0;
    uint32_t              accepted_      = 0;
    uint32_t              last_accepted_ = 0;
    uint32_t              withdrawn_     = 0;
    uint64_t              number_        = 0;
    uint64_t              before_        = 0; ///< what its record counted when it began
    core::Receipt         receipt_;
    std::optional<Sender> sender_;
};

} // namespace kickmsg_models
