// The free stack alone: the tag against ABA, the links, the loan, the slot's payload from one owner to the next.
#include "WorldScenario.h"

namespace kickmsg_models {
namespace {

/// Three publishers take slots, write to them, and give them back: never two at one slot, none lost at the end.
struct FreeStackScenario : WorldScenario {
    Publisher publishers[3]{
        {in_thread(0), between(1, 3)}, {in_thread(1), between(1, 3)}, {in_thread(2), between(1, 3)}};

    FreeStackScenario() : WorldScenario({slots(2), records(4)})
    {
        for (unsigned index = 0; index < 3; ++index) {
            spawn([this, index] {
                for (unsigned turn = 0; turn < (index == 0 ? 1 : 2); ++turn) {
                    publishers[index].send(); // to nobody: the slot goes straight back
                }
            });
        }
    }
};
Registration<FreeStackScenario> const free_stack{
    "free_stack", "publishers pop, write and push slots of a small pool: tag, links, loans", 3};

/// One popper sleeps between reading the top and taking it, while the other moves the stack by four operations and holds
/// what was second: a tag of two bits is back where it was.
struct LongSleep : WorldScenario {
    Publisher sleeper{in_thread(0), only(1)};
    Publisher busy[3]{{in_thread(1), between(2, 4)}, {in_thread(1), between(2, 4)}, {in_thread(1), between(2, 4)}};

    LongSleep() : WorldScenario({slots(4), records(6)})
    {
        spawn([this] { sleeper.allocate(); });
        spawn([this] {
            for (Publisher& publisher : busy) {
                publisher.allocate();
            }
            busy[0].abandon();
        });
    }
};
Registration<LongSleep> const long_sleep{"free_stack_long_sleep", "a popper sleeps while the stack moves under it", 2};

} // namespace
} // namespace kickmsg_models
