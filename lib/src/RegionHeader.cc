#include "RegionHeader.h"

#include "Layout.h"
#include "kickmsg/Error.h"
#include "kickmsg/os/Liveness.h"

#include <chrono>
#include <cstring>
#include <new>

namespace kickmsg {
namespace detail {

namespace {

void store_text(char (&field)[Identity::text_size], std::string const& text) noexcept
{
    std::memset(field, 0, sizeof(field));
    std::memcpy(field, text.data(), text.size() < sizeof(field) ? text.size() : sizeof(field) - 1);
}

std::string load_text(char const (&field)[Identity::text_size])
{
    return std::string(field, strnlen(field, sizeof(field)));
}

/// A fresh region is nobody else's: its words are set without ordering, and published by the naming of the file.
void initialise_pool(Layout& layout) noexcept
{
    using Link = core::TaggedSlot<Policy>;
    for (uint32_t slot = 0; slot < layout.pool_size(); ++slot) {
        uint32_t const next = slot + 1 < layout.pool_size() ? slot + 1 : core::no_slot;
        layout.slot(slot).link.store(Link::make(0, next), std::memory_order_relaxed);
    }
    layout.head().store(Link::make(0, 0), std::memory_order_relaxed);
    for (uint32_t ring = 0; ring < layout.ring_count(); ++ring) {
        for (uint32_t i = 0; i < layout.capacity(); ++i) {
            layout.entry(ring, i).store(core::EntryWord<Policy>::sealed, std::memory_order_relaxed);
        }
    }
    if (layout.history() != 0) { // its entries are of the lap before the first
        uint64_t const first = uint64_t{1} << layout.hidden_capacity_log2();
        layout.hidden().tail.store(first, std::memory_order_relaxed);
        layout.hidden().oldest.store(first, std::memory_order_relaxed);
    }
}

[[noreturn]] void refuse(ErrorCode code, std::string const& name, std::string const& what)
{
    throw Error(code, name, what);
}

/// What is wrong with a Config, said of one that nobody here has chosen: its remedy would be another's.
std::string without_remedy(Error const& error)
{
    std::string const text = error.what();
    return text.substr(0, text.rfind(" ("));
}

} // namespace

void initialise(void* memory, Geometry const& geometry, channel::Type type, Identity const& identity,
                std::optional<SchemaInfo> const& schema, uint32_t provisional) noexcept
{
    auto* header     = new (memory) RegionHeader{};
    header->version  = layout_version;
    header->type     = type;
    header->geometry = geometry;
    header->kind     = identity.kind;
    store_text(header->prefix, identity.prefix);
    store_text(header->owner, identity.owner);
    store_text(header->text, identity.text);
    store_text(header->creator, identity.creator);
    header->creator_pid = os::process_id();
    header->created_ns  = static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count());

    Layout layout(memory, geometry);
    initialise_pool(layout);
    if (schema) {
        header->schema = *schema;
        header->schema_owner.store(core::OwnerWord::make(core::OwnerWord::Set, 0, 0), std::memory_order_relaxed);
    }
    header->provisional.store(provisional, std::memory_order_relaxed); // with the naming of the file, as the pool
    header->state.store(core::OwnerWord::make(core::OwnerWord::Ready, 0, 0), std::memory_order_release);
    header->magic = region_magic;
}

Geometry examine(void const* memory, std::size_t size, std::string const& name)
{
    auto const truncated = [&](uint64_t expected) {
        refuse(ErrorCode::Corrupt, name,
               "truncated: " + std::to_string(size) + " bytes, expected at least " + std::to_string(expected));
    };
    if (size < offsetof(RegionHeader, geometry)) {
        truncated(sizeof(RegionHeader));
    }
    auto const& header = *static_cast<RegionHeader const*>(memory);
    if (header.magic != region_magic) {
        bool const blank = header.magic == 0;
        refuse(blank ? ErrorCode::NotReady : ErrorCode::Corrupt, name,
               blank ? "still being created, or its creator died: no magic number yet"
                     : "not a kickmsg region: foreign bytes where the magic number is expected");
    }
    if (header.version != layout_version) {
        throw Error(
            ErrorCode::WrongVersion, name,
            "layout version " + std::to_string(header.version) + ", this library speaks version " +
                std::to_string(layout_version),
            Remedy{"run the version of this library that made it; or, when all its users have ended, remove it by "
                   "SharedMemory::unlink(\"" +
                   name + "\")"});
    }
    if (size < sizeof(RegionHeader)) {
        truncated(sizeof(RegionHeader));
    }
    auto const state = core::OwnerWord::state(header.state.load(std::memory_order_acquire));
    if (state != core::OwnerWord::Ready && state != core::OwnerWord::Retired) {
        refuse(ErrorCode::NotReady, name, "still being created, or its creator died: not marked ready");
    }
    Geometry const found = header.geometry;
    Geometry       expected;
    try {
        expected = Geometry::of(found.config());
    } catch (Error const& error) {
        refuse(ErrorCode::Corrupt, name, "impossible geometry: " + without_remedy(error));
    }
    if (!(found == expected)) {
        refuse(ErrorCode::Corrupt, name, "its offsets contradict its geometry");
    }
    if (size != found.total_size) {
        truncated(found.total_size);
    }
    if (header.type < channel::PubSub || header.type > channel::Blackboard) {
        refuse(ErrorCode::Corrupt, name, "unknown type " + std::to_string(header.type));
    }
    return found;
}

Identity identity_of(RegionHeader const& header)
{
    Identity identity;
    identity.kind    = static_cast<Identity::Kind>(header.kind);
    identity.prefix  = load_text(header.prefix);
    identity.owner   = load_text(header.owner);
    identity.text    = load_text(header.text);
    identity.creator = load_text(header.creator);
    return identity;
}

} // namespace detail
} // namespace kickmsg
