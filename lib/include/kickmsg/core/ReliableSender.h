/// A publisher's end that can also send without overwriting: the message is delivered to every live ring, or refused and delivered to none.
///
///   offer:   a live ring without a free place? Refused. Else deliver to each, and overwrite nothing.
///            Another publisher can take the last place of a ring between the look and the delivery. Where that is the first ring,
///            the message is taken back and refused. Where the message has been delivered to others before, it stays *pending* here.
///   settle:  deliver what is pending, where there is a free place by now: to the subscriber that had the ring then, and none after it.
///
/// Threads:   one per ReliableSender.
/// Invariant: at most one message is pending. Its slot is named by the PUBLISH note, which covers the bits of the rings that it is not
///            delivered to: so nothing else is published before it is settled. That keeps the order, too.
/// Progress:  waits for nobody: a full ring is an answer.
/// Crash:     a message that is pending when its publisher dies does not come to those rings.
/// Proof: lib/test/ReliableSender_test.cc, lib/test/Reliable_test.cc; models reliable_one, reliable_two, reliable_rejoin, reliable_tail_lags, reliable_beside_plain, reliable_leaving, reliable_death_of_subscriber, reliable_death_of_publisher; sweep try_send_to_three, try_send_taken_back, try_send_pending, settle_pending, leave_with_pending; budget none (plain sending pays nothing for it: budget send counts the same)
#pragma once

#include "kickmsg/core/Ownership.h"
#include "kickmsg/core/Sender.h"

namespace kickmsg {
namespace core {

/// What became of a message that was offered.
struct Offer {
    uint32_t full  = 0; ///< the rings that had no place for it, a bit each: it is refused, and in no ring
    uint32_t rings = 0; ///< that it is delivered to, or pending in, how many
};

template <class P, class L>
class ReliableSender : public Sender<P, L> {
    using Base = Sender<P, L>;

public:
    using Base::Base;

    /// The live rings that have no free place, a bit each. Where a history is kept, those of newcomers, too: a place that a newcomer may be
    /// about to fill is not free.
    uint32_t full_rings() noexcept
    {
        uint32_t rings = in_question();
        return without_room(rings);
    }

    /// Delivers the borrowed slot, its payload written, where each live ring has a free place. Refused, it stays borrowed. Nothing is
    /// pending before.
    Offer offer(uint32_t length) noexcept
    {
        auto& header = layout_.slot(loan_.slot);
        Base::label(header, length);
        uint32_t live = LiveSet<P, L>(layout_).read();
        if (uint32_t const full = without_room(live)) {
            return {full, 0};
        }
        if (live == 0) {
            Base::count_sent();
            if (keep_ == 0) {
                Base::give_back();
            }
            return {};
        }
        claims_.publish(loan_.slot);
        // edge KEPT (release) -> Sweep::read_references: the PUBLISH note and the owner; before the first delivery, as Sender::publish
        header.references.store(References::make(loan_.generation, References::kept | live), std::memory_order_release);
        Reach const reach = deliver(live);
        if (reach.reached == 0 && reach.full != 0) {
            take_back();
            return {reach.full, 0};
        }
        if (reach.reached == 0) { // all of its rings have closed
            Base::count_sent();
        }
        park(live, reach);
        return {0, count_bits(live & ~reach.closed)};
    }

    /// The rings in which a message is pending, a bit each.
    uint32_t pending() const noexcept
    {
        return unsettled_;
    }

    /// Returns: whether nothing is pending any more.
    bool settle() noexcept
    {
        if (unsettled_ != 0) {
            account(deliver_pending<false>());
        }
        return unsettled_ == 0;
    }

    /// The same, whatever it overwrites.
    KICKMSG_COLD void settle_by_overwriting() noexcept
    {
        if (unsettled_ != 0) {
            account(deliver_pending<true>());
        }
    }

    /// Returns all slots to the pool; what is pending overwrites.
    void give_back() noexcept
    {
        settle_by_overwriting();
        Base::give_back();
    }

protected:
    using References = typename Base::References;
    using Base::claims_;
    using Base::keep_;
    using Base::kept_count_;
    using Base::layout_;
    using Base::loan_;

    /// Of one round of deliveries, a bit for each ring.
    struct Reach {
        uint32_t reached = 0;
        uint32_t closed  = 0;
        uint32_t full    = 0;
    };

    /// The borrowed slot has been offered to `rings`, with that outcome. `position`: in the history, where there is one.
    void park(uint32_t rings, Reach const& reach, uint64_t position = 0) noexcept
    {
        pending_   = loan_;
        unsettled_ = rings;
        position_  = position;
        loan_      = {};
        account(reach);
    }

    /// In a full ring, that is to have it: whom it waits for. Returns: whether that subscriber has left.
    bool wait_for_reader(uint32_t ring) noexcept
    {
        readers_[ring] = reader_of(ring);
        return readers_[ring] == 0;
    }

    /// Those that a message must find room in.
    uint32_t in_question() noexcept
    {
        if constexpr (keeps_history<L>) {
            if (layout_.history() != 0) {
                return LiveSet<P, L>(layout_).read_with_arriving();
            }
        }
        return LiveSet<P, L>(layout_).read();
    }

