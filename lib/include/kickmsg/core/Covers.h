/// What a sweep had to leave, because something of the living covers it, and by which words: as long as none of them has changed,
/// nobody has died and no other sweep is owed, another sweep would find what the last one found.
///
/// Threads: one at a time; a memory of one handle, not shared. Progress: wait-free, bounded by what it holds.
/// Proof: lib/test/Covers_test.cc; models death_of_publisher; sweep recover; budget none (recovery only)
#pragma once

#include "kickmsg/core/Structures.h"

namespace kickmsg {
namespace core {

template <class P, class L>
class Covers {
public:
    // Which word of the living covers a slot: a working claim, a hold mark, or the note of what is being published.
    static constexpr uint32_t nothing = 0;
    static constexpr uint32_t several = ~0U; ///< more than one: not remembered

    static constexpr uint32_t claim_of(uint32_t record) noexcept
    {
        return 3 * record + 1;
    }
    static constexpr uint32_t hold_of(uint32_t record) noexcept
    {
        return 3 * record + 2;
    }
    static constexpr uint32_t publishing_of(uint32_t record) noexcept
    {
        return 3 * record + 3;
    }

    /// Before a sweep.
    void begin() noexcept
    {
        count_ = 0;
        whole_ = true;
        owed_  = 0;
    }

    /// By a sweep: `slot`, whose references were `references`, is covered.
    void note(L& layout, SlotIndex slot, uint64_t references, uint32_t by) noexcept
    {
        whole_ = whole_ && by != nothing && by != several && count_ < most;
        if (whole_) {
            seen_[count_] = Cover{slot, by, references, word(layout, slot, by)};
            whole_        = names(seen_[count_]);
            ++count_;
        }
    }

    /// When the sweep ended for another reason than that something is covered.
    void forget() noexcept
    {
        whole_ = false;
    }

    /// After a sweep that was covered and is owed as number `owed`.
    void remember(uint64_t owed) noexcept
    {
        owed_ = whole_ ? owed : 0;
    }

    /// Whether the sweep that is owed as number `owed` would be the last one again.
    bool answer(L& layout, uint64_t owed) const noexcept
    {
        return owed != 0 && owed == owed_ && stand(layout);
    }

    /// Looks at what covers until it changes, a bounded number of times. Returns: false when it stands.
    bool change(L& layout) const noexcept
    {
        for (uint32_t looks = 0; looks < P::looks; looks += count_ + 1) {
            if (!stand(layout)) {
                return true;
            }
        }
        return false;
    }

private:
    static constexpr uint32_t most = 32;

    struct Cover {
        SlotIndex slot;
        uint32_t  by;
        uint64_t  references;
        uint64_t  word;
    };

    bool stand(L& layout) const noexcept
    {
        bool same = whole_;
        for (uint32_t i = 0; i < count_ && same; ++i) {
            Cover const& cover = seen_[i];
            // relaxed: compared only; what has changed is read anew by the sweep that follows
            uint64_t const references = layout.slot(cover.slot).references.load(std::memory_order_relaxed);
            same = references == cover.references && word(layout, cover.slot, cover.by) == cover.word;
        }
        return same;
    }

    static uint64_t word(L& layout, SlotIndex slot, uint32_t by) noexcept
    {
        uint32_t const record = (by - 1) / 3;
        if (by == claim_of(record)) {
            // relaxed: as in stand()
            return layout.record(record).claim.load(std::memory_order_relaxed);
        }
        if (by == publishing_of(record)) {
            // relaxed: as in stand()
            return layout.record(record).publishing.load(std::memory_order_relaxed);
        }
        // relaxed: as in stand()
        return layout.hold(record, slot).load(std::memory_order_relaxed);
    }

    /// Whether the word still covers: it may have changed since the sweep read it, and then it is no reason to wait.
    static bool names(Cover const& cover) noexcept
    {
        bool const is_hold = cover.by % 3 == 2;
        return cover.word != 0 && (is_hold || ClaimWord::slot(cover.word) == cover.slot);
    }

    Cover    seen_[most];
    uint32_t count_ = 0;
    bool     whole_ = true;
    uint64_t owed_  = 0;
};

} // namespace core
} // namespace kickmsg
