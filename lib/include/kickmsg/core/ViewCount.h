/// The lifetime of what a subscriber and its views share: the last of them to go deletes it. And how many views may be out
/// at once. In the process, not in shared memory.
///
/// The count is biased: the receiving thread counts what it lends without an atomic operation, returns count up, and
/// leaving takes off all that was lent. From then on the word is minus the views still out. How many of them have come back
/// the receiving thread looks up when it has lent as many as it knew of, and not before: below the limit it compares two
/// words of its own.
///
/// Threads:   give_back() by any; all else by the receiving thread.
/// Invariant: exactly one call of leave() and give_back() returns true, after all others have made theirs.
///            At most `most` views are out.
/// Proof: lib/test/Receiver_test.cc, lib/test/View_test.cc, lib/test/ViewLimit_test.cc; models views_count, views_limit; sweep drop_view, drop_after_leaving; budget receive/view
#pragma once

#include "kickmsg/core/Structures.h"

#include <atomic>
#include <cstdint>

namespace kickmsg {
namespace core {

template <class P>
class ViewCount {
public:
    using Word = typename P::template atomic<uint32_t>;

    /// `most`: below 2^24, as slots are.
    explicit ViewCount(uint32_t most) noexcept : most_(most), allowed_(most) {}

    /// Whether as many views are out as may be.
    bool is_full() noexcept
    {
        return !has_room() && !finds_room();
    }

    /// Returns: how many are out. By the subscriber, as is_full().
    uint32_t out() noexcept
    {
        finds_room();
        return lent_ + most_ - allowed_;
    }

    /// Counts a view that is lent; not after leave(), nor when it is full.
    void lend() noexcept
    {
        ++lent_;
    }

    /// A view is dropped. Returns: whether this was the last use; then the caller deletes.
    bool give_back() noexcept
    {
        Word&          word = returned_;
        uint32_t const now  = change(one);
        if ((now & waits) != 0) {
            // By its address alone: the sleeper may have gone, and this object with it. Who sleeps at that address by then
            // wakes once for nothing
            P::wake(word, 1U);
        }
        return now == left;
    }

    /// The subscriber leaves, once. Returns: as give_back().
    bool leave() noexcept
    {
        return change(left - one * lent_) == left;
    }

    /// Announces that it is about to sleep until a view comes back. Returns: whether to, on `word()` while it is `seen`.
    bool arm(uint32_t& seen) noexcept
    {
        // relaxed: one word is all there is: a drop before it in the order of that word is seen here, one after it sees the
        // mark and changes the word that is slept on
        seen = returned_.fetch_or(waits, std::memory_order_relaxed) | waits;
        allow(seen);
        return !has_room();
    }
    void disarm() noexcept
    {
        // relaxed: a drop that still sees the mark only wakes for nothing
        returned_.fetch_and(~waits, std::memory_order_relaxed);
    }
    Word& word() noexcept
    {
        return returned_;
    }

private:
    // Of the word: the views that came back, modulo 2^30, above two marks.
    static constexpr uint32_t waits = 1;
    static constexpr uint32_t left  = 2;
    static constexpr uint32_t one   = 4;

    /// Returns: the word as it is now. Nothing of this object is touched after the addition: another thread may delete it.
    uint32_t change(uint32_t by) noexcept
    {
        // edge VIEWS (acq_rel): every use of what is shared happens before the last one's deletion
        return returned_.fetch_add(by, std::memory_order_acq_rel) + by;
    }

    KICKMSG_COLD bool finds_room() noexcept
    {
        // relaxed: a number; what was read in the views is ordered by the slots' references
        allow(returned_.load(std::memory_order_relaxed));
        return has_room();
    }

    bool has_room() const noexcept
    {
        return static_cast<int32_t>(allowed_ - lent_) > 0;
    }

    void allow(uint32_t word) noexcept
    {
        uint32_t const out = (one * lent_ - (word & ~(one - 1))) / one;
        allowed_           = lent_ + most_ - out;
    }

    uint32_t most_;
    uint32_t allowed_; ///< as many may be lent in all, by what is known here of those that came back
    uint32_t lent_ = 0;
    Word     returned_{0};
};

} // namespace core
} // namespace kickmsg
