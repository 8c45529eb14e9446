/// What a message costs, counted: read-modify-writes on shared words by a counting policy over the shipped headers,
/// system calls by a filter that kills at the first, allocations by counting operator new.
#include "array_layout.h"
#include "support.h"

#include <new>

#if defined(__linux__)
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace {

thread_local uint64_t allocations = 0;

struct Touch {
    uint64_t                 exchanges = 0; ///< read-modify-writes
    std::vector<void const*> words;
};
Touch touch;

template <class T>
class CountingAtomic {
public:
    constexpr CountingAtomic() noexcept = default;
    constexpr CountingAtomic(T value) noexcept : value_(value) {} // NOLINT(google-explicit-constructor)

    T load(std::memory_order order) const noexcept
    {
        note(false);
        return value_.load(order);
    }
    void store(T value, std::memory_order order) noexcept
    {
        note(false);
        value_.store(value, order);
    }
    T exchange(T value, std::memory_order order) noexcept
    {
        note(true);
        return value_.exchange(value, order);
    }
    T fetch_add(T value, std::memory_order order) noexcept
    {
        note(true);
        return value_.fetch_add(value, order);
    }
    T fetch_and(T value, std::memory_order order) noexcept
    {
        note(true);
        return value_.fetch_and(value, order);
    }
    T fetch_or(T value, std::memory_order order) noexcept
    {
        note(true);
        return value_.fetch_or(value, order);
    }
    bool compare_exchange_strong(T& expected, T value, std::memory_order success, std::memory_order failure) noexcept
    {
        note(true);
        return value_.compare_exchange_strong(expected, value, success, failure);
    }

private:
    void note(bool exchange) const noexcept
    {
        touch.exchanges += exchange ? 1 : 0;
        touch.words.push_back(this);
    }

    std::atomic<T> value_{};
};

struct CountingPolicy {
    template <class T>
    using atomic                       = CountingAtomic<T>;
    static constexpr unsigned lap_bits = 38, generation_bits = 31, tag_bits = 40;
    static void               program_order() noexcept {}
    static void               prefetch_for_write(void const*) noexcept {}
    static void               wake(CountingAtomic<uint32_t>&) noexcept {}
};

using Layout   = kickmsg_test::ArrayLayout<CountingPolicy>;
using Sender   = kickmsg::core::Sender<CountingPolicy, Layout>;
using Receiver = kickmsg::core::Receiver<CountingPolicy, Layout>;

/// A publisher and `live` subscribers on a layout with eight rings.
struct Bench {
    explicit Bench(uint32_t live) : layout(8, 8, 64, 9), sender(layout, {8, 100}, true)
    {
        for (uint32_t i = 0; i < live; ++i) {
            kickmsg::core::Self const self{i, i + 1};
            auto const                seat = kickmsg::core::Membership<CountingPolicy, Layout>(layout, self).join();
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

    Layout                layout;
    Sender                sender;
    std::vector<Receiver> receivers;
};

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

void* operator new(std::size_t size)
{
    ++allocations;
    if (void* const memory = std::malloc(size)) {
        return memory;
    }
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}

TEST(Budget, SendTakesThreeReadModifyWritesAndOneMorePerFurtherRing)
{
    for (uint32_t live = 1; live <= 8; ++live) {
        Bench bench(live);
        bench.send();
        for (Receiver& receiver : bench.receivers) {
            bench.receive(receiver);
        }
        EXPECT_EQ(bench.send(), 2 + live) << live << " live rings";
    }
}

TEST(Budget, ReceiveTakesThreeReadModifyWritesAndTwoWhenOthersStillReadTheSlot)
{
    Bench bench(2);
    bench.send();
    EXPECT_EQ(bench.receive(bench.receivers[0]), 2U);
    EXPECT_EQ(bench.receive(bench.receivers[1]), 3U);
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
    EXPECT_EQ(bench.send(), 0U) << "the slot popped ahead is kept";
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
TEST(Budget, SendAndReceiveMakeNoSystemCall)
{
    kickmsg_test::Name const name;
    EXPECT_TRUE(survives_without_system_calls([&] {
        auto                region = kickmsg_test::make(name);
        kickmsg::Publisher  publisher(region);
        kickmsg::Subscriber subscriber(region);
        forbid_system_calls();
        uint64_t received = 0;
        for (uint64_t i = 0; i < 1000; ++i) {
            publisher.send(&i, sizeof(i));
            received += subscriber.try_receive() ? 1 : 0;
            received += subscriber.try_receive_view() ? 1 : 0;
        }
        syscall(SYS_exit, received == 1000 ? 0 : 1);
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
#endif

TEST(Budget, SendAndReceiveDoNotAllocate)
{
    kickmsg_test::Name const name;
    auto                     region = kickmsg_test::make(name);
    kickmsg::Publisher       publisher(region);
    kickmsg::Subscriber      subscriber(region);
    uint64_t const           before = allocations;
    for (uint64_t i = 0; i < 1000; ++i) {
        publisher.send(&i, sizeof(i));
        if (i % 2 == 0) {
            subscriber.try_receive();
        } else {
            subscriber.try_receive_view();
        }
    }
    EXPECT_EQ(allocations, before);
    EXPECT_NE(allocations, 0U) << "the counter counts";
}
