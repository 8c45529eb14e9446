/// One pass over all slots that enforces the accounting invariant: whatever no living participant accounts for is taken
/// back. It needs no record of what the dead were doing.
///
/// Order matters: references, PUBLISH notes, entries, hold maps, working claims, stack. A reference moves PUBLISH note -> entry ->
/// hold or EVICT claim -> cleared, and the pass reads in that direction, so that none slips by; what it judges it changes by
/// one compare-and-swap from the very word it judged (the generation makes it exact). The proof of a publisher's death is asked
/// after the PUBLISH note that it left, and before the entries that it may still fill; the owner of a kept bit may be asked at
/// any time after the word.
///
/// A newcomer's ADOPT note is read where the PUBLISH notes are: its bit moves note -> entry, and then as any other. A slot that it drops and
/// pushes while the note stands was read as free after the note was set: no second reading is needed of it.
///
/// What a living participant may be about to let go of (a claim, a PUBLISH note, a mark in motion) can hide an orphan of the dead for a
/// moment. Such a pass is not complete: it is `covered`, and a sweep stays owed.
///
/// A free slot is lost when it is neither on the stack nor noted by the living. Three reads rule out the rest: claims,
/// then a snapshot of the stack, then the claims again.
///   - freed by a living process before the first reading of claims: on the stack by then, or popped again
///   - freed later: that process's claim stood at the first reading
///   - popped before the snapshot, its kept bit not set yet: the popper's claim stands at the second reading
///   - popped since, its kept bit set: its generation has risen, the compare-and-swap fails
/// The snapshot is exact though others push and pop: a link tells by its tag whether it was written since the head was
/// read, for a slot popped since can only get links whose tags follow that head's.
/// Proof: lib/test/Sweep_test.cc, lib/test/Accounting_test.cc; models sweep_against_popper, sweep_against_juggler, walk_against_pushers, two_sweepers, kept_sweep, kept_two_sweepers, reclaim_alone, adopt, incarnations_record, death_of_subscriber, deadly_traffic, diagnose_traffic; sweep recover, recover_kept, reclaim_orphaned_slots; budget none (recovery only)
#pragma once

#include "kickmsg/core/Covers.h"
#include "kickmsg/core/Cut.h"
#include "kickmsg/core/FreeStack.h"
#include "kickmsg/core/Ownership.h"

namespace kickmsg {
namespace core {

/// What a pass knows of one slot. The caller provides pool_size() of them; nothing is allocated here.
struct SlotNote {
    uint64_t references; ///< as read first
    uint64_t link;       ///< as on the stack
    uint32_t rings;      ///< references that are accounted for
    uint32_t moving;     ///< those of them that only something in motion accounts for
    bool     kept;       ///< by a living participant
    uint32_t publishing; ///< which note of the living covers its delivery, as in Covers
    bool     noted;      ///< named by a claim or a hold map of the living
    bool     stacked;    ///< seen on the stack
    uint32_t cover;      ///< which word of the living names it, as in Covers; one in motion, where there is one
};

struct SweepCounts {
    uint64_t references = 0;
    uint64_t slots      = 0;     ///< gone back to the pool
    uint64_t orphans    = 0;     ///< slots found with something unaccounted
    bool     again      = false; ///< something moved while it was judged: another pass is needed
    bool     unclosed   = false; ///< a ring of the dead holds references: nothing to do before it is closed
    bool     covered    = false; ///< something of the living in motion may hide an orphan: look again, or later
};

template <class P, class L, class Env>
class Sweep {
public:
    Sweep(L& layout, Env& env, SlotNote* notes) noexcept : layout_(layout), env_(env), notes_(notes) {}

    /// Takes back what is orphaned; `claims` covers the sweeper itself. `covers` gets what has to be left.
    SweepCounts repair(Claims<P>& claims, Covers<P, L>* covers = nullptr) noexcept
    {
        covers_ = covers;
        if (covers != nullptr) {
            covers->begin();
        }
        return pass(&claims);
    }

    /// Counts it, and changes nothing.
    SweepCounts inspect() noexcept
    {
        covers_ = nullptr;
        return pass(nullptr);
    }

private:
    using Word       = TaggedSlot<P>;
    using References = core::References<P>;
    using Entry      = EntryWord<P>;

    SweepCounts pass(Claims<P>* claims) noexcept
    {
        counts_ = {};
        read_references();
        read_publishing();
        read_entries();
        read_history();
        read_notes();
        bool const stack_known = walk_all();
        for (SlotIndex slot = 0; slot < layout_.pool_size(); ++slot) {
            if (References::holders(notes_[slot].references) != 0) {
                judge_held(slot, claims);
            } else if (stack_known && !notes_[slot].stacked) {
                judge_free(slot, claims);
            }
        }
        counts_.again = counts_.again || !stack_known;
        return counts_;
    }

