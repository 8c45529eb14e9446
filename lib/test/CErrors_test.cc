/// Each status of the interface for C once, from a call that returns it; and what is done with a handle that is none.
#include "support.h"

#include "c/Answer.h"
#include "kickmsg/Node.h"
#include "kickmsg/kickmsg.h"

#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <stdexcept>

using namespace kickmsg_test;
using kickmsg::ErrorCode;

namespace {

kickmsg_config with_one_of_each()
{
    kickmsg_config config   = KICKMSG_CONFIG_INIT;
    config.max_subscribers  = 1;
    config.max_publishers   = 1;
    config.pool_size        = 64;
    config.max_payload_size = 64;
    return config;
}

/// A region with one end of each kind, and a service with one of each, whose only request waits.
class World {
public:
    World()
    {
        kickmsg_config const config = with_one_of_each();
        must(kickmsg_region_create(name.str().c_str(), KICKMSG_PUB_SUB, &config, nullptr, &region));
        must(kickmsg_subscriber_create(region, &subscriber));
        must(kickmsg_publisher_create(region, &publisher));
        must(kickmsg_node_create("node", prefix().c_str(), &node));
        must(kickmsg_node_serve(node, "c_service", nullptr, nullptr, nullptr, &server));
        must(kickmsg_node_client(node, "c_service", nullptr, nullptr, nullptr, &client));
    }
    World(World const&)            = delete;
    World& operator=(World const&) = delete;
    ~World()
    {
        kickmsg_request_drop(&request);
        kickmsg_client_destroy(client);
        kickmsg_server_destroy(server);
        kickmsg_node_unlink_service(node, "c_service");
        kickmsg_node_destroy(node);
        kickmsg_publisher_destroy(publisher);
        kickmsg_subscriber_destroy(subscriber);
        kickmsg_region_destroy(region);
    }

    /// A request that is out, and taken.
    void ask(kickmsg_call& call)
    {
        EXPECT_EQ(kickmsg_client_start(client, "x", 1, 0, &call), KICKMSG_CALL_WAITING);
        must(kickmsg_server_try_receive(server, &request));
    }

    static void must(kickmsg_status status)
    {
        EXPECT_EQ(status, KICKMSG_OK) << kickmsg_last_error()->message;
    }

