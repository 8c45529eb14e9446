// What diagnose() counts (Sweep::inspect) beside traffic and beside recovery: it changes nothing and cries no wolf.
#include "WorldScenario.h"

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
struct DiagnoseTraffic : WorldScenario {
    Recoverer  inspector{in_thread(0), only(2)};
    Publisher  publisher{in_thread(1), only(1)};
    Subscriber reader{in_thread(1), only(0)};

    DiagnoseTraffic() : WorldScenario({slots(3), records(4)})
    {
        publisher.send();
        spawn([this] { expect(orphans_seen_by(inspector) == 0, "diagnose() sees an orphan though nobody is dead"); });
        spawn([this] {
            publisher.send();
            reader.receive();
        });
    }
};
Registration<DiagnoseTraffic, 0, 1> const traffic{"diagnose_traffic",
                                                  "diagnose() beside a publisher and a subscriber: no false alarm", 2};

/// A dead lender's loan and a slot that is nowhere: at most these are seen while another one recovers them, and exactly
/// these when nobody does.
struct DiagnoseDead : RecoveryScenario {
    Recoverer inspector{in_thread(0), only(1)};
    Recoverer recoverer{in_thread(1), only(2)};
    Publisher lender{in_no_thread(), only(0)};

    DiagnoseDead() : RecoveryScenario(without_rings(3, 4))
    {
        lender.allocate();
        lender.kill();
        world.lose_top_slot();
        world.owe_sweep();
        expect(orphans_seen_by(inspector) == 2, "diagnose() does not see a loan of the dead and a lost slot");
        spawn([this] { expect(orphans_seen_by(inspector) <= 2, "diagnose() sees more orphans than there are"); });
        spawn([this] { recoverer.run(); });
        after_audit([this] { expect(orphans_seen_by(inspector) == 0, "diagnose() sees an orphan after recovery"); });
    }
};
Registration<DiagnoseDead> const dead{"diagnose_dead", "diagnose() beside a recovery of a dead lender and a lost slot",
                                      2};

} // namespace
} // namespace kickmsg_models
