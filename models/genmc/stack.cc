// The free stack: each thread has a slot from it for a while.
#include "Driver.h"

namespace {
using namespace kickmsg_genmc;

struct Stack : NobodyDies {
    static constexpr unsigned threads = 2;
    static constexpr uint32_t slots   = 2;
    using Region                      = Memory<slots, threads>;

    Region memory;
    int    payload[slots];

    void set_up()
    {
        memory.make_free();
    }
    void run(unsigned thread)
    {
        core::Claims<Policy> claims(memory.record(thread));
        core::Loan const     loan = core::FreeStack<Policy, Region>(memory).pop(claims, thread + 1);
        REQUIRE(loan, "the pool is empty, though each thread has one slot at most");
        payload[loan.slot] = 1;
        claims.drop(loan.slot);
        core::release_references<Policy, Region>(memory, loan.slot, core::References<Policy>::kept);
        claims.clear();
    }
    void check()
    {
        REQUIRE(memory.free_slots() == slots, "a slot is lost");
    }
};

} // namespace

KICKMSG_DRIVER(Stack, "stack")
