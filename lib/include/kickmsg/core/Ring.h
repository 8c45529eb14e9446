/// A subscriber's bounded ring of slot references: many publishers, one consumer, overwriting the oldest.
///
///   deliver:  find the next place (tail is a hint, the laps are the truth); one compare-and-swap of its entry from the
///             previous lap to (this lap, full, slot) is the delivery. Nothing before it shows, nothing after is needed.
///   take:     one compare-and-swap clears `full` (Receiver).
///             A publisher that overwrites nothing (ReliableSender) goes no further where that place is full.
///   deliver_to: the same, in one subscriber's seat and no other (DirectedSender).
///   withdraw: one compare-and-swap clears `full`, as a take does: so either the subscriber has the message, or its sender.
///   close:    set `sealed` in every entry; after that no delivery can succeed.
///
/// Invariant: positions are filled in order; laps never go back, over subscribers included.
/// Progress:  lock-free. A publisher stopped anywhere delays nobody.
/// Proof: lib/test/Ring_test.cc, lib/test/RingWalk_test.cc; models ring_deliver, ring_seal, ring_reopen, references_evict_take, churn_join_leave, evict_against_rejoin, death_of_publisher, death_of_leaver, deadly_traffic, wait_given_up; sweep send_to_one, send_evicting, join, leave_unread; budget send/copy, send/evicting
#pragma once

#include "kickmsg/core/Cut.h"
#include "kickmsg/core/Doorbell.h"
#include "kickmsg/core/FreeStack.h"

namespace kickmsg {
namespace core {

/// A message that was given up. Its slot number may be out of range, where the entry was overwritten.
struct Evicted {
    SlotIndex slot       = no_slot;
    uint64_t  generation = 0; ///< of the slot, then

    explicit operator bool() const noexcept
    {
        return slot != no_slot;
    }
};

/// What became of a delivery.
enum class Delivered : uint8_t {
    No,        ///< the ring is closed
    Free,      ///< its place was free
    Overwrote, ///< the place of a message that nobody had read
    Full,      ///< not: it would have overwritten one
};

/// One subscriber's seat: a message for it is delivered there or nowhere.
struct Addressee {
    uint64_t owner;        ///< the ring's owner word in that seat, while it is live
    uint64_t position = 0; ///< of the message, once it is delivered
};

template <class P, class L>
class Ring {
public:
    using Entry = EntryWord<P>;

    Ring(L& layout, uint32_t index) noexcept : layout_(layout), header_(layout.ring(index)), index_(index) {}

    /// Delivers `slot`, whose reference bit for this ring is set; the caller rings its doorbell after that. Where it does not `Overwrites`,
    /// a full ring stays as it is.
    template <bool Overwrites = true>
    KICKMSG_INLINE Delivered deliver(SlotIndex slot, Claims<P>& claims) noexcept
    {
        // edge TAIL (acquire) <- Ring::advance: every position before the tail is filled
        uint64_t const position = header_.tail.load(std::memory_order_acquire);
        auto&          entry    = layout_.entry(index_, position);
        prefetch_to_write(&entry); // its subscriber has it
        // relaxed: the exchange checks it, and what else follows from it walk() finds by a load of its own
        uint64_t const  seen    = entry.load(std::memory_order_relaxed);
        bool const      next    = !Entry::is_sealed(seen) && Entry::laps_after(seen, lap_of(position)) == -1;
        Delivered const at_once = next ? place<Overwrites>(entry, seen, position, slot, claims) : Delivered::No;
        return at_once != Delivered::No ? at_once : walk<Overwrites>(position, slot, claims, Anybody{});
    }

    /// The same while `stands()`: to one subscriber of this ring, and none of those after it. `stands` asks the owner word, after the entry was
    /// read that the exchange then expects: the next subscriber's is another one.
    template <bool Overwrites, class Stands>
    Delivered deliver_while(SlotIndex slot, Claims<P>& claims, Stands stands) noexcept
    {
        // edge TAIL (acquire) <- Ring::advance: as in deliver()
        uint64_t const position = header_.tail.load(std::memory_order_acquire);
        return walk<Overwrites>(position, slot, claims, While<Stands>{stands});
    }