    void read_references() noexcept
    {
        for (SlotIndex slot = 0; slot < layout_.pool_size(); ++slot) {
            notes_[slot] = {};
            // edge KEPT (acquire) <- FreeStack::lend, Sender::take_idle, Sender::publish, ReliableSender::offer,
            // ReliableSender::take_back, HistorySender::publish_and_remember, HistorySender::offer_and_remember,
            // Newcomer::add_reader: the owner, the PUBLISH or ADOPT note
            // edge DROP (acquire) <- release_references: the dropper's claim or hold mark
            notes_[slot].references = layout_.slot(slot).references.load(std::memory_order_acquire);
            if ((notes_[slot].references & References::kept) != 0) {
                // relaxed: at least as new as the kept bit that was read (edge KEPT); if newer, the exchange fails
                uint64_t const word  = layout_.slot(slot).owner.load(std::memory_order_relaxed);
                uint64_t const owner = OriginWord<P>::incarnation(word);
                notes_[slot].kept    = env_.is_alive(owner);
            }
        }
    }

    /// A reader of ring bits sees the note that was stored before them, or a later value: stored after the deliveries.
    void read_publishing() noexcept
    {
        for (uint32_t record = 0; record < layout_.record_count(); ++record) {
            // edge PUBLISH (acquire) <- Claims::publish, Claims::adopt, Claims::published, Registry::clear_notes: the deliveries
            // of what was published before, the places that a newcomer has filled
            uint64_t const  claim = layout_.record(record).publishing.load(std::memory_order_acquire);
            SlotIndex const slot  = ClaimWord::slot(claim);
            if (ClaimWord::kind(claim) == ClaimWord::Publish && slot < layout_.pool_size() && is_living(record)) {
                add(notes_[slot].publishing, Covers<P, L>::publishing_of(record));
            } else if (keeps_history<L> && ClaimWord::kind(claim) == ClaimWord::Adopt && slot < layout_.pool_size() &&
                       is_living(record)) {
                account(slot, 1U << (ClaimWord::ring(claim) & 31U), true, Covers<P, L>::publishing_of(record));
            }
        }
    }

    void read_entries() noexcept
    {
        for (uint32_t ring = 0; ring < layout_.ring_count(); ++ring) {
            for (uint32_t i = 0; i < layout_.capacity(); ++i) {
                // edge TAKE (acquire) <- Receiver::take_from: the hold mark of the subscriber that emptied it
                // edge EVICT (acquire) <- Ring::commit, Ring::remove: the claim of the participant that emptied it
                // edge REOPEN (acquire) <- Ring::reopen
                uint64_t const word = layout_.entry(ring, i).load(std::memory_order_acquire);
                if (Entry::is_full(word) && Entry::slot(word) < layout_.pool_size()) {
                    notes_[Entry::slot(word)].rings |= 1U << ring;
                }
            }
            uint64_t const owner = Ownership<P>(layout_.ring(ring).owner).read();
            if (OwnerWord::state(owner) != OwnerWord::Free && !env_.is_alive(OwnerWord::incarnation(owner))) {
                unclosed_rings_ |= 1U << ring; // its bits wait until somebody has taken the ring over
            } else {
                unclosed_rings_ &= ~(1U << ring);
            }
        }
    }

    /// The history has no owner: its entries account for its bits as those of a ring do.
    void read_history() noexcept
    {
        if constexpr (keeps_history<L>) {
            for (uint64_t i = 0; layout_.history() != 0 && i < HiddenRing<L>(layout_).capacity(); ++i) {
                // edge EVICT (acquire) <- Ring::commit, Ring::remove: the claim of the participant that emptied it
                uint64_t const word = layout_.hidden_entry(i).load(std::memory_order_acquire);
                if (Entry::is_full(word) && Entry::slot(word) < layout_.pool_size()) {
                    notes_[Entry::slot(word)].rings |= 1U << References::history;
                }
            }
        }
    }

    bool is_living(uint32_t record) noexcept
    {
        uint64_t const word = Ownership<P>(layout_.record(record).owner).read();
        return OwnerWord::state(word) == OwnerWord::Active && env_.is_alive(OwnerWord::incarnation(word));
    }

    /// All hold maps of the living, then all their claims.
    void read_notes() noexcept
    {
        for (uint32_t record = 0; record < layout_.subscriber_count(); ++record) {
            if (is_living(record)) {
                read_holds(record);
            }
        }
        for (uint32_t record = 0; record < layout_.record_count(); ++record) {
            if (is_living(record)) {
                read_claim(record);
            }
        }
    }

