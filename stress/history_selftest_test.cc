/// Would the checkers notice? Planted bad histories, and many small random ones against the search through all orders.
#include "History.h"
#include "Random.h"
#include "Settings.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace kickmsg_stress;

namespace {

using kickmsg_testkit::below;
using kickmsg_testkit::Random;

/// Publisher 1 sends 1, then 2; publisher 2 sends its 1 meanwhile.
RingHistory good_ring()
{
    RingHistory history;
    history.start    = 8;
    history.sent     = {{1, 1, {10, 20}}, {1, 2, {30, 40}}, {2, 1, {15, 35}}};
    history.received = {{1, 1, 8, {50, 51}}, {2, 1, 9, {52, 53}}, {1, 2, 10, {54, 55}}};
    return history;
}

void expect_bad(RingHistory const& history, char const* why)
{
    EXPECT_NE(check(history).find(why), std::string::npos) << "found: '" << check(history) << "'";
    EXPECT_FALSE(is_explained_by_some_order(history));
}

PoolHistory good_pool()
{
    PoolHistory history;
    history.slots = 2;
    history.holds = {{0, {10, 20}, {50, 60}}, {1, {15, 25}, {70, 80}}, {0, {55, 65}, {90, 95}}};
    history.empty = {{30, 40}};
    return history;
}

void expect_bad(PoolHistory const& history, char const* why)
{
    EXPECT_NE(check(history).find(why), std::string::npos) << "found: '" << check(history) << "'";
    EXPECT_FALSE(is_explained_by_some_order(history));
}

/// Sends of up to three publishers, some of them received at some position: often impossible.
RingHistory random_ring(Random& random)
{
    RingHistory history;
    history.start = below(random, 2) * 8;
    for (uint32_t publisher = 1; publisher <= 3; ++publisher) {
        uint64_t time = below(random, 8);
        for (uint32_t number = 1; number <= below(random, 4) && history.sent.size() < 6; ++number) {
            uint64_t const begin = time;
            time += below(random, 9);
            history.sent.push_back({publisher, number, {begin, time}});
            time += below(random, 3);
        }
    }
    auto order = history.sent;
    std::shuffle(order.begin(), order.end(), random);
    if (below(random, 4) != 0) { // close to a possible one
        std::sort(order.begin(), order.end(), [](Sent const& a, Sent const& b) { return a.when.end < b.when.end; });
    }
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (below(random, 3) != 0) {
            uint64_t const begin = 4 + i + below(random, 25);
            history.received.push_back({order[i].publisher, order[i].number, history.start + i, {begin, begin + 1}});
        }
    }
    history.lost = history.sent.size() - history.received.size();
    return history;
}

PoolHistory random_pool(Random& random)
{
    PoolHistory history;
    history.slots = 1 + static_cast<uint32_t>(below(random, 2));
    for (uint64_t i = below(random, 4); i-- != 0;) {
        uint64_t at[4] = {below(random, 20), below(random, 5), below(random, 9), below(random, 5)};
        for (int k = 1; k < 4; ++k) {
            at[k] += at[k - 1];
        }
        history.holds.push_back(
            {static_cast<uint32_t>(below(random, history.slots)), {at[0], at[1]}, {at[2] + 1, at[3] + 1}});
    }
    for (uint64_t i = below(random, 3); i-- != 0;) {
        uint64_t const begin = below(random, 25);
        history.empty.push_back({begin, begin + below(random, 6)});
    }
    return history;
}

/// Compares the checker with the search; both answers must occur often.
template <class Make>
void compare(char const* name, Make make)
{
    Random         random(seed());
    uint64_t       good = 0, bad = 0;
    uint64_t const histories = share_of(400000);
    for (uint64_t i = 0; i < histories; ++i) {
        auto const history = make(random);
        bool const found   = check(history).empty();
        ASSERT_EQ(found, is_explained_by_some_order(history)) << "seed " << seed() << ", history " << i;
        (found ? good : bad) += 1;
    }
    Row(name).add("histories", histories).require("explained", good).require("refused", bad);
    EXPECT_GT(std::min(good, bad), histories / 20);
}

} // namespace

TEST(HistorySelftest, GoodHistoriesPass)
{
    EXPECT_EQ(check(good_ring()), "");
    EXPECT_TRUE(is_explained_by_some_order(good_ring()));
    EXPECT_EQ(check(good_pool()), "");
    EXPECT_TRUE(is_explained_by_some_order(good_pool()));
    EXPECT_EQ(check(RingHistory()), "");
}

TEST(HistorySelftest, PlantedRingFaultsAreFound)
{
    auto history               = good_ring();
    history.received[1].number = 7;
    expect_bad(history, "never sent");
    history                      = good_ring();
    history.received[1]          = history.received[0];
    history.received[1].position = 9;
    expect_bad(history, "twice");
    history                      = good_ring();
    history.received[1].position = 8;
    expect_bad(history, "going back");
    history                      = good_ring();
    history.received[2].position = 11;
    expect_bad(history, "never written");
    history                  = good_ring();
    history.received[0].when = {5, 6};
    expect_bad(history, "before it was sent");
    history = good_ring();
    history.received.pop_back();
    expect_bad(history, "2 received and 0 lost of 3");
    history      = good_ring();
    history.lost = 1;
    expect_bad(history, "3 received and 1 lost of 3");
}

TEST(HistorySelftest, PlantedRingOrdersAreFound)
{
    auto history = good_ring(); // the second of a publisher before its first
    std::swap(history.received[0].number, history.received[2].number);
    expect_bad(history, "no send can have had position");
    history              = good_ring(); // publisher 2 began after publisher 1 had ended, and came before it
    history.sent[2].when = {45, 48};
    expect_bad(history, "real time or its publisher's order forbids");
    history              = good_ring(); // the same, and nobody received it: the only place that is left is impossible
    history.sent[2].when = {45, 48};
    history.received.erase(history.received.begin() + 1);
    history.lost = 1;
    expect_bad(history, "no send can have had position");
    history              = good_ring(); // read before the first of publisher 2 began
    history.sent[2].when = {60, 70};
    history.received     = {{1, 2, 10, {54, 55}}};
    history.lost         = 2;
    expect_bad(history, "no send can have had position");
}

/// Publishers 1 and 2 had ended when 3 began, and 3 came before one of them.
TEST(HistorySelftest, PlantedRingOrdersWithTooFewPlacesAreFound)
{
    RingHistory history;
    history.start    = 8;
    history.sent     = {{1, 1, {10, 20}}, {2, 1, {10, 20}}, {3, 1, {30, 40}}};
    history.received = {{1, 1, 8, {50, 51}}, {3, 1, 9, {52, 53}}, {2, 1, 10, {54, 55}}};
    expect_bad(history, "no send can have had position");
    history.received.pop_back(); // the same, and nobody received it
    history.lost = 1;
    expect_bad(history, "real time or its publisher's order forbids");
}

TEST(HistorySelftest, PlantedPoolFaultsAreFound)
{
    auto history         = good_pool();
    history.holds[2].pop = {40, 45};
    expect_bad(history, "held twice");
    history          = good_pool();
    history.empty[0] = {5, 9}; // before anything was taken
    expect_bad(history, "empty answer");
    history          = good_pool();
    history.empty[0] = {82, 99}; // slot 1 is back
    expect_bad(history, "empty answer");
}

TEST(HistorySelftest, RingCheckerAgreesWithTheSearch)
{
    compare("RingChecker", random_ring);
}

TEST(HistorySelftest, PoolCheckerAgreesWithTheSearch)
{
    compare("PoolChecker", random_pool);
}
