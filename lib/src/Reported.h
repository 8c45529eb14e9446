/// What stats() and inspect() report of words of a region.
#pragma once

#include "Copies.h"
#include "Layout.h"
#include "kickmsg/Region.h"

#include <cstddef>
#include <cstdint>

namespace kickmsg {
namespace detail {

/// `owner`: the owner word of a ring.
inline RingState public_state(uint64_t owner) noexcept
{
    switch (core::OwnerWord::state(owner)) {
    case core::OwnerWord::Joining:
        return RingState::Joining;
    case core::OwnerWord::Live:
        return RingState::Live;
    case core::OwnerWord::Draining:
        return RingState::Draining;
    default:
        return RingState::Free;
    }
}

/// As core::SentCount::own(), of the copy of record `index`.
inline uint64_t sent_by(uint64_t incarnation, Copies<Record> const& records, uint32_t index) noexcept
{
    bool const counts = records.word(index, offsetof(Record, counted)) == incarnation;
    return counts ? records.word(index, offsetof(Record, sent)) - records.word(index, offsetof(Record, before)) : 0;
}

} // namespace detail
} // namespace kickmsg