    /// The same for one subscriber, `to`: overwrites nothing, and delivers to nobody who has the ring after it.
    ///
    ///   publisher                              subscribers
    ///   r1 = entry         (acquire)           `to` leaves or dies: all entries sealed
    ///   r2 = seat          (relaxed)           another one joins: seat = its word       (relaxed)
    ///   entry: r1 -> message                                      entries re-opened     (REOPEN, release)
    ///
    /// Forbidden: r2 = to.owner, and the exchange succeeds in a later seat. An entry of a later seat that is read as r1 brings the word of that
    /// seat along; an r1 of before was sealed, and comes never again (reopen() leaves out a lap). What is delivered while `to` leaves
    /// finds a seal, or is drained with the rest: then nobody has read it.
    /// Returns: No where the seat is `to`'s no more.
    Delivered deliver_to(Addressee& to, SlotIndex slot, Claims<P>& claims) noexcept
    {
        // edge TAIL (acquire) <- Ring::advance: every position before the tail is filled
        return walk<false, Addressee&>(header_.tail.load(std::memory_order_acquire), slot, claims, to);
    }

    /// The same to a ring that is never closed. `position`: where.
    Delivered deliver_at(SlotIndex slot, Claims<P>& claims, uint64_t& position) noexcept
    {
        // edge TAIL (acquire) <- Ring::advance: as in deliver()
        return walk<true>(header_.tail.load(std::memory_order_acquire), slot, claims, Place{position});
    }

    /// Takes back a message, if it still lies unread at the `position` that it was delivered to. Returns: whether it did: then nobody has
    /// read it, or will. Its reference is dropped.
    bool withdraw(uint64_t position, SlotIndex slot, Claims<P>& claims) noexcept
    {
        auto& entry = layout_.entry(index_, position);
        // relaxed: only one word is looked for, this thread's own; the exchange checks it
        uint64_t const seen = entry.load(std::memory_order_relaxed);
        return seen == Entry::make_full(lap_of(position), slot) && remove(entry, seen, claims);
    }

    /// Whether a delivery would find a free place, or a closed ring, which is no obstacle either. A hint: others deliver, too.
    bool has_room() const noexcept
    {
        // relaxed: a hint, as all of this
        uint64_t const tail = header_.tail.load(std::memory_order_relaxed);
        prefetch_to_write(&layout_.entry(index_, tail)); // its subscriber has it, and the delivery comes next
        uint64_t position = end_after(tail - 1);
        // relaxed: the delivery looks again
        uint64_t      seen = layout_.entry(index_, position).load(std::memory_order_relaxed);
        int64_t const laps = Entry::laps_after(seen, lap_of(position));
        if (laps >= 0 && !Entry::is_sealed(seen)) { // the tail lags by a lap: the entry says how far the ring has come
            position = end_after(later(position, laps));
            // relaxed: as above
            seen = layout_.entry(index_, position).load(std::memory_order_relaxed);
        }
        return Entry::is_sealed(seen) || !Entry::is_full(seen) || Entry::laps_after(seen, lap_of(position)) != -1;
    }

    /// By the hints, of a ring whose subscriber has not begun to read: whether `places` of its first lap are taken.
    bool has_begun(uint32_t places) const noexcept
    {
        // relaxed: a hint, as both
        uint64_t const tail = header_.tail.load(std::memory_order_relaxed);
        // relaxed: the first position of the seat (reopen)
        return ahead(tail, header_.position.load(std::memory_order_relaxed)) >= int64_t{places};
    }

    /// Gives up the oldest unread message, as an overflow would.
    /// Cost: what other evictors and the subscriber take meanwhile, a logarithm of the capacity, and the places from the first message
    ///       that is passed by to the one that is given up.
    /// `self`: incarnation of the publisher that wants a slot; what lies in slots that another one keeps is passed by, for
    /// giving it up frees nothing. 0: nothing is passed by.
    Evicted evict_oldest(Claims<P>& claims, uint64_t self = 0) noexcept
    {
        return evict_from(first_unread(), claims, nullptr, self);
    }

    /// The same, if it is this very message: the same slot, not used again since.
    Evicted evict_oldest(Claims<P>& claims, Evicted const& only, uint64_t self) noexcept
    {
        return evict_from(first_unread(), claims, &only, self);
    }

