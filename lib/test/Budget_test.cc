/// What a message costs, counted: read-modify-writes on shared words by a counting policy over the shipped headers,
/// system calls by a filter that kills at the first, allocations by counting operator new.
#include "allocations.h"
#include "array_layout.h"
#include "kickmsg/Node.h"
#include "kickmsg/os/Time.h"
#include "observed.h"
#include "support.h"

#include <cerrno>
#include <set>
#include <string>

#if defined(__linux__)
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace {

struct Touch {
    uint64_t                   exchanges = 0; ///< read-modify-writes
    std::multiset<void const*> words;

    void add(void const* word, bool exchange)
    {
        exchanges += exchange ? 1 : 0;
        words.insert(word);
    }
};
Touch touch;

using Layout   = kickmsg_test::ArrayLayout<kickmsg_test::ObservedPolicy>;
using Sender   = kickmsg::core::Sender<kickmsg_test::ObservedPolicy, Layout>;
using Receiver = kickmsg::core::Receiver<kickmsg_test::ObservedPolicy, Layout>;

/// A publisher and `live` subscribers on a layout with eight rings.
struct Bench {
    static constexpr uint32_t keep = 4;

    explicit Bench(uint32_t live, uint32_t kept = keep) : layout(8, 8, 64, 9), sender(layout, {8, 100}, kept)
    {
        for (uint32_t i = 0; i < live; ++i) {
            kickmsg::core::Self const self{i, i + 1};
            auto const seat = kickmsg::core::Membership<kickmsg_test::ObservedPolicy, Layout>(layout, self).join();
            receivers.emplace_back(layout, seat.ring, self.record, seat.start);
        }
    }

    uint64_t send()
    {
        touch = {};
        EXPECT_TRUE(sender.borrow());
        EXPECT_EQ(sender.publish(8), receivers.size());
        return touch.exchanges;
    }
    uint64_t receive(Receiver& receiver)
    {
        touch            = {};
        auto const taken = receiver.take();
        EXPECT_TRUE(taken);
        receiver.drop_by_receiver(taken);
        return touch.exchanges;
    }

    Layout                 layout;
    Sender                 sender;
    std::vector<Receiver>  receivers;
    kickmsg_test::Observer observer{[](void const* word, bool exchange) { touch.add(word, exchange); }};
};

/// Sends and receives 4000 messages in each way there is. Returns: how many were right.
uint64_t exchange_typed(kickmsg::TypedPublisher<uint64_t>& publisher, kickmsg::TypedSubscriber<uint64_t>& subscriber)
{
    uint64_t right = 0;
    for (uint64_t i = 0; i < 4000; i += 4) {
        (void)publisher.send(i);
        auto const sample = subscriber.try_receive();
        right += sample && **sample == i ? 1 : 0;
        publisher.loan(i + 1).publish();
        auto const view = subscriber.try_receive_view();
        right += view && **view == i + 1 ? 1 : 0;
        auto loan = publisher.loan();
        *loan     = i + 2;
        loan.publish();
        auto const timed = subscriber.receive(std::chrono::hours(1));
        right += timed && **timed == i + 2 ? 1 : 0;
        (void)publisher.loan(i); // dropped
        (void)publisher.send(i + 3);
        auto const timed_view = subscriber.receive_view(std::chrono::hours(1));
        right += timed_view && **timed_view == i + 3 ? 1 : 0;
    }
    return right;
}

#if defined(__linux__)
/// Runs `body` where the first system call kills. Returns: whether it came through.
bool survives_without_system_calls(std::function<void()> const& prepare_and_run)
{
    kickmsg_test::Child child([&](kickmsg_test::Child&) {
        prepare_and_run();
        return 0;
    });
    return child.join() == 0;
}

void forbid_system_calls()
{
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) {
        _exit(97);
    }
}
#endif

} // namespace

TEST(Budget, SendTakesOneReadModifyWritePerRingAndReceiveTwo)
{
    for (uint32_t live = 1; live <= 8; ++live) {
        Bench bench(live);
        for (uint32_t message = 0; message < 20; ++message) {
            bool const     steady = message >= Bench::keep; // before it, it takes its share of slots from the pool
            uint64_t const sent   = bench.send();
            EXPECT_EQ(sent, steady ? live : live + 1) << live << " live rings";
            EXPECT_EQ(touch.words.count(&bench.layout.head()) != 0, !steady) << "the head of the free stack";
            for (Receiver& receiver : bench.receivers) {
                EXPECT_EQ(bench.receive(receiver), 2U);
                EXPECT_EQ(touch.words.count(&bench.layout.head()), 0U);
            }
        }
    }
}

