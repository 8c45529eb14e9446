// What diagnose() counts (Sweep::inspect) beside traffic and beside recovery: it changes nothing and cries no wolf.
#include "Toll.h"

namespace kickmsg_models {
namespace {

uint64_t orphans_seen_by(Recoverer& inspector)
{
    World&         world = inspector.world();
    LifeCheck      life(world);
    core::SlotNote notes[Layout::most_pool];
    world.set_sweep_notes(notes);
    return Sweep(world.layout, life, notes).inspect().orphans;
}

/// Nobody dies: whatever moves meanwhile, nothing is an orphan.
class DiagnoseTraffic : public Scenario {
public:
    DiagnoseTraffic()
    {
        inspector_.enroll({2, 1});
        publisher_.attach({1, 1});
        reader_.attach({0, 1});
        publisher_.send();
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            expect(orphans_seen_by(inspector_) == 0, "diagnose() sees an orphan though nobody is dead");
        } else {
            publisher_.send();
            reader_.receive();
        }
    }
    void after() override
    {
        world_.audit_pool();
    }

private:
    static Shape shape()
    {
        Shape shape;
        shape.pool    = 3;
        shape.records = 4;
        return shape;
    }

    World      world_{shape()};
    Recoverer  inspector_{world_, 0};
    Publisher  publisher_{world_, 1, 1};
    Subscriber reader_{world_, 1};
};

/// A dead lender's loan and a slot that is nowhere: at most these are seen while another one recovers them, and exactly
/// these when nobody does.
class DiagnoseDead : public Scenario {
public:
    DiagnoseDead()
    {
        inspector_.enroll({1, 1});
        recoverer_.enroll({2, 1});
        lender_.attach({0, 1});
        lender_.allocate();
        kill(lender_);
        lose_top_slot(world_);
        owe_sweep(world_);
        expect(orphans_seen_by(inspector_) == 2, "diagnose() does not see a loan of the dead and a lost slot");
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            expect(orphans_seen_by(inspector_) <= 2, "diagnose() sees more orphans than there are");
        } else {
            recoverer_.run();
        }
    }
    void after() override
    {
        world_.audit();
        expect(orphans_seen_by(inspector_) == 0, "diagnose() sees an orphan after recovery");
    }

private:
    static Shape shape()
    {
        Shape shape;
        shape.rings       = 0;
        shape.pool        = 3;
        shape.subscribers = 0;
        shape.records     = 4;
        return shape;
    }

    World     world_{shape()};
    Recoverer inspector_{world_, 0};
    Recoverer recoverer_{world_, 1};
    Publisher lender_{world_, 2, 1};
};

Registration<DiagnoseTraffic> const traffic{"diagnose_traffic",
                                            "diagnose() beside a publisher and a subscriber: no false alarm", 2};
Registration<DiagnoseDead> const dead{"diagnose_dead", "diagnose() beside a recovery of a dead lender and a lost slot",
                                      2};

} // namespace
} // namespace kickmsg_models
