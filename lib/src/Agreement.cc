#include "Agreement.h"

#include "Attempts.h"
#include "LifeCheck.h"
#include "kickmsg/core/SchemaSlot.h"

#include <string>

namespace kickmsg {
namespace detail {

namespace {

using Schema = core::SchemaSlot<Policy, Layout>;

/// Names of the parts in which two descriptors differ.
std::string parts(uint32_t difference)
{
    static constexpr char const* names[] = {"identity", "layout", "version", "name", "identity_algo", "layout_algo"};
    std::string                  text;
    for (uint32_t bit = 0; bit < 6; ++bit) {
        if ((difference >> bit & 1U) != 0) {
            text += (text.empty() ? "" : ", ") + std::string(names[bit]);
        }
    }
    return text;
}

/// Returns: false where another participant has claimed the schema and not set it yet.
bool agrees(RegionState& region, SchemaInfo const& wanted)
{
    Mapping&   mapping = region.mapping();
    Schema     slot(mapping.layout());
    bool const is_set = slot.is_set(); // before the comparison, which finds nothing to compare where it comes meanwhile
    if (auto const other = disagreement(mapping, wanted)) {
        throw *other;
    }
    if (is_set || region.repair([&](RegionRecovery& /*recovery*/, core::Self self) {
            return slot.claim(self, [&]() noexcept { mapping.header().schema = wanted; });
        })) {
        return true;
    }
    LifeCheck life(mapping.memory());
    slot.reset(life);
    return false;
}

[[noreturn]] void refuse(Mapping& mapping)
{
    throw Error(ErrorCode::NotReady, mapping.name(),
                "another participant is setting the schema of this region, and has not come to the end of it: one of " +
                    living_participants(mapping),
                Remedy{"let it go on, or end the one that is stopped, and call again"});
}

} // namespace

std::optional<Error> too_small(ErrorCode code, std::string const& object, Geometry const& geometry,
                               SchemaInfo const& wanted)
{
    auto const refused = [&](char const* field, uint64_t found, uint64_t expected) {
        return Error(code, object,
                     std::string(field) + " is " + std::to_string(found) + ", expected at least " +
                         std::to_string(expected) + " for messages of " + schema::text_of(wanted),
                     Remedy{std::string("raise Config::") + field + " where the region is made"});
    };
    auto const layout = schema::type_layout(wanted);
    if (layout && geometry.payload_alignment < layout->alignment) {
        return refused("payload_alignment", geometry.payload_alignment, layout->alignment);
    }
    if (layout && geometry.max_payload_size < layout->size) {
        return refused("max_payload_size", geometry.max_payload_size, layout->size);
    }
    return std::nullopt;
}

std::optional<SchemaInfo> carried_schema(Mapping& mapping)
{
    return Schema(mapping.layout()).is_set() ? std::make_optional(mapping.header().schema) : std::nullopt;
}

std::optional<Error> other_schema(Mapping& mapping, SchemaInfo const& wanted)
{
    auto const     found      = carried_schema(mapping);
    uint32_t const difference = found ? schema::diff(*found, wanted) : 0;
    if (difference == 0) {
        return std::nullopt;
    }
    return Error(ErrorCode::SchemaMismatch, mapping.name(),
                 "its messages are of another type: expected " + schema::text_of(wanted) + ", found " +
                     schema::text_of(*found) + ", different in " + parts(difference));
}

std::optional<Error> disagreement(Mapping& mapping, SchemaInfo const& wanted)
{
    if (auto other = other_schema(mapping, wanted)) {
        return other;
    }
    return too_small(ErrorCode::Mismatch, mapping.name(), mapping.geometry(), wanted);
}

void agree_at_once(RegionState& region, SchemaInfo const& wanted)
{
    if (!agrees(region, wanted) && !agrees(region, wanted)) { // the second look: another one has set it meanwhile
        refuse(region.mapping());
    }
}

void agree(RegionState& region, SchemaInfo const& wanted)
{
    for (Attempts attempts; !agrees(region, wanted); Attempts::pause()) {
        if (!attempts.next()) {
            refuse(region.mapping());
        }
    }
}

} // namespace detail
} // namespace kickmsg