    /// The same, with what the subscriber passed over when it was overtaken again and again. Each place is looked at once.
    Evicted evict_thoroughly(Claims<P>& claims, uint64_t self = 0) noexcept
    {
        // relaxed: a hint, the entries decide
        return evict_from(header_.oldest.load(std::memory_order_relaxed), claims, nullptr, self);
    }

    /// Unread messages by the hints; more than there are, where a hint lags. O(1).
    uint32_t backlog() const noexcept
    {
        // relaxed: a number for choosing
        int64_t const found = ahead(header_.tail.load(std::memory_order_relaxed), first_unread());
        if (found < 0) {
            return 0;
        }
        return found < layout_.capacity() ? static_cast<uint32_t>(found) : layout_.capacity();
    }

    /// `filled` is a position that has been filled. Positions are filled in order, so one that is filled proves all before it,
    /// and halving finds the end. Returns: a position after `filled`; the next one to be filled, unless others are at it. A hint.
    uint64_t end_after(uint64_t filled) const noexcept
    {
        if (!is_filled(filled + 1)) {
            return filled + 1;
        }
        // relaxed: a hint, which the entry before it has to confirm
        uint64_t const tail = header_.tail.load(std::memory_order_relaxed);
        int64_t const  more = ahead(tail, filled + 1);
        if (more > 0 && more <= layout_.capacity() && is_filled(tail - 1)) {
            filled += static_cast<uint64_t>(more);
        }
        for (uint64_t step = layout_.capacity() / 2; step != 0 && is_filled(filled + 1); step /= 2) {
            filled += is_filled(filled + step) ? step : 0;
        }
        return filled + 1;
    }

    /// Unread messages, counted: O(capacity), diagnostics only.
    uint32_t unread() const noexcept
    {
        uint32_t count = 0;
        for (uint32_t i = 0; i < layout_.capacity(); ++i) {
            // relaxed: diagnostics only
            count += Entry::is_full(layout_.entry(index_, i).load(std::memory_order_relaxed)) ? 1 : 0;
        }
        return count;
    }

    /// By the ring's owner. After it, no delivery can succeed. Returns: the entries that were sealed already.
    uint32_t seal() noexcept
    {
        uint32_t already = 0;
        for (uint32_t i = 0; i < layout_.capacity(); ++i) {
            // edge EVICT (acquire) <- Ring::commit, Ring::remove: the claim of the participant that emptied the entry, which reopen() passes
            // on. It releases nothing: a read-modify-write, it comes after every delivery that succeeds
            uint64_t const before = layout_.entry(index_, i).fetch_or(Entry::sealed, std::memory_order_acquire);
            already += Entry::is_sealed(before) ? 1 : 0;
        }
        return already;
    }

    /// By the owner of a sealed ring: gives up what nobody read.
    void drain(Claims<P>& claims) noexcept
    {
        for (uint32_t i = 0; i < layout_.capacity(); ++i) {
            auto& entry = layout_.entry(index_, i);
            // relaxed: no older than this thread's own seal, after which nobody else empties it; the exchange that removes it acquires it
            uint64_t const seen = entry.load(std::memory_order_relaxed);
            if (Entry::is_full(seen)) {
                remove(entry, seen, claims);
            }
        }
    }

    /// By the ring's owner: opens a sealed, drained ring at a position beyond all that were ever used. `seat`: the owner word that it will
    /// have.
    /// Returns: the first position.
    uint64_t reopen(uint64_t seat = 0) noexcept
    {
        uint64_t const start = unused_position();
        Doorbell<P, L>(layout_).disarm(index_); // what the sleeper before left
        // relaxed: hints
        header_.oldest.store(start, std::memory_order_relaxed);
        // relaxed: hints
        header_.position.store(start, std::memory_order_relaxed);
        // relaxed: published with each entry below (edge REOPEN)
        header_.seat.store(seat, std::memory_order_relaxed);
        if constexpr (keeps_history<L>) {
            if (layout_.history() != 0) {
                Cut<P, L>(layout_, index_).begin(start);
            }
        }
        uint64_t const opened = Entry::make_consumed(lap_of(start) - 1);
        for (uint32_t i = 0; i < layout_.capacity(); ++i) {
            // edge REOPEN (release) -> Ring::commit, Ring::walk, Sweep::read_entries: what the owners before have finished
            layout_.entry(index_, i).store(opened, std::memory_order_release);
        }
        advance(start);
        return start;
    }

