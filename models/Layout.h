/// The shared memory that the algorithms see (core/Structures.h), as arrays of the shape that a scenario asks for.
#pragma once

#include "Engine.h"
#include "Policy.h"

#include "kickmsg/core/HistorySender.h"
#include "kickmsg/core/Receiver.h"
#include "kickmsg/core/Recovery.h"

namespace kickmsg_models {

namespace core = kickmsg::core;
using core::SlotIndex;

/// Up to N objects in fixed memory: Relacy's atomics cost time to make, so only those of the shape are.
template <class T, std::size_t N>
class Cells {
public:
    explicit Cells(std::size_t count) : count_(count)
    {
        if (count > N) {
            throw std::logic_error("the scenario's shape is larger than the world");
        }
        for (std::size_t i = 0; i < count; ++i) {
            ::new (at(i)) T();
        }
    }
    Cells(Cells const&)            = delete;
    Cells& operator=(Cells const&) = delete;
    ~Cells()
    {
        for (std::size_t i = 0; i < count_; ++i) {
            at(i)->~T();
        }
    }
    T& operator[](std::size_t i)
    {
        expect(i < count_, "an index is out of range");
        return *at(i);
    }
    std::size_t size() const noexcept
    {
        return count_;
    }
    /// The index of the object that `address` lies in, or size().
    std::size_t index_of(void const* address) const noexcept
    {
        auto const* const byte  = static_cast<unsigned char const*>(address);
        auto const* const first = memory_;
        bool const        in    = byte >= first && byte < first + count_ * sizeof(T);
        return in ? static_cast<std::size_t>(byte - first) / sizeof(T) : count_;
    }

private:
    T* at(std::size_t i) noexcept
    {
        return reinterpret_cast<T*>(memory_) + i;
    }

    std::size_t count_;
    alignas(T) unsigned char memory_[N * sizeof(T)];
};

struct Shape {
    uint32_t rings       = 1;
    uint32_t capacity    = 2;
    uint32_t pool        = 3;
    uint32_t subscribers = 1; ///< records with a hold map, the first ones
    uint32_t records     = 3; ///< all of them; the audit's recovery works in the last one
    uint32_t history     = 0; ///< messages for those that come late; 0: the region keeps none
    uint32_t hidden      = 4; ///< places of the hidden ring, where it keeps some
};

/// The same by names: shape({slots(2), records(4)}); what is left out is as above.
struct Setting {
    uint32_t Shape::*what;
    uint32_t         value;
};
inline Setting rings(uint32_t count)
{
    return {&Shape::rings, count};
}
inline Setting capacity(uint32_t count)
{
    return {&Shape::capacity, count};
}
inline Setting slots(uint32_t count)
{
    return {&Shape::pool, count};
}
inline Setting subscribers(uint32_t count)
{
    return {&Shape::subscribers, count};
}
inline Setting records(uint32_t count)
{
    return {&Shape::records, count};
}
inline Setting history(uint32_t count)
{
    return {&Shape::history, count};
}
inline Setting hidden(uint32_t count)
{
    return {&Shape::hidden, count};
}
inline Shape shape(std::initializer_list<Setting> settings)
{
    Shape all;
    for (Setting const& setting : settings) {
        all.*setting.what = setting.value;
    }
    return all;
}
/// Free stack and records alone.
inline Shape without_rings(uint32_t pool, uint32_t records)
{
    Shape shape;
    shape.rings       = 0;
    shape.pool        = pool;
    shape.subscribers = 0;
    shape.records     = records;
    return shape;
}

/// The memory that the algorithms see (core/Structures.h), as arrays.
class Layout {
public:
    explicit Layout(Shape const& shape);

    template <class T>
    using atomic = Policy::atomic<T>;

