#include "kickmsg/Schema.h"

#include "c/Structs.h"
#include "kickmsg/Hash.h"

using namespace kickmsg;

static_assert(KICKMSG_SCHEMA_IDENTITY == static_cast<int>(schema::Identity) &&
                  KICKMSG_SCHEMA_LAYOUT == static_cast<int>(schema::Layout) &&
                  KICKMSG_SCHEMA_VERSION == static_cast<int>(schema::Version) &&
                  KICKMSG_SCHEMA_NAME == static_cast<int>(schema::Name) &&
                  KICKMSG_SCHEMA_IDENTITY_ALGO == static_cast<int>(schema::IdentityAlgo) &&
                  KICKMSG_SCHEMA_LAYOUT_ALGO == static_cast<int>(schema::LayoutAlgo),
              "the numbers of C are those of C++");
static_assert(KICKMSG_FNV1A_OFFSET == hash::fnv1a_64_offset, "the seed of C is that of C++");

kickmsg_status kickmsg_schema_diff(kickmsg_schema const* a, kickmsg_schema const* b, uint32_t* difference)
{
    if (a == nullptr || b == nullptr) {
        return c::refuse_null("schema");
    }
    return c::give<uint32_t>(difference, schema::diff(c::schema_of(*a), c::schema_of(*b)), "difference");
}

kickmsg_status kickmsg_schema_describe_type(char const* name, uint32_t version, kickmsg_type_layout const* layout,
                                            kickmsg_schema* schema)
{
    if (name == nullptr || layout == nullptr || schema == nullptr) {
        return c::refuse_null(name == nullptr ? "name" : layout == nullptr ? "layout" : "schema");
    }
    return c::guard([&] {
        schema::TypeLayout lies;
        lies.size      = layout->size;
        lies.alignment = layout->alignment;
        lies.is_slice  = layout->is_slice;
        *schema        = c::schema_of(schema::describe_type(name, version, lies));
    });
}

kickmsg_status kickmsg_schema_type_layout(kickmsg_schema const* schema, kickmsg_type_layout* layout)
{
    if (schema == nullptr || layout == nullptr) {
        return c::refuse_null(schema == nullptr ? "schema" : "layout");
    }
    auto const lies = schema::type_layout(c::schema_of(*schema));
    if (!lies) {
        return KICKMSG_AGAIN;
    }
    *layout = {lies->size, lies->alignment, lies->is_slice};
    return KICKMSG_OK;
}

kickmsg_status kickmsg_schema_text(kickmsg_schema const* schema, char* text, size_t size)
{
    if (schema == nullptr) {
        return c::refuse_null("schema");
    }
    return c::guard([&] { return c::copy_text(schema::text_of(c::schema_of(*schema)), text, size); });
}

uint64_t kickmsg_fnv1a(void const* data, size_t length, uint64_t seed)
{
    return data != nullptr && length != 0 ? hash::fnv1a(data, length, seed) : seed;
}

kickmsg_status kickmsg_identity_from_fnv1a(char const* text, uint8_t* identity)
{
    if (text == nullptr || identity == nullptr) {
        return c::refuse_null(text == nullptr ? "text" : "identity");
    }
    auto const bytes = hash::identity_from_fnv1a(text);
    std::memcpy(identity, bytes.data(), bytes.size());
    return KICKMSG_OK;
}
