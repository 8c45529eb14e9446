/// What the slots of a region are in use for, as seen from outside.
#pragma once

#include "Copies.h"
#include "Inspection.h"
#include "Layout.h"
#include "LifeCheck.h"
#include "kickmsg/Inspect.h"

#include <cstdint>
#include <vector>

namespace kickmsg {
namespace detail {

/// Copies of all that accounts for the slots of a region, read in the order of core/Sweep.h: references, PUBLISH and ADOPT notes, entries, those
/// of the history, too, hold maps, claims. A reference moves in that direction, so that one which is accounted for by none of them, and stands as it was afterwards, is an
/// orphan. Nothing is changed by it, so a mistake costs a number.
class SlotAccounts {
public:
    /// Reads them. Errors: Error Corrupt when the file has become shorter.
    SlotAccounts(Inspection const& seen, Geometry const& geometry, LifeCheck& life);

    PoolReport pool() const;
    /// Returns: unread messages in a ring.
    uint64_t unread(uint32_t ring) const noexcept
    {
        return unread_[ring];
    }
    /// Returns: slots that the subscriber with that record has taken to hold.
    uint64_t held(uint32_t record) const noexcept
    {
        return held_[record];
    }
    /// Returns: slots that the publisher of that incarnation keeps.
    uint64_t kept(uint64_t incarnation) const noexcept;

private:
    struct Account {
        uint64_t references = 0;
        uint64_t owner      = 0;
        uint32_t rings      = 0;     ///< references that are accounted for
        bool     publishing = false; ///< by the note of a living publisher: all of them
        bool     held       = false;
    };

    void     read_slots();
    void     read_records();
    void     read_entries();
    void     read_history();
    void     read_holds(uint32_t record, uint32_t ring);
    void     note_publishing();
    void     note_claims();
    bool     is_living(uint32_t record) const;
    bool     is_orphaned(uint32_t slot) const;
    uint64_t references_now(uint32_t slot) const;
    uint64_t offset_of(uint32_t slot) const noexcept;
    uint64_t history_bit() const noexcept;

    Inspection const&     seen_;
    Geometry const&       geometry_;
    LifeCheck&            life_;
    Copies<Record>        records_;
    std::vector<Account>  slots_;
    std::vector<uint64_t> unread_; ///< of each ring
    std::vector<uint64_t> held_;   ///< of each subscriber's record
    uint32_t              dead_rings_ = 0;
};

} // namespace detail
} // namespace kickmsg
