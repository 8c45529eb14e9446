/// The consumer's end of a ring: takes messages in order of position, and counts what it lost.
///
/// Threads:   take() and the waiting by one thread; drop() from any.
/// Invariant: received + lost = positions passed. A slot taken is named by the hold map until it is dropped.
/// Progress:  take is wait-free: its turns are bounded.
/// Proof: lib/test/Receiver_test.cc, lib/test/RingWalk_test.cc, lib/test/Interleaving_test.cc; models ring_overtaken, references_evict_take, views_other_thread, wait_given_up, deadly_traffic; sweep receive, receive_overtaken, receive_view, receive_blocking, drop_view; budget receive, poll/empty
#pragma once

#include "kickmsg/core/Ring.h"

namespace kickmsg {
namespace core {

/// A message taken out of its ring: a reference that the taker owns.
struct Taken {
    SlotIndex slot     = no_slot;
    uint32_t  mark     = 0;
    uint64_t  position = 0;

    explicit operator bool() const noexcept
    {
        return slot != no_slot;
    }
};

/// Who sent a message, and which of its messages it is.
struct Origin {
    uint64_t publisher = 0; ///< incarnation
    uint64_t sequence  = 0; ///< from 1
};

template <class P, class L>
class Receiver {
public:
    Receiver(L& layout, uint32_t ring, uint32_t record, uint64_t start) noexcept
        : layout_(layout), header_(layout.ring(ring)), holds_(layout, record), ring_(ring), position_(start)
    {
        // relaxed: diagnostics only
        header_.start.store(start, std::memory_order_relaxed);
        // relaxed: diagnostics only
        header_.views_refused.store(0, std::memory_order_relaxed);
        publish_counts();
    }

    /// Returns: the next message, or none.
    Taken take() noexcept
    {
        auto& entry = layout_.entry(ring_, position_);
        // relaxed: what is taken is acquired by the exchange that takes it, all else is only counted
        uint64_t const seen = entry.load(std::memory_order_relaxed);
        int64_t const  laps = Entry::laps_after(seen, lap_of(position_));
        if (laps < 0 || Entry::is_sealed(seen)) {
            return {};
        }
        if (laps == 0 && is_message(seen)) {
            if (Taken const taken = take_from(entry, seen)) {
                return taken;
            }
        }
        return take_beyond();
    }

    /// Gives up a message that this thread took and that no view of another thread may hold.
    void drop_by_receiver(Taken const& taken) noexcept
    {
        release_references<P, L>(layout_, taken.slot, References<P>::ring(ring_));
        holds_.clear_by_receiver(taken.slot);
    }

    /// Says that a message will be held for a while.
    void hold(Taken const& taken) noexcept
    {
        holds_.set_firm(taken.slot, taken.mark);
    }

    /// By this thread: a message that was held is about to be given up, or held again.
    void resume(Taken const& taken) noexcept
    {
        holds_.set_moving(taken.slot, taken.mark);
    }

    /// Gives up a message that was held; any thread.
    void drop(SlotIndex slot, uint32_t mark) noexcept
    {
        holds_.set_moving(slot, mark);
        release_references<P, L>(layout_, slot, References<P>::ring(ring_));
        holds_.clear(slot, mark);
    }

    /// Of a message that was taken and not dropped; any thread.
    Origin origin(SlotIndex slot) const noexcept
    {
        auto& header = layout_.slot(slot);
        // relaxed: ordered by the take (edge DELIVER)
        uint64_t const owner = header.owner.load(std::memory_order_relaxed);
        // relaxed: as above
        uint32_t const low = header.sequence.load(std::memory_order_relaxed);
        return {OriginWord<P>::incarnation(owner), OriginWord<P>::sequence(owner, low)};
    }

    /// Counts a taken message as lost: its contents were found out of range.
    void discard(Taken const& taken) noexcept
    {
        drop_by_receiver(taken);
        layout_.report_corruption();
        ++lost_;
        publish_counts();
    }

    /// Counts that a view was refused while a message waited.
    void count_refused_view() noexcept
    {
        ++views_refused_;
        // relaxed: diagnostics only
        header_.views_refused.store(views_refused_, std::memory_order_relaxed);
    }

    /// Announces sleep. Returns: whether to sleep, with the value to sleep on in `bell`.
    bool prepare_wait(uint32_t& bell) noexcept
    {
        bell = Doorbell<P, L>(layout_).arm(ring_);
        // edge WAIT (seq_cst): see Doorbell
        uint64_t const seen = layout_.entry(ring_, position_).load(std::memory_order_seq_cst);
        return Entry::laps_after(seen, lap_of(position_)) < 0 || Entry::is_sealed(seen);
    }

    void end_wait() noexcept
    {
        Doorbell<P, L>(layout_).disarm(ring_);
    }

