// What a user of Kickmsg writes, call by call. Exits 0 when every call behaves as its documentation says. Names begin with
// KICKMSG_TEST_PREFIX where it is set.
#include <kickmsg/Hash.h>
#include <kickmsg/Node.h>
#include <kickmsg/Publisher.h>
#include <kickmsg/Subscriber.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

static int failures = 0;
#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            std::printf("line %d: %s does not hold\n", __LINE__, #condition);                                          \
            ++failures;                                                                                                \
        }                                                                                                              \
    } while (0)

static std::string named(char const* what)
{
    char const* const prefix = std::getenv("KICKMSG_TEST_PREFIX");
    return std::string(prefix != nullptr ? prefix : "kickmsg") + "_" + what;
}

static kickmsg::channel::Config small()
{
    kickmsg::channel::Config cfg;
    cfg.max_subscribers   = 4;
    cfg.sub_ring_capacity = 64;
    cfg.pool_size         = 256;
    cfg.max_payload_size  = 4096;
    return cfg;
}

static void region_level()
{
    std::string const name = "/" + named("acceptance");
    kickmsg::SharedMemory::unlink(name);
    auto region = kickmsg::SharedRegion::create(name, kickmsg::channel::PubSub, small());

    kickmsg::Subscriber sub(region);
    kickmsg::Publisher  pub(region);

    uint32_t value = 42;
    CHECK(pub.send(&value, sizeof(value)) == static_cast<int32_t>(sizeof(value)));
    auto sample = sub.try_receive();
    CHECK(sample && sample->len() == sizeof(value));
    CHECK(sample && std::memcmp(sample->data(), &value, sizeof(value)) == 0);
    uint64_t const first = sample ? sample->ring_pos() : 0;
    CHECK(!sub.try_receive());

    void* room = pub.allocate(sizeof(value));
    CHECK(room != nullptr);
    value = 43;
    std::memcpy(room, &value, sizeof(value));
    CHECK(pub.publish() == 1);
    auto view = sub.try_receive_view();
    CHECK(view && view->valid() && view->len() == sizeof(value) && view->ring_pos() == first + 1);
    CHECK(view && std::memcmp(view->data(), &value, sizeof(value)) == 0);

    auto const before = std::chrono::steady_clock::now();
    CHECK(!sub.receive(50ms));
    CHECK(std::chrono::steady_clock::now() - before >= 50ms);
    CHECK(!sub.receive_view(1ms));

    std::vector<char> large(4097);
    CHECK(pub.send(large.data(), large.size()) == -EMSGSIZE);
    for (int i = 0; i < 100; ++i) {
        CHECK(pub.send(&i, sizeof(i)) > 0); // a slow subscriber never blocks a publisher
    }
    int received = 0;
    while (sub.try_receive()) {
        ++received;
    }
    CHECK(received == 64);
    CHECK(sub.lost() == 36);

    kickmsg::SharedRegion::HealthReport const report = region.diagnose();
    CHECK(report.live_rings == 1 && report.draining_rings == 0);
    CHECK(report.locked_entries == 0 && report.retired_rings == 0 && !report.schema_stuck);
    CHECK(region.repair_locked_entries() == 0);
    CHECK(region.reset_retired_rings() == 0);
    CHECK(region.reclaim_orphaned_slots() == 0); // under live handles, with a view outstanding
    CHECK(view && std::memcmp(view->data(), &value, sizeof(value)) == 0);

    auto               second = kickmsg::SharedRegion::open(name);
    kickmsg::Publisher other(second);
    CHECK(other.send(&value, sizeof(value)) > 0);
    CHECK(sub.receive(1s).has_value());
    kickmsg::channel::Config different = small();
    different.pool_size                = 128;
    bool refused                       = false;
    try {
        kickmsg::SharedRegion::create_or_open(name, kickmsg::channel::PubSub, different);
    } catch (std::runtime_error const& error) {
        refused = std::strstr(error.what(), "pool_size") != nullptr;
    }
    CHECK(refused); // and the message names the field
    region.unlink();
}

