/// What Config promises of a payload, over each way that a message can go.
#include "allocations.h"
#include "support.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <vector>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

using namespace kickmsg_test;
using kickmsg::Publisher;
using kickmsg::Subscriber;
using kickmsg::channel::Config;

namespace {

Config aligned_config(uint32_t alignment, std::size_t most)
{
    Config cfg            = small_config(16, 8, 8);
    cfg.payload_alignment = alignment;
    cfg.max_payload_size  = most;
    return cfg;
}

bool is_aligned(void const* data, std::size_t alignment)
{
    return reinterpret_cast<std::uintptr_t>(data) % alignment == 0;
}

std::vector<unsigned char> pattern(std::size_t length, unsigned seed)
{
    std::vector<unsigned char> bytes(length);
    for (std::size_t i = 0; i < length; ++i) {
        bytes[i] = static_cast<unsigned char>(i * 7 + seed);
    }
    return bytes;
}

/// Sends `bytes` in the one way or the other.
void send_bytes(Publisher& publisher, std::vector<unsigned char> const& bytes, std::size_t alignment, bool in_place)
{
    if (!in_place) {
        ASSERT_EQ(publisher.send(bytes.data(), bytes.size()), static_cast<int32_t>(bytes.size()));
        return;
    }
    void* const room = publisher.allocate(bytes.size());
    ASSERT_NE(room, nullptr);
    EXPECT_TRUE(is_aligned(room, alignment)) << "allocate(), alignment " << alignment;
    if (!bytes.empty()) {
        std::memcpy(room, bytes.data(), bytes.size());
    }
    ASSERT_NE(publisher.publish(), 0U);
}

template <class Sample>
void expect_bytes(Sample const& sample, std::vector<unsigned char> const& bytes, std::size_t alignment, char const* way)
{
    ASSERT_TRUE(sample.has_value()) << way;
    EXPECT_TRUE(is_aligned(sample->data(), alignment)) << way << ", alignment " << alignment;
    ASSERT_EQ(sample->len(), bytes.size());
    EXPECT_TRUE(bytes.empty() || std::memcmp(sample->data(), bytes.data(), bytes.size()) == 0) << way;
}

struct alignas(64) Line {
    uint64_t words[8];
};

} // namespace

TEST(Payload, IsAlignedAsConfiguredHoweverItIsSentAndReceived)
{
    std::size_t const most    = 100000; // beyond what a buffer for copies takes at once
    std::size_t const sizes[] = {0, 1, 31, 64, 4096, 70000, 3, 100000, 0, 65536, 65537, 17};
    for (uint32_t alignment = 1; alignment <= 4096; alignment *= 2) {
        Name const              name;
        auto                    region = make(name, aligned_config(alignment, most));
        Publisher               publisher(region);
        std::vector<Subscriber> subscribers; // where the heap happens to put a buffer is luck: several of them
        for (int i = 0; i < 8; ++i) {
            subscribers.emplace_back(region);
        }
        for (unsigned turn = 0; turn < 2 * std::size(sizes); ++turn) {
            auto const bytes = pattern(sizes[turn % std::size(sizes)], turn);
            send_bytes(publisher, bytes, alignment, turn % 2 == 0);
            for (std::size_t i = 0; i < subscribers.size(); ++i) {
                if ((turn + i) % 3 == 0) {
                    expect_bytes(subscribers[i].try_receive_view(), bytes, alignment, "view");
                } else {
                    expect_bytes(subscribers[i].try_receive(), bytes, alignment, "copy");
                }
            }
        }
    }
}

TEST(Payload, OfAnOverAlignedTypeIsReadAsThatTypeFromACopy)
{
    Name const              name;
    auto                    region = make(name, aligned_config(64, sizeof(Line)));
    Publisher               publisher(region);
    std::vector<Subscriber> subscribers;
    for (int i = 0; i < 8; ++i) {
        subscribers.emplace_back(region);
    }
    new (publisher.allocate(sizeof(Line))) Line{{1, 2, 3, 4, 5, 6, 7, 8}};
    ASSERT_EQ(publisher.publish(), 8U);
    for (Subscriber& subscriber : subscribers) {
        auto const sample = subscriber.try_receive();
        ASSERT_TRUE(sample && is_aligned(sample->data(), alignof(Line)));
        EXPECT_EQ(static_cast<Line const*>(sample->data())->words[7], 8U);
    }
}

