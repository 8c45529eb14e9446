// A ring changes hands while a publisher delivers: its subscriber leaves, and another one joins and takes.
#include "Driver.h"

namespace {
using namespace kickmsg_genmc;

struct Churn : NobodyDies {
    static constexpr unsigned threads  = 2;
    static constexpr int      messages = 1;
    using Region                       = Memory<2, 3, 2>;

    Region memory;
    int    payload[2];

    void set_up()
    {
        memory.make_free();
        memory.open(0, {0, 2});
        memory.enroll({1, 3});
        memory.enroll({2, 4});
    }
    void run(unsigned thread)
    {
        thread == 0 ? publish() : change_hands();
    }
    void check()
    {
        memory.expect_accounted();
    }

private:
    void publish()
    {
        core::Sender<Policy, Region> sender(memory, {2, 4}, 0);
        for (int message = 1; message <= messages; ++message) {
            if (sender.borrow()) {
                payload[sender.slot()] = message;
                sender.publish(sizeof message);
            }
        }
        sender.give_back();
    }
    void change_hands()
    {
        core::Membership<Policy, Region> first(memory, {0, 2});
        first.leave(0);
        first.free(0);
        core::Seat const seat = core::Membership<Policy, Region>(memory, {1, 3}).join();
        REQUIRE(seat.taken && seat.start > Region::first_position, "the ring is free, at a position of its own");
        core::Receiver<Policy, Region> receiver(memory, seat.ring, 1, seat.start);
        if (core::Taken const taken = receiver.take()) {
            REQUIRE(payload[taken.slot] == messages, "no message says that");
            receiver.drop_by_receiver(taken);
        }
        REQUIRE(receiver.lost() == 0, "a message of the seat before is counted as lost");
    }
};

} // namespace

KICKMSG_DRIVER(Churn, "churn")
