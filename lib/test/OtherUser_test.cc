/// Regions of two users in a sticky directory: only the owner of a file, and root, may replace or remove it. Needs root.
#include "Lifecycle.h"
#include "kickmsg/Node.h"
#include "support.h"
#include "waiting.h"

#include <unistd.h>

using namespace kickmsg_test;
using kickmsg::ErrorCode;
using kickmsg::Node;
using kickmsg::SharedMemory;
using kickmsg::SharedRegion;

namespace {

constexpr uid_t owner = 10001, stranger = 10002;
constexpr int   not_permitted = 77;

kickmsg::channel::Config open_to_all(uint32_t pool_size = 64)
{
    auto cfg = small_config(pool_size);
    cfg.mode = 0666;
    return cfg;
}

/// Returns: what `act` returned as this user, or not_permitted.
int as(uid_t user, std::function<void(Child&)> const& act)
{
    Child child([&](Child& self) {
        if (geteuid() != 0 || setgid(user) != 0 || setuid(user) != 0) {
            return not_permitted;
        }
        act(self);
        return testing::Test::HasFailure() ? 1 : 0;
    });
    return child.join();
}

/// A topic that the owner has left, of mode 0666, and its region's name.
class Topic {
public:
    Topic() : node("n", prefix() + "_users_" + std::to_string(getpid())), region(node.topic_region("t"))
    {
        usable = as(owner, [this](Child&) { node.advertise("t", open_to_all()); }) == 0;
    }
    Topic(Topic const&)            = delete;
    Topic& operator=(Topic const&) = delete;
    ~Topic()
    {
        ::unlink(("/dev/shm" + region).c_str());
    }

