/// A publisher's end that delivers to one subscriber, and to nobody else: a request to one server, an answer to the one that asked.
///
///   post:     note, set the bit of the ring, deliver where the seat is still the one that is meant and a place is free. Else the message is taken
///             back, and stays borrowed.
///   withdraw: take the message out of the ring again, where nobody has read it.
///
/// Several slots may be out at once: take_out() sets a borrowed one aside, put_in() makes it the borrowed one again.
///
/// Threads:   one per DirectedSender.
/// Invariant: a message is delivered in the seat of its addressee or in none: a seat's word is never used twice (Ring::deliver_to). A slot that is set
///            aside carries the kept bit, and so is this publisher's, as any that is borrowed.
/// Progress:  waits for nobody: a full ring and an addressee that is gone are answers.
/// Crash:     dying inside leaves what Sender::publish() leaves.
/// Proof: lib/test/DirectedSender_test.cc, lib/test/Service_test.cc; models directed_newcomer, directed_chosen, directed_two, directed_withdrawn, directed_death_of_publisher, directed_death_of_subscriber; sweep post_to_one, post_taken_back, post_beside_another, post_withdrawn, post_withdrawn_late; budget none (not on the path of a message to all)
#pragma once

#include "kickmsg/core/ReliableSender.h"

namespace kickmsg {
namespace core {

/// A subscriber, by the ring that it has and the owner word that stands there while it has it.
struct Address {
    uint32_t ring  = 0;
    uint64_t owner = 0; ///< 0: none

    explicit operator bool() const noexcept
    {
        return owner != 0;
    }
};

/// What became of a message to one subscriber.
enum class Posted : uint8_t {
    Delivered,
    Full, ///< refused: no place is free in its ring
    Gone, ///< refused: it has left, or was recovered
};

/// Where a message lies until it is read.
struct Receipt {
    uint32_t  ring     = 0;
    SlotIndex slot     = no_slot;
    uint64_t  position = 0;
};

template <class P, class L>
class DirectedSender : public ReliableSender<P, L> {
    using Base = ReliableSender<P, L>;

public:
    using Base::Base;

    /// Whoever opened that ring last; it may be joining still, or have left.
    static Address last_in(L& layout, uint32_t ring) noexcept
    {
        // relaxed: a hint; a delivery looks again
        return {ring, layout.ring(ring).seat.load(std::memory_order_relaxed)};
    }

    /// Whether `to` has its ring by the two words that publishers have at hand. Where they say so it may have begun to leave; where they
    /// do not it may still be joining.
    static bool seems_there(L& layout, Address const& to) noexcept
    {
        return last_in(layout, to.ring).owner == to.owner && (LiveSet<P, L>(layout).read() >> to.ring & 1U) != 0;
    }

    /// Whether `to` has its ring, by the ring's owner word, which is in a line that its subscriber writes with each message. False: it has
    /// left, or was recovered; what it had delivered before is seen (edge OWNER).
    static bool is_there(L& layout, Address const& to) noexcept
    {
        uint64_t const word = Ownership<P>(layout.ring(to.ring).owner).read();
        return word == to.owner || word == OwnerWord::make(OwnerWord::Joining, OwnerWord::record(to.owner),
                                                           OwnerWord::incarnation(to.owner));
    }

    /// Delivers the borrowed slot, its payload written, to `to`; `receipt` says where. Refused, it stays borrowed.
    /// Nothing is pending before.
    Posted post(Address const& to, uint32_t length, Receipt& receipt) noexcept
    {
        Ring<P, L> ring(layout_, to.ring);
        if (!ring.has_room()) {
            return refusal(to);
        }
        auto& header = layout_.slot(loan_.slot);
        Base::label(header, length);
        claims_.publish(loan_.slot);
        // edge KEPT (release) -> Sweep::read_references: the PUBLISH note and the owner; before the delivery, as Sender::publish
        header.references.store(References::make(loan_.generation, References::kept | References::ring(to.ring)),
                                std::memory_order_release);
        Addressee       addressee{to.owner};
        Delivered const kind = ring.deliver_to(addressee, loan_.slot, claims_);
        if (kind == Delivered::No || kind == Delivered::Full) {
            Base::take_back();
            return kind == Delivered::Full ? refusal(to) : Posted::Gone;
        }
        Base::count_sent(); // from here on it counts, also where it is withdrawn
        claims_.published();
        receipt = {to.ring, loan_.slot, addressee.position};
        Doorbell<P, L>(layout_).ring(1U << to.ring);
        keep_within_share();
        return Posted::Delivered;
    }

    /// Returns: whether the message has been taken out of its ring: nobody has read it, or will.
    bool withdraw(Receipt const& receipt) noexcept
    {
        return Ring<P, L>(layout_, receipt.ring).withdraw(receipt.position, receipt.slot, claims_);
    }

    /// Sets the borrowed slot aside.
    Loan take_out() noexcept
    {
        Loan const out = loan_;
        loan_          = {};
        return out;
    }
    /// A slot that was set aside is the borrowed one again. None is borrowed before.
    void put_in(Loan const& loan) noexcept
    {
        loan_ = loan;
    }

protected:
    using References = typename Base::References;
    using Base::claims_;
    using Base::keep_;
    using Base::kept_count_;
    using Base::layout_;
    using Base::loan_;

private:
    /// In a full ring: one whose subscriber is stopped half-way through leaving gets no room any more.
    Posted refusal(Address const& to) noexcept
    {
        return is_there(layout_, to) ? Posted::Full : Posted::Gone;
    }

    /// With slots set aside more may be published one after the other than may be kept.
    void keep_within_share() noexcept
    {
        if (kept_count_ < keep_) {
            Base::keep();
        } else {
            Base::let_go(loan_);
            loan_ = {};
        }
    }
};

} // namespace core
} // namespace kickmsg