    atomic<uint64_t>& head()
    {
        return words_[0];
    }
    atomic<uint64_t>& live_set()
    {
        return words_[1];
    }
    atomic<uint64_t>& incarnations()
    {
        return words_[2];
    }
    atomic<uint64_t>& sweeps_owed()
    {
        return words_[3];
    }
    atomic<uint64_t>& sweeps_done()
    {
        return words_[4];
    }
    atomic<uint64_t>& schema_owner()
    {
        return words_[5];
    }
    atomic<uint32_t>& sleepers()
    {
        return half_words_[0];
    }
    atomic<uint32_t>& doorbell()
    {
        return half_words_[1];
    }
    core::SlotHeader<Policy>& slot(uint32_t index)
    {
        return slots_[index];
    }
    core::RingHeader<Policy>& ring(uint32_t index)
    {
        return rings_[index];
    }
    atomic<uint64_t>& entry(uint32_t ring, uint64_t position)
    {
        return entries_[ring * shape_.capacity + (position & (shape_.capacity - 1))];
    }
    uint32_t history() const
    {
        return shape_.history;
    }
    core::RingHeader<Policy>& hidden()
    {
        return hidden_[0];
    }
    atomic<uint64_t>& hidden_entry(uint64_t position)
    {
        return hidden_entries_[position & (shape_.hidden - 1)];
    }
    unsigned hidden_capacity_log2() const
    {
        return log2(shape_.hidden);
    }
    atomic<uint64_t>& cut(uint32_t ring)
    {
        return cuts_[ring];
    }
    core::Record<Policy>& record(uint32_t index)
    {
        return records_[index];
    }
    atomic<uint32_t>& hold(uint32_t record, uint32_t slot)
    {
        expect(record < shape_.subscribers, "a record without a hold map was asked for one");
        return holds_[record * shape_.pool + slot];
    }
    uint32_t pool_size() const
    {
        return shape_.pool;
    }
    uint32_t ring_count() const
    {
        return shape_.rings;
    }
    uint32_t capacity() const
    {
        return shape_.capacity;
    }
    unsigned capacity_log2() const
    {
        return log2(shape_.capacity);
    }
    uint32_t record_count() const
    {
        return shape_.records;
    }
    uint32_t subscriber_count() const
    {
        return shape_.subscribers;
    }
    void report_corruption()
    {
        expect(false, "a word is out of range or a slot has two owners (report_corruption)");
    }

    /// "entry[0][1]" and "lap 3 full slot 2", for the history.
    void describe(void* word, uint64_t value, char* name, char* decoded, std::size_t size) const;

    static constexpr uint32_t most_rings = 2, most_capacity = 4, most_pool = 6, most_records = 8;

private:
    void describe_history(void* word, uint64_t value, char* name, char* decoded, std::size_t size) const;

    static constexpr unsigned log2(uint32_t power)
    {
        return power == 1 ? 0 : power == 2 ? 1 : 2;
    }

    Shape                                               shape_;
    Cells<atomic<uint64_t>, 6>                          words_;
    Cells<atomic<uint32_t>, 2>                          half_words_;
    Cells<core::SlotHeader<Policy>, most_pool>          slots_;
    Cells<core::RingHeader<Policy>, most_rings>         rings_;
    Cells<atomic<uint64_t>, most_rings * most_capacity> entries_;
    Cells<core::Record<Policy>, most_records>           records_;
    Cells<atomic<uint32_t>, most_records * most_pool>   holds_;
    Cells<core::RingHeader<Policy>, 1>                  hidden_; ///< these three only where a history is kept
    Cells<atomic<uint64_t>, most_capacity>              hidden_entries_;
    Cells<atomic<uint64_t>, most_rings>                 cuts_;
};

using Ring       = core::Ring<Policy, Layout>;
using FreeStack  = core::FreeStack<Policy, Layout>;
using Sender     = core::HistorySender<Policy, Layout>;
using Receiver   = core::Receiver<Policy, Layout>;
using Membership = core::Membership<Policy, Layout>;
using Registry   = core::Registry<Policy, Layout>;
using SchemaSlot = core::SchemaSlot<Policy, Layout>;
using LiveSet    = core::LiveSet<Policy, Layout>;
using References = core::References<Policy>;
using Entry      = core::EntryWord<Policy>;
using Origin     = core::OriginWord<Policy>;
using CutWord    = core::CutWord;
using SentCount  = core::SentCount<Policy>;

} // namespace kickmsg_models