    Name                name{"c_errors"};
    kickmsg_region*     region     = nullptr;
    kickmsg_subscriber* subscriber = nullptr;
    kickmsg_publisher*  publisher  = nullptr;
    kickmsg_node*       node       = nullptr;
    kickmsg_server*     server     = nullptr;
    kickmsg_client*     client     = nullptr;
    kickmsg_request     request    = KICKMSG_EMPTY;
};

kickmsg_status other_geometry(World& world)
{
    kickmsg_config config   = with_one_of_each();
    config.pool_size        = 65;
    kickmsg_region* another = nullptr;
    return kickmsg_region_create_or_open(world.name.str().c_str(), KICKMSG_PUB_SUB, &config, nullptr, &another);
}

kickmsg_status colliding_names(World& world)
{
    kickmsg_publisher*  publisher = nullptr;
    kickmsg_subscriber* other     = nullptr;
    World::must(kickmsg_node_advertise(world.node, "c t", nullptr, nullptr, &publisher));
    kickmsg_status const status = kickmsg_node_subscribe(world.node, "c_t", nullptr, &other);
    kickmsg_publisher_destroy(publisher);
    World::must(kickmsg_node_unlink_topic(world.node, "c t"));
    return status;
}

kickmsg_status other_schema(World& world)
{
    kickmsg_type_layout const layout{8, 8, false};
    kickmsg_schema            one{};
    kickmsg_schema            two{};
    World::must(kickmsg_schema_describe_type("one", 1, &layout, &one));
    World::must(kickmsg_schema_describe_type("two", 1, &layout, &two));
    World::must(kickmsg_region_require_schema(world.region, &one));
    return kickmsg_region_require_schema(world.region, &two);
}

/// A region of one page, whose header `damage` writes to.
template <class Damage>
kickmsg_status open_damaged(Damage damage)
{
    Name const           name("c_damaged");
    kickmsg_config const config = with_one_of_each();
    kickmsg_region*      region = nullptr;
    World::must(kickmsg_region_create(name.str().c_str(), KICKMSG_PUB_SUB, &config, nullptr, &region));
    {
        kickmsg::SharedMemory const kept = keep(name);
        kickmsg_region_destroy(region);
        damage(static_cast<unsigned char*>(kept.data()));
        return kickmsg_region_open(name.str().c_str(), &region);
    }
}

kickmsg_status thrown(ErrorCode code)
{
    return kickmsg::c::guard([&] { throw kickmsg::Error(code, "/region", "expected one, found another", 5); });
}

kickmsg_status gone_client(World& world)
{
    kickmsg_call call = KICKMSG_EMPTY;
    world.ask(call);
    World::must(kickmsg_client_destroy(world.client));
    kickmsg_status const status = kickmsg_request_answer(&world.request, "y", 1);
    kickmsg_call_cancel(&call, nullptr);
    return status;
}

kickmsg_status unwanted(World& world)
{
    kickmsg_call call = KICKMSG_EMPTY;
    world.ask(call);
    World::must(kickmsg_call_cancel(&call, nullptr));
    return kickmsg_request_answer(&world.request, "y", 1);
}

kickmsg_status interrupted(World& world)
{
    kickmsg_sample sample{};
    World::must(kickmsg_subscriber_interrupt(world.subscriber));
    return kickmsg_subscriber_receive(world.subscriber, KICKMSG_FOREVER, &sample, nullptr);
}

struct Row {
    kickmsg_status status;
    kickmsg_status (*cause)(World&);
};

kickmsg_region* no_region = nullptr;
kickmsg_sample  no_sample;

Row const rows[] = {
    {KICKMSG_OK, [](World& world) { return kickmsg_publisher_send(world.publisher, "x", 1); }},
    {KICKMSG_INVALID_NAME, [](World&) { return kickmsg_region_open("/a/b", &no_region); }},
    {KICKMSG_INVALID_CONFIG,
     [](World&) {
         kickmsg_config config = with_one_of_each();
         config.pool_size      = 0;
         uint64_t bytes        = 0;
         return kickmsg_footprint(&config, &bytes);
     }},
    {KICKMSG_NOT_FOUND, [](World&) { return kickmsg_region_open(("/" + prefix() + "_none").c_str(), &no_region); }},
    {KICKMSG_IN_USE,
     [](World& world) {
         return kickmsg_region_create(world.name.str().c_str(), KICKMSG_PUB_SUB, nullptr, nullptr, &no_region);
     }},
    {KICKMSG_MISMATCH, other_geometry},
    {KICKMSG_NAME_COLLISION, colliding_names},
    {KICKMSG_WRONG_VERSION, [](World&) { return open_damaged([](unsigned char* header) { header[9] ^= 1; }); }},
    {KICKMSG_CORRUPT, [](World&) { return open_damaged([](unsigned char* header) { header[0] ^= 1; }); }},
    {KICKMSG_NOT_READY, [](World&) { return open_damaged([](unsigned char* header) { std::memset(header, 0, 8); }); }},
    {KICKMSG_NO_FREE_RING,
     [](World& world) {
         kickmsg_subscriber* another = nullptr;
         return kickmsg_subscriber_create(world.region, &another);
     }},
    {KICKMSG_NO_FREE_RECORD,
     [](World& world) {
         kickmsg_publisher* another = nullptr;
         return kickmsg_publisher_create(world.region, &another);
     }},
    // What needs another user, a full file system or a system that refuses is caused behind the guard.
    {KICKMSG_NO_SPACE, [](World&) { return thrown(ErrorCode::NoSpace); }},
    {KICKMSG_PERMISSION_DENIED, [](World&) { return thrown(ErrorCode::PermissionDenied); }},
    {KICKMSG_INVALID_HANDLE, [](World&) { return kickmsg_publisher_send(nullptr, "x", 1); }},
    {KICKMSG_SYSTEM, [](World&) { return kickmsg::c::guard([] { throw std::logic_error("of the library itself"); }); }},
    {KICKMSG_LIMIT_REACHED, [](World&) { return kickmsg::c::guard([] { throw std::bad_alloc(); }); }},
    {KICKMSG_SCHEMA_MISMATCH, other_schema},
    {KICKMSG_INVALID_ARGUMENT, [](World& world) { return kickmsg_publisher_send(world.publisher, nullptr, 1); }},
    {KICKMSG_TOO_LONG, [](World& world) { return kickmsg_publisher_send(world.publisher, &no_sample, 65); }},
    {KICKMSG_NOTHING_TO_PUBLISH, [](World& world) { return kickmsg_publisher_publish(world.publisher, nullptr); }},
    {KICKMSG_CLIENT_GONE, gone_client},
    {KICKMSG_NOT_WANTED, unwanted},
    {KICKMSG_AGAIN, [](World& world) { return kickmsg_subscriber_try_receive(world.subscriber, &no_sample, nullptr); }},
    {KICKMSG_TIMED_OUT,
     [](World& world) { return kickmsg_subscriber_receive(world.subscriber, 1, &no_sample, nullptr); }},
    {KICKMSG_INTERRUPTED, interrupted},
};

/// What is an outcome, and no failure.
bool is_noted(kickmsg_status status)
{
    return status != KICKMSG_OK && status < KICKMSG_AGAIN;
}

} // namespace

