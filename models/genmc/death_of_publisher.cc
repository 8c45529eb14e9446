// A publisher dies before any operation of a message while another participant recovers; a recovery afterwards finds the rest.
#include "Driver.h"

namespace {
using namespace kickmsg_genmc;

struct DeathOfPublisher : OneDies<30> {
    static constexpr unsigned threads = 2;
    using Region                      = Memory<1, 3>;

    Region         memory;
    core::SlotNote notes[1];

    void set_up()
    {
        memory.make_free();
        memory.open(0, {0, 2});
        memory.enroll({1, Proof::mortal});
        memory.enroll({2, 4});
        proof.begin();
    }
    void run(unsigned thread)
    {
        thread == 0 ? publish() : recover(memory, {2, 4}, proof, notes);
    }
    void check()
    {
        bool const died = !proof.is_alive(Proof::mortal);
        if (died) {
            recover(memory, {2, 4}, proof, notes);
        }
        memory.expect_accounted();
        REQUIRE(memory.held_slots() == memory.unread(0), "the dead still keeps a slot");
        REQUIRE(!died || OwnerWord::state(memory.record(1).owner.plain()) == OwnerWord::Free,
                "the record of the dead is not free");
    }

private:
    void publish()
    {
        core::Sender<Policy, Region> sender(memory, {1, Proof::mortal}, 0);
        if (sender.borrow()) {
            sender.publish(4);
        }
    }
};

} // namespace

KICKMSG_DRIVER(DeathOfPublisher, "death_of_publisher")
