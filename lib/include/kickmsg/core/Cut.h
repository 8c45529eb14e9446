/// The cut of a ring in a region that keeps a history: one position of the history, from which on messages come to the ring by their
/// publishers; those before it its subscriber takes from the history itself (Newcomer), if it is to have them. One number, agreed upon, and not what each
/// side has seen: the live bit that a publisher saw may be that of the ring's subscriber before.
///
///   newcomer                                        publisher of a message
///   cut = undecided(start)   (CUT, release)         CAS of the history's entry, position h   (JOIN, acquire)
///   entries re-opened        (REOPEN, release)      r1 = live set            (relaxed)
///   arriving |= r            (ARRIVE, release)      r2 = entry of ring r     (REOPEN, acquire)
///   t = first_unfilled()     (JOIN, release)        r3 = cut                 (CUT, acquire)
///   cut: undecided(start) -> decided(t)             undecided, r arrives or is live: decides as the newcomer does; reads it again
///                                                   h < r3: not its business. Else entry: r2 -> message
///
/// Forbidden: a message of h >= cut that its publisher does not deliver to r. Its CAS comes after the read-modify-write of the place
/// that the cut was decided by, and reads it or what came of it: so it sees r arrive, open.
/// Forbidden: a message of h < cut in the ring by its publisher. The cut is read after the entry, so it is that of this seat or of a
/// later one, and then the exchange fails: seats do not share entry words (Ring::reopen).
/// Whoever sees r neither arrive nor live may leave it undecided: it will be decided beyond h. Nobody may decide it before r arrives: what is
/// published then is seen by no newcomer.
///
/// Threads:   any.
/// Progress:  lock-free: a newcomer stopped half-way through is decided for.
/// Crash:     a cut that its newcomer did not decide is decided by others, or by nobody and then needed by nobody.
/// Proof: lib/test/History_test.cc; models history_join, history_join_two, history_rejoin, history_rejoin_two, history_passing; sweep send_remembered, join_late, join_late_overtaken; budget send/remembered
#pragma once

#include "kickmsg/core/LiveSet.h"

#include <type_traits>
#include <utility>

namespace kickmsg {
namespace core {

/// Whether a layout has what a history needs: history(), the messages that it keeps, 0 for none; hidden(), hidden_entry(position) and
/// hidden_capacity_log2(), the ring that has them; cut(ring).
template <class L, class = void>
inline constexpr bool keeps_history = false;
template <class L>
inline constexpr bool keeps_history<L, std::void_t<decltype(std::declval<L&>().history())>> = true;

/// The hidden ring as a layout in which each ring is that one: so it is delivered into, and evicted from, as any other. It has no owner, and
/// is never closed.
template <class L>
class HiddenRing {
public:
    explicit HiddenRing(L& layout) noexcept : layout_(layout) {}

    auto& ring(uint32_t /*index*/) noexcept
    {
        return layout_.hidden();
    }
    auto& entry(uint32_t /*index*/, uint64_t position) noexcept
    {
        return layout_.hidden_entry(position);
    }
    auto& slot(uint32_t index) noexcept
    {
        return layout_.slot(index);
    }
    auto& head() noexcept
    {
        return layout_.head();
    }
    uint32_t capacity() const noexcept
    {
        return 1U << layout_.hidden_capacity_log2();
    }
    unsigned capacity_log2() const noexcept
    {
        return layout_.hidden_capacity_log2();
    }
    uint32_t pool_size() const noexcept
    {
        return layout_.pool_size();
    }
    void report_corruption() noexcept
    {
        layout_.report_corruption();
    }

private:
    L& layout_;
};

template <class P, class L>
class Cut {
public:
    Cut(L& layout, uint32_t ring) noexcept : layout_(layout), ring_(ring) {}

    /// By the ring's owner, before it opens the ring at `start`.
    void begin(uint64_t start) noexcept
    {
        // edge CUT (release) -> Cut::admits: that the bits of the subscriber before are gone from the live set
        layout_.cut(ring_).store(CutWord::undecided(start), std::memory_order_release);
    }

    /// By a newcomer that has announced itself, whose ring begins at `start`. Returns: its cut.
    uint64_t decide(uint64_t start) noexcept
    {
        return CutWord::position(decide_from(CutWord::undecided(start)));
    }

    /// By the publisher of the message at `position` of the history, after it has read an entry of the ring: whether it is to deliver it
    /// there. It is where its exchange of that very entry succeeds.
    bool admits(uint64_t position) noexcept
    {
        // edge CUT (acquire) <- Cut::begin: the live bit of a subscriber before is not taken for this one's. No older than the seat whose
        // entry was read (edge REOPEN)
        uint64_t word = layout_.cut(ring_).load(std::memory_order_acquire);
        while (!CutWord::is_decided(word)) {
            if (!LiveSet<P, L>(layout_).has(ring_)) {
                return false;
            }
            word = decide_from(word);
        }
        return CutWord::admits(word, position);
    }

private:
    using Entry = EntryWord<P>;

    /// Returns: the word that stands there then.
    KICKMSG_COLD uint64_t decide_from(uint64_t undecided) noexcept
    {
        uint64_t const decided = CutWord::decided(first_unfilled());
        uint64_t       seen    = undecided;
        // edge CUT (release) -> Cut::decide_from: the places before it are filled
        // edge CUT (acquire) <- Cut::decide_from: Failure acquire: somebody else has decided, by places that this thread has not seen yet
        bool const won = layout_.cut(ring_).compare_exchange_strong(seen, decided, std::memory_order_release,
                                                                    std::memory_order_acquire);
        return won ? decided : seen;
    }

    /// Returns: a position of the history that nobody had filled, all before it being filled. Whoever fills it, or one after it, sees what
    /// this thread has.
    uint64_t first_unfilled() noexcept
    {
        // edge TAIL (acquire) <- Ring::advance: the positions before it are filled
        uint64_t       position = layout_.hidden().tail.load(std::memory_order_acquire);
        uint64_t const begin    = position;
        while (position - begin <= full_circle()) {
            // edge JOIN (release) -> Ring::commit: who arrives, and its ring
            // edge DELIVER (acquire) <- Ring::commit: that it is filled, and all before it
            uint64_t const seen = layout_.hidden_entry(position).fetch_or(0, std::memory_order_acq_rel);
            int64_t const  laps = Entry::laps_after(seen, position >> layout_.hidden_capacity_log2());
            if (laps < 0) {
                return position;
            }
            position += (static_cast<uint64_t>(laps) << layout_.hidden_capacity_log2()) + 1;
        }
        layout_.report_corruption(); // the laps lead round in a circle
        return position;
    }

    /// What laps can tell apart.
    uint64_t full_circle() const noexcept
    {
        return low_bits(P::lap_bits) << layout_.hidden_capacity_log2();
    }

    L&       layout_;
    uint32_t ring_;
};

} // namespace core
} // namespace kickmsg
