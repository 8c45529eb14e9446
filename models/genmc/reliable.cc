// Two publishers that overwrite nothing want the last place of a ring, while its subscriber takes.
#include "Driver.h"

namespace {
using namespace kickmsg_genmc;

struct Reliable : NobodyDies {
    static constexpr unsigned threads = 3;
    using Region                      = Memory<2, 3>;

    Region   memory;
    int      payload[2];
    uint32_t reached[2];
    uint32_t received;

    void set_up()
    {
        memory.make_free();
        memory.open(0, {0, 2});
        memory.enroll({1, 3});
        memory.enroll({2, 4});
    }
    void run(unsigned thread)
    {
        thread < 2 ? offer(thread) : receive();
    }
    void check()
    {
        uint32_t const delivered = reached[0] + reached[1];
        REQUIRE(delivered == received + memory.unread(0), "a message is lost, or there though it was refused");
        memory.expect_accounted();
        REQUIRE(memory.held_slots() == memory.unread(0), "a publisher that keeps none keeps one");
    }

private:
    void offer(unsigned thread)
    {
        core::ReliableSender<Policy, Region> sender(memory, {thread + 1, thread + 3}, 0);
        REQUIRE(sender.borrow(), "there is a slot for each");
        payload[sender.slot()]  = static_cast<int>(thread) + 1;
        core::Offer const offer = sender.offer(4);
        REQUIRE((offer.full == 0) == (offer.rings == 1) && sender.pending() == 0, "neither refused nor delivered");
        reached[thread] = offer.rings;
        sender.give_back();
    }
    void receive()
    {
        core::Receiver<Policy, Region> receiver(memory, 0, 0, Region::first_position);
        if (core::Taken const taken = receiver.take()) {
            REQUIRE(payload[taken.slot] != 0, "no message says that");
            receiver.drop_by_receiver(taken);
            received = 1;
        }
        REQUIRE(receiver.lost() == 0, "a message was overwritten");
    }
};

} // namespace

KICKMSG_DRIVER(Reliable, "reliable")
