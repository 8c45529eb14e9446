/// Configurations: what is refused, with which words, and that the limits themselves are allowed.
#include "support.h"

#include "kickmsg/Config.h"

#include <limits>
#if !defined(_WIN32)
#include <sys/stat.h>
#endif

using namespace kickmsg_test;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::SharedRegion;
using kickmsg::channel::Config;
using kickmsg::channel::footprint;
using kickmsg::channel::PubSub;

namespace {

struct Refused {
    char const* field;
    void (*spoil)(Config&);
    char const* explanation;
};

constexpr Refused refused[] = {
    {"max_subscribers", [](Config& c) { c.max_subscribers = 0; }, "is 0, expected 1 to 32"},
    {"max_subscribers", [](Config& c) { c.max_subscribers = 33; }, "is 33, expected 1 to 32"},
    {"sub_ring_capacity", [](Config& c) { c.sub_ring_capacity = 0; }, "is 0, expected 2 to 1048576"},
    {"sub_ring_capacity", [](Config& c) { c.sub_ring_capacity = 1; }, "is 1, expected 2 to 1048576"},
    {"sub_ring_capacity", [](Config& c) { c.sub_ring_capacity = 12; }, "is 12, expected a power of two"},
    {"sub_ring_capacity", [](Config& c) { c.sub_ring_capacity = 1U << 21; }, "is 2097152, expected 2 to 1048576"},
    {"pool_size", [](Config& c) { c.pool_size = 0; }, "is 0, expected 1 to 16777214"},
    {"pool_size", [](Config& c) { c.pool_size = (1U << 24) - 1; }, "is 16777215, expected 1 to 16777214"},
    {"max_payload_size", [](Config& c) { c.max_payload_size = 0; }, "is 0, expected 1 to 2147483647"},
    {"max_payload_size", [](Config& c) { c.max_payload_size = 1ULL << 31; }, "is 2147483648, expected 1 to 2147483647"},
    {"max_payload_size", [](Config& c) { c.max_payload_size = std::numeric_limits<std::size_t>::max(); },
     "is 18446744073709551615, expected 1 to 2147483647"},
    {"max_publishers", [](Config& c) { c.max_publishers = 0; }, "is 0, expected 1 to 1024"},
    {"max_publishers", [](Config& c) { c.max_publishers = 1025; }, "is 1025, expected 1 to 1024"},
    {"payload_alignment", [](Config& c) { c.payload_alignment = 0; }, "is 0, expected 1 to 4096"},
    {"payload_alignment", [](Config& c) { c.payload_alignment = 48; }, "is 48, expected a power of two"},
    {"payload_alignment", [](Config& c) { c.payload_alignment = 8192; }, "is 8192, expected 1 to 4096"},
    {"max_views",
     [](Config& c) {
         c.pool_size = 12;
         c.max_views = 13;
     },
     "is 13, expected 1 to pool_size, 12, or 0 for an even share of it"},
    {"max_views",
     [](Config& c) {
         c.max_views = 0xffffffff;
         c.pool_size = 1;
     },
     "is 4294967295, expected 1 to pool_size, 1, or 0 for an even share of it"},
    {"history", [](Config& c) { c.history = c.sub_ring_capacity = 16; },
     "is 16, expected less than sub_ring_capacity, 16"},
    {"history",
     [](Config& c) {
         c.history           = 0xffffffff;
         c.sub_ring_capacity = 1U << 20;
     },
     "is 4294967295, expected less than sub_ring_capacity, 1048576"},
    {"max_subscribers",
     [](Config& c) {
         c.history         = 1;
         c.max_subscribers = 32;
     },
     "is 32, expected 1 to 31 with a history, which takes the place of one"},
    {"pool_size",
     [](Config& c) {
         c.history   = 5;
         c.pool_size = (1U << 24) - 2;
     },
     "is 16777214, expected 1 to 16777206 with a history, which takes slots of its own"},
    {"mode", [](Config& c) { c.mode = 01000; }, "is 512, expected 0 to 511"},
    {"mode", [](Config& c) { c.mode = 0400; }, "is 256, expected permission to read and write for the owner (0600)"},
};

void expect_refusal(Refused const& bad, std::function<void()> const& call)
{
    Error const error = error_of(call);
    EXPECT_EQ(error.code(), ErrorCode::InvalidConfig) << bad.field;
    EXPECT_EQ(error.object(), std::string("Config::") + bad.field);
    EXPECT_EQ(error.os_error(), 0);
    EXPECT_EQ(std::string(error.what()),
              std::string("kickmsg: Config::") + bad.field + ": " + bad.explanation + " (choose such a value)");
}

} // namespace

