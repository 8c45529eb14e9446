/// The publisher's end: borrows slots from the pool and delivers them to every live ring.
///
/// Threads:   one per Sender.
/// Invariant: a slot from the pop until this sender lets go of it carries the kept bit, with this sender as its owner.
///            A ring bit that is not delivered yet is covered by the PUBLISH note.
/// Cost:      one delivery per live ring while one of the two slots kept longest is idle: as many read-modify-writes as live
///            rings. Otherwise a pop, and letting go of the one kept longest (of the published one, where it keeps none).
/// Proof: lib/test/Send_test.cc, lib/test/Kept_test.cc, lib/test/LeftBehind_test.cc; models references_two_rings, pressure_eviction, kept_reuse, kept_sweep, kept_two_sweepers, allocate_publish_abandon, death_of_lender, deadly_traffic; sweep send_to_nobody, send_to_three, send_reusing_kept, send_reusing_second, send_letting_go, send_letting_go_of_idle, send_under_pressure, send_past_what_others_keep, leave_with_kept, allocate_publish, allocate_abandon; budget send, exchange
#pragma once

#include "kickmsg/core/LiveSet.h"
#include "kickmsg/core/Ring.h"
#include "kickmsg/core/SentCount.h"

namespace kickmsg {
namespace core {

template <class P, class L>
class Sender {
public:
    static constexpr uint32_t keep_limit = 64;
    static constexpr uint32_t glance     = 2; ///< kept slots looked at before the pool is asked
    static constexpr uint32_t kept_share = 4; ///< of the pool, all publishers keep one part in so many at most

    /// `keep`: how many slots it may keep, the one that is being written included. 0: none beyond its publication.
    Sender(L& layout, Self self, uint32_t keep) noexcept
        : layout_(layout), claims_(layout.record(self.record)), count_(layout.record(self.record)), self_(self),
          keep_(keep < keep_limit ? keep : keep_limit), before_(count_.begin(self.incarnation)),
          watch_mask_(layout.capacity() < 4 ? 0 : layout.capacity() / 4 - 1)
    {
    }

    /// Makes sure of a slot to write to: the one that it has kept longest, if nobody needs it any more; else a free one.
    /// Returns: false when none that it keeps is idle and the pool is empty.
    bool borrow() noexcept
    {
        return loan_ || (kept_count_ >= keep_ && take_idle(glance)) || pop() || take_idle(kept_count_);
    }

