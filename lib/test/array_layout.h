/// A layout over plain arrays, to run the core algorithms under any policy without a region. An index out of range ends the
/// program.
#pragma once

#include "kickmsg/core/Receiver.h"
#include "kickmsg/core/Recovery.h"
#include "kickmsg/core/Sender.h"

#include <deque>
#include <vector>

namespace kickmsg_test {

template <class P>
class ArrayLayout {
public:
    ArrayLayout(uint32_t rings, uint32_t capacity, uint32_t pool, uint32_t records)
        : rings_(rings), capacity_(capacity), slots_(pool), ring_headers_(rings), entries_(rings * capacity),
          records_(records), holds_(rings * pool)
    {
        for (auto& entry : entries_) {
            entry.store(kickmsg::core::EntryWord<P>::sealed, std::memory_order_relaxed);
        }
        for (uint32_t slot = 0; slot < pool; ++slot) {
            uint32_t const next = slot + 1 < pool ? slot + 1 : kickmsg::core::no_slot;
            slots_[slot].link.store(kickmsg::core::TaggedSlot<P>::make(0, next), std::memory_order_relaxed);
        }
    }

    template <class T>
    using atomic = typename P::template atomic<T>;

    atomic<uint64_t>& head()
    {
        return head_;
    }
    atomic<uint64_t>& live_set()
    {
        return live_set_;
    }
    atomic<uint64_t>& incarnations()
    {
        return incarnations_;
    }
    atomic<uint64_t>& sweeps_owed()
    {
        return sweeps_owed_;
    }
    atomic<uint64_t>& sweeps_done()
    {
        return sweeps_done_;
    }
    atomic<uint64_t>& schema_owner()
    {
        return schema_owner_;
    }
    atomic<uint32_t>& sleepers()
    {
        return sleepers_;
    }
    atomic<uint32_t>& doorbell()
    {
        return doorbell_;
    }
    kickmsg::core::SlotHeader<P>& slot(uint32_t index)
    {
        return slots_.at(index);
    }
    kickmsg::core::RingHeader<P>& ring(uint32_t index)
    {
        return ring_headers_.at(index);
    }
    atomic<uint64_t>& entry(uint32_t ring, uint64_t position)
    {
        return entries_.at(ring * capacity_ + (position & (capacity_ - 1)));
    }
    kickmsg::core::Record<P>& record(uint32_t index)
    {
        return records_.at(index);
    }
    atomic<uint32_t>& hold(uint32_t record, uint32_t slot)
    {
        return holds_.at(slot < slots_.size() ? record * slots_.size() + slot : holds_.size());
    }
    uint32_t pool_size() const
    {
        return static_cast<uint32_t>(slots_.size());
    }
    uint32_t ring_count() const
    {
        return rings_;
    }
    uint32_t capacity() const
    {
        return capacity_;
    }
    unsigned capacity_log2() const
    {
        unsigned bits = 0;
        while ((1U << bits) < capacity_) {
            ++bits;
        }
        return bits;
    }
    uint32_t record_count() const
    {
        return static_cast<uint32_t>(records_.size());
    }
    uint32_t subscriber_count() const
    {
        return rings_;
    }
    void report_corruption()
    {
        ++corruptions;
    }

    uint64_t corruptions = 0;

private:
    uint32_t                                 rings_, capacity_;
    atomic<uint64_t>                         head_{0}, live_set_{0}, incarnations_{0};
    atomic<uint64_t>                         sweeps_owed_{0}, sweeps_done_{0}, schema_owner_{0};
    atomic<uint32_t>                         sleepers_{0}, doorbell_{0};
    std::deque<kickmsg::core::SlotHeader<P>> slots_;
    std::deque<kickmsg::core::RingHeader<P>> ring_headers_;
    std::deque<atomic<uint64_t>>             entries_;
    std::deque<kickmsg::core::Record<P>>     records_;
    std::deque<atomic<uint32_t>>             holds_;
};

} // namespace kickmsg_test