    RingHeader<P>& header() noexcept
    {
        return header_;
    }

private:
    using References = core::References<P>;

    /// Whoever has the ring.
    struct Anybody {};

    /// Whoever has it while that holds.
    template <class Stands>
    struct While {
        Stands stands;
    };

    /// Whoever has it, and the position of the message.
    struct Place {
        uint64_t& position;
    };

    bool is_seat_of(Anybody /*to*/) const noexcept
    {
        return true;
    }
    bool is_seat_of(Place const& /*to*/) const noexcept
    {
        return true;
    }
    template <class Stands>
    bool is_seat_of(While<Stands> const& to) const noexcept
    {
        return to.stands();
    }
    bool is_seat_of(Addressee const& to) const noexcept
    {
        // relaxed: behind the acquire of the entry, which brings the word of a later seat along (edge REOPEN)
        return header_.seat.load(std::memory_order_relaxed) == to.owner;
    }
    static void note(Anybody /*to*/, uint64_t /*position*/) noexcept {}
    template <class Stands>
    static void note(While<Stands> const& /*to*/, uint64_t /*position*/) noexcept
    {
    }
    static void note(Place const& to, uint64_t position) noexcept
    {
        to.position = position;
    }
    static void note(Addressee& to, uint64_t position) noexcept
    {
        to.position = position;
    }

    /// Delivers beyond `position`, or there: somebody was faster, the tail lags or has been overwritten, or the ring is closed.
    template <bool Overwrites, class To>
    KICKMSG_COLD Delivered walk(uint64_t position, SlotIndex slot, Claims<P>& claims, To to) noexcept
    {
        uint64_t begin  = position;
        bool     misled = false;
        for (uint32_t turn = 1;; ++turn) {
            auto& entry = layout_.entry(index_, position);
            // edge REOPEN (acquire) <- Ring::reopen: a publisher that sees one entry of a new seat sees no other as it was before the
            // seals of the last one, though its tail and live bit may be old
            uint64_t const seen = entry.load(std::memory_order_acquire);
            if (Entry::is_sealed(seen)) {
                return Delivered::No;
            }
            int64_t const laps = Entry::laps_after(seen, lap_of(position));
            if (laps >= 0) { // somebody was faster, or the tail lags, by a lap where its store was held up that long
                uint64_t const filled = later(position, laps);
                if (filled - begin > full_circle()) {
                    break;
                }
                position = turn % P::patience != 0 ? filled + 1 : end_after(filled) - 1;
            } else if (laps == -1 || misled) { // misled: only a place that has been overwritten is as old as that
                if (!is_seat_of(to)) {         // after the entry was read
                    return Delivered::No;
                }
                Delivered const kind = place<Overwrites>(entry, seen, position, slot, claims);
                if (kind != Delivered::No) {
                    note(to, position);
                    return kind;
                }
            } else { // a tail that has been overwritten: the entry says where the ring is
                misled = true;
                layout_.report_corruption();
                position = later(position, laps);
                begin    = position;
            }
        }
        layout_.report_corruption(); // the laps lead round in a circle
        return Delivered::No;
    }

    Evicted evict_from(uint64_t position, Claims<P>& claims, Evicted const* only, uint64_t self) noexcept
    {
        bool     misled = false;
        bool     passed = false; // something unread
        uint64_t first  = 0;     // of that
        for (uint32_t turn = 0; turn < 2 * layout_.capacity(); ++turn) {
            auto& entry = layout_.entry(index_, position);
            // relaxed: the exchange that removes it acquires it
            uint64_t const seen = entry.load(std::memory_order_relaxed);
            int64_t const  laps = Entry::laps_after(seen, lap_of(position));
            if (Entry::is_sealed(seen) || laps == -1 || (laps < 0 && misled)) {
                break;
            }
            if (laps != 0) { // overwritten since; or, back in time, a hint that has been overwritten
                misled   = misled || laps < 0;
                position = end_after(later(position, laps)) - layout_.capacity();
            } else if (!Entry::is_full(seen)) {
                ++position;
            } else if (is_remembered(Entry::slot(seen)) || (self != 0 && is_kept_by_another(Entry::slot(seen), self))) {
                first  = passed ? first : position;
                passed = true;
                ++position;
            } else {
                Evicted const found{Entry::slot(seen), generation_of(Entry::slot(seen))};
                if (only != nullptr && (found.slot != only->slot || found.generation != only->generation)) {
                    return {};
                }
                if (remove(entry, seen, claims)) {
                    pass_over(passed ? first : position + 1, misled);
                    return found;
                }
            }
        }
        pass_over(passed ? first : position, misled);
        return {};
    }