static void beyond_the_seed()
{
    std::string const name = "/" + named("acceptance_beyond");
    kickmsg::SharedMemory::unlink(name);
    kickmsg::channel::Config cfg = small();
    cfg.sub_ring_capacity        = 16;
    cfg.pool_size                = 8; // smaller than one ring
    std::optional<kickmsg::Publisher>              pub;
    std::optional<kickmsg::Subscriber>             stopped, running;
    std::optional<kickmsg::Subscriber::SampleView> view;
    {
        auto region = kickmsg::SharedRegion::create(name, kickmsg::channel::PubSub, cfg);
        CHECK(region.info().pool_size == 8);
        pub.emplace(region);
        stopped.emplace(region);
        running.emplace(region);
        kickmsg::RecoveryReport const nothing = region.recover();
        CHECK(nothing.participants == 0 && nothing.rings == 0 && nothing.references == 0 && nothing.slots == 0);
        bool refused = false;
        try {
            kickmsg::SharedRegion::create(name, kickmsg::channel::PubSub, cfg);
        } catch (kickmsg::Error const&) {
            refused = true;
        }
        CHECK(refused); // in use by the living
    }
    // Handles and views outlive the region object; a stopped subscriber starves nobody, however small the pool.
    for (uint32_t i = 0; i < 1000; ++i) {
        CHECK(pub->send(&i, sizeof(i)) > 0);
        auto sample = running->try_receive();
        CHECK(sample && std::memcmp(sample->data(), &i, sizeof(i)) == 0);
    }
    CHECK(running->lost() == 0);
    view = stopped->try_receive_view();
    CHECK(view && view->valid());
    kickmsg::Publisher moved = std::move(*pub);
    uint32_t           last  = 0;
    CHECK(moved.send(&last, sizeof(last)) > 0);
    CHECK(pub->send(&last, sizeof(last)) == -EBADF);
    while (stopped->try_receive()) {
    }
    CHECK(stopped->lost() > 0);
    stopped.reset();
    CHECK(view && view->valid() && view->len() == sizeof(uint32_t));
    void* room = moved.allocate(100);
    CHECK(room != nullptr);
    CHECK(moved.publish(10) == 1);
    bool ten = false;
    while (auto sample = running->try_receive()) {
        ten = sample->len() == 10;
    }
    CHECK(ten);
    CHECK(moved.send(nullptr, 0) == 0); // an empty message is a message
    CHECK(running->try_receive().has_value());
    CHECK(moved.dropped() == 0);
    kickmsg::SharedMemory::unlink(name);
}

static void schema_level()
{
    std::string const name = "/" + named("acceptance_pose");
    kickmsg::SharedMemory::unlink(name);
    kickmsg::SchemaInfo info{};
    info.identity = kickmsg::hash::identity_from_fnv1a("my.Pose(x:f64, y:f64)");
    std::snprintf(info.name, sizeof(info.name), "my/Pose");
    info.version                 = 2;
    kickmsg::channel::Config cfg = small();
    cfg.schema                   = info;
    auto region                  = kickmsg::SharedRegion::create(name, kickmsg::channel::PubSub, cfg);
    auto schema                  = kickmsg::SharedRegion::open(name).schema();
    CHECK(schema && schema->version == 2 && std::string(schema->name) == "my/Pose");
    kickmsg::SchemaInfo changed = info;
    changed.version             = 3;
    CHECK(kickmsg::schema::diff(info, changed) == kickmsg::schema::Version);
    CHECK(!region.try_claim_schema(changed));
    region.unlink();
}

