/// FNV-1a digests (Fowler, Noll, Vo; draft-eastlake-fnv) for schema identities. Not for security: they find
/// accidents, not attackers.
#pragma once

#include "kickmsg/Export.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace kickmsg {
namespace hash {

namespace detail {

/// Whether (text, second) reads like (bytes, their number): a bare pointer, or an array with a number that is no digest.
template <class Text, class Second, class Digest>
constexpr bool looks_like_bytes = std::is_pointer_v<std::remove_reference_t<Text>> ||
                                  std::is_null_pointer_v<std::remove_reference_t<Text>> ||
                                  (std::is_array_v<std::remove_reference_t<Text>> && !std::is_same_v<Second, Digest>);

} // namespace detail

constexpr uint32_t fnv1a_32_offset = 0x811c9dc5U;           ///< the first seed of 32 bits
constexpr uint64_t fnv1a_64_offset = 0xcbf29ce484222325ULL; ///< the first seed of 64 bits

/// Returns: the 32-bit FNV-1a of `text`; `seed` chains calls.
constexpr uint32_t fnv1a_32(std::string_view text, uint32_t seed = fnv1a_32_offset) noexcept
{
    for (char c : text) {
        seed = (seed ^ static_cast<uint8_t>(c)) * 0x01000193U;
    }
    return seed;
}

/// Not for bytes and their number: a text ends at its first zero, and the number would be taken for a seed. Bytes have fnv1a();
/// a text behind a pointer is chained as std::string_view(pointer).
template <class Text, class Second, std::enable_if_t<detail::looks_like_bytes<Text, Second, uint32_t>, int> = 0>
uint32_t fnv1a_32(Text&&, Second) = delete;
uint32_t fnv1a_32(std::nullptr_t) = delete;

/// Returns: the 64-bit FNV-1a of `text`; `seed` chains calls.
constexpr uint64_t fnv1a_64(std::string_view text, uint64_t seed = fnv1a_64_offset) noexcept
{
    for (char c : text) {
        seed = (seed ^ static_cast<uint8_t>(c)) * 0x00000100000001b3ULL;
    }
    return seed;
}

/// As for 32 bits.
template <class Text, class Second, std::enable_if_t<detail::looks_like_bytes<Text, Second, uint64_t>, int> = 0>
uint64_t fnv1a_64(Text&&, Second) = delete;
uint64_t fnv1a_64(std::nullptr_t) = delete;

/// Returns: the 64-bit FNV-1a of `length` bytes at `data`; `seed` chains calls.
KICKMSG_API uint64_t fnv1a(void const* data, std::size_t length, uint64_t seed = fnv1a_64_offset) noexcept;

/// Returns: a 64-byte identity for SchemaInfo: eight chained 64-bit FNV-1a digests of `text`, each over the text and the
/// number of its place, little-endian. The same text gives the same identity on every platform.
KICKMSG_API std::array<uint8_t, 64> identity_from_fnv1a(std::string_view text) noexcept;

} // namespace hash
} // namespace kickmsg
