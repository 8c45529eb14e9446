// Sleepers of a region are called away from it: none goes to sleep without the news.
#include "Driver.h"

namespace {
using namespace kickmsg_genmc;

struct CalledAway : NobodyDies {
    static constexpr unsigned threads = 2;
    using Region                      = Memory<1, 1>;
    using Doorbell                    = core::Doorbell<Policy, Region>;

    Region           memory;
    Atomic<uint64_t> news;
    bool             asleep;
    uint32_t         rung;

    void set_up() {}
    void run(unsigned thread)
    {
        if (thread == 0) {
            Doorbell(memory).call_away(news);
        } else {
            rung   = Doorbell(memory).arm(0);
            asleep = Doorbell::news(news) == 0;
            if (!asleep) {
                Doorbell(memory).disarm(0);
            }
        }
    }
    void check()
    {
        REQUIRE(!asleep || memory.doorbell().plain() != rung, "a subscriber sleeps in a region that has been replaced");
    }
};

} // namespace

KICKMSG_DRIVER(CalledAway, "called_away")
