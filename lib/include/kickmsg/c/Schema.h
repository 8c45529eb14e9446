/// For C: what a channel carries. Both ends of other languages and of C++ meet by the same descriptors.
#pragma once

#include "kickmsg/c/Status.h"

#ifdef __cplusplus
extern "C" {
#endif

/// SchemaInfo, byte for byte.
typedef struct kickmsg_schema {
    uint8_t  identity[64];  ///< digest of what the type means
    uint8_t  layout[64];    ///< digest of how its bytes lie
    char     name[128];     ///< null-terminated type name
    uint32_t version;       ///< the user's own; compared, never interpreted
    uint32_t identity_algo; ///< the user's number of the algorithm behind `identity`; 0 = unspecified
    uint32_t layout_algo;   ///< the same for `layout`
    uint32_t flags;         ///< the user's own; not compared
    uint8_t  reserved[240]; ///< zero
} kickmsg_schema;

/// schema::Difference: one bit for each part in which two descriptors differ.
typedef enum kickmsg_schema_difference {
    KICKMSG_SCHEMA_EQUAL         = 0,  ///< no difference
    KICKMSG_SCHEMA_IDENTITY      = 1,  ///< of kickmsg_schema::identity
    KICKMSG_SCHEMA_LAYOUT        = 2,  ///< of kickmsg_schema::layout
    KICKMSG_SCHEMA_VERSION       = 4,  ///< of kickmsg_schema::version
    KICKMSG_SCHEMA_NAME          = 8,  ///< of kickmsg_schema::name
    KICKMSG_SCHEMA_IDENTITY_ALGO = 16, ///< of kickmsg_schema::identity_algo
    KICKMSG_SCHEMA_LAYOUT_ALGO   = 32  ///< of kickmsg_schema::layout_algo
} kickmsg_schema_difference;

/// schema::TypeLayout: how the messages of a type lie.
typedef struct kickmsg_type_layout {
    uint64_t size;      ///< sizeof the type; of a slice, of one element
    uint64_t alignment; ///< alignof the type
    bool     is_slice;  ///< whether a message is any number of them, and not exactly one
} kickmsg_type_layout;

/// schema::diff(): writes to `difference` the bits of kickmsg_schema_difference of the descriptors `a` and `b`.
/// Threads: pure function.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_schema_diff(kickmsg_schema const* a, kickmsg_schema const* b, uint32_t* difference);
/// schema::describe_type(): writes to `schema` the descriptor of the type `name` in its `version`, whose messages lie as `layout` says: the one
/// that a TypedPublisher or TypedSubscriber of C++ has for a type of that name.
/// Threads: pure function.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_ARGUMENT, KICKMSG_LIMIT_REACHED.
KICKMSG_API kickmsg_status kickmsg_schema_describe_type(char const* name, uint32_t version,
                                                        kickmsg_type_layout const* layout, kickmsg_schema* schema);
/// schema::type_layout(): writes to `layout` what kickmsg_schema_describe_type() was given for `schema`.
/// Threads: pure function.
/// Returns: KICKMSG_OK; KICKMSG_AGAIN where another made the descriptor; KICKMSG_INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_schema_type_layout(kickmsg_schema const* schema, kickmsg_type_layout* layout);
/// schema::text_of(): writes `schema` in words to `text`, which has room for `size` bytes, the last of them zero.
/// Threads: pure function.
/// Returns: KICKMSG_OK; KICKMSG_TOO_LONG, with what had room; KICKMSG_INVALID_ARGUMENT, KICKMSG_LIMIT_REACHED.
KICKMSG_API kickmsg_status kickmsg_schema_text(kickmsg_schema const* schema, char* text, size_t size);

/// hash::fnv1a().
/// Threads: pure function.
/// Returns: the 64-bit FNV-1a of `length` bytes at `data`; `seed` chains calls, and is KICKMSG_FNV1A_OFFSET at first. Of no bytes the seed.
KICKMSG_API uint64_t kickmsg_fnv1a(void const* data, size_t length, uint64_t seed);
/// hash::fnv1a_64_offset.
#define KICKMSG_FNV1A_OFFSET UINT64_C(0xcbf29ce484222325)
/// hash::identity_from_fnv1a(): writes the 64 bytes of the identity of `text` to `identity`.
/// Threads: pure function.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_identity_from_fnv1a(char const* text, uint8_t* identity);

#ifdef __cplusplus
}
#endif
