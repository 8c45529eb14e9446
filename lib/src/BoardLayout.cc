#include "BoardLayout.h"

#include "kickmsg/Error.h"
#include "kickmsg/Hash.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace kickmsg {
namespace detail {

namespace {

constexpr uint32_t board_layout = 0x6b626f61; ///< SchemaInfo::layout_algo and identity_algo of blackboards

void check_range(char const* field, uint64_t value, uint64_t least, uint64_t most)
{
    if (value < least || value > most) {
        throw Error(ErrorCode::InvalidConfig, std::string("BlackboardConfig::") + field,
                    "is " + std::to_string(value) + ", expected " + std::to_string(least) + " to " +
                        std::to_string(most));
    }
}

void check(BlackboardConfig const& cfg)
{
    check_range("max_keys", cfg.max_keys, 1, BlackboardConfig::key_limit);
    check_range("max_value_size", cfg.max_value_size, 1, BlackboardConfig::value_limit);
    check_range("max_handles", cfg.max_handles, 1, BlackboardConfig::handle_limit);
}

static_assert(BlackboardConfig::handle_limit == channel::publisher_limit, "each has a record of a publisher's");
static_assert(BlackboardConfig::value_limit % sizeof(uint64_t) == 0 &&
                  BlackboardConfig::value_limit + sizeof(BoardLayout::Buffer) <= channel::payload_limit,
              "a value is a payload");
static_assert(BlackboardConfig::key_limit <= channel::pool_limit / BoardLayout::slots_of_a_key, "keys are slots");
static_assert(BlackboardConfig::name_limit + 1 == sizeof(uint64_t) * BoardLayout::name_words, "and their names words");

} // namespace

channel::Config board_config(BlackboardConfig const& cfg)
{
    check(cfg);
    std::size_t const word  = sizeof(uint64_t);
    std::size_t const value = (cfg.max_value_size + (word - 1)) / word * word;
    channel::Config   region;
    region.max_subscribers   = 1;
    region.sub_ring_capacity = 2;
    region.pool_size         = BoardLayout::slots_of_a_key * cfg.max_keys;
    region.max_payload_size  = std::max(sizeof(BoardLayout::Key), sizeof(BoardLayout::Buffer) + value);
    region.max_publishers    = cfg.max_handles;
    region.mode              = cfg.mode;
    return region;
}

BlackboardConfig board_sizes(Geometry const& geometry) noexcept
{
    BlackboardConfig sizes;
    sizes.max_keys       = geometry.pool_size / BoardLayout::slots_of_a_key;
    sizes.max_value_size = static_cast<std::size_t>(geometry.max_payload_size) - sizeof(BoardLayout::Buffer);
    sizes.max_handles    = geometry.max_publishers;
    return sizes;
}

SchemaInfo board_schema()
{
    static constexpr std::string_view name = "kickmsg/Blackboard";
    SchemaInfo                        info{};
    info.identity      = hash::identity_from_fnv1a(name);
    info.identity_algo = board_layout;
    info.layout_algo   = board_layout;
    info.version       = board_version;
    std::memcpy(info.name, name.data(), name.size());
    return info;
}

} // namespace detail

std::size_t footprint(BlackboardConfig const& cfg)
{
    return channel::footprint(detail::board_config(cfg));
}

} // namespace kickmsg
