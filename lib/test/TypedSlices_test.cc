/// Typed ends of slices: any number of elements.
#include "support.h"
#include "typed_ends.h"

#include "kickmsg/TypedPublisher.h"
#include "kickmsg/TypedSubscriber.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Span;
using kickmsg::Subscriber;
using kickmsg::TypedPublisher;
using kickmsg::TypedSubscriber;

TEST(Typed, ASliceArrivesWithItsElements)
{
    Ends<float[]> ends;
    float const   array[3] = {1, 2, 3};
    EXPECT_EQ(ends.pub.send(array), 12);
    EXPECT_EQ(ends.pub.send(std::vector<float>{4, 5}), 8);
    EXPECT_EQ(ends.pub.send(std::array<float, 1>{6}), 4);
    EXPECT_EQ(ends.pub.send({}), 0) << "none is a message, too";
    EXPECT_EQ(ends.pub.send({array + 1, 2}), 8);
    for (auto const& expected : std::vector<std::vector<float>>{{1, 2, 3}, {4, 5}, {6}}) {
        auto const sample = ends.sub.try_receive();
        ASSERT_TRUE(sample);
        EXPECT_EQ(as_vector(sample->payload()), expected);
        EXPECT_EQ(sample->size(), expected.size());
        EXPECT_EQ((*sample)[0], expected[0]);
    }
    auto const none = ends.sub.try_receive_view();
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->empty());
    auto const view = ends.sub.try_receive_view();
    ASSERT_TRUE(view);
    std::vector<float> elements;
    for (float const element : *view) {
        elements.push_back(element);
    }
    EXPECT_EQ(elements, (std::vector<float>{2, 3}));
    EXPECT_EQ(view->data(), view->raw().data());
    EXPECT_EQ(view->ring_pos(), none->ring_pos() + 1);
}

TEST(Typed, ASliceIsWrittenInPlaceAndPublishedInPart)
{
    Ends<Plain[]> ends;
    auto          loan = ends.pub.loan(3);
    ASSERT_TRUE(loan);
    ASSERT_EQ(loan.size(), 3U);
    for (Plain const& element : loan) {
        EXPECT_EQ(element.left, -1) << "value-initialised";
    }
    loan[0].left           = 10;
    loan.payload()[1].left = 11;
    EXPECT_EQ(loan.publish(4), 0U) << "more than there are";
    ASSERT_TRUE(loan) << "and the slot is kept";
    EXPECT_EQ(loan.publish(2), 1U);
    EXPECT_FALSE(loan);
    auto const view = ends.sub.try_receive_view();
    ASSERT_TRUE(view);
    ASSERT_EQ(view->size(), 2U);
    EXPECT_EQ((*view)[0].left, 10);
    EXPECT_EQ((*view)[1].left, 11);
    EXPECT_EQ((*view)[1].right, -2);
    EXPECT_EQ(ends.pub.loan(5).publish(), 1U);
    auto const all = ends.sub.try_receive();
    ASSERT_TRUE(all);
    EXPECT_EQ(all->size(), 5U);
}

TEST(Typed, ASliceThatIsTooLongIsRefused)
{
    Ends<uint64_t[]>      ends;
    std::size_t const     room = small_config().max_payload_size / 8;
    std::vector<uint64_t> most(room + 1);
    EXPECT_EQ(ends.pub.send(most), -EMSGSIZE);
    EXPECT_FALSE(ends.pub.loan(room + 1));
    EXPECT_FALSE(ends.pub.loan_uninitialized(room + 1));
    most.pop_back();
    EXPECT_EQ(ends.pub.send(most), static_cast<int32_t>(8 * room));
    EXPECT_TRUE(ends.pub.loan(room));
}

/// 2^61 elements of 8 bytes have a length of 0 in bytes, and 2^61 + 1 one of 8.
TEST(Typed, ASliceWhoseLengthInBytesWouldOverflowIsRefused)
{
    Ends<uint64_t[]>  ends;
    std::size_t const huge = std::size_t{1} << 61;
    uint64_t const    one  = 1;
    for (std::size_t const count : {huge, huge + 1, ~std::size_t{0}}) {
        EXPECT_EQ(ends.pub.send({&one, count}), -EMSGSIZE) << count;
        EXPECT_FALSE(ends.pub.loan(count)) << count;
        EXPECT_FALSE(ends.pub.loan_uninitialized(count)) << count;
        auto loan = ends.pub.loan(1);
        EXPECT_EQ(loan.publish(count), 0U) << count;
        EXPECT_TRUE(loan) << count;
    }
    EXPECT_FALSE(ends.sub.try_receive());
    TypedPublisher<uint64_t[]> const moved = std::move(ends.pub);
    EXPECT_EQ(ends.pub.send({&one, huge}), -EBADF);
}

TEST(Typed, ASliceOfNoWholeNumberOfElementsIsPassedOverAndCounted)
{
    Ends<uint32_t[]> ends;
    Publisher        plain(ends.region);
    ASSERT_EQ(plain.send("1234567", 7), 7);
    ASSERT_EQ(plain.send("12345678", 8), 8);
    auto const sample = ends.sub.try_receive();
    ASSERT_TRUE(sample);
    EXPECT_EQ(sample->size(), 2U);
    EXPECT_EQ(ends.sub.malformed(), 1U);
}

TEST(Typed, ASpanIsOfWhateverHasItsElementsInARow)
{
    std::vector<int>      numbers{1, 2, 3};
    Span<int> const       writable(numbers);
    Span<int const> const readable = writable;
    writable[1]                    = 5;
    EXPECT_EQ(readable[1], 5);
    EXPECT_EQ(readable.size(), 3U);
    EXPECT_TRUE(Span<int>().empty());
    EXPECT_FALSE((std::is_constructible_v<Span<int>, std::vector<int> const&>)) << "not to be written";
    EXPECT_FALSE((std::is_constructible_v<Span<int const>, std::vector<long>>)) << "other elements";
    EXPECT_FALSE((std::is_constructible_v<Span<int const>, int>));
}
