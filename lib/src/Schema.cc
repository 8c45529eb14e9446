#include "kickmsg/Schema.h"

#include "kickmsg/Hash.h"

#include <algorithm>
#include <cstring>

namespace kickmsg {
namespace schema {

namespace {

/// Where the parts of a TypeLayout stand in SchemaInfo::layout, least byte first.
constexpr std::size_t size_at      = 0;
constexpr std::size_t alignment_at = 8;
constexpr std::size_t slice_at     = 16;

using Digest = std::array<uint8_t, 64>;

void put(Digest& bytes, std::size_t at, uint64_t value) noexcept
{
    for (std::size_t i = 0; i < sizeof(value); ++i) {
        bytes[at + i] = static_cast<uint8_t>(value >> (8 * i));
    }
}

uint64_t get(Digest const& bytes, std::size_t at) noexcept
{
    uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(value); ++i) {
        value |= uint64_t{bytes[at + i]} << (8 * i);
    }
    return value;
}

std::string name_of(SchemaInfo const& info)
{
    auto const* const end = std::find(std::begin(info.name), std::end(info.name), '\0');
    return {std::begin(info.name), end};
}

} // namespace

uint32_t diff(SchemaInfo const& a, SchemaInfo const& b) noexcept
{
    uint32_t bits = Equal;
    bits |= a.identity != b.identity ? Identity : Equal;
    bits |= a.layout != b.layout ? Layout : Equal;
    bits |= a.version != b.version ? Version : Equal;
    bits |= std::strncmp(a.name, b.name, sizeof(a.name)) != 0 ? Name : Equal;
    bits |= a.identity_algo != b.identity_algo ? IdentityAlgo : Equal;
    bits |= a.layout_algo != b.layout_algo ? LayoutAlgo : Equal;
    return bits;
}

SchemaInfo describe_type(std::string const& name, uint32_t version, TypeLayout const& layout)
{
    SchemaInfo info{};
    if (!name.empty()) {
        info.identity      = hash::identity_from_fnv1a(name);
        info.identity_algo = of_a_type;
    }
    std::memcpy(info.name, name.data(), std::min(name.size(), sizeof(info.name) - 1));
    info.version     = version;
    info.layout_algo = of_a_type;
    put(info.layout, size_at, layout.size);
    put(info.layout, alignment_at, layout.alignment);
    put(info.layout, slice_at, layout.is_slice ? 1 : 0);
    return info;
}

std::optional<TypeLayout> type_layout(SchemaInfo const& info) noexcept
{
    if (info.layout_algo != of_a_type) {
        return std::nullopt;
    }
    return TypeLayout{get(info.layout, size_at), get(info.layout, alignment_at), get(info.layout, slice_at) != 0};
}

std::string text_of(SchemaInfo const& info)
{
    std::string const name   = name_of(info);
    auto const        layout = type_layout(info);
    std::string       text   = name.empty() ? "a type without a name" : name;
    text += layout && layout->is_slice ? "[]" : "";
    text += " version " + std::to_string(info.version);
    text += layout ? " (" + std::to_string(layout->size) + " bytes at multiples of " +
                         std::to_string(layout->alignment) + ")"
                   : " (layout by algorithm " + std::to_string(info.layout_algo) + ")";
    return text;
}

} // namespace schema
} // namespace kickmsg
