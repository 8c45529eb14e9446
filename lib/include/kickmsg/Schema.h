/// A payload schema descriptor: stored beside the channel for its users, never interpreted by the library.
#pragma once

#include "kickmsg/Export.h"

#include <array>
#include <cstdint>

namespace kickmsg {

/// What a channel carries, in its users' own terms. Exactly 512 bytes, part of the ABI.
struct SchemaInfo {
    std::array<uint8_t, 64> identity;  ///< digest of what the type means (see hash::identity_from_fnv1a)
    std::array<uint8_t, 64> layout;    ///< digest of how its bytes lie
    char                    name[128]; ///< null-terminated type name
    uint32_t                version;
    uint32_t                identity_algo; ///< the user's number of the algorithm behind `identity`; 0 = unspecified
    uint32_t                layout_algo;   ///< the same for `layout`
    uint32_t                flags;
    uint8_t                 reserved[240]; ///< zero
};
static_assert(sizeof(SchemaInfo) == 512, "SchemaInfo is part of the region layout");

namespace schema {

/// One bit for each part in which two descriptors differ.
enum Difference : uint32_t {
    Equal        = 0,
    Identity     = 1U << 0,
    Layout       = 1U << 1,
    Version      = 1U << 2,
    Name         = 1U << 3,
    IdentityAlgo = 1U << 4,
    LayoutAlgo   = 1U << 5,
};

/// Returns: the `Difference` bits of two descriptors; 0 when they agree. `flags` and `reserved` are not compared.
/// Threads:  pure function.
KICKMSG_API uint32_t diff(SchemaInfo const& a, SchemaInfo const& b) noexcept;

} // namespace schema
} // namespace kickmsg
