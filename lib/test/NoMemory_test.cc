/// Set-up calls on a heap that refuses: only a kickmsg::Error comes out, and nothing is left behind.
#include "allocations.h"
#include "support.h"

#include "kickmsg/Node.h"

#include <cerrno>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

using namespace kickmsg_test;
using kickmsg::ErrorCode;
using kickmsg::Node;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;

namespace {

/// What a call must leave as it was: descriptors, and the participants of the region.
struct Surroundings {
    explicit Surroundings(SharedRegion const* region)
    {
#if defined(__linux__)
        for ([[maybe_unused]] auto const& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
            ++descriptors;
        }
#endif
        if (region != nullptr) {
            auto const stats = region->stats();
            participants     = stats.participants.size();
            free_slots       = stats.pool_free;
        }
    }
    bool operator==(Surroundings const& other) const
    {
        return descriptors == other.descriptors && participants == other.participants && free_slots == other.free_slots;
    }

    std::size_t descriptors  = 0;
    std::size_t participants = 0;
    uint64_t    free_slots   = 0;
};

enum class Outcome { Done, Refused, Foreign };

/// Runs `call` where the allocations `first` to `last` fail.
Outcome run(std::function<void()> const& call, uint64_t first, uint64_t last, std::string& said)
{
    try {
        NoMemory const exhausted(first, last);
        call();
        return Outcome::Done;
    } catch (kickmsg::Error const& error) {
        said = error.what();
        return error.code() == ErrorCode::LimitReached && error.os_error() == ENOMEM ? Outcome::Refused
                                                                                     : Outcome::Foreign;
    } catch (std::exception const& error) {
        said = error.what();
        return Outcome::Foreign;
    }
}

/// `call` meets a heap that refuses its first allocation, its second, and so on, until it needs no more: once, and for good.
/// `fresh`: the name of what it makes, which is removed again after a success.
void expect_errors_only(char const* what, SharedRegion const* region, std::function<void()> const& call,
                        std::vector<std::string> const& fresh = {})
{
    Surroundings const before(region);
    for (bool const for_good : {false, true}) {
        std::string said;
        Outcome     outcome = Outcome::Refused;
        uint64_t    refused = 0;
        for (uint64_t first = 1; first < 1000; ++first) {
            uint64_t const from = allocations.count;
            outcome             = run(call, first, for_good ? UINT64_MAX : first, said);
            ASSERT_NE(outcome, Outcome::Foreign) << what << ", allocation " << first << ": " << said;
            refused += outcome == Outcome::Refused ? 1 : 0;
            for (std::string const& name : fresh) {
                EXPECT_TRUE(!kickmsg::SharedMemory::unlink(name) || outcome == Outcome::Done)
                    << what << " left " << name;
            }
            ASSERT_TRUE(Surroundings(region) == before)
                << what << ", allocation " << first << ", left something behind";
            if (allocations.count - from < first) {
                break;
            }
        }
        EXPECT_EQ(outcome, Outcome::Done) << what << ": " << said;
        EXPECT_NE(refused, 0U) << what << ": never met the heap";
    }
}

} // namespace

TEST(NoMemory, MakesTheCallsOfARegionErrorsThatLeaveNothing)
{
    Name const        name("region_with_a_name_that_no_small_string_holds");
    Name const        fresh("fresh_region_with_a_name_that_no_small_string_holds");
    std::string const creator = "a creator with a name that no small string holds";
    auto const        cfg     = small_config();
    auto              region  = make(name);
    expect_errors_only("create", nullptr, [&] { SharedRegion::create(fresh, kickmsg::channel::PubSub, cfg, creator); },
                       {fresh});
    expect_errors_only("create_or_open, creating", nullptr,
                       [&] { SharedRegion::create_or_open(fresh, kickmsg::channel::PubSub, cfg, creator); }, {fresh});
    expect_errors_only("create_or_open, opening", &region,
                       [&] { SharedRegion::create_or_open(name, kickmsg::channel::PubSub, cfg, creator); });
    expect_errors_only("open", &region, [&] { SharedRegion::open(name); });
    expect_errors_only("Publisher", &region, [&] { Publisher publisher(region); });
    expect_errors_only("Subscriber", &region, [&] { Subscriber subscriber(region); });
    expect_errors_only("stats", &region, [&] { region.stats(); });
    expect_errors_only("diagnose", &region, [&] { region.diagnose(); });
    expect_errors_only("info", &region, [&] { region.info(); });
    expect_errors_only("reclaim_orphaned_slots", &region, [&] { region.reclaim_orphaned_slots(); });
}

TEST(NoMemory, MakesTheCallsOfANodeErrorsThatLeaveNothing)
{
    Name const        stem("node_with_a_name_that_no_small_string_holds");
    std::string const prefix = stem.str().substr(1);
    Node              node("node_with_a_name_that_no_small_string_holds", prefix);
    std::string const topic = "a topic with a name that no small string holds";
    std::string const other = "another topic with a name that no small string holds";
    auto const        cfg   = small_config();

    std::vector<std::string> const fresh{node.topic_region(other), node.broadcast_region(other),
                                         node.mailbox_region(node.name(), other)};
    Publisher const                publisher = node.advertise(topic, cfg);
    auto const                     region    = SharedRegion::open(node.topic_region(topic));
    Subscriber const               mailbox   = node.create_mailbox(topic, cfg);

    expect_errors_only(
        "advertise", nullptr, [&] { node.advertise(other, cfg); }, fresh);
    expect_errors_only(
        "advertise_or_join", nullptr, [&] { node.advertise_or_join(other, cfg); }, fresh);
    expect_errors_only(
        "subscribe_or_create", nullptr, [&] { node.subscribe_or_create(other, cfg); }, fresh);
    expect_errors_only(
        "join_broadcast", nullptr, [&] { node.join_broadcast(other, cfg); }, fresh);
    expect_errors_only(
        "create_mailbox", nullptr, [&] { node.create_mailbox(other, cfg); }, fresh);
    expect_errors_only("advertise, joining", &region, [&] { node.advertise(topic, cfg); });
    expect_errors_only("subscribe", &region, [&] { node.subscribe(topic); });
    expect_errors_only("open_mailbox", nullptr, [&] { node.open_mailbox(node.name(), topic); });
    expect_errors_only("topic_schema", &region, [&] { node.topic_schema(topic); });
    expect_errors_only("topic_region", nullptr, [&] { node.topic_region(topic); });
    kickmsg::SharedMemory::unlink(node.topic_region(topic));
    kickmsg::SharedMemory::unlink(node.mailbox_region(node.name(), topic));
}