TEST(CErrors, EachStatusIsReturnedByACallWithATextThatSaysWhatToDo)
{
    std::set<std::string>    texts;
    std::set<kickmsg_status> seen;
    for (Row const& row : rows) {
        World world;
        EXPECT_EQ(kickmsg_publisher_send(nullptr, nullptr, 0), KICKMSG_INVALID_HANDLE); // an older failure
        EXPECT_EQ(row.cause(world), row.status) << kickmsg_last_error()->message;
        kickmsg_error const& last = *kickmsg_last_error();
        EXPECT_EQ(last.status, is_noted(row.status) ? row.status : KICKMSG_INVALID_HANDLE) << last.message;
        std::string const message = last.message;
        EXPECT_EQ(message.rfind("kickmsg: " + std::string(last.object) + ": ", 0), 0U) << message;
        EXPECT_EQ(message.back(), ')') << message;
        texts.insert(kickmsg_status_text(row.status));
        seen.insert(row.status);
    }
    EXPECT_EQ(texts.size(), std::size(rows)) << "two statuses have one text";
    EXPECT_EQ(seen.size(), std::size(rows));
    for (int code = static_cast<int>(ErrorCode::InvalidName); code <= static_cast<int>(ErrorCode::SchemaMismatch);
         ++code) {
        EXPECT_EQ(seen.count(kickmsg::c::status_of(static_cast<ErrorCode>(code))), 1U) << code;
    }
    EXPECT_EQ(texts.count(kickmsg_status_text(static_cast<kickmsg_status>(-1))), 0U);
}

TEST(CErrors, TheTextIsThatOfCpp)
{
    std::string const    name = "/" + prefix() + "_none";
    kickmsg::Error const cpp  = error_of([&] { kickmsg::SharedRegion::open(name); });
    EXPECT_EQ(kickmsg_region_open(name.c_str(), &no_region), KICKMSG_NOT_FOUND);
    EXPECT_STREQ(kickmsg_last_error()->message, cpp.what());
    EXPECT_EQ(kickmsg_last_error()->object, cpp.object());
    EXPECT_EQ(kickmsg_last_error()->os_error, cpp.os_error());
}

/// A text that is longer than there is room for is cut off.
TEST(CErrors, ALongTextIsCutOff)
{
    EXPECT_EQ(kickmsg::c::guard(
                  [] { throw kickmsg::Error(ErrorCode::InUse, std::string(4000, 'o'), std::string(4000, 'e')); }),
              KICKMSG_IN_USE);
    EXPECT_LT(std::strlen(kickmsg_last_error()->message), 4000U);
    EXPECT_LT(std::strlen(kickmsg_last_error()->object), 4000U);
}

TEST(CErrors, ACallThatFailsWritesNothing)
{
    kickmsg_region* untouched = no_region;
    auto* const     sentinel  = reinterpret_cast<kickmsg_region*>(&untouched);
    untouched                 = sentinel;
    EXPECT_EQ(kickmsg_region_open(("/" + prefix() + "_none").c_str(), &untouched), KICKMSG_NOT_FOUND);
    EXPECT_EQ(untouched, sentinel);
}

TEST(CErrors, AStatusOfACallIsThatOfCppInWords)
{
    for (int status = KICKMSG_CALL_ANSWERED; status <= KICKMSG_CALL_UNUSABLE; ++status) {
        EXPECT_STREQ(kickmsg_call_status_text(static_cast<kickmsg_call_status>(status)),
                     kickmsg::text_of(static_cast<kickmsg::CallStatus>(status)));
    }
    EXPECT_STREQ(kickmsg_call_status_text(static_cast<kickmsg_call_status>(99)), "no status of this version");
}
