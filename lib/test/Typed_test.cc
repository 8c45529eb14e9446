/// Typed ends: what is sent arrives as the type that it is, and nothing else does.
#include "support.h"
#include "typed_ends.h"

#include "kickmsg/Debug.h"
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

namespace {

static_assert(!std::is_copy_constructible_v<TypedPublisher<Pose>> &&
                  std::is_nothrow_move_constructible_v<TypedPublisher<Pose>>,
              "a handle is moved");
static_assert(!std::is_copy_constructible_v<TypedPublisher<Pose>::Loan> &&
                  std::is_nothrow_move_assignable_v<TypedPublisher<Pose[]>::Loan>,
              "a loan is moved");
static_assert(!std::is_copy_constructible_v<TypedSubscriber<Pose>::View>, "a view is moved");
static_assert(std::is_same_v<decltype(*std::declval<TypedSubscriber<Pose>::View&>()), Pose const&>, "read only");

} // namespace

TEST(Typed, AMessageArrivesAsItWasSent)
{
    Ends<Pose> ends;
    EXPECT_EQ(ends.pub.send({1, 2, 3}), static_cast<int32_t>(sizeof(Pose)));
    EXPECT_EQ(ends.pub.send({4, 5, 6}), static_cast<int32_t>(sizeof(Pose)));
    auto const sample = ends.sub.try_receive();
    ASSERT_TRUE(sample);
    EXPECT_EQ((*sample)->number, 3U);
    EXPECT_EQ((**sample).y, 2);
    EXPECT_EQ(&sample->payload(), sample->raw().data());
    auto const view = ends.sub.receive_view(1min);
    ASSERT_TRUE(view);
    EXPECT_EQ((*view)->number, 6U);
    EXPECT_EQ(view->get(), view->raw().data());
    EXPECT_EQ(view->ring_pos(), sample->ring_pos() + 1);
    EXPECT_FALSE(ends.sub.try_receive());
    EXPECT_FALSE(ends.sub.try_receive_view());
    EXPECT_FALSE(ends.sub.receive(1us));
    EXPECT_EQ(ends.sub.malformed() + ends.sub.lost() + ends.sub.moves() + ends.pub.dropped() + ends.pub.moves(), 0U);
    EXPECT_FALSE(ends.sub.stale() || ends.pub.stale());
    EXPECT_EQ(ends.sub.capacity(), small_config().sub_ring_capacity);
}

TEST(Typed, ACopyAndAViewLieWhereTheTypeMayLie)
{
    auto cfg              = small_config();
    cfg.payload_alignment = alignof(Wide);
    Ends<Wide> ends(cfg);
    Wide       wide{};
    wide.values[15] = 15;
    for (int i = 0; i < 2; ++i) {
        ASSERT_GT(ends.pub.send(wide), 0);
    }
    auto const sample = ends.sub.try_receive();
    auto const view   = ends.sub.try_receive_view();
    ASSERT_TRUE(sample && view);
    EXPECT_EQ((*sample)->values[15] + (*view)->values[15], 30U);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(&sample->payload()) % alignof(Wide), 0U);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(&view->payload()) % alignof(Wide), 0U);
}

TEST(Typed, ALoanIsWrittenInPlaceAndPublished)
{
    Ends<Pose> ends;
    auto       loan = ends.pub.loan({7, 8, 9});
    ASSERT_TRUE(loan);
    EXPECT_EQ(loan->number, 9U);
    loan->number        = 10;
    loan.payload().x    = 11;
    Pose const* written = &*loan;
    EXPECT_EQ(loan.publish(), 1U);
    EXPECT_FALSE(loan);
    EXPECT_EQ(loan.publish(), 0U) << "it has no slot any more";
    auto const view = ends.sub.try_receive_view();
    ASSERT_TRUE(view);
    EXPECT_EQ((*view)->number, 10U);
    EXPECT_EQ((*view)->x, 11);
    EXPECT_TRUE(view->get() == written || kickmsg::debug::checks_memory()) << "no copy";
    EXPECT_FALSE(ends.sub.try_receive());
}

TEST(Typed, ALoanShowsNothingOfAnOlderMessage)
{
    Ends<Pose> ends(small_config(1));
    ASSERT_GT(ends.pub.send({1, 2, 3}), 0);
    ASSERT_TRUE(ends.sub.try_receive());
    auto const    loan = ends.pub.loan();
    unsigned char zeroes[sizeof(Pose)]{};
    ASSERT_TRUE(loan);
    EXPECT_EQ(std::memcmp(&*loan, zeroes, sizeof(Pose)), 0) << "padding included";

    Ends<Plain> initialised;
    auto const  second = initialised.pub.loan();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->left, -1);
    EXPECT_EQ(second->right, -2);
}