TEST(Budget, WithoutKeptSlotsSendTakesTwoMoreAndTheLastReceiverOne)
{
    Bench bench(2, 0);
    for (uint32_t message = 0; message < 4; ++message) {
        EXPECT_EQ(bench.send(), 2U + 2U);
        EXPECT_EQ(bench.receive(bench.receivers[0]), 2U);
        EXPECT_EQ(bench.receive(bench.receivers[1]), 3U);
    }
}

TEST(Budget, WhereReadersLagByMoreThanIsKeptASendTakesTwoMore)
{
    Bench bench(1);
    for (uint32_t message = 0; message < 2 * Bench::keep; ++message) {
        EXPECT_EQ(bench.send(), message < Bench::keep ? 2U : 3U) << "a pop, the delivery, the oldest one let go of";
    }
}

TEST(Budget, AnEmptyPollIsOneLoad)
{
    Bench bench(1);
    touch = {};
    EXPECT_FALSE(bench.receivers[0].take());
    EXPECT_EQ(touch.exchanges, 0U);
    EXPECT_EQ(touch.words.size(), 1U);
}

TEST(Budget, SendToNobodyDeliversWithoutReadModifyWrites)
{
    Bench bench(0);
    bench.send();
    EXPECT_EQ(bench.send(), 0U) << "the slot that nobody got is kept";
}

TEST(Budget, NothingOfARingThatIsNotLiveIsTouched)
{
    Bench bench(1);
    bench.send();
    bench.send();
    for (uint32_t ring = 1; ring < 8; ++ring) {
        auto const* const begin = reinterpret_cast<char const*>(&bench.layout.ring(ring));
        for (void const* const word : touch.words) {
            auto const* const at = static_cast<char const*>(word);
            EXPECT_FALSE(at >= begin && at < begin + sizeof(bench.layout.ring(ring))) << "header of ring " << ring;
            for (uint32_t i = 0; i < 8; ++i) {
                EXPECT_NE(word, &bench.layout.entry(ring, i)) << "ring " << ring;
            }
        }
    }
}

#if defined(__linux__) // no other system lets a process forbid itself system calls
/// Why a filter says nothing of this program here; empty where it does.
std::string why_no_filter()
{
    bool const quiet = survives_without_system_calls([] {
        forbid_system_calls();
        syscall(SYS_exit, 0);
    });
    return quiet ? "" : "a process that makes no system call dies of the filter: it sees those of an emulator";
}

