/// Coming late between processes: beside publishers at full speed, beside those that are stopped, and of those that die.
#include "support.h"

#include "kickmsg/Inspect.h"

#include <chrono>
#include <csignal>
#include <cstring>
#include <map>
#include <memory>
#include <thread>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Publisher;
using kickmsg::SampleInfo;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using kickmsg::channel::Config;

namespace {

constexpr uint32_t remembered = 8;
constexpr uint32_t slots      = 64 + remembered;

Config remembering()
{
    Config cfg         = small_config(64, 16, 4);
    cfg.max_publishers = 4;
    cfg.history        = remembered;
    return cfg;
}

/// texts: the region, "plain" or "reliable". Until it is killed.
KICKMSG_CHILD(sends_on)
{
    auto       opened = SharedRegion::open(texts[0]);
    Publisher  publisher(opened);
    bool const plain = texts[1] == "plain";
    self.ready();
    for (uint64_t number = 1;; ++number) {
        auto const    for_ever = std::chrono::nanoseconds::max();
        int32_t const sent =
            plain ? publisher.send(&number, sizeof(number)) : publisher.send_until(&number, sizeof(number), for_ever);
        if (sent != sizeof(number)) {
            return 1;
        }
    }
}

/// texts: the region. Comes, takes some, and goes, until it is killed.
KICKMSG_CHILD(comes_and_goes)
{
    auto opened = SharedRegion::open(texts[0]);
    self.ready();
    for (uint64_t turn = 0;; ++turn) {
        Subscriber subscriber(opened);
        for (uint64_t i = 0; i < turn % 5; ++i) {
            subscriber.try_receive();
        }
    }
}

std::unique_ptr<Child> child(ChildBody const& body, Texts const& texts)
{
    auto started = std::make_unique<Child>(body, texts);
    started->wait_ready();
    return started;
}

/// What one subscriber has got: each publisher's messages in order, each once.
struct Heard {
    /// Returns: whether it can be.
    bool note(uint64_t number, SampleInfo const& info)
    {
        uint64_t&  last = last_of[info.publisher];
        bool const good = number == info.sequence && number > last;
        missing += last != 0 ? number - last - 1 : 0;
        last = number;
        ++count;
        return good;
    }

    std::map<uint64_t, uint64_t> last_of;
    uint64_t                     missing = 0;
    uint64_t                     count   = 0;
};

/// Takes up to `most`. Returns: whether all was in order.
bool hear(Subscriber& subscriber, Heard& heard, uint64_t most)
{
    SampleInfo info;
    while (heard.count < most) {
        auto const sample = subscriber.receive(10s, info);
        uint64_t   number = 0;
        if (!sample) {
            return false;
        }
        std::memcpy(&number, sample->data(), sizeof(number));
        if (!heard.note(number, info)) {
            return false;
        }
    }
    return true;
}

/// Everything but the last messages is free again, and these can be had.
void expect_only_history(SharedRegion& region)
{
    region.recover();
    auto const stats = region.stats();
    EXPECT_EQ(stats.pool_free + stats.pool_history, slots) << "a slot is lost";
    EXPECT_EQ(stats.pool_history, remembered);
    EXPECT_EQ(stats.corrupt, 0U);
    EXPECT_EQ(kickmsg::inspect(region.name()).pool->orphaned, 0U);
    auto const again = region.recover();
    EXPECT_EQ(again.references + again.slots + again.rings + again.participants, 0U);
    Subscriber late(region);
    EXPECT_EQ(receive_all(late).size(), remembered);
}

void expect_exact_beside(char const* how)
{
    Name const name;
    auto       region = make(name, remembering());
    {
        auto one   = child(sends_on, {name, how});
        auto other = child(sends_on, {name, how});
        for (int turn = 0; turn < 300; ++turn) {
            Subscriber subscriber(region);
            Heard      heard;
            ASSERT_TRUE(hear(subscriber, heard, 40)) << "a message came twice, out of order or not at all";
            ASSERT_LE(heard.missing, subscriber.lost()) << "a message was left out";
            ASSERT_TRUE(std::string(how) == "plain" || subscriber.lost() == 0) << "a message was overwritten";
        }
    }
    expect_only_history(region);
}

} // namespace

TEST(LateJoinProcesses, ExactBesidePublishersAtFullSpeed)
{
    expect_exact_beside("plain");
}

TEST(LateJoinProcesses, ExactBesidePublishersThatOverwriteNothing)
{
    expect_exact_beside("reliable");
}

TEST(LateJoinProcesses, TheHistoryOfThePublisherThatWasKilled)
{
    Name const name;
    auto       region = make(name, remembering());
    for (int turn = 0; turn < 30; ++turn) {
        auto victim = child(sends_on, {name, "plain"});
        while (turn == 0 && region.stats().sent < remembered) { // from then on there is a whole history
        }
        std::this_thread::sleep_for(std::chrono::microseconds(200 + 37 * turn));
        victim->kill();
        Subscriber subscriber(region);
        Heard      heard;
        SampleInfo info;
        while (auto const sample = subscriber.try_receive(info)) {
            uint64_t number = 0;
            std::memcpy(&number, sample->data(), sizeof(number));
            ASSERT_TRUE(heard.note(number, info)) << "a message came twice or out of order";
        }
        ASSERT_EQ(heard.missing, 0U) << "a message is left out between two of the history";
        ASSERT_GE(heard.count, remembered - 1) << "the history is not there";
    }
    expect_only_history(region);
}

TEST(LateJoinProcesses, ANewcomerThatIsKilledLeavesNothing)
{
    Name const name;
    auto       region = make(name, remembering());
    {
        Publisher  publisher(region);
        Subscriber there(region);
        uint64_t   number = 0;
        for (int turn = 0; turn < 60; ++turn) {
            auto victim = child(comes_and_goes, {name});
            for (int i = 0; i < 20 + turn % 7; ++i) {
                send(publisher, ++number);
                ASSERT_EQ(receive_all(there), std::vector<uint64_t>{number})
                    << "a subscriber that was there is delayed";
            }
            victim->kill();
            region.recover();
        }
    }
    expect_only_history(region);
}

TEST(LateJoinProcesses, ANewcomerThatIsStoppedDelaysNobody)
{
    Name const name;
    auto       region = make(name, remembering());
    {
        Publisher  publisher(region);
        Subscriber there(region);
        uint64_t   number = 0;
        auto       victim = child(comes_and_goes, {name});
        for (int turn = 0; turn < 60; ++turn) {
            std::this_thread::sleep_for(std::chrono::microseconds(50 + 13 * turn));
            ::kill(victim->pid(), SIGSTOP);
            for (int i = 0; i < 40; ++i) {
                send(publisher, ++number);
                ASSERT_EQ(receive_all(there), std::vector<uint64_t>{number});
            }
            auto const taken = region.recover();
            ASSERT_EQ(taken.references + taken.slots + taken.rings, 0U) << "one that is only stopped was robbed";
            Subscriber late(region);
            ASSERT_EQ(receive_all(late).size(), remembered);
            ::kill(victim->pid(), SIGCONT);
        }
    }
    expect_only_history(region);
}
