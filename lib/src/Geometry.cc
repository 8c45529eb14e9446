#include "Geometry.h"

#include "kickmsg/Error.h"

#include <cstring>
#include <limits>
#include <string>

namespace kickmsg {
namespace detail {

namespace {

[[noreturn]] void refuse(char const* field, uint64_t value, std::string const& expected)
{
    throw Error(ErrorCode::InvalidConfig, std::string("Config::") + field,
                "is " + std::to_string(value) + ", expected " + expected);
}

void check_range(char const* field, uint64_t value, uint64_t least, uint64_t most)
{
    if (value < least || value > most) {
        refuse(field, value, std::to_string(least) + " to " + std::to_string(most));
    }
}

void check_power_of_two(char const* field, uint64_t value)
{
    if ((value & (value - 1)) != 0) {
        refuse(field, value, "a power of two");
    }
}

/// Sums and products that stop at the largest file size instead of wrapping.
class Checked {
public:
    explicit Checked(uint64_t value) noexcept : value_(value) {}

    Checked& add(uint64_t more)
    {
        return set(more <= limit - value_ ? value_ + more : limit + 1);
    }
    Checked& add(uint64_t count, uint64_t each)
    {
        if (count != 0 && each > limit / count) {
            // uncovered: no allowed Config reaches it: less than 2^56 bytes; stays for the day a limit is raised
            return set(limit + 1);
        }
        return add(count * each);
    }
    Checked& align(uint64_t to)
    {
        return add((to - value_ % to) % to);
    }
    uint64_t value() const noexcept
    {
        return value_;
    }

private:
    static constexpr uint64_t limit = static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) / 2;

    Checked& set(uint64_t value)
    {
        if (value > limit) {
            // uncovered begin: no allowed Config reaches it: less than 2^56 bytes; stays for the day a limit is raised
            throw Error(ErrorCode::InvalidConfig, "Config",
                        "the region would be larger than " + std::to_string(limit) + " bytes",
                        Remedy{"choose a smaller pool_size or max_payload_size"});
            // uncovered end
        }
        value_ = value;
        return *this;
    }

