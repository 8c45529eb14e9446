/// FNV-1a digests (Fowler, Noll, Vo; draft-eastlake-fnv) for schema identities. Not for security: they find
/// accidents, not attackers.
#pragma once

#include "kickmsg/Export.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kickmsg {
namespace hash {

constexpr uint32_t fnv1a_32_offset = 0x811c9dc5U;
constexpr uint64_t fnv1a_64_offset = 0xcbf29ce484222325ULL;

/// 32-bit FNV-1a of a text; `seed` chains calls.
constexpr uint32_t fnv1a_32(std::string_view text, uint32_t seed = fnv1a_32_offset) noexcept
{
    for (char c : text) {
        seed = (seed ^ static_cast<uint8_t>(c)) * 0x01000193U;
    }
    return seed;
}

/// 64-bit FNV-1a of a text; `seed` chains calls.
constexpr uint64_t fnv1a_64(std::string_view text, uint64_t seed = fnv1a_64_offset) noexcept
{
    for (char c : text) {
        seed = (seed ^ static_cast<uint8_t>(c)) * 0x00000100000001b3ULL;
    }
    return seed;
}

/// 64-bit FNV-1a of bytes; `seed` chains calls.
KICKMSG_API uint64_t fnv1a(void const* data, std::size_t length, uint64_t seed = fnv1a_64_offset) noexcept;

/// A 64-byte identity for SchemaInfo: eight chained 64-bit FNV-1a digests of `text`, each over the text and the
/// number of its place, little-endian. The same text gives the same identity on every platform.
KICKMSG_API std::array<uint8_t, 64> identity_from_fnv1a(std::string_view text) noexcept;

} // namespace hash
} // namespace kickmsg