    /// Whether the history has it, too: then giving it up here frees nothing.
    bool is_remembered(SlotIndex slot) noexcept
    {
        if constexpr (keeps_history<L>) {
            if (layout_.history() != 0 && slot < layout_.pool_size()) {
                // relaxed: a hint on what to give up
                uint64_t const seen = layout_.slot(slot).references.load(std::memory_order_relaxed);
                return (seen & References::ring(References::history)) != 0;
            }
        }
        (void)slot;
        return false;
    }

    bool is_kept_by_another(SlotIndex slot, uint64_t self) noexcept
    {
        if (slot >= layout_.pool_size()) {
            return false;
        }
        // relaxed: a hint on what to give up
        bool const kept = (layout_.slot(slot).references.load(std::memory_order_relaxed) & References::kept) != 0;
        // relaxed: as above
        uint64_t const owner = layout_.slot(slot).owner.load(std::memory_order_relaxed);
        return kept && OriginWord<P>::incarnation(owner) != self;
    }

    uint64_t generation_of(SlotIndex slot) noexcept
    {
        if (slot >= layout_.pool_size()) {
            return 0;
        }
        // relaxed: the entry holds a reference, so it stands as long as the entry does, which the exchange checks
        return References::generation(layout_.slot(slot).references.load(std::memory_order_relaxed));
    }

    /// What laps can tell apart. A walk that comes this far has been led in a circle; it needs no bound of turns besides: in a ring
    /// that nobody changes each place is passed twice at most before, and each change is a delivery of somebody else.
    uint64_t full_circle() const noexcept
    {
        return low_bits(P::lap_bits) << layout_.capacity_log2();
    }

    /// The positions from b to a, as far as laps tell them apart: a tail that has been overwritten may be right but for its top bits.
    int64_t ahead(uint64_t a, uint64_t b) const noexcept
    {
        return wrapped_difference(a, b, P::lap_bits + layout_.capacity_log2());
    }

    uint64_t later(uint64_t position, int64_t laps) const noexcept
    {
        return position + (static_cast<uint64_t>(laps) << layout_.capacity_log2());
    }

    bool is_filled(uint64_t position) const noexcept
    {
        // relaxed: only its lap is looked at, as a hint
        uint64_t const word = layout_.entry(index_, position).load(std::memory_order_relaxed);
        return Entry::laps_after(word, lap_of(position)) >= 0;
    }

    /// The oldest position that may be unread. Subscriber and evictors raise their hints after the fact.
    uint64_t first_unread() const noexcept
    {
        // relaxed: a hint, the entries decide
        uint64_t const taken = header_.position.load(std::memory_order_relaxed);
        // relaxed: as above
        uint64_t const given_up = header_.oldest.load(std::memory_order_relaxed);
        return static_cast<int64_t>(taken - given_up) > 0 ? taken : given_up;
    }

    /// Nothing before `position` is unread. Raised only: an evictor that was stopped must not send others back over a lap.
    void pass_over(uint64_t position, bool overwritten) noexcept
    {
        // relaxed: a hint
        uint64_t known = header_.oldest.load(std::memory_order_relaxed);
        // relaxed: as above. Failure relaxed: compared again
        while ((overwritten || static_cast<int64_t>(position - known) > 0) &&
               !header_.oldest.compare_exchange_strong(known, position, std::memory_order_relaxed,
                                                       std::memory_order_relaxed)) {
        }
    }

    uint64_t lap_of(uint64_t position) const noexcept
    {
        return position >> layout_.capacity_log2();
    }