#if defined(__x86_64__) && defined(__GNUC__)
namespace {

__attribute__((target("avx"))) float first_of_eight(void const* data)
{
    return _mm256_cvtss_f32(_mm256_load_ps(static_cast<float const*>(data))); // faults when it is not aligned to 32
}

} // namespace

TEST(Payload, OfTheDefaultConfigCanBeLoadedByAvxFromACopy)
{
    if (!__builtin_cpu_supports("avx")) {
        GTEST_SKIP() << "this processor has no AVX";
    }
    Name const  name;
    auto        region = make(name, Config());
    Publisher   publisher(region);
    float const values[8] = {1.5F, 2, 3, 4, 5, 6, 7, 8};
    for (int i = 0; i < 8; ++i) {
        Subscriber subscriber(region);
        ASSERT_GT(publisher.send(values, sizeof(values)), 0);
        auto const sample = subscriber.try_receive();
        ASSERT_TRUE(sample && is_aligned(sample->data(), 32));
        EXPECT_EQ(first_of_eight(sample->data()), 1.5F);
    }
}
#endif

/// The message must not be lost with the memory for its copy.
TEST(Payload, ThatThereIsNoMemoryToCopyStaysTheNextMessage)
{
    Name const name;
    auto       region = make(name, aligned_config(32, 100000));
    Publisher  publisher(region);
    Subscriber subscriber(region);
    auto const first  = pattern(70000, 1);
    auto const second = pattern(90000, 2);
    send_bytes(publisher, first, 32, false);
    send_bytes(publisher, second, 32, false);
    for (int i = 0; i < 3; ++i) {
        NoMemory const exhausted;
        errno = 0;
        EXPECT_FALSE(subscriber.receive(std::chrono::seconds(1))) << "nothing was there";
        EXPECT_EQ(errno, ENOMEM);
    }
    EXPECT_EQ(region.recover().references, 0U) << "the message is held";
    EXPECT_EQ(subscriber.lost(), 0U);
    expect_bytes(subscriber.try_receive(), first, 32, "copy");
    {
        NoMemory const exhausted;
        EXPECT_FALSE(subscriber.try_receive());
        expect_bytes(subscriber.try_receive_view(), second, 32, "a view needs no memory");
    }
    EXPECT_FALSE(subscriber.try_receive());
    EXPECT_EQ(subscriber.lost(), 0U);
    EXPECT_EQ(allocatable(name), 15U) << "all but the one that the publisher keeps";
}

TEST(Payload, ThatThereIsNoMemoryToCopyIsGivenBackByASubscriberThatLeaves)
{
    Name const name;
    auto       region = make(name, aligned_config(32, 100000));
    {
        Publisher  publisher(region);
        Subscriber subscriber(region);
        send_bytes(publisher, pattern(70000, 1), 32, false);
        NoMemory const exhausted;
        EXPECT_FALSE(subscriber.try_receive());
    }
    EXPECT_EQ(allocatable(name), 16U);
    EXPECT_EQ(region.recover().slots, 0U);
}

/// Where the usual room for growth cannot be had, what the message needs will do.
TEST(Payload, IsCopiedWhereThereIsMemoryForItAndNoMore)
{
    Name const name;
    auto       region = make(name, aligned_config(32, 1000000));
    Publisher  publisher(region);
    Subscriber subscriber(region);
    auto const bytes = pattern(100, 1);
    send_bytes(publisher, bytes, 32, false);
    NoMemory const once(1, 1);
    expect_bytes(subscriber.try_receive(), bytes, 32, "copy");
}
