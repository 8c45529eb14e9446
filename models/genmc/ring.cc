// A ring: a publisher sends, and its subscriber takes, and sleeps where it finds nothing.
#include "Driver.h"

namespace {
using namespace kickmsg_genmc;

struct Ring : NobodyDies {
    static constexpr unsigned threads  = 2;
    static constexpr int      messages = 1;
    using Region                       = Memory<2, 2>;

    Region   memory;
    int      payload[2];
    int      received[messages];
    int      count;
    bool     asleep;
    uint32_t rung;

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
        for (int i = 0; i < count; ++i) {
            REQUIRE(received[i] >= 1 && received[i] <= messages, "no message says that");
            REQUIRE(i == 0 || received[i] > received[i - 1], "a message comes twice, or before an older one");
        }
        bool const stays_asleep = asleep && memory.doorbell().plain() == rung;
        REQUIRE(!stays_asleep || memory.unread(0) == 0, "a subscriber sleeps beside a message, and nobody rang");
        memory.expect_accounted();
    }

private:
    void publish()
    {
        core::Sender<Policy, Region> sender(memory, {1, 3}, 0);
        for (int message = 1; message <= messages; ++message) {
            if (sender.borrow()) {
                payload[sender.slot()] = message;
                sender.publish(sizeof message);
            }
        }
        sender.give_back();
    }
    void receive()
    {
        core::Receiver<Policy, Region> receiver(memory, 0, 0, Region::first_position);
        for (int turn = 0; turn < messages; ++turn) {
            core::Taken taken = receiver.take();
            if (!taken) {
                if (receiver.prepare_wait(rung)) {
                    asleep = true;
                    return;
                }
                receiver.end_wait();
                taken = receiver.take();
            }
            if (taken) {
                received[count] = payload[taken.slot];
                ++count;
                receiver.drop_by_receiver(taken);
            }
        }
    }
};

} // namespace

KICKMSG_DRIVER(Ring, "ring")
