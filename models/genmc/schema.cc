// The schema slot: a claimant dies anywhere, another one takes its claim back and claims, a third one reads.
#include "Driver.h"

namespace {
using namespace kickmsg_genmc;

struct Schema : OneDies<6> {
    static constexpr unsigned threads = 3;
    using Region                      = Memory<1, 3>;
    using Slot                        = core::SchemaSlot<Policy, Region>;

    Region memory;
    int    contents[2]; ///< of the schema
    bool   set[2];

    void set_up()
    {
        proof.begin();
    }
    void run(unsigned thread)
    {
        if (thread == 0) {
            claim(0, {0, Proof::mortal});
        } else if (thread == 1) {
            LifeCheck lives(proof);
            Slot(memory).reset(lives);
            claim(1, {1, 3});
        } else {
            look();
        }
    }
    void check()
    {
        REQUIRE(!(set[0] && set[1]), "the schema was set twice");
        look();
        LifeCheck lives(proof);
        Slot(memory).reset(lives);
        claim(1, {1, 3});
        REQUIRE(Slot(memory).is_set(), "a claim of the dead keeps the schema unset");
    }

private:
    void claim(unsigned claimant, Self self)
    {
        int const  value = static_cast<int>(claimant) + 1;
        bool const done  = Slot(memory).claim(self, [this, value] {
            contents[0] = value;
            step();
            contents[1] = value;
        });
        set[claimant]    = set[claimant] || done;
    }
    void look()
    {
        if (Slot(memory).is_set()) {
            REQUIRE(contents[0] != 0 && contents[0] == contents[1], "the schema is torn");
        }
    }
};

} // namespace

KICKMSG_DRIVER(Schema, "schema")