    Node        node;
    std::string region;
    bool        usable = false; ///< root may become other users here
};

void expect_refused(kickmsg::Error const& error, std::string const& remedy)
{
    EXPECT_EQ(error.code(), ErrorCode::PermissionDenied) << error.what();
    EXPECT_NE(std::string(error.what()).find("belongs to user 10001"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find(remedy), std::string::npos) << error.what();
}

} // namespace

#define SKIP_UNLESS_USABLE(topic)                                                                                      \
    if (!(topic).usable) {                                                                                             \
        GTEST_SKIP() << "root may not become another user here";                                                       \
    }

TEST(OtherUser, AdvertisesOnTheStaleRegionThatItMayOpenAndNotReplace)
{
    Topic topic;
    SKIP_UNLESS_USABLE(topic);
    EXPECT_EQ(as(stranger,
                 [&](Child&) {
                     auto publisher = topic.node.advertise("t", open_to_all());
                     EXPECT_EQ(publisher.send("x", 1), 1);
                     auto subscriber = topic.node.subscribe("t");
                     EXPECT_EQ(publisher.send("y", 1), 1);
                     EXPECT_TRUE(subscriber.try_receive());
                 }),
              0);
    EXPECT_TRUE(waiting_files(topic.region).empty());
    EXPECT_EQ(SharedRegion::open(topic.region).diagnose().dead_participants, 0U);
}

TEST(OtherUser, IsRefusedAStaleRegionThatDoesNotFitWithItsOwnerAndARemedy)
{
    Topic topic;
    SKIP_UNLESS_USABLE(topic);
    EXPECT_EQ(as(stranger,
                 [&](Child&) {
                     auto const other = open_to_all(32);
                     auto const type  = kickmsg::channel::PubSub;
                     expect_refused(error_of([&] { topic.node.advertise("t", other); }), "SharedMemory::unlink");
                     expect_refused(error_of([&] { topic.node.advertise_or_join("t", other); }), "create_or_open");
                     expect_refused(error_of([&] { SharedRegion::create(topic.region, type, other); }), "replace");
                     topic.node.advertise_or_join("t", open_to_all()); // and what fits can be used afterwards
                 }),
              0);
    EXPECT_TRUE(waiting_files(topic.region).empty());
    EXPECT_EQ(as(owner, [&](Child&) { topic.node.advertise("t", open_to_all(32)); }), 0) << "its owner may";
}

TEST(OtherUser, IsRefusedAnUnlinkWithTheOwner)
{
    Topic topic;
    SKIP_UNLESS_USABLE(topic);
    EXPECT_EQ(as(stranger,
                 [&](Child&) {
                     auto region = SharedRegion::open(topic.region);
                     for (int again = 0; again < 2; ++again) {
                         expect_refused(error_of([&] { topic.node.unlink_topic("t"); }), "cannot remove the name");
                         expect_refused(error_of([&] { region.unlink(); }), "cannot remove the name");
                         expect_refused(error_of([&] { SharedMemory::unlink(topic.region); }),
                                        "cannot remove the name");
                     }
                     EXPECT_FALSE(region.diagnose().unlinked);
                 }),
              0);
    EXPECT_EQ(as(owner, [&](Child&) { topic.node.unlink_topic("t"); }), 0);
    EXPECT_EQ(error_of([&] { SharedRegion::open(topic.region); }).code(), ErrorCode::NotFound);
}

TEST(OtherUser, IsHinderedByAReplacerOfTheOwnerOnlyWhileThatOneLives)
{
    Topic topic;
    SKIP_UNLESS_USABLE(topic);
    Child replacer([&](Child& self) { // what a replacer does, up to its rename
        if (setgid(owner) != 0 || setuid(owner) != 0) {
            return not_permitted;
        }
        auto const                     old   = kickmsg::detail::open_region(topic.region, nullptr);
        auto&                          state = old->mapping().header().state;
        SharedMemory                   fresh = SharedMemory::build(topic.region, 4096, 0666);
        kickmsg::os::ProofOfLife const proof(old->mapping().memory(), kickmsg::os::Role::Replacer, 900);
        fresh.arm(old->mapping().memory(), 900);
        state.store(kickmsg::core::OwnerWord::make(kickmsg::core::OwnerWord::Retired, 0, 900));
        self.pause();
        return 0;
    });
    replacer.wait_ready();
    EXPECT_EQ(as(stranger,
                 [&](Child&) {
                     auto const error = error_of([&] { SharedRegion::open(topic.region); });
                     expect_refused(error, "another process is replacing this region");
                     EXPECT_NE(std::string(error.what()).find(waiting_stem(topic.region)), std::string::npos);
                 }),
              0);
    EXPECT_EQ(waiting_files(topic.region).size(), 1U);
    replacer.kill();
    EXPECT_EQ(as(stranger,
                 [&](Child&) {
                     auto const region = SharedRegion::open(topic.region);
                     EXPECT_EQ(region.diagnose().leftover_files, 1U) << "it may not remove it, and says so";
                 }),
              0);
    EXPECT_EQ(as(owner, [&](Child&) { SharedRegion::open(topic.region); }), 0);
    EXPECT_TRUE(waiting_files(topic.region).empty());
}

TEST(OtherUser, ABlackboardIsItsOwnersAloneUnlessItsModeSaysOtherwise)
{
    Node const node("n", prefix() + "_users_" + std::to_string(getpid()));
    auto const open = [&](uint32_t mode) {
        kickmsg::BlackboardConfig cfg;
        cfg.mode = mode;
        return Node(node).blackboard("b", cfg);
    };
    int const code = as(owner, [&](Child&) { (void)open(0600).writer("a").write("x", 1); });
    if (code == not_permitted) {
        GTEST_SKIP() << "root may not become another user here";
    }
    EXPECT_EQ(code, 0);
    EXPECT_EQ(as(stranger,
                 [&](Child&) {
                     EXPECT_EQ(error_of([&] { (void)open(0600); }).code(), ErrorCode::PermissionDenied);
                     EXPECT_EQ(error_of([&] { (void)Node(node).open_blackboard("b"); }).code(),
                               ErrorCode::PermissionDenied);
                 }),
              0);
    Node(node).unlink_blackboard("b");

    EXPECT_EQ(as(owner, [&](Child&) { (void)open(0666).writer("a").write("x", 1); }), 0);
    Child holder([&](Child& self) {
        if (setgid(owner) != 0 || setuid(owner) != 0) {
            return not_permitted;
        }
        auto       board  = open(0666);
        auto const writer = board.writer("a");
        self.pause();
        return 0;
    });
    holder.wait_ready();
    EXPECT_EQ(as(stranger,
                 [&](Child&) {
                     auto                 board = open(0666);
                     kickmsg::Error const error = error_of([&] { (void)board.writer("a"); });
                     EXPECT_EQ(error.code(), ErrorCode::InUse) << "a writer of another user is taken for dead";
                     EXPECT_NE(std::string(error.what()).find("pid " + std::to_string(holder.pid())),
                               std::string::npos);
                     EXPECT_EQ(board.writer("b").write("y", 1), 1);
                 }),
              0);
    holder.go_on();
    EXPECT_EQ(holder.join(), 0);
    Node(node).unlink_blackboard("b");
}
