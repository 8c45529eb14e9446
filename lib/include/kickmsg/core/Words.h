/// The packed words of the protocol: how each 64-bit word in shared memory is read and made.
/// Widths that bound how long a stalled process may sleep come from the policy, so that models can use narrow ones
/// and see the wraps.
/// Proof: lib/test/Words_test.cc, lib/test/CorruptWords_test.cc, lib/test/Ring_test.cc; models free_stack_long_sleep, incarnations_record, incarnations_ring; sweep none (changes nothing); budget none (constant expressions)
#pragma once

#include <cstdint>

namespace kickmsg {
namespace core {

using SlotIndex = uint32_t;

constexpr unsigned  slot_bits = 24;
constexpr SlotIndex no_slot   = (1U << slot_bits) - 1;

constexpr uint64_t low_bits(unsigned n) noexcept
{
    return (uint64_t{1} << n) - 1;
}

constexpr uint32_t count_bits(uint64_t bits) noexcept
{
    uint32_t found = 0;
    for (; bits != 0; bits &= bits - 1) {
        ++found;
    }
    return found;
}

/// The signed difference a - b of two numbers that count modulo 2^bits.
constexpr int64_t wrapped_difference(uint64_t a, uint64_t b, unsigned bits) noexcept
{
    uint64_t const sign = uint64_t{1} << (bits - 1);
    return static_cast<int64_t>((((a - b) & low_bits(bits)) ^ sign) - sign);
}

/// `tag:40 | slot:24`: the head of the free stack and, in each slot, its link to the next one. Every pop and push adds
/// one to the head's tag; a link carries the tag of the push that wrote it, so no two pushes write the same link.
template <class P>
struct TaggedSlot {
    static constexpr uint64_t make(uint64_t tag, SlotIndex slot) noexcept
    {
        return ((tag & low_bits(P::tag_bits)) << slot_bits) | (slot & no_slot);
    }
    static constexpr SlotIndex slot(uint64_t word) noexcept
    {
        return static_cast<SlotIndex>(word & no_slot);
    }
    static constexpr uint64_t tag(uint64_t word) noexcept
    {
        return word >> slot_bits;
    }
    /// Operations from the word `from` to the word `to`, modulo the tag's width.
    static constexpr uint64_t operations(uint64_t from, uint64_t to) noexcept
    {
        return (tag(to) - tag(from)) & low_bits(P::tag_bits);
    }
};

/// `generation:31 | kept:1 | ring bits:32`: what needs a slot. `kept`: its owner, a publisher, has it, from the pop until
/// it lets go of it. No bit at all: the slot is free.
template <class P>
struct References {
    static constexpr uint32_t most_rings = 32;
    static constexpr uint32_t history    = 31; ///< the bit of the hidden ring, where a region keeps a history
    static constexpr uint64_t kept       = uint64_t{1} << most_rings;

    static constexpr uint64_t make(uint64_t generation, uint64_t holders) noexcept
    {
        return ((generation & low_bits(P::generation_bits)) << 33) | holders;
    }
    static constexpr uint64_t generation(uint64_t word) noexcept
    {
        return word >> 33;
    }
    static constexpr uint64_t holders(uint64_t word) noexcept
    {
        return word & low_bits(33);
    }
    static constexpr uint32_t rings(uint64_t word) noexcept
    {
        return static_cast<uint32_t>(word);
    }
    static constexpr uint64_t ring(uint32_t index) noexcept
    {
        return uint64_t{1} << index;
    }
};

/// `lap:38 | sealed:1 | full:1 | slot:24`: one place of a ring.
template <class P>
struct EntryWord {
    static constexpr uint64_t full      = uint64_t{1} << 24;
    static constexpr uint64_t sealed    = uint64_t{1} << 25;
    static constexpr unsigned lap_shift = 26;

