/// Publishers and subscribers in different processes; creation, replacement and opening raced by several.
#include "Lifecycle.h"
#include "kickmsg/os/Time.h"
#include "support.h"

#include <array>
#include <cstring>
#if !defined(_WIN32)
#include <dirent.h>
#endif
#include <memory>
#include <optional>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using kickmsg::channel::PubSub;

namespace {

/// A message whose length and bytes follow from its number.
std::vector<unsigned char> message(uint64_t publisher, uint64_t number)
{
    std::vector<unsigned char> bytes(16 + number % 200);
    std::memcpy(bytes.data(), &publisher, 8);
    std::memcpy(bytes.data() + 8, &number, 8);
    for (std::size_t i = 16; i < bytes.size(); ++i) {
        bytes[i] = static_cast<unsigned char>(number * 7 + i);
    }
    return bytes;
}

#if defined(KICKMSG_REGIONS_ARE_FILES)
std::size_t count_names(std::string const& beginning)
{
    std::size_t                               found = 0;
    std::unique_ptr<DIR, int (*)(DIR*)> const directory(opendir("/dev/shm"), closedir);
    while (dirent const* const entry = readdir(directory.get())) {
        found += std::strncmp(entry->d_name, beginning.c_str(), beginning.size()) == 0 ? 1 : 0;
    }
    return found;
}
#endif

constexpr uint64_t publishers = 3, each = 3000;

KICKMSG_CHILD(publishes)
{
    auto           own = SharedRegion::open(texts[0]);
    Publisher      publisher(own);
    uint64_t const id = std::stoull(texts[1]);
    for (uint64_t i = 0; i < each; ++i) {
        auto const bytes = message(id, i);
        if (publisher.send(bytes.data(), bytes.size()) != static_cast<int32_t>(bytes.size())) {
            return 1;
        }
    }
    return 0;
}

KICKMSG_CHILD(races)
{
    self.pause();
    auto       region = SharedRegion::create_or_open(texts[0], PubSub, small_config());
    Subscriber subscriber(region);
    self.pause();
    Publisher publisher(region);
    (void)publisher.send("x", 1);
    int received = 0;
    while (received < 4 && subscriber.receive(std::chrono::nanoseconds::max())) {
        ++received;
    }
    self.pause();
    return received == 4 ? 0 : 1;
}

KICKMSG_CHILD(creates_without_end)
{
    self.ready();
    while (true) {
        auto region = SharedRegion::create(texts[0], PubSub, small_config(4096));
        region.unlink();
    }
    return 0;
}

KICKMSG_CHILD(opens)
{
    auto const opened = SharedRegion::open(texts[0]);
    self.pause();
    return 0;
}

} // namespace

TEST(Process, MessagesOfSeveralPublishersArriveWholeAndInOrder)
{
    Name const                          name;
    auto                                region = make(name, small_config(64, 16));
    Subscriber                          subscriber(region);
    std::vector<std::unique_ptr<Child>> children;
    for (uint64_t id = 0; id < publishers; ++id) {
        children.push_back(std::make_unique<Child>(publishes, Texts{name, std::to_string(id)}));
    }
    std::array<uint64_t, publishers> next{};
    uint64_t                         received = 0;
    while (received + subscriber.lost() < publishers * each) {
        auto const sample = subscriber.receive(1s);
        if (!sample) {
            continue;
        }
        uint64_t head[2];
        std::memcpy(head, sample->data(), sizeof(head));
        ASSERT_LT(head[0], publishers);
        EXPECT_GE(head[1], next[head[0]]);
        next[head[0]]       = head[1] + 1;
        auto const expected = message(head[0], head[1]);
        ASSERT_EQ(sample->len(), expected.size());
        EXPECT_EQ(std::memcmp(sample->data(), expected.data(), expected.size()), 0);
        ++received;
    }
    EXPECT_EQ(received + subscriber.lost(), publishers * each);
    for (auto& child : children) {
        EXPECT_EQ(child->join(), 0);
    }
    EXPECT_EQ(allocatable(name), 64U);
}

