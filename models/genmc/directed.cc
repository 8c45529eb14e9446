// A message to one subscriber, which leaves meanwhile; the next one in its ring must not have it.
#include "Driver.h"

#include "kickmsg/core/DirectedSender.h"

namespace {
using namespace kickmsg_genmc;

struct Directed : NobodyDies {
    static constexpr unsigned threads = 2;
    using Region                      = Memory<1, 3, 2>;

    Region memory;

    void set_up()
    {
        memory.make_free();
        memory.open(0, {0, 2});
        memory.enroll({1, 3});
        memory.enroll({2, 4});
    }
    void run(unsigned thread)
    {
        thread == 0 ? post() : change_hands();
    }
    void check()
    {
        memory.expect_accounted();
        REQUIRE(memory.free_slots() == 1, "the message lies in a seat that it was not meant for");
    }

private:
    void post()
    {
        core::DirectedSender<Policy, Region> sender(memory, {2, 4}, 0);
        core::Address const                  to{0, OwnerWord::make(OwnerWord::Live, 0, 2)};
        core::Receipt                        receipt;
        REQUIRE(sender.borrow(), "the slot is free");
        core::Posted const posted = sender.post(to, 4, receipt);
        REQUIRE(posted != core::Posted::Full, "nobody else sends");
        sender.give_back();
    }
    void change_hands()
    {
        core::Membership<Policy, Region> first(memory, {0, 2});
        first.leave(0);
        first.free(0);
        core::Seat const seat = core::Membership<Policy, Region>(memory, {1, 3}).join();
        REQUIRE(seat.taken, "the ring is free");
        core::Receiver<Policy, Region> receiver(memory, seat.ring, 1, seat.start);
        REQUIRE(!receiver.take(), "the next subscriber has a message of the one before");
    }
};

} // namespace

KICKMSG_DRIVER(Directed, "directed")
