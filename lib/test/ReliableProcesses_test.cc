/// Sending that overwrites nothing, between processes: everybody gets everything, in order; the dead hold nobody up, the stopped cost time.
#include "support.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <memory>
#include <utility>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;

namespace {

constexpr uint32_t ring     = 4; ///< messages that it has room for
constexpr auto     for_ever = std::chrono::nanoseconds::max();

uint64_t message(uint64_t publisher, uint64_t number)
{
    return publisher << 32 | number;
}

/// What one publisher sends comes complete and in order.
class Expected {
public:
    /// Returns: whether it was the next one of its publisher.
    bool is_next(uint64_t value)
    {
        return value >> 32 < 8 && ++last_[value >> 32] == (value & 0xffffffffU);
    }
    /// Returns: whether it is a later one than the last of its publisher.
    bool is_later(uint64_t value)
    {
        uint64_t const number = value & 0xffffffffU;
        return value >> 32 < 8 && number > std::exchange(last_[value >> 32], number);
    }

private:
    uint64_t last_[8]{};
};

/// texts: the region, how many messages to come.
KICKMSG_CHILD(receives_all)
{
    auto       opened = SharedRegion::open(texts[0]);
    Subscriber subscriber(opened);
    self.ready();
    Expected expected;
    for (uint64_t left = std::stoul(texts[1]); left != 0; --left) {
        auto const sample = subscriber.receive(for_ever);
        uint64_t   value  = 0;
        std::memcpy(&value, sample->data(), sizeof(value));
        if (!expected.is_next(value)) {
            return 1;
        }
    }
    return subscriber.lost() == 0 ? 0 : 2;
}

/// texts: the region. Takes two messages, and stops to read.
KICKMSG_CHILD(receives_two)
{
    auto       opened = SharedRegion::open(texts[0]);
    Subscriber subscriber(opened);
    self.ready();
    subscriber.receive(for_ever);
    subscriber.receive(for_ever);
    self.pause();
    return 0;
}

/// texts: the region, its number, how many messages, whether it may overwrite.
KICKMSG_CHILD(sends)
{
    auto           opened = SharedRegion::open(texts[0]);
    Publisher      publisher(opened);
    uint64_t const me    = std::stoul(texts[1]);
    bool const     plain = texts[3] == "plain";
    self.pause();
    for (uint64_t number = 1; number <= std::stoul(texts[2]); ++number) {
        uint64_t const value = message(me, number);
        if ((plain ? publisher.send(&value, sizeof(value)) : publisher.send_until(&value, sizeof(value), for_ever)) !=
            8) {
            return 1;
        }
    }
    return publisher.flush_until(for_ever) == 0 ? 0 : 2;
}

std::unique_ptr<Child> child(ChildBody const& body, Texts const& texts)
{
    auto started = std::make_unique<Child>(body, texts);
    started->wait_ready();
    return started;
}

using Children = std::vector<std::unique_ptr<Child>>;

Children children(uint32_t count, ChildBody const& body, Texts const& texts)
{
    Children all;
    while (all.size() < count) {
        all.push_back(child(body, texts));
    }
    return all;
}

void expect_good(Children& all)
{
    for (auto& one : all) {
        EXPECT_EQ(one->join(), 0) << "1: a message is missing, repeated or out of order; 2: some were lost";
    }
}

int32_t send_until(Publisher& publisher, uint64_t value, std::chrono::nanoseconds timeout)
{
    return publisher.send_until(&value, sizeof(value), timeout);
}

kickmsg::channel::Config small()
{
    auto cfg           = small_config(64, ring);
    cfg.max_publishers = 8;
    return cfg;
}

} // namespace

TEST(ReliableProcesses, OneTwoAndFourSubscribersGetAllInOrder)
{
    for (uint32_t const subscribers : {1U, 2U, 4U}) {
        constexpr uint64_t messages = 3000;
        Name const         name;
        auto               region    = make(name, small());
        Publisher          publisher = Publisher(region);
        Children           readers   = children(subscribers, receives_all, {name, std::to_string(messages)});
        for (uint64_t number = 1; number <= messages; ++number) {
            ASSERT_EQ(send_until(publisher, message(0, number), for_ever), 8);
            ASSERT_EQ(publisher.pending(), 0U) << "nobody else sends";
        }
        expect_good(readers);
    }
}