    uint64_t value_;
};

/// The places that a history takes: two at least, or the only one would be pushed out while somebody takes it. 64 bits: it may be anything.
constexpr uint64_t places_for(uint32_t history) noexcept
{
    uint64_t places = history != 0 ? 2 : 0;
    while (places < history) {
        places *= 2;
    }
    return places;
}

void check_history(channel::Config const& cfg)
{
    if (cfg.history == 0) {
        return;
    }
    uint64_t const most_slots = channel::pool_limit - places_for(cfg.history);
    if (cfg.history >= cfg.sub_ring_capacity) {
        refuse("history", cfg.history, "less than sub_ring_capacity, " + std::to_string(cfg.sub_ring_capacity));
    }
    if (cfg.max_subscribers >= channel::subscriber_limit) {
        refuse("max_subscribers", cfg.max_subscribers,
               "1 to " + std::to_string(channel::subscriber_limit - 1) +
                   " with a history, which takes the place of one");
    }
    if (cfg.pool_size > most_slots) {
        refuse("pool_size", cfg.pool_size,
               "1 to " + std::to_string(most_slots) + " with a history, which takes slots of its own");
    }
}

void check(channel::Config const& cfg)
{
    check_range("max_subscribers", cfg.max_subscribers, 1, channel::subscriber_limit);
    check_range("sub_ring_capacity", cfg.sub_ring_capacity, 2, channel::ring_limit);
    check_power_of_two("sub_ring_capacity", cfg.sub_ring_capacity);
    check_range("pool_size", cfg.pool_size, 1, channel::pool_limit);
    check_range("max_payload_size", cfg.max_payload_size, 1, channel::payload_limit);
    check_range("max_publishers", cfg.max_publishers, 1, channel::publisher_limit);
    check_range("payload_alignment", cfg.payload_alignment, 1, channel::alignment_limit);
    check_power_of_two("payload_alignment", cfg.payload_alignment);
    if (cfg.max_views > cfg.pool_size) {
        refuse("max_views", cfg.max_views,
               "1 to pool_size, " + std::to_string(cfg.pool_size) + ", or 0 for an even share of it");
    }
    check_history(cfg);
    check_range("mode", cfg.mode, 0, 0777);
    if ((cfg.mode & 0600U) != 0600U) {
        refuse("mode", cfg.mode, "permission to read and write for the owner (0600)");
    }
}

/// Publishers may keep a quarter of the pool between them: as much is left to them when every subscriber holds what it may.
uint32_t views_of(channel::Config const& cfg) noexcept
{
    constexpr uint32_t least = 4; // a share of fewer would forbid what a pool was sized for by hand
    uint32_t const     share = (cfg.pool_size - cfg.pool_size / 4) / cfg.max_subscribers;
    return cfg.max_views != 0 ? cfg.max_views : share >= least ? share : cfg.pool_size;
}

} // namespace

Geometry Geometry::of(channel::Config const& cfg)
{
    check(cfg);
    Geometry g;
    g.max_subscribers   = cfg.max_subscribers;
    g.ring_capacity     = cfg.sub_ring_capacity;
    g.history           = cfg.history;
    g.pool_size         = cfg.pool_size + g.hidden_capacity();
    g.max_publishers    = cfg.max_publishers;
    g.payload_alignment = cfg.payload_alignment;
    g.max_views         = views_of(cfg);
    g.send_time         = cfg.send_time ? 1 : 0;
    g.max_payload_size  = cfg.max_payload_size;

    uint64_t const line = core::line_size;
    uint64_t const time = cfg.send_time ? sizeof(uint64_t) : 0;
    g.payload_offset    = Checked(slot_header_bytes).add(time).align(cfg.payload_alignment).value();
    uint64_t const unit = cfg.payload_alignment > line ? cfg.payload_alignment : line;
    g.slot_stride       = Checked(g.payload_offset).add(cfg.max_payload_size).align(unit).value();

    g.records_offset = header_bytes;
    g.holds_offset   = Checked(g.records_offset).add(g.record_count(), line).value();
    g.rings_offset =
        Checked(g.holds_offset).add(uint64_t{cfg.max_subscribers} * g.pool_size, sizeof(uint32_t)).align(line).value();
    g.entries_offset = Checked(g.rings_offset).add(cfg.max_subscribers, 2 * line).value();
    g.hidden_offset  = Checked(g.entries_offset)
                          .add(uint64_t{cfg.max_subscribers} * cfg.sub_ring_capacity, sizeof(uint64_t))
                          .align(line)
                          .value();
    uint64_t const hidden = cfg.history != 0 ? 2 * line + sizeof(uint64_t) * g.hidden_capacity() : 0;
    g.slots_offset        = Checked(g.hidden_offset).add(hidden).align(unit).value();
    g.total_size          = Checked(g.slots_offset).add(g.pool_size, g.slot_stride).align(4096).value();
    return g;
}

uint32_t Geometry::hidden_capacity() const noexcept
{
    return static_cast<uint32_t>(places_for(history));
}

channel::Config Geometry::config() const
{
    channel::Config cfg;
    cfg.max_subscribers   = max_subscribers;
    cfg.sub_ring_capacity = ring_capacity;
    cfg.pool_size         = pool_size - hidden_capacity();
    cfg.history           = history;
    cfg.max_payload_size  = static_cast<std::size_t>(max_payload_size);
    cfg.max_publishers    = max_publishers;
    cfg.payload_alignment = payload_alignment;
    cfg.max_views         = max_views;
    cfg.send_time         = send_time != 0;
    return cfg;
}

std::string Geometry::difference(Geometry const& other) const
{
    struct Field {
        char const* name;
        uint64_t    mine, theirs;
    };
    Field const fields[] = {
        {"max_subscribers", max_subscribers, other.max_subscribers},
        {"sub_ring_capacity", ring_capacity, other.ring_capacity},
        {"history", history, other.history},
        {"pool_size", config().pool_size, other.config().pool_size},
        {"max_payload_size", max_payload_size, other.max_payload_size},
        {"max_publishers", max_publishers, other.max_publishers},
        {"payload_alignment", payload_alignment, other.payload_alignment},
        {"max_views", max_views, other.max_views},
        {"send_time", send_time, other.send_time},
    };
    for (Field const& field : fields) {
        if (field.mine != field.theirs) {
            return std::string(field.name) + " is " + std::to_string(field.mine) + ", expected " +
                   std::to_string(field.theirs);
        }
    }
    return {};
}

bool Geometry::operator==(Geometry const& other) const noexcept
{
    return std::memcmp(this, &other, sizeof(*this)) == 0;
}

static_assert(sizeof(Geometry) == 8 * sizeof(uint32_t) + 10 * sizeof(uint64_t),
              "no padding: compared and stored as bytes");

} // namespace detail

namespace channel {

std::size_t footprint(Config const& cfg)
{
    return static_cast<std::size_t>(detail::Geometry::of(cfg).total_size);
}

} // namespace channel
} // namespace kickmsg
