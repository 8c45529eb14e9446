// The word of a wait set: a wait looks twice at most, while something comes in and the program wakes it.
#include "Driver.h"

#include "kickmsg/core/SetBell.h"

namespace {
using namespace kickmsg_genmc;

struct Bell : NobodyDies {
    static constexpr unsigned threads = 3;

    core::SetBell<Policy> bell;
    Atomic<uint32_t>      news{0}; ///< what a look finds besides
    bool                  found  = false;
    bool                  woken  = false;
    bool                  asleep = false;

    void set_up() {}
    void run(unsigned thread)
    {
        if (thread == 0) {
            wait();
        } else if (thread == 1) {
            news.store(1, std::memory_order_relaxed);
            bell.ring();
        } else {
            bell.wake();
        }
    }
    void check()
    {
        bool const stays_asleep = asleep && bell.word().plain() == bell.rung();
        REQUIRE(!stays_asleep || (found && woken), "a wait sleeps over what has rung before");
    }

private:
    void wait()
    {
        for (int look = 0; look < 3 && !asleep; ++look) {
            bool const says_woken = bell.begin_look();
            bool const finds      = !found && news.load(std::memory_order_relaxed) != 0;
            woken                 = woken || says_woken;
            found                 = found || finds;
            asleep                = !says_woken && !finds;
        }
    }
};

} // namespace

KICKMSG_DRIVER(Bell, "set_bell")