TEST(Process, AllWhoRaceToCreateOrOpenMeetInOneRegion)
{
    for (bool const stale : {false, true}) {
        for (int round = 0; round < 20; ++round) {
            Name const                           name;
            std::optional<kickmsg::SharedMemory> kept;
            if (stale) { // the dead left a region of another geometry
                auto left = make(name, small_config(32));
                kept      = keep(name);
            }
            std::vector<std::unique_ptr<Child>> racers;
            for (int i = 0; i < 4; ++i) {
                racers.push_back(std::make_unique<Child>(races, Texts{name}));
            }
            for (int step = 0; step < 3; ++step) {
                for (auto& racer : racers) {
                    racer->wait_ready();
                }
                for (auto& racer : racers) {
                    racer->go_on();
                }
            }
            for (auto& racer : racers) {
                EXPECT_EQ(racer->join(), 0);
            }
        }
    }
}

TEST(Process, AKilledCreatorLeavesACompleteRegionOrNone)
{
    Name const name;
    int        complete = 0, none = 0;
    for (int round = 0; round < 40; ++round) {
        Child child(creates_without_end, {name});
        child.wait_ready();
        kickmsg::sleep(std::chrono::microseconds(137 * round));
        child.kill();
        try {
            auto region = SharedRegion::open(name);
            EXPECT_EQ(region.info().pool_size, 4096U);
            ++complete;
        } catch (kickmsg::Error const& error) {
            EXPECT_EQ(error.code(), kickmsg::ErrorCode::NotFound) << error.what();
            ++none;
        }
#if defined(KICKMSG_REGIONS_ARE_FILES) // elsewhere names cannot be listed
        EXPECT_LE(count_names(name.str().substr(1)), 1U) << "nothing but the region itself";
#endif
    }
    EXPECT_EQ(complete + none, 40);
}

TEST(Process, AReplacerKilledHalfWayLeavesARegionThatCanBeUsed)
{
    Name const                           name;
    std::optional<kickmsg::SharedMemory> kept;
    {
        auto const region = make(name);
        kept              = keep(name);
    }
    { // a replacer that died after retiring the region
        auto const direct = kickmsg::detail::open_region(name, nullptr);
        direct->mapping().header().state.store(
            kickmsg::core::OwnerWord::make(kickmsg::core::OwnerWord::Retired, 0, 12345));
    }
    auto       region = SharedRegion::open(name);
    Publisher  publisher(region);
    Subscriber subscriber(region);
    send(publisher, 1);
    EXPECT_EQ(receive_all(subscriber).size(), 1U);
}

#if !defined(KICKMSG_REGIONS_ARE_FILES) // there it is disarmed: BetweenCalls
TEST(Process, AnOpenerStaysOutWhileALivingReplacerIsAtWork)
{
    Name const name;
    auto       region = make(name);
    auto const direct = kickmsg::detail::open_region(name, nullptr);
    auto&      state  = direct->mapping().header().state;
    using kickmsg::core::OwnerWord;
    uint64_t const                 ready = state.load();
    kickmsg::os::ProofOfLife const replacer(direct->mapping().memory(), kickmsg::os::Role::Replacer, 777);
    state.store(OwnerWord::make(OwnerWord::Retired, 0, 777));
    Child opener(opens, {name});
    kickmsg::sleep(50ms);
    EXPECT_EQ(region.stats().participants.size(), 2U) << "ours alone";
    state.store(ready);
    opener.wait_ready();
    EXPECT_EQ(region.stats().participants.size(), 3U);
}
#endif

TEST(Process, HoldersOfAReplacedRegionAreToldThatItIsUnlinked)
{
    Name const name;
    auto       old = make(name);
    EXPECT_FALSE(old.diagnose().unlinked);
    kickmsg::SharedMemory::unlink(name);
    EXPECT_TRUE(old.diagnose().unlinked);
    auto fresh = make(name);
    EXPECT_TRUE(old.diagnose().unlinked);
    EXPECT_FALSE(fresh.diagnose().unlinked);
    old.unlink(); // does not take the name from the new one
    EXPECT_FALSE(fresh.diagnose().unlinked);
}
