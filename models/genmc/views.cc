// The lifetime of what a subscriber and its views share: whoever goes last deletes it, after all others have used it.
#include "Driver.h"

#include "kickmsg/core/ViewCount.h"

#include <new>

namespace {
using namespace kickmsg_genmc;

struct Views : NobodyDies {
    static constexpr unsigned threads = 3;
    using Count                       = core::ViewCount<Policy>;

    alignas(Count) unsigned char memory[sizeof(Count)];
    int  shared; ///< plain data, written by who deletes
    bool last[threads];

    void set_up()
    {
        auto* const lent = ::new (static_cast<void*>(memory)) Count(2);
        lent->lend();
        lent->lend();
    }
    void run(unsigned thread)
    {
        REQUIRE(shared == 0, "what is used has been deleted");
        last[thread] = thread == 0 ? count().leave() : count().give_back();
        if (last[thread]) {
            shared = 1;
        }
    }
    void check()
    {
        REQUIRE(last[0] + last[1] + last[2] == 1, "not exactly one is the last");
    }

private:
    Count& count() noexcept
    {
        return *std::launder(reinterpret_cast<Count*>(memory));
    }
};

} // namespace

KICKMSG_DRIVER(Views, "views")
