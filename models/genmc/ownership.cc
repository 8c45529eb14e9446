// Two participants want the one record and the one ring; the first dies anywhere, and the other may take its record over.
#include "Driver.h"

namespace {
using namespace kickmsg_genmc;

struct Ownership : OneDies<30> {
    static constexpr unsigned threads = 2;
    using Region                      = Memory<1, 1>;

    Region memory;
    int    of_record; ///< plain data: two owners at once are a race
    int    of_ring;

    void set_up()
    {
        memory.make_free();
        proof.begin();
    }
    void run(unsigned thread)
    {
        if (thread == 0) {
            visit({0, Proof::mortal}, 1);
        } else {
            visit_or_adopt({0, 3});
        }
    }
    void check()
    {
        REQUIRE(of_record != 0, "nobody had the record, though it was free");
        memory.expect_accounted();
    }

private:
    using Registry   = core::Registry<Policy, Region>;
    using Membership = core::Membership<Policy, Region>;

    void visit_or_adopt(Self self)
    {
        if (visit(self, 2)) {
            return;
        }
        LifeCheck lives(proof);
        if (Registry(memory).adopt(0, 1, self, lives)) {
            of_record = 2;
            REQUIRE(memory.sweeps_owed().load(std::memory_order_relaxed) != 0, "no sweep is owed for the dead");
            Registry(memory).leave(self);
        }
    }
    /// Returns: whether there was a record.
    bool visit(Self self, int value)
    {
        if (!Registry(memory).enroll(0, 1, self)) {
            return false;
        }
        of_record             = value;
        core::Seat const seat = Membership(memory, self).join();
        if (seat.taken) {
            of_ring = value;
            Membership(memory, self).leave(seat.ring);
            Membership(memory, self).free(seat.ring);
        }
        Registry(memory).leave(self);
        return true;
    }
};

} // namespace

KICKMSG_DRIVER(Ownership, "ownership")
