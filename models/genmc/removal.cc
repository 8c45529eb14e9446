// The right to remove a name: one that has it dies anywhere, another one may have it then, and not before.
#include "Driver.h"

#include "kickmsg/core/Replacement.h"

namespace {
using namespace kickmsg_genmc;

struct Removing : OneDies<4> {
    static constexpr unsigned threads = 2;

    Atomic<uint64_t> right;
    int              removed; ///< plain data: two that have the right at once are a race

    void set_up()
    {
        proof.begin();
    }
    void run(unsigned thread)
    {
        uint64_t const                   incarnation = thread == 0 ? Proof::mortal : 3;
        LifeCheck                        lives(proof);
        core::Removal<Policy, LifeCheck> removal(right, lives);
        if (removal.claim(incarnation)) {
            removed = 1;
            step();
            REQUIRE(removal.claim(incarnation), "the right is gone though its holder lives");
        }
    }
    void check() {}
};

} // namespace

KICKMSG_DRIVER(Removing, "removal")