    /// Where the next message is, or will be.
    uint64_t position() const noexcept
    {
        return position_;
    }

    uint64_t lost() const noexcept
    {
        return lost_;
    }

    /// After its ring has been closed: positions that it did not come to. What was in them is given up.
    uint64_t left_behind() const noexcept
    {
        // relaxed: no delivery changes it any more
        uint64_t const seen = layout_.entry(ring_, position_).load(std::memory_order_relaxed);
        int64_t const  laps = Entry::laps_after(seen, lap_of(position_));
        return laps < 0 ? 0 : Ring<P, L>(layout_, ring_).end_after(later(laps)) - position_;
    }

private:
    using Entry = EntryWord<P>;

    /// Beyond this many overtakings in one call the publishers are faster than this thread: answer "none" and return.
    static constexpr uint32_t overtakes_limit = 16;
    /// The first of them go to the oldest message there is; later ones skip half the ring, or a flood is chased.
    static constexpr uint32_t patient_overtakes = 2;

    uint64_t lap_of(uint64_t position) const noexcept
    {
        return position >> layout_.capacity_log2();
    }

    bool is_message(uint64_t seen) const noexcept
    {
        return Entry::is_full(seen) && Entry::slot(seen) < layout_.pool_size();
    }

    /// The message here was given up or overwritten. Returns: the next one that is there, or none.
    KICKMSG_COLD Taken take_beyond() noexcept
    {
        uint32_t overtaken = 0;
        for (uint32_t turn = 1; turn < layout_.capacity() + overtakes_limit; ++turn) {
            auto& entry = layout_.entry(ring_, position_);
            // relaxed: what is taken is acquired by the exchange that takes it, all else is only counted
            uint64_t const seen = entry.load(std::memory_order_relaxed);
            int64_t const  laps = Entry::laps_after(seen, lap_of(position_));
            if (laps < 0 || Entry::is_sealed(seen)) {
                return {};
            }
            if (laps > 0) {
                if (++overtaken > overtakes_limit) {
                    return {};
                }
                catch_up(laps, overtaken);
            } else if (!is_message(seen)) {
                skip_one(seen);
            } else if (Taken const taken = take_from(entry, seen)) {
                return taken;
            }
        }
        return {};
    }

    uint64_t later(int64_t laps) const noexcept
    {
        return position_ + (static_cast<uint64_t>(laps) << layout_.capacity_log2());
    }

    /// The entry at this position is `laps` laps ahead: moves on to the oldest message that may still be there.
    void catch_up(int64_t laps, uint32_t overtaken) noexcept
    {
        uint64_t oldest = Ring<P, L>(layout_, ring_).end_after(later(laps)) - layout_.capacity();
        if (overtaken > patient_overtakes) {
            oldest += layout_.capacity() / 2;
        }
        lost_ += oldest - position_;
        position_ = oldest;
        publish_counts();
    }

    /// This position's message was given up under pressure, or its slot number leads nowhere.
    void skip_one(uint64_t seen) noexcept
    {
        if (Entry::is_full(seen)) {
            layout_.report_corruption();
        }
        ++lost_;
        ++position_;
        publish_counts();
    }

    Taken take_from(typename P::template atomic<uint64_t>& entry, uint64_t seen) noexcept
    {
        SlotIndex const slot = Entry::slot(seen);
        uint32_t const  mark = next_mark();
        prefetch_to_write(&layout_.slot(slot)); // on its way while the exchange waits for the entry
        holds_.set_moving(slot, mark);
        // edge DELIVER (acquire) <- Ring::commit: payload, length and the reference
        // edge TAKE (release) -> Sweep::read_entries: the hold mark. Failure relaxed: the entry is looked at again
        if (!entry.compare_exchange_strong(seen, seen & ~Entry::full, std::memory_order_acq_rel,
                                           std::memory_order_relaxed)) {
            holds_.clear_by_receiver(slot);
            return {};
        }
        Taken const taken{slot, mark, position_};
        ++position_;
        // relaxed: a hint for evictors
        header_.position.store(position_, std::memory_order_relaxed);
        return taken;
    }

    uint32_t next_mark() noexcept
    {
        mark_ = mark_ + 1 < HoldMap<P, L>::moving ? mark_ + 1 : 1;
        return mark_;
    }

    void publish_counts() noexcept
    {
        // relaxed: diagnostics only
        header_.lost.store(lost_, std::memory_order_relaxed);
        // relaxed: a hint for evictors
        header_.position.store(position_, std::memory_order_relaxed);
    }

    L&             layout_;
    RingHeader<P>& header_;
    HoldMap<P, L>  holds_;
    uint32_t       ring_;
    uint64_t       position_;
    uint64_t       lost_          = 0;
    uint64_t       views_refused_ = 0;
    uint32_t       mark_          = 0;
};

} // namespace core
} // namespace kickmsg