    void read_holds(uint32_t record) noexcept
    {
        for (SlotIndex slot = 0; slot < layout_.pool_size(); ++slot) {
            uint32_t const mark = hold_of(record, slot);
            if (mark != 0) {
                bool const in_motion = (mark & HoldMap<P, L>::moving) != 0;
                account(slot, ring_bit(record), in_motion, Covers<P, L>::hold_of(record));
            }
        }
    }

    uint32_t hold_of(uint32_t record, SlotIndex slot) noexcept
    {
        // edge HOLD (acquire) <- HoldMap::clear: the reference has been dropped
        return layout_.hold(record, slot).load(std::memory_order_acquire);
    }

    void account(SlotIndex slot, uint32_t ring, bool in_motion, uint32_t by) noexcept
    {
        SlotNote& note = notes_[slot];
        add(note.cover, by);
        note.noted = true;
        note.moving |= in_motion ? ring & ~note.rings : 0;
        note.rings |= ring;
    }

    static void add(uint32_t& cover, uint32_t by) noexcept
    {
        cover = cover == Covers<P, L>::nothing ? by : Covers<P, L>::several;
    }

    uint32_t ring_bit(uint32_t record) noexcept
    {
        // relaxed: set before the subscriber's first take, whose mark has been seen
        return 1U << (layout_.record(record).ring.load(std::memory_order_relaxed) & 31U);
    }

    uint64_t claim_of(uint32_t record) noexcept
    {
        // edge CLAIM (acquire) <- Claims::clear, Claims::set: what the claims before it covered is done
        return layout_.record(record).claim.load(std::memory_order_acquire);
    }

    void read_claim(uint32_t record) noexcept
    {
        uint64_t const  claim = claim_of(record);
        SlotIndex const slot  = ClaimWord::slot(claim);
        if (ClaimWord::kind(claim) == ClaimWord::None || slot >= layout_.pool_size()) {
            return;
        }
        bool const evicts = ClaimWord::kind(claim) == ClaimWord::Evict;
        account(slot, evicts ? 1U << (ClaimWord::ring(claim) & 31U) : 0, true, Covers<P, L>::claim_of(record));
    }

    /// Returns: whether it is; `by` says which word names it.
    bool noted_now(SlotIndex slot, uint32_t& by) noexcept
    {
        for (uint32_t record = 0; record < layout_.record_count(); ++record) {
            if (!is_living(record)) {
                continue;
            }
            uint64_t const claim = claim_of(record);
            if (ClaimWord::kind(claim) != ClaimWord::None && ClaimWord::slot(claim) == slot) {
                by = Covers<P, L>::claim_of(record);
                return true;
            }
            if (record < layout_.subscriber_count() && hold_of(record, slot) != 0) {
                by = Covers<P, L>::hold_of(record);
                return true;
            }
        }
        return false;
    }

    /// Notes what is on the stack. Returns: false when the stack moved under every attempt, or is corrupt.
    bool walk_all() noexcept
    {
        for (uint32_t attempt = 0; attempt < walk_limit; ++attempt) {
            if (walk()) {
                return true;
            }
        }
        return false;
    }

    /// Down from the head, to the bottom or to a slot whose link is as it was: below it nothing has moved.
    /// Returns: false when a slot was met that has been popped since the head was read.
    bool walk() noexcept
    {
        // edge FREE (acquire) <- FreeStack::push: the links of every slot on the stack
        // edge POP (acquire) <- FreeStack::unlink_top: the claims of participants that popped what is no longer on it
        uint64_t const head = layout_.head().load(std::memory_order_acquire);
        SlotIndex      slot = Word::slot(head);
        for (uint32_t steps = 0; slot < layout_.pool_size(); ++steps) {
            if (steps > layout_.pool_size()) {
                layout_.report_corruption();
                return false;
            }
            // edge LINK (acquire) <- FreeStack::push: the head that a later link follows
            uint64_t const link = layout_.slot(slot).link.load(std::memory_order_acquire);
            if (is_written_since(head, link)) {
                return false;
            }
            if (notes_[slot].stacked && notes_[slot].link == link) {
                return true;
            }
            notes_[slot].stacked = true;
            notes_[slot].link    = link;
            slot                 = Word::slot(link);
        }
        return true;
    }

