/// A payload schema descriptor: stored beside the channel for its users. The library interprets none but those that it made itself
/// for a type (TypeSchema.h).
#pragma once

#include "kickmsg/Export.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace kickmsg {

/// What a channel carries, in its users' own terms. Exactly 512 bytes, part of the ABI.
struct SchemaInfo {
    std::array<uint8_t, 64> identity;      ///< digest of what the type means (see hash::identity_from_fnv1a)
    std::array<uint8_t, 64> layout;        ///< digest of how its bytes lie
    char                    name[128];     ///< null-terminated type name
    uint32_t                version;       ///< the user's own; compared, never interpreted
    uint32_t                identity_algo; ///< the user's number of the algorithm behind `identity`; 0 = unspecified
    uint32_t                layout_algo;   ///< the same for `layout`
    uint32_t                flags;         ///< the user's own; not compared
    uint8_t                 reserved[240]; ///< zero
};
static_assert(sizeof(SchemaInfo) == 512, "SchemaInfo is part of the region layout");

namespace schema {

/// One bit for each part in which two descriptors differ.
enum Difference : uint32_t {
    Equal        = 0,       ///< no difference
    Identity     = 1U << 0, ///< of SchemaInfo::identity
    Layout       = 1U << 1, ///< of SchemaInfo::layout
    Version      = 1U << 2, ///< of SchemaInfo::version
    Name         = 1U << 3, ///< of SchemaInfo::name
    IdentityAlgo = 1U << 4, ///< of SchemaInfo::identity_algo
    LayoutAlgo   = 1U << 5, ///< of SchemaInfo::layout_algo
};

/// Returns: the `Difference` bits of the descriptors `a` and `b`; 0 when they agree. `flags` and `reserved` are not compared.
/// Threads: pure function.
KICKMSG_API uint32_t diff(SchemaInfo const& a, SchemaInfo const& b) noexcept;

/// SchemaInfo::layout_algo and identity_algo of the descriptors that the library makes for a type: `layout` begins with a
/// TypeLayout, `identity` is hash::identity_from_fnv1a() of the name. Not for descriptors of your own.
constexpr uint32_t of_a_type = 0x6b6d5459;

/// How the messages of a type lie: what a descriptor of the library's own says of it.
struct TypeLayout {
    uint64_t size      = 0;     ///< sizeof the type; of a slice, of one element
    uint64_t alignment = 0;     ///< alignof the type
    bool     is_slice  = false; ///< whether a message is any number of them, and not exactly one
};

/// Returns: the descriptor of a type called `name` in its `version`, whose messages lie as `layout` says. Of a longer name than
///          SchemaInfo::name has room for the beginning is stored; all of it counts in the identity. An empty name: none.
/// Threads: pure function.
KICKMSG_API SchemaInfo describe_type(std::string const& name, uint32_t version, TypeLayout const& layout);
/// Returns: what describe_type() was given for the descriptor `info`; nothing when another made it.
/// Threads: pure function.
KICKMSG_API std::optional<TypeLayout> type_layout(SchemaInfo const& info) noexcept;
/// Returns: the descriptor `info` in words, for messages: "example/Pose version 2 (16 bytes at multiples of 8)".
/// Threads: pure function.
KICKMSG_API std::string text_of(SchemaInfo const& info);

} // namespace schema
} // namespace kickmsg
