// A slot of the dead is nowhere and a sweep is owed; who finds that nothing is owed any more finds the slot, too.
#include "Driver.h"

namespace {
using namespace kickmsg_genmc;

struct Debt : NobodyDies {
    static constexpr unsigned threads = 2;
    using Region                      = Memory<1, 2, 1>;

    Region         memory;
    Proof          proof; ///< nobody has it: the participant of that number is dead
    core::SlotNote notes[1];

    void set_up()
    {
        memory.head().plain()        = core::TaggedSlot<Policy>::make(1, core::no_slot);
        memory.sweeps_owed().plain() = 1;
        memory.enroll({1, 3});
    }
    void run(unsigned thread)
    {
        LifeCheck                                 lives(proof);
        core::Covers<Policy, Region>              covers;
        core::Recovery<Policy, Region, LifeCheck> recovery(memory, {1, 3}, lives, &covers);
        if (thread == 0) {
            recovery.run(notes);
        } else if (!recovery.is_needed()) {
            uint64_t const head = memory.head().load(std::memory_order_relaxed);
            REQUIRE(core::TaggedSlot<Policy>::slot(head) == 0, "nothing is owed, and the slot is not there");
        }
    }
    void check()
    {
        REQUIRE(memory.free_slots() == 1, "the slot of the dead is lost");
    }
};

} // namespace

KICKMSG_DRIVER(Debt, "debt")