TEST(Budget, SendAndReceiveMakeNoSystemCall)
{
    if (auto const why = why_no_filter(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    kickmsg_test::Name const name;
    EXPECT_TRUE(survives_without_system_calls([&] {
        auto                region = kickmsg_test::make(name);
        kickmsg::Publisher  publisher(region);
        kickmsg::Subscriber subscriber(region);
        forbid_system_calls();
        uint64_t received = 0;
        for (uint64_t i = 0; i < 1000; ++i) {
            (void)publisher.send(&i, sizeof(i));
            received += subscriber.try_receive() ? 1 : 0;
            received += subscriber.try_receive_view() ? 1 : 0;
        }
        syscall(SYS_exit, received == 1000 ? 0 : 1);
    }));
}

TEST(Budget, TypedEndsMakeNoSystemCall)
{
    if (auto const why = why_no_filter(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    kickmsg_test::Name const name;
    EXPECT_TRUE(survives_without_system_calls([&] {
        auto                               region = kickmsg_test::make(name);
        kickmsg::TypedPublisher<uint64_t>  publisher(region);
        kickmsg::TypedSubscriber<uint64_t> subscriber(region);
        forbid_system_calls();
        syscall(SYS_exit, exchange_typed(publisher, subscriber) == 4000 ? 0 : 1);
    }));
}

TEST(Budget, TheSystemCallFilterItselfNoticesOne)
{
    EXPECT_FALSE(survives_without_system_calls([] {
        forbid_system_calls();
        syscall(SYS_getppid);
        syscall(SYS_exit, 0);
    }));
}
TEST(Budget, ASleepOfNoTimeMakesNoSystemCall)
{
    errno = 0;
    kickmsg::sleep(std::chrono::seconds(-1));
    EXPECT_EQ(errno, 0) << "the system was asked";
    if (auto const why = why_no_filter(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    EXPECT_TRUE(survives_without_system_calls([] {
        forbid_system_calls();
        kickmsg::sleep(std::chrono::nanoseconds(0));
        kickmsg::sleep(std::chrono::seconds(-1));
        syscall(SYS_exit, 0);
    }));
}
#endif

namespace {

/// Sends and receives messages of all sizes up to `most` bytes, copied and in place.
void exchange(kickmsg::Publisher& publisher, kickmsg::Subscriber& subscriber, std::size_t most)
{
    static unsigned char const payload[4096] = {};
    for (std::size_t i = 0; i < 1000; ++i) {
        (void)publisher.send(payload, i % (most + 1));
        if (i % 2 == 0) {
            subscriber.try_receive();
        } else {
            subscriber.try_receive_view();
        }
    }
}

} // namespace

TEST(Budget, SendAndReceiveDoNotAllocateAfterTheFirstCopy)
{
    kickmsg_test::Name const name;
    auto                     region = kickmsg_test::make(name);
    kickmsg::Publisher       publisher(region);
    kickmsg::Subscriber      subscriber(region);
    (void)publisher.send(nullptr, 0);
    EXPECT_TRUE(subscriber.try_receive());
    uint64_t const before = kickmsg_test::allocations.count;
    exchange(publisher, subscriber, 256);
    EXPECT_EQ(kickmsg_test::allocations.count, before);
    EXPECT_NE(before, 0U) << "the counter counts";
}

TEST(Budget, TypedEndsDoNotAllocateAfterTheFirstCopy)
{
    kickmsg_test::Name const           name;
    auto                               region = kickmsg_test::make(name);
    kickmsg::TypedPublisher<uint64_t>  publisher(region);
    kickmsg::TypedSubscriber<uint64_t> subscriber(region);
    EXPECT_EQ(publisher.send(1), 8);
    EXPECT_TRUE(subscriber.try_receive());
    uint64_t const before = kickmsg_test::allocations.count;
    EXPECT_EQ(exchange_typed(publisher, subscriber), 4000U);
    EXPECT_EQ(kickmsg_test::allocations.count, before);
}

TEST(Budget, MessagesOfANodesHandlesNeitherAllocateNorMakeSystemCalls)
{
    kickmsg_test::Name const name;
    kickmsg::Node            node("node", name.str().substr(1));
    auto const               steady = [&node](std::function<void()> const& begin, std::function<void()> const& end) {
        auto publisher  = node.advertise("t", kickmsg_test::small_config());
        auto subscriber = node.subscribe("t");
        exchange(publisher, subscriber, 256);
        begin();
        exchange(publisher, subscriber, 256);
        end();
    };
    uint64_t before = 0;
    steady([&before] { before = kickmsg_test::allocations.count; },
           [&before] { EXPECT_EQ(kickmsg_test::allocations.count, before); });
    node.unlink_topic("t");
#if defined(__linux__)
    if (auto const why = why_no_filter(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    EXPECT_TRUE(survives_without_system_calls([&] { steady(forbid_system_calls, [] { syscall(SYS_exit, 0); }); }));
    node.unlink_topic("t");
#endif
}

TEST(Budget, ASubscriberTakesNoMemoryForCopiesBeforeTheFirst)
{
    kickmsg_test::Name const name;
    auto                     cfg = kickmsg_test::small_config(4);
    cfg.max_payload_size         = 16 << 20;
    auto                region   = kickmsg_test::make(name, cfg);
    kickmsg::Publisher  publisher(region);
    uint64_t const      before = kickmsg_test::allocations.bytes;
    kickmsg::Subscriber subscriber(region);
    for (int i = 0; i < 10; ++i) {
        (void)publisher.send(&i, sizeof(i));
        EXPECT_TRUE(subscriber.try_receive_view());
    }
    EXPECT_LT(kickmsg_test::allocations.bytes - before, 65536U) << "who reads in place pays for no copy";
    (void)publisher.send("x", 1);
    EXPECT_TRUE(subscriber.try_receive());
    EXPECT_LE(kickmsg_test::allocations.bytes - before, 131072U) << "a short message is not paid for as the longest";
}

#if defined(__linux__)
TEST(Budget, ARecoveryThatRunsByItselfIsPutOffWhereThereIsNoMemoryForIt)
{
    kickmsg_test::Name const name;
    auto                     region = kickmsg_test::make(name, kickmsg_test::small_config(1));
    kickmsg::Publisher       publisher(region);
    kickmsg_test::Child      child([&](kickmsg_test::Child& self) {
        auto               opened = kickmsg::SharedRegion::open(name);
        kickmsg::Publisher other(opened);
        EXPECT_NE(other.allocate(1), nullptr);
        self.pause();
        return 0;
    });
    child.wait_ready();
    child.kill();
    void const* first = nullptr;
    {
        kickmsg_test::NoMemory const exhausted;
        first = publisher.allocate(1);
    }
    EXPECT_EQ(first, nullptr) << "the dead one's slot was brought back without notes";
    kickmsg::sleep(std::chrono::milliseconds(25)); // the region recovers by itself at most every 20 ms
    EXPECT_NE(publisher.allocate(1), nullptr);
}
#endif