    /// The same on an empty pool: gives up the oldest unread messages of the fullest rings until a slot is free, so
    /// that a stopped subscriber starves nobody.
    bool borrow_by_eviction() noexcept
    {
        uint64_t messages = uint64_t{layout_.ring_count()} * layout_.capacity();
        if constexpr (keeps_history<L>) {
            messages += layout_.history() != 0 ? HiddenRing<L>(layout_).capacity() : 0;
        }
        for (uint64_t turn = 0; turn <= messages && !borrow(); ++turn) {
            if (!evict_from_fullest() && !evict_from_history()) {
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
        label(header, length);
        count_sent();
        uint32_t const live = LiveSet<P, L>(layout_).read();
        if (live == 0) {
            if (keep_ == 0) {
                give_back();
            }
            return 0;
        }
        claims_.publish(loan_.slot);
        // edge KEPT (release) -> Sweep::read_references: the PUBLISH note and the owner; before the first delivery, so
        // that a subscriber's drop finds its bit. Nobody else changes a word that has the kept bit of the living alone
        header.references.store(References::make(loan_.generation, References::kept | live), std::memory_order_release);
        Delivery const done = deliver(live);
        if (done.closed != 0) { // while the note stands: a sweep would take them for orphans
            release_references<P, L>(layout_, loan_.slot, done.closed);
        }
        claims_.published();
        // after the last delivery, so that no process that is woken takes the processor from this one between two
        Doorbell<P, L>(layout_).ring(live & ~done.closed);
        keep();
        watch_overwritten(done.full);
        return done.reached;
    }

    /// Returns the borrowed slot to the pool.
    void abandon() noexcept
    {
        if (loan_) {
            let_go(loan_);
            loan_ = {};
        }
    }

    /// The same where it may keep none: others need it. Else it is as good as one that was published.
    void abandon_if_needed() noexcept
    {
        if (keep_ == 0) {
            abandon();
        }
    }

    /// Returns all slots to the pool, the unpublished one included.
    void give_back() noexcept
    {
        abandon();
        while (kept_count_ != 0) {
            let_go(remove_kept(0));
        }
    }

    /// The rings, a bit each, of which nobody took anything while three quarters of a lap or more were overwritten: a reason to ask whether
    /// their subscribers are alive. Known before this sender has overwritten more than a lap. Each is named again a lap later, then
    /// two, four, and so on. Forgets them.
    uint32_t take_lapped() noexcept
    {
        uint32_t const lapped = lapped_;
        lapped_               = 0;
        return lapped;
    }

    /// Messages that it has sent, those to nobody included: the number of the last one.
    uint64_t sent() const noexcept
    {
        return sent_;
    }

    /// Slots that were published and are kept, the oldest first.
    uint32_t kept_count() const noexcept
    {
        return kept_count_;
    }
    Loan kept(uint32_t index) const noexcept
    {
        return kept_[(oldest_ + index) % keep_limit];
    }

protected:
    using References = core::References<P>;

    /// What the borrowed slot says of the message that is sent next. The slot has its publisher's incarnation since the pop.
    void label(SlotHeader<P>& header, uint32_t length) noexcept
    {
        uint64_t const number = sent_ + 1;
        // relaxed: published by the delivery (edge DELIVER)
        header.length.store(length, std::memory_order_relaxed);
        // relaxed: as above
        header.sequence.store(OriginWord<P>::low(number), std::memory_order_relaxed);
        if (OriginWord<P>::high(number) != 0) {
            // relaxed: as above; to a sweep it is the same owner
            header.owner.store(OriginWord<P>::make(number, self_.incarnation), std::memory_order_relaxed);
        }
    }

    void count_sent() noexcept
    {
        ++sent_;
        count_.set(before_ + sent_);
    }

    /// After a publication.
    void keep() noexcept
    {
        if (keep_ == 0) {
            let_go(loan_);
        } else {
            place(kept_count_) = loan_;
            ++kept_count_;
            prefetch_to_write(&layout_.slot(place(0).slot)); // looked at first next time; its last reader has it
        }
        loan_ = {};
    }

    void let_go(Loan const& slot) noexcept
    {
        claims_.drop(slot.slot);
        release_references<P, L>(layout_, slot.slot, References::kept);
        claims_.clear();
    }

    /// Looks, now and then, at rings in which a message was overwritten that nobody had read.
    void watch_overwritten(uint32_t rings) noexcept
    {
        if (rings != 0 && (overwrites_++ & watch_mask_) == 0) {
            watch(rings);
        }
    }

    L&           layout_;
    Claims<P>    claims_;
    SentCount<P> count_;
    Self         self_;
    uint32_t     keep_;
    uint32_t     kept_count_ = 0;
    uint32_t     oldest_     = 0; ///< its place
    uint64_t     before_;         ///< sent by those that had the record before
    uint64_t     sent_ = 0;
    Loan         loan_;

private:
    static constexpr uint32_t most_laps = 1024; ///< between two questions about a subscriber that lives

    struct Delivery {
        uint32_t reached = 0; ///< rings
        uint32_t closed  = 0; ///< rings that were found closed, a bit each
        uint32_t full    = 0; ///< rings in which a message was overwritten that nobody had read, a bit each
    };

    Delivery deliver(uint32_t live) noexcept
    {
        Delivery        done;
        SlotIndex const slot = loan_.slot;
        for (uint32_t ring = 0; live != 0; ++ring, live >>= 1) {
            if ((live & 1) == 0) {
                continue;
            }
            Delivered const kind = Ring<P, L>(layout_, ring).deliver(slot, claims_);
            done.reached += kind != Delivered::No ? 1 : 0;
            if (kind == Delivered::Overwrote) {
                done.full |= 1U << ring;
            } else if (kind == Delivered::No) {
                done.closed |= 1U << ring;
            }
        }
        return done;
    }

    /// Of a ring whose subscriber takes nothing.
    struct Standstill {
        uint64_t taken = 0; ///< what the subscriber has taken
        uint64_t until = 0; ///< the tail at which to ask about it
        uint32_t laps  = 0; ///< from there to the time after it. 0: not watched
    };

    KICKMSG_COLD void watch(uint32_t rings) noexcept
    {
        for (uint32_t ring = 0; rings != 0; ++ring, rings >>= 1) {
            if ((rings & 1) != 0 && is_lapped(layout_.ring(ring), standstills_[ring])) {
                lapped_ |= 1U << ring;
            }
        }
    }

    bool is_lapped(RingHeader<P>& ring, Standstill& seen) noexcept
    {
        // relaxed: hints on when to ask
        uint64_t const taken = ring.position.load(std::memory_order_relaxed);
        // relaxed: as above
        uint64_t const tail = ring.tail.load(std::memory_order_relaxed);
        int64_t const  left = static_cast<int64_t>(seen.until - tail);
        if (seen.laps == 0 || seen.taken != taken ||
            left > most_laps * int64_t{layout_.capacity()}) { // or a tail overwritten
            seen = {taken, tail + layout_.capacity() - layout_.capacity() / 4, 1};
            return false;
        }
        if (left > 0) {
            return false;
        }
        seen.until = tail + uint64_t{seen.laps} * layout_.capacity();
        seen.laps  = seen.laps < most_laps ? 2 * seen.laps : most_laps;
        return true;
    }

    /// Of a slot that it keeps, whose references are `seen`: where a history is kept, newcomers have raised it.
    static uint64_t generation_of(Loan const& kept, uint64_t seen) noexcept
    {
        return keeps_history<L> ? References::generation(seen) : kept.generation;
    }

    /// Looks at up to `looks` of the slots that it keeps, the oldest first, for one that nobody else needs any more.
    /// Returns: whether there was one.
    bool take_idle(uint32_t looks) noexcept
    {
        for (uint32_t i = 0; i < looks && i < kept_count_; ++i) {
            Loan const candidate  = kept(i);
            auto&      references = layout_.slot(candidate.slot).references;
            // edge DROP (acquire) <- release_references, Sweep::exchange: every dropper's use of the payload
            uint64_t const seen = references.load(std::memory_order_acquire);
            if (seen == References::make(generation_of(candidate, seen), References::kept)) {
                remove_kept(i);
                loan_ = {candidate.slot, (generation_of(candidate, seen) + 1) & low_bits(P::generation_bits)};
                // edge KEPT (release) -> Sweep::read_references: the owner (a later relaxed store would be no part of the
                // release sequence of the pop's). The generation rises, so that no sweep that judged an earlier
                // publication of this slot can succeed
                references.store(References::make(loan_.generation, References::kept), std::memory_order_release);
                return true;
            }
        }
        return false;
    }

    /// A slot of the pool; it lets go of the one that it has kept longest where it keeps its share already.
    bool pop() noexcept
    {
        loan_ = FreeStack<P, L>(layout_).pop(claims_, self_.incarnation);
        if (loan_ && kept_count_ != 0 && kept_count_ >= keep_) {
            let_go(remove_kept(0));
        }
        return static_cast<bool>(loan_);
    }

    /// Those that were kept longer move up.
    Loan remove_kept(uint32_t index) noexcept
    {
        Loan const removed = place(index);
        for (; index != 0; --index) {
            place(index) = place(index - 1);
        }
        ++oldest_;
        --kept_count_;
        return removed;
    }

    Loan& place(uint32_t index) noexcept
    {
        return kept_[(oldest_ + index) % keep_limit];
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
        uint64_t passing  = may_be_kept(most);
        Evicted  given_up = most != 0 ? Ring<P, L>(layout_, fullest).evict_oldest(claims_, passing) : Evicted{};
        if (!given_up) { // the hints lag, or a subscriber has passed over what it left full
            passing  = self_.incarnation;
            given_up = evict_from_any(live);
        }
        if (given_up && given_up.slot < layout_.pool_size()) {
            // relaxed: where to look; each eviction is an exchange of its own
            uint64_t const references = layout_.slot(given_up.slot).references.load(std::memory_order_relaxed);
            evict_elsewhere(given_up, live & References::rings(references), passing);
        }
        return static_cast<bool>(given_up);
    }

    /// Gives up the oldest message of the history, where nothing else frees a slot: what the history has, rings are not asked to give up.
    /// Returns: false where there is none.
    bool evict_from_history() noexcept
    {
        if constexpr (keeps_history<L>) {
            if (layout_.history() != 0) {
                HiddenRing<L> hidden(layout_);
                return static_cast<bool>(Ring<P, HiddenRing<L>>(hidden, References::history).evict_thoroughly(claims_));
            }
        }
        return false;
    }

    /// What other publishers keep may be all of so few unread messages: then it is passed by, for nothing comes free by it. Of more it is
    /// not, or the messages that came first would stay, with the places that are emptied behind them, and each eviction walk over both.
    uint64_t may_be_kept(uint32_t unread) const noexcept
    {
        return unread <= layout_.pool_size() / kept_share ? self_.incarnation : 0;
    }

    Evicted evict_from_any(uint32_t live) noexcept
    {
        for (uint32_t ring = 0; ring < layout_.ring_count(); ++ring) {
            Evicted const given_up = (live >> ring & 1U) != 0
                                         ? Ring<P, L>(layout_, ring).evict_thoroughly(claims_, self_.incarnation)
                                         : Evicted{};
            if (given_up) {
                return given_up;
            }
        }
        return {};
    }

    void evict_elsewhere(Evicted const& given_up, uint32_t rings, uint64_t passing) noexcept
    {
        for (uint32_t ring = 0; ring < layout_.ring_count(); ++ring) {
            if ((rings >> ring & 1U) != 0) {
                Ring<P, L>(layout_, ring).evict_oldest(claims_, given_up, passing);
            }
        }
    }

    Loan     kept_[keep_limit]; ///< published, from the oldest on, round a circle
    uint32_t lapped_     = 0;
    uint32_t overwrites_ = 0; ///< publications that overwrote something unread
    uint32_t watch_mask_;     ///< four looks a lap

    Standstill standstills_[References::most_rings];
};

} // namespace core
} // namespace kickmsg
