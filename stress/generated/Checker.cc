/// Conservation, from the accounts alone.
#include "Accounts.h"

#include <numeric>

namespace kickmsg_stress {
namespace generated {

namespace {

class Checker {
public:
    Checker(TrialPlan const& plan, Accounts const& accounts) : plan_(plan), accounts_(accounts)
    {
        for (uint32_t i = 0; i < plan.publishers; ++i) {
            sent_ += accounts.publisher[i].sent;
            zero_length_ += accounts.publisher[i].zero_length;
        }
    }

    std::vector<std::string> check()
    {
        for (uint32_t i = 0; i < plan_.publishers; ++i) {
            check_publisher(i);
        }
        for (uint32_t i = 0; i < plan_.subscribers; ++i) {
            check_subscriber(i);
        }
        check_region();
        return std::move(found_);
    }

private:
    void expect(bool right, std::string const& what)
    {
        if (!right) {
            found_.push_back(who_ + what);
        }
    }

    void expect_equal(uint64_t found, uint64_t expected, char const* what)
    {
        expect(found == expected, std::to_string(found) + " " + what + ", expected " + std::to_string(expected));
    }

    void check_publisher(uint32_t which)
    {
        PublisherAccount const& account = accounts_.publisher[which];
        who_                            = "publisher " + std::to_string(which + 1) + ": ";
        expect(account.fault.text[0] == '\0', account.fault.text);
        expect(plan_.pool != Pool::Ample || account.refused == 0,
               "refused " + std::to_string(account.refused) + " times by a pool that never runs dry");
    }

    void check_subscriber(uint32_t which)
    {
        SubscriberAccount const& account = accounts_.subscriber[which];
        who_                             = "subscriber " + std::to_string(which + 1) + ": ";
        expect(account.fault.text[0] == '\0', account.fault.text);
        expect_equal(std::accumulate(std::begin(account.from), std::end(account.from), account.zero_length),
                     account.received, "received by publisher");
        if (!plan_.churns(which)) {
            check_conservation(account);
        }
    }

    void check_conservation(SubscriberAccount const& account)
    {
        uint64_t const known = account.received + account.lost;
        expect(known == sent_, std::to_string(account.received) + " received and " + std::to_string(account.lost) +
                                   " lost of " + std::to_string(sent_) + " sent: " +
                                   (known < sent_ ? "a message is missing and not counted" : "a message came twice"));
        for (uint32_t i = 0; i < plan_.publishers; ++i) {
            uint64_t const sent = accounts_.publisher[i].sent - accounts_.publisher[i].zero_length;
            expect(account.from[i + 1] <= sent,
                   "more messages of publisher " + std::to_string(i + 1) + " than it sent");
        }
        expect(account.zero_length <= zero_length_, "more messages without bytes than were sent");
        expect(account.received == 0 || account.start == accounts_.region.start,
               "its first position is " + std::to_string(account.start) + ", the ring began at " +
                   std::to_string(accounts_.region.start));
    }

    void check_region()
    {
        auto const           config = plan_.config();
        RegionAccount const& region = accounts_.region;
        who_                        = "region: ";
        expect_equal(region.slots, config.pool_size, "slots in the pool");
        expect_equal(region.rings, config.max_subscribers, "rings can be joined");
        expect_equal(region.publishers, config.max_publishers, "publishers find a record");
        expect_equal(region.participants, 0, "participants are still there");
        expect_equal(region.recovered, 0, "things found by recover()");
        expect_equal(region.unclean, 0, "faults seen by diagnose()");
        expect_equal(region.corrupt, 0, "words found out of range");
    }

    TrialPlan const&         plan_;
    Accounts const&          accounts_;
    uint64_t                 sent_ = 0, zero_length_ = 0;
    std::string              who_;
    std::vector<std::string> found_;
};

} // namespace

std::vector<std::string> check(TrialPlan const& plan, Accounts const& accounts)
{
    return Checker(plan, accounts).check();
}

} // namespace generated
} // namespace kickmsg_stress