TEST(ReliableProcesses, ManyPublishersLoseNothing)
{
    constexpr uint32_t publishers = 4;
    constexpr uint64_t messages   = 500;
    Name const         name;
    auto               region  = make(name, small());
    Children           readers = children(3, receives_all, {name, std::to_string(publishers * messages)});
    Children           writers;
    for (uint32_t i = 0; i < publishers; ++i) {
        writers.push_back(child(sends, {name, std::to_string(i), std::to_string(messages), "reliable"}));
    }
    for (auto& writer : writers) {
        writer->go_on();
    }
    expect_good(writers);
    expect_good(readers);
    EXPECT_EQ(region.stats().pool_free, 64U);
}

TEST(ReliableProcesses, ASubscriberKilledInTheMiddleHoldsNobodyUp)
{
    constexpr uint64_t messages = 1000;
    Name const         name;
    auto               region    = make(name, small());
    Publisher          publisher = Publisher(region);
    Children           readers   = children(2, receives_all, {name, std::to_string(messages)});
    auto const         victim    = child(receives_two, {name});
    uint64_t           number    = 1;
    for (; number <= 2 + ring; ++number) { // two are read
        ASSERT_EQ(send_until(publisher, message(0, number), for_ever), 8);
    }
    EXPECT_EQ(send_until(publisher, message(0, number), 20ms), -EAGAIN) << "it lives, and does not read";
    victim->kill();
    for (; number <= messages; ++number) {
        ASSERT_EQ(send_until(publisher, message(0, number), for_ever), 8);
    }
    expect_good(readers);
    EXPECT_EQ(region.diagnose().dead_participants, 0U);
}

TEST(ReliableProcesses, ASubscriberThatIsDeadIsNoReasonToRefuseOnce)
{
    Name const name;
    auto       region    = make(name, small());
    Publisher  publisher = Publisher(region);
    auto const victim    = child(receives_two, {name});
    for (uint64_t number = 1; number <= ring; ++number) {
        ASSERT_EQ(send_until(publisher, number, for_ever), 8);
    }
    victim->kill();
    uint64_t value = 1;
    for (uint64_t number = 0; number < 4 * ring; ++number) {
        ASSERT_EQ(publisher.try_send(&value, sizeof(value)), 8);
    }
}

#if !defined(_WIN32)
TEST(ReliableProcesses, ASubscriberThatIsStoppedCostsTheTimeThatIsGivenAndLosesNothing)
{
    constexpr uint64_t messages = 200;
    Name const         name;
    auto               region    = make(name, small());
    Publisher          publisher = Publisher(region);
    Children           readers   = children(2, receives_all, {name, std::to_string(messages)});
    uint64_t           number    = 1;
    for (; number <= messages / 2; ++number) {
        ASSERT_EQ(send_until(publisher, message(0, number), for_ever), 8);
    }
    readers[0]->signal(SIGSTOP);
    int32_t sent = 8;
    for (uint32_t turn = 0; turn <= ring && sent == 8; ++turn) {
        auto const begin = std::chrono::steady_clock::now();
        sent             = send_until(publisher, message(0, number), 50ms);
        if (sent == 8) {
            ++number;
        } else {
            EXPECT_EQ(sent, -EAGAIN);
            EXPECT_GE(std::chrono::steady_clock::now() - begin, 50ms);
        }
    }
    EXPECT_EQ(sent, -EAGAIN) << "a stopped subscriber overflows";
    readers[0]->signal(SIGCONT);
    for (; number <= messages; ++number) {
        ASSERT_EQ(send_until(publisher, message(0, number), for_ever), 8);
    }
    expect_good(readers);
}
#endif

TEST(ReliableProcesses, APlainPublisherBesideLosesWhatIsCountedAndNoOrder)
{
    constexpr uint64_t messages = 2000;
    Name const         name;
    auto               region = make(name, small());
    Subscriber         subscriber(region);
    Children           writers;
    writers.push_back(child(sends, {name, "0", std::to_string(messages), "reliable"}));
    writers.push_back(child(sends, {name, "1", std::to_string(messages), "plain"}));
    for (auto& writer : writers) {
        writer->go_on();
    }
    Expected expected;
    uint64_t received = 0;
    while (received + subscriber.lost() < 2 * messages) {
        auto const sample = subscriber.receive(for_ever);
        uint64_t   value  = 0;
        std::memcpy(&value, sample->data(), sizeof(value));
        ASSERT_TRUE(expected.is_later(value)) << value;
        ++received;
    }
    EXPECT_EQ(received + subscriber.lost(), 2 * messages);
    expect_good(writers);
}