    /// `position` is next, `seen` its entry of the previous lap, or one that has been overwritten. Returns: No when the entry has changed
    /// since.
    template <bool Overwrites>
    Delivered place(typename P::template atomic<uint64_t>& entry, uint64_t seen, uint64_t position, SlotIndex slot,
                    Claims<P>& claims) noexcept
    {
        if (Entry::is_full(seen)) {
            if (!Overwrites && Entry::laps_after(seen, lap_of(position)) == -1) {
                return Delivered::Full;
            }
            return overwrite(entry, seen, position, slot, claims);
        }
        return commit(entry, seen, position, slot) ? Delivered::Free : Delivered::No;
    }

    KICKMSG_COLD Delivered overwrite(typename P::template atomic<uint64_t>& entry, uint64_t seen, uint64_t position,
                                     SlotIndex slot, Claims<P>& claims) noexcept
    {
        claims.evict(index_, Entry::slot(seen));
        bool const done = commit(entry, seen, position, slot);
        if (done) {
            give_up(Entry::slot(seen));
        }
        claims.clear();
        return done ? Delivered::Overwrote : Delivered::No;
    }

    bool commit(typename P::template atomic<uint64_t>& entry, uint64_t seen, uint64_t position, SlotIndex slot) noexcept
    {
        // edge DELIVER (release) -> Receiver::take_from, Ring::remove, Ring::commit, Cut::first_unfilled: payload, length and the reference
        // edge DELIVER (acquire) <- Ring::commit: the reference of the message that is pushed out
        // edge REOPEN (acquire) <- Ring::reopen: as in walk(), for a publisher that comes here first
        // edge JOIN (acquire) <- Cut::first_unfilled: in the history, who arrives, and its ring
        // edge EVICT (release) -> Sweep::read_entries: the EVICT claim
        // edge WAIT (seq_cst): see Doorbell. Failure relaxed: the entry is looked at again
        if (!entry.compare_exchange_strong(seen, Entry::make_full(lap_of(position), slot), std::memory_order_seq_cst,
                                           std::memory_order_relaxed)) {
            return false;
        }
        advance(position + 1);
        return true;
    }

    /// Takes an unread message out of its entry and drops its reference. Returns: false when somebody was faster.
    bool remove(typename P::template atomic<uint64_t>& entry, uint64_t seen, Claims<P>& claims) noexcept
    {
        SlotIndex const slot = Entry::slot(seen);
        claims.evict(index_, slot);
        // edge DELIVER (acquire) <- Ring::commit: the reference that is given up
        // edge EVICT (release) -> Sweep::read_entries: the EVICT claim. Failure relaxed: somebody else has it
        bool const won = entry.compare_exchange_strong(seen, seen & ~Entry::full, std::memory_order_acq_rel,
                                                       std::memory_order_relaxed);
        if (won) {
            give_up(slot);
        }
        claims.clear();
        return won;
    }

    void give_up(SlotIndex slot) noexcept
    {
        if (slot >= layout_.pool_size()) {
            layout_.report_corruption();
            return;
        }
        release_references<P, L>(layout_, slot, References::ring(index_));
    }

    void advance(uint64_t position) noexcept
    {
        // edge TAIL (release) -> Ring::deliver: the positions before it are filled
        header_.tail.store(position, std::memory_order_release);
    }

    /// One lap is left out, so that no entry word of before comes again: a stale publisher's exchange fails.
    uint64_t unused_position() noexcept
    {
        // relaxed: the ring is sealed and owned; only a hint, the entries decide
        uint64_t const tail   = header_.tail.load(std::memory_order_relaxed);
        int64_t        beyond = 0;
        for (uint32_t i = 0; i < layout_.capacity(); ++i) {
            // relaxed: the ring is sealed: nobody writes its entries (edge OWNER)
            uint64_t const word = layout_.entry(index_, i).load(std::memory_order_relaxed);
            int64_t const  laps = Entry::laps_after(word, lap_of(tail));
            beyond              = laps > beyond ? laps : beyond;
        }
        return (lap_of(tail) + static_cast<uint64_t>(beyond) + 2) << layout_.capacity_log2();
    }

    L&             layout_;
    RingHeader<P>& header_;
    uint32_t       index_;
};

} // namespace core
} // namespace kickmsg
