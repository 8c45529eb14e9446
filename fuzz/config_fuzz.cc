/// A Config is refused with an Error that names the field, or gives a region of exactly the size that footprint()
/// says, in which every slot can be had, aligned and writable, and the longest message arrives.
#include "support.h"

#include <cstring>
#include <vector>

using namespace kickmsg_fuzz;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::SharedRegion;
using kickmsg::channel::Config;

namespace {

constexpr std::size_t affordable = 1 << 20; ///< bytes of a region that is really made

/// Small numbers, powers of two and their neighbours are as likely as any number.
uint64_t drawn(Input& input)
{
    uint32_t const how = input.byte();
    switch (how % 4) {
    case 0:
        return how / 4;
    case 1:
        return uint64_t{1} << how / 4;
    case 2:
        return (uint64_t{1} << how / 4) - input.byte() % 3 + 1;
    default:
        return input.number(8);
    }
}

Config config(Input& input)
{
    Config cfg;
    cfg.max_subscribers   = static_cast<uint32_t>(drawn(input));
    cfg.sub_ring_capacity = static_cast<uint32_t>(drawn(input));
    cfg.pool_size         = static_cast<uint32_t>(drawn(input));
    cfg.max_payload_size  = drawn(input);
    cfg.max_publishers    = static_cast<uint32_t>(drawn(input));
    cfg.payload_alignment = static_cast<uint32_t>(drawn(input));
    cfg.mode              = input.byte() % 2 == 0 ? 0600 : static_cast<uint32_t>(drawn(input));
    if (input.byte() % 2 != 0) {
        cfg.schema.emplace();
        std::memset(&*cfg.schema, static_cast<int>(input.byte()), sizeof(*cfg.schema));
    }
    cfg.max_views = input.byte() % 2 == 0 ? 0 : static_cast<uint32_t>(drawn(input));
    cfg.send_time = input.byte() % 2 != 0;
    cfg.history   = input.byte() % 2 == 0 ? 0 : static_cast<uint32_t>(drawn(input));
    return cfg;
}

bool power_of_two(uint64_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

/// Of a power of two, two at least; none without a history.
std::size_t slots_of_history(Config const& cfg)
{
    std::size_t slots = cfg.history != 0 ? 2 : 0;
    while (slots < cfg.history) {
        slots *= 2;
    }
    return slots;
}

bool is_history_allowed(Config const& cfg)
{
    return cfg.history == 0 || (cfg.history < cfg.sub_ring_capacity && cfg.max_subscribers < 32 &&
                                cfg.pool_size + slots_of_history(cfg) <= kickmsg::channel::pool_limit);
}

/// The ranges that Config.h names.
bool is_allowed(Config const& cfg)
{
    using namespace kickmsg::channel;
    return cfg.max_subscribers >= 1 && cfg.max_subscribers <= subscriber_limit && cfg.sub_ring_capacity >= 2 &&
           cfg.sub_ring_capacity <= ring_limit && power_of_two(cfg.sub_ring_capacity) && cfg.pool_size >= 1 &&
           cfg.pool_size <= pool_limit && cfg.max_payload_size >= 1 && cfg.max_payload_size <= payload_limit &&
           cfg.max_publishers >= 1 && cfg.max_publishers <= publisher_limit && power_of_two(cfg.payload_alignment) &&
           cfg.payload_alignment <= alignment_limit && cfg.mode <= 0777 && (cfg.mode & 0600) == 0600 &&
           cfg.max_views <= cfg.pool_size && is_history_allowed(cfg);
}

/// What the parts take at least, and at most with all the room between them.
void check_footprint(Config const& cfg, std::size_t bytes)
{
    std::size_t const spare   = std::size_t{33} * 256 + std::size_t{5} * 4096 + 8 * slots_of_history(cfg);
    std::size_t const pool    = cfg.pool_size + slots_of_history(cfg);
    std::size_t const slots   = pool * cfg.max_payload_size;
    std::size_t const rings   = std::size_t{cfg.max_subscribers} * (cfg.sub_ring_capacity * 8 + pool * 4);
    std::size_t const records = std::size_t{128} * (2 * cfg.max_subscribers + 2 * cfg.max_publishers + 8);
    std::size_t const room    = pool * std::size_t{2} * (cfg.payload_alignment + 160) + spare;
    require(bytes >= slots + rings + records && bytes <= slots + rings + records + room, "the footprint is bounded");
}

void exchange(SharedRegion& region, Config const& cfg)
{
    kickmsg::Subscriber subscriber(region);
    kickmsg::Publisher  publisher(region);
    void* const         lent = publisher.allocate(cfg.max_payload_size);
    require(lent != nullptr, "a slot of a fresh region");
    require(reinterpret_cast<uintptr_t>(lent) % cfg.payload_alignment == 0, "the payload's alignment");
    std::memset(lent, 0x5a, cfg.max_payload_size);
    require(publisher.publish() == 1, "delivered");
    auto const view = subscriber.try_receive_view();
    require(view && view->len() == cfg.max_payload_size, "the longest message arrives");
    kickmsg::SampleInfo const info = view->info();
    require(info.publisher == publisher.incarnation() && info.sequence == 1, "a message says whose it is, and which");
    require(info.sent_ns.has_value() == cfg.send_time, "its time of sending as configured");
    auto const* bytes = static_cast<unsigned char const*>(view->data());
    for (std::size_t i = 0; i < view->len(); ++i) {
        require(bytes[i] == 0x5a, "its contents");
    }
    require(publisher.send(lent, cfg.max_payload_size + 1) < 0, "one byte too many");
    require(publisher.allocate(cfg.max_payload_size + 1) == nullptr, "one byte too many, allocated");
}

void check_region(Config const& cfg, std::size_t bytes)
{
    Name const name;
    auto       region = SharedRegion::create(name.str(), kickmsg::channel::PubSub, cfg);
    auto const info   = region.info();
    require(info.footprint == bytes && info.pool_size == cfg.pool_size && info.max_publishers == cfg.max_publishers,
            "the region as configured");
    require(region.schema().has_value() == cfg.schema.has_value(), "the schema as configured");
    require(region.stats().pool_free == cfg.pool_size + slots_of_history(cfg), "every slot is free");
    exchange(region, cfg);
    region.recover();
    auto const stats = region.stats();
    require(stats.pool_free + stats.pool_history == cfg.pool_size + slots_of_history(cfg), "every slot is free again");
    require(stats.pool_history == (cfg.history != 0 ? 1 : 0), "but that of the last message");
    require(region.stats().corrupt == 0, "no word out of range");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, std::size_t size)
{
    Input        input(data, size);
    Config const cfg = config(input);
    try {
        std::size_t const bytes = kickmsg::channel::footprint(cfg);
        require(is_allowed(cfg), "a Config out of its ranges was laid out");
        check_footprint(cfg, bytes);
        if (bytes <= affordable) {
            check_region(cfg, bytes);
        }
    } catch (Error const& error) {
        require(error.code() == ErrorCode::InvalidConfig, error.what());
        require(!is_allowed(cfg), "an allowed Config was refused");
    }
    return 0;
}