TEST(Typed, AnUninitializedLoanIsNotWritten)
{
    Ends<Pose> ends(small_config(1));
    ASSERT_GT(ends.pub.send({1, 2, 3}), 0);
    ASSERT_TRUE(ends.sub.try_receive());
    auto const loan = ends.pub.loan_uninitialized();
    ASSERT_TRUE(loan);
    uint32_t number = 0; // by its bytes: the value of such an object may not be read
    std::memcpy(&number, reinterpret_cast<char const*>(&*loan) + offsetof(Pose, number), sizeof(number));
    EXPECT_EQ(number, 3U);
}

TEST(Typed, ADroppedLoanGivesItsSlotBack)
{
    Ends<Pose>           ends(small_config(1));
    TypedPublisher<Pose> other(ends.region);
    {
        auto const loan = ends.pub.loan();
        ASSERT_TRUE(loan);
        EXPECT_EQ(other.send({}), -EAGAIN) << "the only slot is out";
        EXPECT_FALSE(other.loan());
    }
    EXPECT_EQ(other.send({}), static_cast<int32_t>(sizeof(Pose)));
    EXPECT_EQ(other.dropped(), 2U);
    EXPECT_TRUE(ends.sub.try_receive());
    EXPECT_FALSE(ends.sub.try_receive()) << "nothing came of the loan";
}

TEST(Typed, AFurtherLoanTakesTheSlotOfTheFirst)
{
    Ends<Pose> ends;
    auto       first  = ends.pub.loan({1, 1, 1});
    auto       second = ends.pub.loan({2, 2, 2});
    EXPECT_FALSE(first);
    EXPECT_EQ(first.publish(), 0U) << "not the second one's message";
    ASSERT_TRUE(second);
    first = {};
    EXPECT_TRUE(second) << "the end of the first one gives nothing back";
    EXPECT_EQ(second.publish(), 1U);
    auto const sample = ends.sub.try_receive();
    ASSERT_TRUE(sample);
    EXPECT_EQ((*sample)->number, 2U);
    EXPECT_FALSE(ends.sub.try_receive());
}

TEST(Typed, ASendTakesTheSlotOfALoan)
{
    Ends<Pose> ends;
    auto       loan = ends.pub.loan({1, 1, 1});
    ASSERT_GT(ends.pub.send({2, 2, 2}), 0);
    EXPECT_FALSE(loan);
    EXPECT_EQ(loan.publish(), 0U);
    auto const sample = ends.sub.try_receive();
    ASSERT_TRUE(sample);
    EXPECT_EQ((*sample)->number, 2U);
    EXPECT_FALSE(ends.sub.try_receive());
}

TEST(Typed, ALoanAndItsPublisherMayBeMoved)
{
    Ends<Pose>                 ends;
    auto                       loan  = ends.pub.loan({1, 1, 1});
    TypedPublisher<Pose>       moved = std::move(ends.pub);
    TypedPublisher<Pose>::Loan other = std::move(loan);
    EXPECT_FALSE(loan);
    EXPECT_FALSE(ends.pub);
    EXPECT_EQ(ends.pub.send({}), -EBADF);
    EXPECT_FALSE(ends.pub.loan());
    ASSERT_TRUE(other);
    EXPECT_EQ(other->number, 1U);
    EXPECT_EQ(other.publish(), 1U);

    auto last = moved.loan();
    moved     = TypedPublisher<Pose>(ends.region);
    EXPECT_FALSE(last) << "its publisher is gone";
    EXPECT_EQ(last.publish(), 0U);
    last = moved.loan();
    EXPECT_TRUE(last);
    {
        TypedPublisher<Pose> const gone = std::move(moved);
    }
    EXPECT_FALSE(last);
}

TEST(Typed, AMessageOfAnotherLengthIsPassedOverAndCounted)
{
    Ends<Pose>  ends;
    Publisher   plain(ends.region);
    char const  bytes[sizeof(Pose) + 1] = {};
    std::size_t expected                = 0;
    auto const  spoil                   = [&] {
        for (std::size_t const length : {std::size_t{0}, sizeof(Pose) - 1, sizeof(Pose) + 1}) {
            EXPECT_GE(plain.send(bytes, length), 0);
            ++expected;
        }
    };
    spoil();
    EXPECT_FALSE(ends.sub.try_receive());
    EXPECT_EQ(ends.sub.malformed(), expected);
    spoil();
    EXPECT_FALSE(ends.sub.try_receive_view());
    EXPECT_EQ(ends.sub.malformed(), expected);
    spoil();
    ASSERT_GT(ends.pub.send({1, 2, 3}), 0);
    auto const sample = ends.sub.receive(1min);
    ASSERT_TRUE(sample);
    EXPECT_EQ((*sample)->number, 3U);
    spoil();
    ASSERT_GT(ends.pub.send({1, 2, 4}), 0);
    auto const view = ends.sub.receive_view(1min);
    ASSERT_TRUE(view);
    EXPECT_EQ((*view)->number, 4U);
    spoil();
    EXPECT_FALSE(ends.sub.receive(1ms));
    spoil();
    EXPECT_FALSE(ends.sub.receive_view(1ms));
    EXPECT_EQ(ends.sub.malformed(), expected);
    EXPECT_EQ(ends.sub.lost(), 0U);
    EXPECT_EQ(ends.region.stats().pool_free + ends.region.stats().pool_kept, small_config().pool_size - 1)
        << "nothing of what was passed over is held, but the view";
}

