/// The first bytes of a region: what they hold, how they are filled in, and how they are read from foreign memory.
#pragma once

#include "Geometry.h"
#include "Identity.h"
#include "Policy.h"
#include "kickmsg/Schema.h"
#include "kickmsg/core/Replacement.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace kickmsg {
namespace detail {

constexpr uint64_t region_magic   = 0x6b69636b6d736731; ///< "kickmsg1" when read as text from a big-endian dump
constexpr uint32_t layout_version = 5;

struct RegionHeader {
    uint64_t                 magic;
    uint32_t                 version;
    uint32_t                 type;
    Policy::atomic<uint64_t> state; ///< an owner word: Ready, or Retired by the process that replaces the region
    Geometry                 geometry;
    uint64_t                 creator_pid;
    uint64_t                 created_ns;
    uint32_t                 kind;
    Policy::atomic<uint32_t> provisional; ///< a word of core::Provision
    char                     prefix[Identity::text_size];
    char                     owner[Identity::text_size];
    char                     text[Identity::text_size];
    char                     creator[Identity::text_size];

    alignas(core::line_size) SchemaInfo schema;
    // Each group on lines of its own, by its writers and how often they write. Sleepers write to the line that each publish reads: who
    // sleeps has a system call to pay beside it.
    alignas(core::line_size) Policy::atomic<uint64_t> head;     // every allocation and every last drop
    alignas(core::line_size) Policy::atomic<uint64_t> live_set; // joins and leaves; read by every publish
    Policy::atomic<uint32_t> sleepers;                          ///< a bit for each ring; read by every publish, too
    Policy::atomic<uint32_t> doorbell;                          ///< written when somebody sleeps
    Policy::atomic<uint64_t> unlinks; ///< of its name through the library: a hint for handles that follow the name
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
              "what every pop and push changes, what every publish reads and what it never touches share no line");

static_assert(offsetof(RegionHeader, last_recovery) == offsetof(RegionHeader, incarnations) + 40 &&
                  offsetof(RegionHeader, remover) == offsetof(RegionHeader, incarnations) + 48 &&
                  offsetof(RegionHeader, recovery_pause) == offsetof(RegionHeader, incarnations) + 56,
              "zero, and unused, in regions of earlier libraries of this layout version");

/// Lays out an empty region in zeroed memory. `provisional`: a word of core::Provision.
void initialise(void* memory, Geometry const& geometry, channel::Type type, Identity const& identity,
                std::optional<SchemaInfo> const& schema, uint32_t provisional) noexcept;

/// Returns: the geometry of the region in `memory`, checked against itself and against `size`.
/// Errors:  Error Corrupt, WrongVersion, NotReady.
Geometry examine(void const* memory, std::size_t size, std::string const& name);

Identity identity_of(RegionHeader const& header);

/// Whether nobody has decided its geometry yet: as it was just now.
inline bool is_provisional(RegionHeader const& header) noexcept
{
    using Provision = core::Provision<Policy>;
    // relaxed: a hint, or for show; who acts on it asks core::Provision
    return header.provisional.load(std::memory_order_relaxed) == Provision::open;
}

} // namespace detail
} // namespace kickmsg
