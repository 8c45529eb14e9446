/// The publisher's end: borrows slots from the pool and delivers them to every live ring.
///
/// Threads:   one per Sender.
/// Invariant: a slot from allocation until the last ring got it carries this sender's loan.
/// Cost:      one slot pop, one delivery per live ring, one drop of the loan: 2 + live rings read-modify-writes.
/// Proof: lib/test/Send_test.cc, lib/test/LeftBehind_test.cc; models references_two_rings, pressure_eviction, publish_ahead, allocate_publish_abandon, death_of_lender, deadly_traffic; sweep send_to_nobody, send_to_three, send_popped_ahead, send_under_pressure, allocate_publish, allocate_abandon; budget send, exchange
#pragma once

#include "kickmsg/core/LiveSet.h"
#include "kickmsg/core/Ring.h"

namespace kickmsg {
namespace core {

template <class P, class L>
class Sender {
public:
    /// `ahead`: keep the next slot popped after each publish, off the path of the message.
    Sender(L& layout, Self self, bool ahead) noexcept
        : layout_(layout), claims_(layout.record(self.record)), self_(self), ahead_(ahead)
    {
    }

    /// Makes sure of a slot to write to. Returns: false when the pool is empty.
    bool borrow() noexcept
    {
        if (!loan_) {
            loan_ = FreeStack<P, L>(layout_).pop(claims_, self_.incarnation);
        }
        return static_cast<bool>(loan_);
    }

    /// The same on an empty pool: gives up the oldest unread messages of the fullest rings until a slot is free, so
    /// that a stopped subscriber starves nobody.
    bool borrow_by_eviction() noexcept
    {
        uint64_t const messages = uint64_t{layout_.ring_count()} * layout_.capacity();
        for (uint64_t turn = 0; turn <= messages && !borrow(); ++turn) {
            if (!evict_from_fullest()) {
                break;
            }
        }
        return borrow();
    }

    SlotIndex slot() const noexcept
    {
        return loan_.slot;
    }

    /// Delivers the borrowed slot, its payload written. Returns: rings reached.
    uint32_t publish(uint32_t length) noexcept
    {
        auto& header = layout_.slot(loan_.slot);
        // relaxed: published by the delivery (edge DELIVER)
        header.length.store(length, std::memory_order_relaxed);
        uint32_t const live = LiveSet<P, L>(layout_).read();
        if (live == 0) {
            if (!ahead_) {
                give_back();
            }
            return 0;
        }
        // edge LOAN (release) -> Sweep::read_references: the loan's owner; before the first delivery, so that a
        // subscriber's drop finds its bit
        header.references.store(References::make(loan_.generation, References::loan | live), std::memory_order_release);
        Delivery const done = deliver(live);
        drop(References::loan | done.closed);
        if (ahead_ && borrow()) {
            P::prefetch_for_write(&layout_.slot(loan_.slot));
        }
        return done.reached;
    }

    /// Returns an unpublished slot to the pool.
    void give_back() noexcept
    {
        if (loan_) {
            drop(References::loan);
        }
    }

private:
    using References = core::References<P>;

    struct Delivery {
        uint32_t closed  = 0; ///< rings that were found closed, a bit each
        uint32_t reached = 0; ///< how many others
    };

    Delivery deliver(uint32_t live) noexcept
    {
        Delivery        done;
        SlotIndex const slot = loan_.slot;
        for (uint32_t ring = 0; live != 0; ++ring, live >>= 1) {
            if ((live & 1) == 0) {
                continue;
            }
            if (Ring<P, L>(layout_, ring).deliver(slot, claims_)) {
                ++done.reached;
            } else {
                done.closed |= 1U << ring;
            }
        }
        return done;
    }

    void drop(uint64_t holders) noexcept
    {
        claims_.drop(loan_.slot);
        release_references<P, L>(layout_, loan_.slot, holders);
        claims_.clear();
        loan_ = {};
    }

    /// Gives up the oldest unread message of the fullest ring, chosen by hints. Rings of one region hold the same messages, and the
    /// slot is free when the last of them has let go of it: where it is the oldest of another ring, it is given up there, too.
    /// Returns: false when no ring has an unread message.
    bool evict_from_fullest() noexcept
    {
        uint32_t const live    = LiveSet<P, L>(layout_).read();
        uint32_t       fullest = 0;
        uint32_t       most    = 0;
        for (uint32_t ring = 0; ring < layout_.ring_count(); ++ring) {
            uint32_t const found = (live >> ring & 1U) != 0 ? Ring<P, L>(layout_, ring).backlog() : 0;
            if (found > most) {
                fullest = ring;
                most    = found;
            }
        }
        Evicted const given_up = most != 0 ? Ring<P, L>(layout_, fullest).evict_oldest(claims_) : Evicted{};
        if (!given_up) {
            return evict_from_any(live); // the hints lag, or a subscriber has passed over what it left full
        }
        if (given_up.slot < layout_.pool_size()) {
            // relaxed: where to look; each eviction is an exchange of its own
            uint64_t const references = layout_.slot(given_up.slot).references.load(std::memory_order_relaxed);
            evict_elsewhere(given_up, live & References::rings(references));
        }
        return true;
    }

    bool evict_from_any(uint32_t live) noexcept
    {
        for (uint32_t ring = 0; ring < layout_.ring_count(); ++ring) {
            if ((live >> ring & 1U) != 0 && Ring<P, L>(layout_, ring).evict_thoroughly(claims_)) {
                return true;
            }
        }
        return false;
    }

    void evict_elsewhere(Evicted const& given_up, uint32_t rings) noexcept
    {
        for (uint32_t ring = 0; ring < layout_.ring_count(); ++ring) {
            if ((rings >> ring & 1U) != 0) {
                Ring<P, L>(layout_, ring).evict_oldest(claims_, given_up);
            }
        }
    }

    L&        layout_;
    Claims<P> claims_;
    Self      self_;
    bool      ahead_;
    Loan      loan_;
};

} // namespace core
} // namespace kickmsg