    /// Tags wrap, and the links at the bottom of the stack may be as old as the region: only a tag that follows `head`'s
    /// by no more than the head has moved since belongs to a later push (one more: it may not be through yet).
    bool is_written_since(uint64_t head, uint64_t link) noexcept
    {
        uint64_t const ahead = Word::operations(head, link);
        if (ahead == 0) {
            return false;
        }
        // relaxed: only how far the head has moved; edge LINK makes it no older than the one that `link` follows
        uint64_t const now = layout_.head().load(std::memory_order_relaxed);
        return now != head && ahead <= Word::operations(head, now) + 1;
    }

    /// A slot that somebody needs: what of that is accounted for?
    void judge_held(SlotIndex slot, Claims<P>* claims) noexcept
    {
        SlotNote const& note        = notes_[slot];
        uint64_t const  seen        = note.references;
        uint32_t const  unaccounted = References::rings(seen) & ~note.rings;
        bool const      publishing  = note.publishing != Covers<P, L>::nothing && unaccounted != 0;
        bool const      moving      = (References::rings(seen) & note.moving) != 0;
        uint32_t const  lost        = publishing ? 0 : unaccounted; // the note accounts for all, as long as it stands
        if (moving || publishing) {
            uint32_t by = moving ? note.cover : note.publishing;
            if (moving && publishing) {
                by = Covers<P, L>::several;
            }
            leave_covered(slot, by);
        }
        uint64_t orphan = note.kept ? 0 : seen & References::kept;
        orphan |= lost & ~unclosed_rings_;
        if (claims == nullptr) {
            orphan |= References::rings(seen) & unclosed_rings_; // reported, though only taken ring by ring
        }
        counts_.unclosed = counts_.unclosed || (lost & unclosed_rings_) != 0;
        if (orphan != 0) {
            clear_orphan(slot, seen, orphan, claims);
        }
    }

    void leave_covered(SlotIndex slot, uint32_t by) noexcept
    {
        counts_.covered = true;
        if (covers_ != nullptr) {
            covers_->note(layout_, slot, notes_[slot].references, by);
        }
    }

    void clear_orphan(SlotIndex slot, uint64_t seen, uint64_t orphan, Claims<P>* claims) noexcept
    {
        if (claims == nullptr) {
            // relaxed: diagnostics only
            counts_.orphans += layout_.slot(slot).references.load(std::memory_order_relaxed) == seen ? 1 : 0;
            return;
        }
        claims->drop(slot);
        if (exchange(slot, seen, seen & ~orphan)) {
            ++counts_.orphans;
            counts_.references += count_bits(orphan);
            if (References::holders(seen & ~orphan) == 0) {
                FreeStack<P, L>(layout_).push(slot);
                ++counts_.slots;
            }
        } else {
            counts_.again = true;
        }
        claims->clear();
    }

    /// A free slot that was not on the stack when looked at first.
    void judge_free(SlotIndex slot, Claims<P>* claims) noexcept
    {
        if (!walk_all()) {
            counts_.again = true;
            return;
        }
        if (notes_[slot].stacked) {
            return;
        }
        uint32_t by = notes_[slot].cover;
        if (notes_[slot].noted || noted_now(slot, by)) {
            leave_covered(slot, by);
            return;
        }
        uint64_t const seen = notes_[slot].references;
        if (claims == nullptr) {
            // relaxed: diagnostics only
            counts_.orphans += layout_.slot(slot).references.load(std::memory_order_relaxed) == seen ? 1 : 0;
            return;
        }
        claims->drop(slot);
        if (exchange(slot, seen, References::make(References::generation(seen) + 1, 0))) {
            FreeStack<P, L>(layout_).push(slot);
            ++counts_.orphans;
            ++counts_.slots;
        }
        claims->clear();
    }

    bool exchange(SlotIndex slot, uint64_t from, uint64_t to) noexcept
    {
        // edge DROP (acq_rel): as release_references; the same word may have come again (a kept slot, delivered and dropped,
        // is merely kept once more), so what was acquired when it was read is not enough. The release half publishes the
        // sweeper's own claim. Failure relaxed: the slot has moved on, or is judged again
        return layout_.slot(slot).references.compare_exchange_strong(from, to, std::memory_order_acq_rel,
                                                                     std::memory_order_relaxed);
    }

    /// Each attempt continues where the last one met a moving slot; only a stack that is emptied and refilled faster than
    /// it is walked, or a corrupt one, exhausts them.
    static constexpr uint32_t walk_limit = 1000;

    L&            layout_;
    Env&          env_;
    SlotNote*     notes_;
    Covers<P, L>* covers_ = nullptr;
    SweepCounts   counts_;
    uint32_t      unclosed_rings_ = 0;
};

} // namespace core
} // namespace kickmsg
