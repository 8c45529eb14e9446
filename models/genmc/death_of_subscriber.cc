// A subscriber dies before any operation of a take and a drop while another participant recovers; a recovery afterwards finds the rest.
#include "Driver.h"

namespace {
using namespace kickmsg_genmc;

struct DeathOfSubscriber : OneDies<16> {
    static constexpr unsigned threads = 2;
    using Region                      = Memory<1, 3>;

    Region         memory;
    core::SlotNote notes[1];

    void set_up()
    {
        memory.make_free();
        memory.open(0, {0, Proof::mortal});
        memory.enroll({1, 3});
        memory.enroll({2, 4});
        proof.begin();
        core::Sender<Policy, Region> sender(memory, {1, 3}, 0);
        sender.borrow();
        sender.publish(4);
    }
    void run(unsigned thread)
    {
        thread == 0 ? receive() : recover(memory, {2, 4}, proof, notes);
    }
    void check()
    {
        if (!proof.is_alive(Proof::mortal)) {
            recover(memory, {2, 4}, proof, notes);
            REQUIRE(OwnerWord::state(memory.ring(0).owner.plain()) == OwnerWord::Free,
                    "the ring of the dead is not free");
            REQUIRE(OwnerWord::state(memory.record(0).owner.plain()) == OwnerWord::Free, "nor its record");
        }
        memory.expect_accounted();
        REQUIRE(memory.free_slots() == 1, "a slot of the dead is lost");
    }

private:
    void receive()
    {
        core::Receiver<Policy, Region> receiver(memory, 0, 0, Region::first_position);
        if (core::Taken const taken = receiver.take()) {
            receiver.drop_by_receiver(taken);
        }
    }
};

} // namespace

KICKMSG_DRIVER(DeathOfSubscriber, "death_of_subscriber")