    static constexpr uint64_t make_full(uint64_t lap, SlotIndex slot) noexcept
    {
        return ((lap & low_bits(P::lap_bits)) << lap_shift) | full | (slot & no_slot);
    }
    static constexpr uint64_t make_consumed(uint64_t lap) noexcept
    {
        return (lap & low_bits(P::lap_bits)) << lap_shift;
    }
    static constexpr bool is_full(uint64_t word) noexcept
    {
        return (word & full) != 0;
    }
    static constexpr bool is_sealed(uint64_t word) noexcept
    {
        return (word & sealed) != 0;
    }
    static constexpr SlotIndex slot(uint64_t word) noexcept
    {
        return static_cast<SlotIndex>(word & no_slot);
    }
    /// Laps from `lap` (of a position) to the lap of this entry: 0 = written in this lap, -1 = place is next.
    static constexpr int64_t laps_after(uint64_t word, uint64_t lap) noexcept
    {
        return wrapped_difference(word >> lap_shift, lap, P::lap_bits);
    }
};

/// `state:8 | record:16 | incarnation:40`: which participant owns a ring, a participant record or the schema slot.
/// Incarnations are never reused, so an owner word never means two owners.
struct OwnerWord {
    enum State : uint8_t {
        Free = 0,
        // participant records
        Active = 1,
        // rings
        Joining = 2,
        Live    = 3,
        // rings and records that are being closed
        Draining = 4,
        // the schema slot
        Claiming = 5,
        Set      = 6,
        // the region itself
        Ready   = 7,
        Retired = 8,
    };

    static constexpr uint64_t make(State state, uint32_t record, uint64_t incarnation) noexcept
    {
        return (static_cast<uint64_t>(state) << 56) | (static_cast<uint64_t>(record & 0xffffU) << 40) |
               (incarnation & low_bits(40));
    }
    static constexpr State state(uint64_t word) noexcept
    {
        return static_cast<State>(word >> 56);
    }
    static constexpr uint32_t record(uint64_t word) noexcept
    {
        return static_cast<uint32_t>(word >> 40) & 0xffffU;
    }
    static constexpr uint64_t incarnation(uint64_t word) noexcept
    {
        return word & low_bits(40);
    }
};

/// `high bits of the sequence:24 | incarnation:40`: whose message lies in a slot; the low P::sequence_bits of its number have a word
/// of their own. So a number has 56 bits: at 20 million messages a second it wraps after a century.
template <class P>
struct OriginWord {
    static constexpr uint64_t make(uint64_t sequence, uint64_t incarnation) noexcept
    {
        return (high(sequence) << 40) | (incarnation & low_bits(40));
    }
    static constexpr uint64_t incarnation(uint64_t word) noexcept
    {
        return word & low_bits(40);
    }
    static constexpr uint64_t sequence(uint64_t word, uint32_t low) noexcept
    {
        return (word >> 40 << P::sequence_bits) | low;
    }
    static constexpr uint64_t high(uint64_t sequence) noexcept
    {
        return sequence >> P::sequence_bits;
    }
    static constexpr uint32_t low(uint64_t sequence) noexcept
    {
        return static_cast<uint32_t>(sequence & low_bits(P::sequence_bits));
    }
};

/// `decided:1 | value:63`: the cut of a ring, from which position of the history on messages come to its subscriber by their publishers. Until
/// it is decided the value is the subscriber's first position: no two subscribers of a ring have the same.
struct CutWord {
    static constexpr unsigned bits = 63;

    static constexpr uint64_t undecided(uint64_t start) noexcept
    {
        return start & low_bits(bits);
    }
    static constexpr uint64_t decided(uint64_t position) noexcept
    {
        return uint64_t{1} << bits | (position & low_bits(bits));
    }
    static constexpr bool is_decided(uint64_t word) noexcept
    {
        return word >> bits != 0;
    }
    static constexpr uint64_t position(uint64_t word) noexcept
    {
        return word & low_bits(bits);
    }
    /// Of a cut that is decided: whether `position` is not before it.
    static constexpr bool admits(uint64_t word, uint64_t position) noexcept
    {
        return wrapped_difference(position, word, bits) >= 0;
    }
};

/// `kind:8 | ring:8 | slot:24`: the one thing that a participant is in the middle of. Zero: nothing.
struct ClaimWord {
    enum Kind : uint8_t { None = 0, Pop = 1, Evict = 2, Drop = 3, Publish = 4, Adopt = 5 };

    static constexpr uint64_t make(Kind kind, uint32_t ring, SlotIndex slot) noexcept
    {
        return (static_cast<uint64_t>(kind) << 32) | (static_cast<uint64_t>(ring & 0xffU) << 24) | (slot & no_slot);
    }
    static constexpr Kind kind(uint64_t word) noexcept
    {
        return static_cast<Kind>((word >> 32) & 0xffU);
    }
    static constexpr uint32_t ring(uint64_t word) noexcept
    {
        return static_cast<uint32_t>(word >> 24) & 0xffU;
    }
    static constexpr SlotIndex slot(uint64_t word) noexcept
    {
        return static_cast<SlotIndex>(word & no_slot);
    }
};

} // namespace core
} // namespace kickmsg
