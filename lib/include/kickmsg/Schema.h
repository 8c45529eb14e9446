/// A payload schema descriptor: stored beside the channel for its users, never interpreted by the library.
#pragma once

#include "kickmsg/Export.h"

#include <array>
#include <cstdint>

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

} // namespace schema
} // namespace kickmsg
