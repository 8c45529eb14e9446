/// A blackboard in the slots of a region (core/Board.h): five in a row for each key, itself and its four buffers. No slot is ever popped, and no
/// ring is ever joined: all that the region does for them is to be there, and to know who lives.
#pragma once

#include "Layout.h"
#include "kickmsg/Blackboard.h"
#include "kickmsg/core/BoardBell.h"
#include "kickmsg/core/BoardNames.h"
#include "kickmsg/core/BoardValue.h"

#include <cstdint>

namespace kickmsg {
namespace detail {

/// Of what lies in the slots; stored as the version of the region's schema.
constexpr uint32_t board_version = 1;
/// How often a reader looks while its writer overtakes it.
constexpr uint32_t board_looks = 64;

class BoardLayout {
public:
    static constexpr uint32_t buffer_count = 4, name_words = 16, watcher_bits = 64;
    static constexpr uint32_t slots_of_a_key = 1 + buffer_count;

    using Key    = core::BoardKey<Policy, name_words>;
    using Buffer = core::BoardBuffer<Policy>;

    explicit BoardLayout(Layout& layout) noexcept
        : layout_(layout), first_handle_(layout.geometry().max_subscribers + layout.geometry().max_publishers),
          key_count_(layout.pool_size() / slots_of_a_key),
          word_count_(static_cast<uint32_t>((layout.geometry().max_payload_size - sizeof(Buffer)) / sizeof(uint64_t)))
    {
    }

    /// Whether a region has room for one key at least.
    static bool fits(Geometry const& geometry) noexcept
    {
        return geometry.pool_size >= slots_of_a_key && geometry.max_payload_size >= sizeof(Key);
    }

    uint32_t key_count() const noexcept
    {
        return key_count_;
    }
    uint32_t word_count() const noexcept
    {
        return word_count_;
    }
    uint32_t handle_count() const noexcept
    {
        return layout_.geometry().region_records();
    }
    uint32_t handle_of(uint32_t record) const noexcept
    {
        return record - first_handle_;
    }
    Key& key(uint32_t index) noexcept
    {
        return *reinterpret_cast<Key*>(layout_.payload(slots_of_a_key * index));
    }
    Buffer& buffer(uint32_t index, uint64_t version) noexcept
    {
        return *reinterpret_cast<Buffer*>(layout_.payload(slot_of(index, version)));
    }
    Policy::atomic<uint64_t>* words(uint32_t index, uint64_t version) noexcept
    {
        return reinterpret_cast<Policy::atomic<uint64_t>*>(layout_.payload(slot_of(index, version)) + sizeof(Buffer));
    }
    /// A record's ring number, which only a subscriber has.
    Policy::atomic<uint32_t>& bell(uint32_t handle) noexcept
    {
        return layout_.record(first_handle_ + handle).ring;
    }

private:
    static uint32_t slot_of(uint32_t index, uint64_t version) noexcept
    {
        return slots_of_a_key * index + 1 + static_cast<uint32_t>(version % buffer_count);
    }

    Layout&  layout_;
    uint32_t first_handle_; ///< the first record of an open region
    uint32_t key_count_;
    uint32_t word_count_;
};
static_assert(sizeof(BoardLayout::Key) == 168 && sizeof(BoardLayout::Buffer) == 32, "the layout of a blackboard");

using BoardNames = core::BoardNames<Policy, BoardLayout>;
using BoardValue = core::BoardValue<Policy, BoardLayout>;
using BoardBell  = core::BoardBell<Policy, BoardLayout>;
using BoardOwner = core::BoardOwner<Policy>;

/// The region that a blackboard of such sizes lies in. Errors: Error InvalidConfig.
channel::Config board_config(BlackboardConfig const& cfg);
/// The other way round, as far as it is known.
BlackboardConfig board_sizes(Geometry const& geometry) noexcept;
/// What the region of a blackboard carries: blackboards of this version.
SchemaInfo board_schema();

} // namespace detail
} // namespace kickmsg