TEST(Config, HasTheDocumentedDefaults)
{
    Config const cfg;
    EXPECT_EQ(cfg.max_subscribers, 16U);
    EXPECT_EQ(cfg.sub_ring_capacity, 64U);
    EXPECT_EQ(cfg.pool_size, 256U);
    EXPECT_EQ(cfg.max_payload_size, 4096U);
    EXPECT_EQ(cfg.max_publishers, 16U);
    EXPECT_EQ(cfg.payload_alignment, 32U);
    EXPECT_EQ(cfg.mode, 0600U);
    EXPECT_EQ(cfg.max_views, 0U);
    EXPECT_FALSE(cfg.send_time);
    EXPECT_EQ(cfg.history, 0U);
    EXPECT_FALSE(cfg.schema.has_value());
}

TEST(Config, OutOfRangeIsRefusedByFieldValueAndRange)
{
    for (Refused const& bad : refused) {
        Config cfg;
        bad.spoil(cfg);
        expect_refusal(bad, [&] { footprint(cfg); });
    }
}

TEST(Config, OutOfRangeCreatesNothing)
{
    Name const name;
    for (Refused const& bad : refused) {
        Config cfg = small_config();
        bad.spoil(cfg);
        expect_refusal(bad, [&] { SharedRegion::create(name, PubSub, cfg); });
        expect_refusal(bad, [&] { SharedRegion::create_or_open(name, PubSub, cfg); });
        EXPECT_FALSE(kickmsg::SharedMemory::unlink(name)) << bad.field << " left a name behind";
    }
}

TEST(Config, OutOfRangeDoesNotTouchARegionInUse)
{
    Name const          name;
    auto                region = make(name);
    kickmsg::Publisher  publisher(region);
    kickmsg::Subscriber subscriber(region);
    send(publisher, 1);
    for (Refused const& bad : refused) {
        Config cfg = small_config();
        bad.spoil(cfg);
        expect_refusal(bad, [&] { SharedRegion::create_or_open(name, PubSub, cfg); });
    }
    send(publisher, 2);
    EXPECT_EQ(receive_all(subscriber), (std::vector<uint64_t>{1, 2}));
    EXPECT_FALSE(region.diagnose().unlinked);
}

TEST(Config, ItsLimitsAreLawful)
{
    Config most;
    most.max_subscribers   = kickmsg::channel::subscriber_limit;
    most.sub_ring_capacity = kickmsg::channel::ring_limit;
    most.pool_size         = kickmsg::channel::pool_limit;
    most.max_payload_size  = kickmsg::channel::payload_limit;
    most.max_publishers    = kickmsg::channel::publisher_limit;
    most.payload_alignment = kickmsg::channel::alignment_limit;
    uint64_t const payload = uint64_t{most.pool_size} * most.max_payload_size;
    EXPECT_GT(footprint(most), payload);
    EXPECT_LT(footprint(most), payload + payload / 2);
}

TEST(Config, OfTheLeastSizesCarriesAMessage)
{
    Name const name;
    Config     least;
    least.max_subscribers = least.pool_size = least.max_publishers = least.payload_alignment = 1;
    least.max_payload_size                                                                   = 1;
    least.sub_ring_capacity                                                                  = 2;
    auto                region                                                               = make(name, least);
    kickmsg::Publisher  publisher(region);
    kickmsg::Subscriber subscriber(region);
    ASSERT_EQ(publisher.send("x", 1), 1);
    auto const sample = subscriber.try_receive();
    ASSERT_TRUE(sample.has_value());
    EXPECT_EQ(std::string(static_cast<char const*>(sample->data()), sample->len()), "x");
}

#if defined(KICKMSG_REGIONS_ARE_FILES)
TEST(Config, FootprintIsTheSizeOfTheFile)
{
    Name const name;
    for (uint32_t pool_size : {1U, 64U, 1000U}) {
        Config const cfg = small_config(pool_size);
        {
            auto        region = make(name, cfg);
            struct stat status {};
            ASSERT_EQ(stat(("/dev/shm" + name.str()).c_str(), &status), 0);
            EXPECT_EQ(static_cast<std::size_t>(status.st_size), footprint(cfg));
            EXPECT_EQ(region.info().footprint, footprint(cfg));
        }
        kickmsg::SharedMemory::unlink(name);
    }
}
#endif

TEST(Config, FootprintHoldsEverySlot)
{
    Config cfg;
    cfg.pool_size            = 1;
    std::size_t const single = footprint(cfg);
    cfg.pool_size            = 1 + 1024;
    // A slot is its header, 32 bytes, and the payload, rounded up to lines of 128; each subscriber marks it in 4 bytes.
    EXPECT_EQ((footprint(cfg) - single) / 4096, 1024U * (4224 + 16 * 4) / 4096);
}
