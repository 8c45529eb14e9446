// A message without loss to two rings, while another publisher takes the place in the second one, whose subscriber takes.
#include "Driver.h"

#include "kickmsg/core/DirectedSender.h"

namespace {
using namespace kickmsg_genmc;

struct Pending : NobodyDies {
    static constexpr unsigned threads = 2;
    using Region                      = Memory<2, 4, 2, 2>;

    Region   memory;
    uint32_t offered; ///< to how many rings

    void set_up()
    {
        memory.make_free();
        memory.open(0, {0, 2});
        memory.open(1, {1, 3});
        memory.enroll({2, 4});
        memory.enroll({3, 5});
    }
    void run(unsigned thread)
    {
        if (thread == 0) {
            offer();
        } else {
            post();
            receive();
        }
    }
    void check()
    {
        memory.expect_accounted();
        REQUIRE(memory.unread(0) == (offered != 0 ? 1U : 0U),
                "a message is in one ring though it was refused, or is lost");
        REQUIRE(offered == 0 || offered == 2, "a message is delivered to some");
    }

private:
    void offer()
    {
        core::ReliableSender<Policy, Region> sender(memory, {2, 4}, 0);
        REQUIRE(sender.borrow(), "there is a slot for each");
        offered = sender.offer(4).rings;
        sender.settle();
        sender.give_back(); // what is pending overwrites
    }
    void post()
    {
        core::DirectedSender<Policy, Region> sender(memory, {3, 5}, 0);
        core::Address const                  to{1, OwnerWord::make(OwnerWord::Live, 1, 3)};
        core::Receipt                        receipt;
        REQUIRE(sender.borrow(), "there is a slot for each");
        REQUIRE(sender.post(to, 4, receipt) != core::Posted::Gone, "its subscriber stays");
        sender.give_back();
    }
    void receive()
    {
        core::Receiver<Policy, Region> receiver(memory, 1, 1, Region::first_position);
        if (core::Taken const taken = receiver.take()) {
            receiver.drop_by_receiver(taken);
        }
    }
};

} // namespace

KICKMSG_DRIVER(Pending, "pending")
