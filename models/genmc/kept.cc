// A publisher writes again to a slot that it keeps, when its subscriber has dropped what lay there.
#include "Driver.h"

namespace {
using namespace kickmsg_genmc;

struct Kept : NobodyDies {
    static constexpr unsigned threads  = 2;
    static constexpr int      messages = 2;
    using Region                       = Memory<2, 2>;

    Region   memory;
    int      payload[2];
    uint32_t kept;

    void set_up()
    {
        memory.make_free();
        memory.open(0, {0, 2});
        memory.enroll({1, 3});
    }
    void run(unsigned thread)
    {
        thread == 0 ? publish() : receive();
    }
    void check()
    {
        memory.expect_accounted();
        REQUIRE(kept == 1 && memory.held_slots() >= kept, "what a publisher keeps is in the pool");
    }

private:
    void publish()
    {
        core::Sender<Policy, Region> sender(memory, {1, 3}, 1);
        for (int message = 1; message <= messages; ++message) {
            REQUIRE(sender.borrow(), "two slots are enough for one that keeps one");
            payload[sender.slot()] = message;
            sender.publish(sizeof message);
        }
        kept = sender.kept_count();
    }
    void receive()
    {
        core::Receiver<Policy, Region> receiver(memory, 0, 0, Region::first_position);
        int                            before = 0;
        for (int turn = 0; turn < messages; ++turn) {
            if (core::Taken const taken = receiver.take()) {
                int const message = payload[taken.slot];
                REQUIRE(message > before, "a message comes twice, or before an older one");
                before = message;
                receiver.drop_by_receiver(taken);
            }
        }
    }
};

} // namespace

KICKMSG_DRIVER(Kept, "kept")
