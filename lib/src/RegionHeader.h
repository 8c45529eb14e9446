/// The first bytes of a region, and the layout object over a mapped region that the core algorithms work through.
#pragma once

#include "Geometry.h"
#include "Policy.h"
#include "kickmsg/Schema.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace kickmsg {
namespace detail {

constexpr uint64_t region_magic   = 0x6b69636b6d736731; ///< "kickmsg1" when read as text from a big-endian dump
constexpr uint32_t layout_version = 1;

/// What a region is called, as its user wrote it.
struct Identity {
    enum Kind : uint32_t { Region = 0, Topic = 1, Broadcast = 2, Mailbox = 3 };
    static constexpr std::size_t text_size = 256;

    Kind        kind = Region;
    std::string prefix;
    std::string owner; ///< of a mailbox
    std::string text;  ///< topic, channel or tag
    std::string creator;

    bool        same_name(Identity const& other) const;
    std::string readable() const;
    char const* kind_name() const noexcept;
};

struct RegionHeader {
    uint64_t                 magic;
    uint32_t                 version;
    uint32_t                 type;
    Policy::atomic<uint64_t> state; ///< an owner word: Ready, or Retired by who replaces the region
    Geometry                 geometry;
    uint64_t                 creator_pid;
    uint64_t                 created_ns;
    uint32_t                 kind;
    uint32_t                 reserved;
    char                     prefix[Identity::text_size];
    char                     owner[Identity::text_size];
    char                     text[Identity::text_size];
    char                     creator[Identity::text_size];

    alignas(core::line_size) SchemaInfo schema;
    // Each group on lines of its own, by who writes it and how often.
    alignas(core::line_size) Policy::atomic<uint64_t> head;     // every allocation and every last drop
    alignas(core::line_size) Policy::atomic<uint64_t> live_set; // joins and leaves; read by every publish
    Policy::atomic<uint64_t> unlinks; ///< of its name through the library: a hint for who follows the name
    alignas(core::line_size) Policy::atomic<uint64_t> incarnations;
    Policy::atomic<uint64_t> sweeps_owed;
    Policy::atomic<uint64_t> sweeps_done;
    Policy::atomic<uint64_t> schema_owner;
    Policy::atomic<uint64_t> corrupt;        ///< words found out of range
    Policy::atomic<uint64_t> last_recovery;  ///< when the last automatic one began, monotonic_ns()
    Policy::atomic<uint64_t> remover;        ///< incarnation of the participant that may remove the name; 0: none yet
    Policy::atomic<uint64_t> recovery_pause; ///< until the next automatic recovery, ns; 0: the shortest
};
static_assert(sizeof(RegionHeader) <= header_bytes, "the header precedes the records");
static_assert(offsetof(RegionHeader, magic) == 0 && offsetof(RegionHeader, version) == 8 &&
                  offsetof(RegionHeader, state) == 16,
              "every layout version is recognised by these");

static_assert(offsetof(RegionHeader, head) % core::line_size == 0 &&
                  offsetof(RegionHeader, live_set) == offsetof(RegionHeader, head) + core::line_size &&
                  offsetof(RegionHeader, incarnations) == offsetof(RegionHeader, live_set) + core::line_size,
              "what every publish changes, what it reads and what it never touches share no line");

static_assert(offsetof(RegionHeader, last_recovery) == offsetof(RegionHeader, incarnations) + 40 &&
                  offsetof(RegionHeader, remover) == offsetof(RegionHeader, incarnations) + 48 &&
                  offsetof(RegionHeader, recovery_pause) == offsetof(RegionHeader, incarnations) + 56,
              "zero, and unused, in regions of earlier libraries of this layout version");

using Slot   = core::SlotHeader<Policy>;
using Ring   = core::RingHeader<Policy>;
using Record = core::Record<Policy>;
static_assert(sizeof(Slot) == 32 && offsetof(Slot, link) == 8 && offsetof(Slot, owner) == 16, "slot header layout");
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
          capacity_log2_(log2(geometry.ring_capacity)), geometry_(geometry)
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

    Slot& slot(uint32_t index) noexcept
    {
        return *reinterpret_cast<Slot*>(slots_ + index * slot_stride_);
    }
    unsigned char* payload(uint32_t index) noexcept
    {
        return slots_ + index * slot_stride_ + payload_offset_;
    }
    Ring& ring(uint32_t index) noexcept
    {
        return rings_[index];
    }
    Policy::atomic<uint64_t>& entry(uint32_t ring, uint64_t position) noexcept
    {
        return entries_[(uint64_t{ring} << capacity_log2_) + (position & (geometry_.ring_capacity - 1))];
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
    unsigned                  capacity_log2_;
    Geometry                  geometry_;
};

/// Lays out an empty region in zeroed memory.
void initialise(void* memory, Geometry const& geometry, channel::Type type, Identity const& identity,
                std::optional<SchemaInfo> const& schema) noexcept;

/// Returns: the geometry of the region in `memory`, checked against itself and against `size`.
/// Errors:  Error Corrupt, WrongVersion, NotReady.
Geometry examine(void const* memory, std::size_t size, std::string const& name);

Identity identity_of(RegionHeader const& header);

} // namespace detail
} // namespace kickmsg
