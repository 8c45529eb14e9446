// A sweep beside a publisher that keeps a slot and a subscriber that takes from it: nobody died, it must find nothing.
#include "Driver.h"

namespace {
using namespace kickmsg_genmc;

struct Sweep : NobodyDies {
    static constexpr unsigned threads = 2;
    using Region                      = Memory<1, 3>;

    Region         memory;
    Proof          proof;
    core::SlotNote notes[1];

    void set_up()
    {
        memory.make_free();
        memory.open(0, {0, 2});
        memory.enroll({1, 3});
        memory.enroll({2, 4});
    }
    void run(unsigned thread)
    {
        thread == 0 ? send_and_take() : sweep();
    }
    void check()
    {
        memory.expect_accounted();
        REQUIRE(memory.held_slots() == 1, "what a publisher keeps is in the pool");
    }

private:
    void send_and_take()
    {
        core::Sender<Policy, Region>   sender(memory, {1, 3}, 1);
        core::Receiver<Policy, Region> receiver(memory, 0, 0, Region::first_position);
        REQUIRE(sender.borrow(), "the slot is free");
        sender.publish(4);
        core::Taken const taken = receiver.take();
        REQUIRE(taken, "what was delivered is there");
        receiver.drop_by_receiver(taken);
        REQUIRE(sender.borrow(), "the slot that it keeps is idle");
        sender.publish(4);
    }
    void sweep()
    {
        LifeCheck               lives(proof);
        core::Claims<Policy>    claims(memory.record(2));
        core::SweepCounts const found = core::Sweep<Policy, Region, LifeCheck>(memory, lives, notes).repair(claims);
        REQUIRE(found.orphans == 0 && !found.unclosed, "something of the living was taken for an orphan");
    }
};

} // namespace

KICKMSG_DRIVER(Sweep, "sweep")