TEST(Typed, ARawEndShowsWhatATypedOnePassesOver)
{
    Ends<Pose> ends;
    ASSERT_EQ(ends.pub.raw().send("abc", 3), 3);
    auto const sample = ends.sub.raw().try_receive();
    ASSERT_TRUE(sample);
    EXPECT_EQ(sample->len(), 3U);
    EXPECT_EQ(ends.sub.malformed(), 0U);
    EXPECT_EQ(std::as_const(ends.sub).raw().lost(), 0U);
    EXPECT_EQ(std::as_const(ends.pub).raw().dropped(), 0U);
}

namespace {

/// As a received message, and how many were.
struct Lengths {
    struct Message {
        std::size_t length;
        std::size_t len() const noexcept
        {
            return length;
        }
    };
    std::optional<Message> next() noexcept
    {
        return Message{taken++ < malformed ? std::size_t{1} : sizeof(Pose)};
    }
    uint64_t malformed;
    uint64_t taken = 0;
};

} // namespace

TEST(Typed, APublisherThatContinuesToSendOtherLengthsHoldsNoPoll)
{
    uint64_t   counted = 0;
    Lengths    flood{1000};
    auto const take = [&] { return flood.next(); };
    EXPECT_FALSE(kickmsg::detail::take_typed<Pose>(
        take, [] { return uint32_t{8}; }, counted));
    EXPECT_EQ(counted, 8U) << "a ring full";
    EXPECT_EQ(flood.taken, 8U);
    Lengths    full{7};
    auto const take_all = [&] { return full.next(); };
    EXPECT_TRUE(kickmsg::detail::take_typed<Pose>(
        take_all, [] { return uint32_t{8}; }, counted));
    EXPECT_EQ(counted, 15U);
}

TEST(Typed, MessagesOfOtherLengthsDoNotProlongAWait)
{
    uint64_t                 counted = 0;
    Lengths                  flood{~uint64_t{0}};
    std::chrono::nanoseconds last = 2ms;
    EXPECT_FALSE(kickmsg::detail::wait_typed<Pose>(
        [&](std::chrono::nanoseconds left) {
            EXPECT_LE(left, last);
            EXPECT_GT(left, 0ns);
            last = left;
            return flood.next();
        },
        2ms, counted));
    EXPECT_EQ(counted, flood.taken);
    EXPECT_GT(counted, 0U);
    Lengths few{3};
    EXPECT_TRUE(kickmsg::detail::wait_typed<Pose>(
        [&](std::chrono::nanoseconds left) {
            EXPECT_EQ(left, std::chrono::nanoseconds::max()) << "a wait without end stays one";
            return few.next();
        },
        std::chrono::nanoseconds::max(), counted));
    EXPECT_EQ(few.taken, 4U);
}

#if !defined(_WIN32)
TEST(Typed, NothingOfAParentIsUsableInAForkedChild)
{
    Ends<Pose> ends;
    ASSERT_GT(ends.pub.send({1, 2, 3}), 0);
    ASSERT_GT(ends.pub.send({1, 2, 4}), 0);
    auto  view = ends.sub.try_receive_view();
    auto  loan = ends.pub.loan({1, 2, 5});
    Child child([&](Child&) {
        bool const inert = !ends.pub && !ends.sub && !loan && loan.publish() == 0 && ends.pub.send({}) == -EBADF &&
                           !ends.pub.loan() && !ends.sub.try_receive() && !ends.sub.receive(1us) &&
                           !ends.sub.try_receive_view() && view->get() == nullptr && !view->raw().valid();
        return inert ? 0 : 1;
    });
    EXPECT_EQ(child.join(), 0);
    ASSERT_TRUE(loan);
    EXPECT_EQ(loan.publish(), 1U);
    EXPECT_EQ((*view)->number, 3U);
}
#endif
