/// Would the accounts of a generated trial tell? Planted bad ones, and planted readings.
#include "Accounts.h"

#include <gtest/gtest.h>

using namespace kickmsg_stress::generated;

namespace {

constexpr std::size_t limit = 64;
constexpr uint64_t    first = 32; ///< position

TrialPlan small_plan()
{
    TrialPlan plan;
    plan.publishers  = 2;
    plan.subscribers = 2;
    plan.pool        = Pool::Half;
    plan.payload     = limit;
    return plan;
}

/// Two publishers sent 10 and 5, of which 2 had no bytes; the first subscriber lost 3, the second none.
Accounts good_accounts()
{
    Accounts accounts;
    accounts.publisher[0].sent        = 10;
    accounts.publisher[0].zero_length = 1;
    accounts.publisher[1].sent        = 5;
    accounts.publisher[1].zero_length = 1;
    for (auto& each : accounts.subscriber) {
        each.received    = 15;
        each.from[1]     = 9;
        each.from[2]     = 4;
        each.zero_length = 2;
        each.start       = first;
    }
    accounts.subscriber[0].received = 12;
    accounts.subscriber[0].lost     = 3;
    accounts.subscriber[0].from[1]  = 6;
    accounts.region.start           = first;
    accounts.region.slots           = small_plan().pool_size();
    accounts.region.rings           = 2;
    accounts.region.publishers      = 2;
    return accounts;
}

template <class Plant>
void expect_bad(char const* why, Plant plant, TrialPlan const& plan = small_plan())
{
    Accounts accounts = good_accounts();
    plant(accounts);
    auto const found = check(plan, accounts);
    ASSERT_FALSE(found.empty()) << "not found: " << why;
    EXPECT_NE(found[0].find(why), std::string::npos) << found[0];
}

/// Numbers of a publisher's messages with bytes, in order.
std::vector<uint32_t> identified(uint32_t publisher, std::size_t count)
{
    std::vector<uint32_t> numbers;
    for (uint32_t number = 1; numbers.size() < count; ++number) {
        if (message::length_of(publisher, number, limit) != 0) {
            numbers.push_back(number);
        }
    }
    return numbers;
}

/// Feeds a reading as a subscriber would.
class Script {
public:
    explicit Script(bool from_the_first = true) : reading_(account_, limit, from_the_first) {}

    Script& read(uint32_t publisher, uint32_t number, uint64_t position, uint64_t lost = 0)
    {
        std::size_t const          length = message::length_of(publisher, number, limit);
        std::vector<unsigned char> bytes(length + 1);
        message::write(bytes.data(), publisher, number, length);
        bytes[length / 2] ^= corrupt_;
        reading_.note(bytes.data(), length, position, lost);
        return *this;
    }
    Script& corrupt_the_next()
    {
        corrupt_ = 1;
        return *this;
    }
    void expect(char const* why) const
    {
        std::string const found = account_.fault.text;
        EXPECT_EQ(found.substr(0, found.find(':')), why);
    }

private:
    SubscriberAccount account_;
    Reading           reading_;
    unsigned char     corrupt_ = 0;
};

} // namespace

TEST(GeneratedSelftest, GoodAccountsPass)
{
    EXPECT_EQ(check(small_plan(), good_accounts()), std::vector<std::string>());
}

TEST(GeneratedSelftest, PlantedFaultsOfConservationAreFound)
{
    expect_bad("missing and not counted", [](Accounts& a) { --a.subscriber[0].lost; });
    expect_bad("missing and not counted", [](Accounts& a) {
        --a.subscriber[1].received;
        --a.subscriber[1].zero_length;
    });
    expect_bad("came twice", [](Accounts& a) {
        ++a.subscriber[0].received;
        ++a.subscriber[0].from[2];
    });
    expect_bad("more messages of publisher 2 than it sent", [](Accounts& a) {
        --a.subscriber[1].from[1];
        ++a.subscriber[1].from[2];
    });
    expect_bad("more messages without bytes", [](Accounts& a) {
        --a.subscriber[1].from[1];
        ++a.subscriber[1].zero_length;
    });
    expect_bad("received by publisher", [](Accounts& a) { --a.subscriber[1].from[1]; });
    expect_bad("its first position is 33", [](Accounts& a) { ++a.subscriber[1].start; });
    expect_bad("a view has changed", [](Accounts& a) { a.subscriber[0].fault.note("a view has changed"); });
    expect_bad("publisher 1: dropped", [](Accounts& a) { a.publisher[0].fault.note("dropped() is wrong"); });
    TrialPlan ample = small_plan();
    ample.pool      = Pool::Ample;
    expect_bad(
        "refused 1 times", [](Accounts& a) { a.publisher[1].refused = 1; }, ample);
}

