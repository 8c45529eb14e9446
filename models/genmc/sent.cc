// How many messages a participant has sent, asked while its record gets another owner.
#include "Driver.h"

namespace {
using namespace kickmsg_genmc;

struct Sent : NobodyDies {
    static constexpr unsigned threads = 2;
    static constexpr uint64_t before = 5, former = 2, latter = 3;
    using Region = Memory<1, 1>;

    Region memory;

    void set_up()
    {
        memory.enroll({0, former});
        memory.record(0).sent.plain()    = before;
        memory.record(0).counted.plain() = former;
    }
    void run(unsigned thread)
    {
        thread == 0 ? hand_over() : ask();
    }
    void check()
    {
        core::SentCount<Policy> const count(memory.record(0));
        REQUIRE(count.total() == before + 1 && count.own(latter) == 1, "a message is not counted, or another one's");
    }

private:
    void hand_over()
    {
        core::Registry<Policy, Region> registry(memory);
        registry.leave({0, former});
        Self self{0, latter};
        REQUIRE(registry.enroll(0, 1, self), "the record is free");
        core::SentCount<Policy> count(memory.record(0));
        count.set(count.begin(latter) + 1);
    }
    void ask()
    {
        uint64_t const found = core::SentCount<Policy>(memory.record(0)).own(former);
        uint64_t const owner = core::Ownership<Policy>(memory.record(0).owner).read();
        // One more: the sum of a moment when the record had its next owner, though the owner word that is read after it is the old one. The
        // two loads may be made in the other order, and nothing that the next owner did before its message comes with a relaxed sum.
        REQUIRE(OwnerWord::incarnation(owner) != former || found == before || found == before + 1,
                "a participant has sent less than it did, or more than those after it can have added");
    }
};

} // namespace

KICKMSG_DRIVER(Sent, "sent")