static void node_level()
{
    kickmsg::Node sensor("sensor", named("acceptance"));
    kickmsg::Node logger("logger", named("acceptance"));
    sensor.unlink_topic("imu");
    sensor.unlink_broadcast("chat");
    logger.unlink_mailbox("reply");

    auto pub = sensor.advertise("imu");
    auto sub = logger.subscribe("imu");
    int  one = 1;
    CHECK(pub.send(&one, sizeof(one)) > 0);
    CHECK(sub.receive(1s).has_value());

    auto [chat_pub, chat_sub] = sensor.join_broadcast("chat");
    auto other                = logger.join_broadcast("chat");
    CHECK(other.pub.send(&one, sizeof(one)) > 0);
    CHECK(chat_sub.receive(1s).has_value());
    CHECK(chat_pub.send(&one, sizeof(one)) > 0);

    auto mailbox = logger.create_mailbox("reply");
    auto post    = sensor.open_mailbox("logger", "reply");
    CHECK(post.send(&one, sizeof(one)) > 0);
    CHECK(mailbox.receive(1s).has_value());

    sensor.unlink_topic("late");
    auto early = logger.subscribe_or_create("late", small());
    auto late  = sensor.advertise_or_join("late", small());
    CHECK(late.send(&one, sizeof(one)) > 0);
    CHECK(early.receive(1s).has_value());
    kickmsg::SchemaInfo info{};
    info.version = 7;
    CHECK(!logger.topic_schema("late"));
    CHECK(sensor.try_claim_topic_schema("late", info));
    auto claimed = logger.topic_schema("late");
    CHECK(claimed && claimed->version == 7);
    sensor.unlink_topic("late");

    kickmsg::Node restarted("sensor", named("acceptance"));
    auto          again = restarted.advertise("imu"); // its subscriber still lives
    CHECK(again.send(&one, sizeof(one)) > 0);
    CHECK(sub.receive(1s).has_value());

    bool missing = false;
    try {
        logger.subscribe("no/such/topic");
    } catch (std::runtime_error const&) {
        missing = true;
    }
    CHECK(missing);
    sensor.unlink_topic("imu");
    sensor.unlink_broadcast("chat");
    logger.unlink_mailbox("reply");
}

struct Pose {
    static constexpr char const*   schema_name    = "acceptance/Pose";
    static constexpr std::uint32_t schema_version = 2;

    double x, y;
};
struct OldPose {
    static constexpr char const*   schema_name    = "acceptance/Pose";
    static constexpr std::uint32_t schema_version = 1;

    double x, y;
};

static void typed_level()
{
    kickmsg::Node sensor("sensor", named("acceptance"));
    kickmsg::Node logger("logger", named("acceptance"));
    sensor.unlink_topic("pose");
    sensor.unlink_topic("scan");
    auto pub = sensor.advertise<Pose>("pose");
    auto sub = logger.subscribe<Pose>("pose");
    CHECK(pub.send({1, 2}) == static_cast<int32_t>(sizeof(Pose)));
    if (auto pose = pub.loan()) {
        pose->x = 3;
        CHECK(pose.publish() == 1);
    }
    auto const copied = sub.receive(100ms);
    CHECK(copied && (*copied)->y == 2);
    auto const viewed = sub.receive_view(100ms);
    CHECK(viewed && (*viewed)->x == 3 && viewed->payload().y == 0);
    CHECK(!sub.try_receive() && sub.malformed() == 0 && sub.lost() == 0);

    bool refused = false;
    try {
        logger.subscribe<OldPose>("pose");
    } catch (kickmsg::Error const& error) {
        refused = error.code() == kickmsg::ErrorCode::SchemaMismatch &&
                  std::strstr(error.what(), "version 1") != nullptr &&
                  std::strstr(error.what(), "version 2") != nullptr;
    }
    CHECK(refused);

    auto scans = sensor.advertise<float[]>("scan", 1000);
    auto scan  = logger.subscribe_or_create<float[]>("scan", 1000);
    CHECK(scans.send(std::vector<float>{1, 2, 3}) == 12);
    auto const elements = scan.try_receive_view();
    CHECK(elements && elements->size() == 3 && (*elements)[2] == 3);
    sensor.unlink_topic("pose");
    sensor.unlink_topic("scan");
}

int main()
{
    region_level();
    beyond_the_seed();
    schema_level();
    node_level();
    typed_level();
    std::printf("%s\n", failures == 0 ? "acceptance: all calls hold" : "acceptance: failed");
    return failures == 0 ? 0 : 1;
}