TEST(GeneratedSelftest, PlantedFaultsOfTheRegionAreFound)
{
    expect_bad("slots in the pool", [](Accounts& a) { --a.region.slots; });
    expect_bad("slots in the pool", [](Accounts& a) { ++a.region.slots; });
    expect_bad("rings can be joined", [](Accounts& a) { --a.region.rings; });
    expect_bad("publishers find a record", [](Accounts& a) { --a.region.publishers; });
    expect_bad("participants are still there", [](Accounts& a) { ++a.region.participants; });
    expect_bad("found by recover()", [](Accounts& a) { ++a.region.recovered; });
    expect_bad("seen by diagnose()", [](Accounts& a) { ++a.region.unclean; });
    expect_bad("out of range", [](Accounts& a) { ++a.region.corrupt; });
}

/// Of one who comes and goes only its own faults are known: what it missed before and after is nobody's loss.
TEST(GeneratedSelftest, WhoComesAndGoesIsNotHeldToTheTotal)
{
    TrialPlan plan            = small_plan();
    plan.subscriber[0].manner = Manner::Churning;
    Accounts accounts         = good_accounts();
    accounts.subscriber[0]    = SubscriberAccount();
    EXPECT_EQ(check(plan, accounts), std::vector<std::string>());
    expect_bad(
        "out of order", [](Accounts& a) { a.subscriber[0].fault.note("out of order"); }, plan);
}

TEST(GeneratedSelftest, PlantedReadingsAreFound)
{
    auto const a = identified(1, 4);
    auto const b = identified(2, 2);
    Script().read(1, a[0], first).read(2, b[0], first + 1).read(1, a[1], first + 2).expect("");
    Script().read(1, a[0], first).read(1, a[0], first + 1).expect("a message came twice or out of order");
    Script().read(2, b[1], first + 1, 1).read(2, b[0], first + 2, 1).expect("a message came twice or out of order");
    Script().read(1, a[0], first).read(1, a[1], first).expect("a position came twice or went back");
    Script().read(1, a[0], first).read(1, a[2], first + 2, 1).expect(""); // lost, and counted
    Script().read(1, a[0], first).read(1, a[2], first + 2, 0).expect("positions passed are not received + lost");
    Script().read(1, a[0], first).read(1, a[1], first + 1, 1).expect("positions passed are not received + lost");
    Script().read(1, a[0], first).read(1, a[2], first + 1).expect("messages were passed over and not counted as lost");
    Script().read(1, a[1], first).expect("messages were passed over and not counted as lost");
    Script(false).read(1, a[1], first).expect(""); // joined later
    Script().corrupt_the_next().read(1, a[0], first).expect("a message is corrupt");
}

TEST(GeneratedSelftest, MessagesProveThemselves)
{
    uint64_t empty = 0, longest = 0;
    for (uint32_t number = 1; number <= 1000; ++number) {
        std::size_t const          length = message::length_of(3, number, limit);
        std::vector<unsigned char> bytes(limit + 1);
        message::write(bytes.data(), 3, number, length);
        empty += length == 0 ? 1 : 0;
        longest += length == limit ? 1 : 0;
        ASSERT_EQ(message::identify(bytes.data(), length, limit), length != 0 ? uint64_t{3} << 32 | number : 0);
        ASSERT_EQ(message::identify(bytes.data(), length + 1, limit), 0U) << "another length";
        for (std::size_t at = 0; at < length; ++at) {
            bytes[at] ^= 0x10;
            ASSERT_EQ(message::identify(bytes.data(), length, limit), 0U) << "byte " << at << " of " << number;
            bytes[at] ^= 0x10;
        }
    }
    EXPECT_GT(empty, 50U);
    EXPECT_GT(longest, 50U);
}
