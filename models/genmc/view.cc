// A view is dropped by another thread than took it, beside a sweep that must find nothing.
#include "Driver.h"

namespace {
using namespace kickmsg_genmc;

struct View : NobodyDies {
    static constexpr unsigned threads = 2;
    using Region                      = Memory<1, 3>;

    Region         memory;
    Proof          proof;
    core::SlotNote notes[1];
    SlotIndex      held;
    uint32_t       mark;
    uint64_t       position;

    void set_up()
    {
        memory.make_free();
        memory.open(0, {0, 2});
        memory.enroll({1, 3});
        memory.enroll({2, 4});
        core::Sender<Policy, Region> sender(memory, {1, 3}, 0);
        sender.borrow();
        sender.publish(4);
        core::Receiver<Policy, Region> receiver(memory, 0, 0, Region::first_position);
        core::Taken const              taken = receiver.take();
        receiver.hold(taken);
        held     = taken.slot;
        mark     = taken.mark;
        position = taken.position;
    }
    void run(unsigned thread)
    {
        if (thread == 0) {
            core::Receiver<Policy, Region>(memory, 0, 0, position + 1).drop(held, mark);
        } else {
            LifeCheck               lives(proof);
            core::Claims<Policy>    claims(memory.record(2));
            core::SweepCounts const found = core::Sweep<Policy, Region, LifeCheck>(memory, lives, notes).repair(claims);
            REQUIRE(found.orphans == 0, "what a view holds was taken for an orphan");
        }
    }
    void check()
    {
        REQUIRE(memory.free_slots() == 1, "the slot of a view is lost");
    }
};

} // namespace

KICKMSG_DRIVER(View, "view")
