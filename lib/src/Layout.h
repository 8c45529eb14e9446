/// The layout object over a mapped region, which the core algorithms work through.
#pragma once

#include "Geometry.h"
#include "Policy.h"
#include "RegionHeader.h"
#include "kickmsg/core/Structures.h"

#include <cstddef>
#include <cstdint>

namespace kickmsg {
namespace detail {

using Slot   = core::SlotHeader<Policy>;
using Ring   = core::RingHeader<Policy>;
using Record = core::Record<Policy>;
static_assert(sizeof(Slot) == slot_header_bytes && offsetof(Slot, link) == 8 && offsetof(Slot, owner) == 16,
              "slot header layout");
static_assert(sizeof(Ring) == 2 * core::line_size && offsetof(Ring, owner) == core::line_size, "ring header layout");
static_assert(sizeof(Record) == core::line_size, "a participant record fills its line");

/// A mapped region as the core algorithms see it. The geometry is this process's own checked copy: nothing in shared
/// memory can move an access out of the mapping.
class Layout {
public:
    Layout(void* base, Geometry const& geometry) noexcept
        : base_(static_cast<unsigned char*>(base)), slots_(base_ + geometry.slots_offset),
          slot_stride_(geometry.slot_stride), payload_offset_(geometry.payload_offset),
          rings_(at<Ring>(geometry.rings_offset)), entries_(at<Policy::atomic<uint64_t>>(geometry.entries_offset)),
          records_(at<Record>(geometry.records_offset)), holds_(at<Policy::atomic<uint32_t>>(geometry.holds_offset)),
          hidden_(at<Ring>(geometry.hidden_offset)),
          hidden_entries_(at<Policy::atomic<uint64_t>>(geometry.hidden_offset + sizeof(Ring))),
          hidden_mask_(geometry.hidden_capacity() - 1), capacity_log2_(log2(geometry.ring_capacity)),
          hidden_capacity_log2_(log2(geometry.hidden_capacity())), geometry_(geometry)
    {
    }

    RegionHeader& header() noexcept
    {
        return *at<RegionHeader>(0);
    }
    Policy::atomic<uint64_t>& head() noexcept
    {
        return header().head;
    }
    Policy::atomic<uint64_t>& live_set() noexcept
    {
        return header().live_set;
    }
    Policy::atomic<uint64_t>& incarnations() noexcept
    {
        return header().incarnations;
    }
    Policy::atomic<uint64_t>& sweeps_owed() noexcept
    {
        return header().sweeps_owed;
    }
    Policy::atomic<uint64_t>& sweeps_done() noexcept
    {
        return header().sweeps_done;
    }
    Policy::atomic<uint64_t>& schema_owner() noexcept
    {
        return header().schema_owner;
    }
    Policy::atomic<uint32_t>& sleepers() noexcept
    {
        return header().sleepers;
    }
    Policy::atomic<uint32_t>& doorbell() noexcept
    {
        return header().doorbell;
    }

    Slot& slot(uint32_t index) noexcept
    {
        return *reinterpret_cast<Slot*>(slots_ + index * slot_stride_);
    }
    unsigned char* payload(uint32_t index) noexcept
    {
        return slots_ + index * slot_stride_ + payload_offset_;
    }
    /// When the message there was sent. Only where the geometry has it.
    Policy::atomic<uint64_t>& send_time(uint32_t index) noexcept
    {
        return *reinterpret_cast<Policy::atomic<uint64_t>*>(slots_ + index * slot_stride_ + slot_header_bytes);
    }
    bool has_send_time() const noexcept
    {
        return geometry_.send_time != 0;
    }
    Ring& ring(uint32_t index) noexcept
    {
        return rings_[index];
    }
    Policy::atomic<uint64_t>& entry(uint32_t ring, uint64_t position) noexcept
    {
        return entries_[(uint64_t{ring} << capacity_log2_) + (position & (geometry_.ring_capacity - 1))];
    }

    /// Messages that the region keeps for those that come late. 0: there is no hidden ring, and nothing of it may be touched.
    uint32_t history() const noexcept
    {
        return geometry_.history;
    }
    Ring& hidden() noexcept
    {
        return *hidden_;
    }
    Policy::atomic<uint64_t>& hidden_entry(uint64_t position) noexcept
    {
        return hidden_entries_[position & hidden_mask_];
    }
    unsigned hidden_capacity_log2() const noexcept
    {
        return hidden_capacity_log2_;
    }
    Policy::atomic<uint64_t>& cut(uint32_t ring) noexcept
    {
        return rings_[ring].cut;
    }

    Record& record(uint32_t index) noexcept
    {
        return records_[index];
    }
    Policy::atomic<uint32_t>& hold(uint32_t record, uint32_t slot) noexcept
    {
        return holds_[uint64_t{record} * geometry_.pool_size + slot];
    }

    uint32_t pool_size() const noexcept
    {
        return geometry_.pool_size;
    }
    uint32_t ring_count() const noexcept
    {
        return geometry_.max_subscribers;
    }
    uint32_t capacity() const noexcept
    {
        return geometry_.ring_capacity;
    }
    unsigned capacity_log2() const noexcept
    {
        return capacity_log2_;
    }
    uint32_t record_count() const noexcept
    {
        return geometry_.record_count();
    }
    uint32_t subscriber_count() const noexcept
    {
        return geometry_.max_subscribers;
    }
    Geometry const& geometry() const noexcept
    {
        return geometry_;
    }

    void report_corruption() noexcept
    {
        header().corrupt.fetch_add(1, std::memory_order_relaxed);
    }

private:
    template <class T>
    T* at(uint64_t offset) const noexcept
    {
        return reinterpret_cast<T*>(base_ + offset);
    }

    static unsigned log2(uint32_t power) noexcept
    {
        unsigned bits = 0;
        for (; power > 1; power >>= 1) {
            ++bits;
        }
        return bits;
    }

    // What every message needs, as addresses; then what is asked for less often.
    unsigned char*            base_;
    unsigned char*            slots_;
    uint64_t                  slot_stride_;
    uint64_t                  payload_offset_;
    Ring*                     rings_;
    Policy::atomic<uint64_t>* entries_;
    Record*                   records_;
    Policy::atomic<uint32_t>* holds_;
    Ring*                     hidden_;
    Policy::atomic<uint64_t>* hidden_entries_;
    uint64_t                  hidden_mask_;
    unsigned                  capacity_log2_;
    unsigned                  hidden_capacity_log2_;
    Geometry                  geometry_;
};

} // namespace detail
} // namespace kickmsg