    /// Of these `rings`; takes those out that are being closed: their subscribers have left.
    uint32_t without_room(uint32_t& rings) noexcept
    {
        uint32_t full = 0;
        for (uint32_t ring = 0, rest = rings; rest != 0; ++ring, rest >>= 1) {
            if ((rest & 1) == 0 || has_room(ring)) {
                continue;
            }
            (reader_of(ring) == 0 ? rings : full) ^= 1U << ring;
        }
        return full;
    }

    /// None has it, though its bits are set. The generation rises with the bits taken back: the next offer of this slot must not be the
    /// word that a sweep of now has judged without the note.
    void take_back() noexcept
    {
        loan_.generation = (loan_.generation + 1) & low_bits(P::generation_bits);
        // edge KEPT (release) -> Sweep::read_references: the owner, as Sender::take_idle. Nobody else changes this word: its bits are
        // those of rings that do not have the slot, covered by the note
        layout_.slot(loan_.slot)
            .references.store(References::make(loan_.generation, References::kept), std::memory_order_release);
        claims_.published();
    }

private:
    /// The borrowed one; goes no further where the first ring is full.
    Reach deliver(uint32_t rings) noexcept
    {
        Reach reach;
        for (uint32_t ring = 0; rings != 0; ++ring, rings >>= 1) {
            if ((rings & 1) == 0) {
                continue;
            }
            bool const      first = reach.reached == 0;
            Delivered const kind  = Ring<P, L>(layout_, ring).template deliver<false>(loan_.slot, claims_);
            note(reach, ring, kind, kind == Delivered::Full && wait_for_reader(ring));
            if (first && reach.reached != 0) { // from here on it is not taken back
                Base::count_sent();
            }
            if (reach.full != 0 && reach.reached == 0) {
                break;
            }
        }
        return reach;
    }

    template <bool Overwrites>
    Reach deliver_pending() noexcept
    {
        Reach reach;
        for (uint32_t ring = 0, rest = unsettled_; rest != 0; ++ring, rest >>= 1) {
            if ((rest & 1) != 0) {
                auto const      stands = [&] { return reader_of(ring) == readers_[ring] && is_admitted(ring); };
                Delivered const kind =
                    Ring<P, L>(layout_, ring).template deliver_while<Overwrites>(pending_.slot, claims_, stands);
                note(reach, ring, kind, kind == Delivered::Full && !stands());
            }
        }
        return reach;
    }

    /// `has_left`: of a full ring, its subscriber.
    static void note(Reach& reach, uint32_t ring, Delivered kind, bool has_left) noexcept
    {
        uint32_t const bit = 1U << ring;
        if (kind == Delivered::No || (kind == Delivered::Full && has_left)) {
            reach.closed |= bit;
        } else if (kind == Delivered::Full) {
            reach.full |= bit;
        } else {
            reach.reached |= bit;
        }
    }

    /// What a round of deliveries has done for the pending message.
    void account(Reach const& reach) noexcept
    {
        if (reach.closed != 0) { // while the note stands: a sweep would take them for orphans
            release_references<P, L>(layout_, pending_.slot, reach.closed);
        }
        unsettled_ &= ~(reach.reached | reach.closed);
        if (unsettled_ == 0) {
            claims_.published();
        }
        Doorbell<P, L>(layout_).ring(reach.reached);
        if (unsettled_ == 0) {
            keep_settled();
        }
    }

    /// It may keep the settled one if that, with the one borrowed meanwhile, is within its share.
    void keep_settled() noexcept
    {
        Loan const borrowed = loan_;
        if (kept_count_ + (borrowed ? 1 : 0) < keep_) {
            loan_ = pending_;
            Base::keep();
            loan_ = borrowed;
        } else {
            Base::let_go(pending_);
        }
        pending_ = {};
    }

    /// Of what is pending: whether that ring's subscriber gets it by this publisher. One that has the ring meanwhile does not.
    bool is_admitted(uint32_t ring) noexcept
    {
        if constexpr (keeps_history<L>) {
            if (layout_.history() != 0) {
                return Cut<P, L>(layout_, ring).admits(position_);
            }
        }
        (void)ring;
        return true;
    }

    /// The last places of its first lap are a newcomer's, as long as it fills them.
    bool has_room(uint32_t ring) noexcept
    {
        Ring<P, L> const there(layout_, ring);
        if constexpr (keeps_history<L>) {
            if (layout_.history() != 0 && (LiveSet<P, L>(layout_).read_arriving() >> ring & 1U) != 0 &&
                there.has_begun(layout_.capacity() - layout_.history())) {
                return false;
            }
        }
        return there.has_room();
    }

    /// The incarnation of its subscriber; 0 where it leaves. Asked of a full ring: where its owner is stopped half-way through leaving, no place
    /// would ever come free. A newer seat cannot be meant where this sender has delivered to it: its owner word is older than its entries (edges
    /// OWNER, REOPEN).
    uint64_t reader_of(uint32_t ring) noexcept
    {
        uint64_t const         owner = Ownership<P>(layout_.ring(ring).owner).read();
        OwnerWord::State const state = OwnerWord::state(owner);
        bool const             stays = state != OwnerWord::Draining && state != OwnerWord::Free;
        return stays ? OwnerWord::incarnation(owner) : 0;
    }

    Loan     pending_;
    uint32_t unsettled_ = 0;                     ///< of the pending one, the rings that do not have it
    uint64_t position_  = 0;                     ///< of the pending one, in the history
    uint64_t readers_[References::most_rings]{}; ///< of rings that were full: the incarnations of their subscribers
};

} // namespace core
} // namespace kickmsg
