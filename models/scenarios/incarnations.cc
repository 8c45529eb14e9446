// Records and rings of the dead are freed and used by newcomers, while a slow recoverer acts on what it read before.
#include "WorldScenario.h"

namespace kickmsg_models {
namespace {

/// The dead publisher's record, with a loan; one recoverer is slow, one is fast, a newcomer enrolls in that very record.
struct IncarnationsRecord : RecoveryScenario {
    Publisher dead{in_no_thread(), only(0)};
    Recoverer slow{in_thread(0), only(1)};
    Recoverer fast{in_thread(1), only(2)};
    Publisher newcomer{in_thread(1)};
    bool      enrolled = false;
    bool      lends    = false;

    IncarnationsRecord() : RecoveryScenario(without_rings(2, 4))
    {
        dead.allocate();
        world.owe_sweep();
        dead.kill();
        spawn([this] { slow.run(); });
        spawn([this] {
            fast.run();
            enrolled = newcomer.attach(only(0));
            if (enrolled) {
                newcomer.send();
                lends = newcomer.allocate();
            }
        });
        at_end([this] { expect_enrolled(); });
        after_audit([this] {
            expect_enrolled();
            if (enrolled) {
                expect(!lends || newcomer.publish() == 0, "nobody listens");
                newcomer.leave();
            }
        });
    }
    void expect_enrolled() const
    {
        if (enrolled) {
            newcomer.expect_enrolled();
        }
    }
};
Registration<IncarnationsRecord, 0, 1> const incarnations_record{
    "incarnations_record", "a record is recovered and used again while a slow recoverer still holds its old word", 2};

/// The dead subscriber's ring and record: the newcomer takes both, receives and holds a view.
struct IncarnationsRing : RecoveryScenario {
    Subscriber dead{in_no_thread(), only(0)};
    Publisher  publisher{in_thread(1), only(1)};
    Recoverer  slow{in_thread(0), only(2)};
    Recoverer  fast{in_thread(1), only(3)};
    Subscriber newcomer{in_thread(1)};
    bool       enrolled = false;
    bool       joined   = false;
    View       view;

    IncarnationsRing() : RecoveryScenario({slots(4), records(5)})
    {
        publisher.send();
        world.owe_sweep();
        dead.kill();
        spawn([this] { slow.run(); });
        spawn([this] {
            fast.run();
            enrolled = newcomer.enroll(only(0));
            joined   = enrolled && newcomer.join();
            if (joined) {
                expect_reached();
                view = newcomer.receive_view();
                expect(static_cast<bool>(view), "a message for the newcomer is gone");
                publisher.send();
            }
        });
        after_audit([this] {
            if (enrolled) {
                newcomer.expect_enrolled();
            }
            if (joined) {
                newcomer.drop(view);
                expect_reached();
                newcomer.finish();
                newcomer.leave_and_free();
            }
        });
    }
    void expect_reached()
    {
        expect(publisher.send() == 1, "a living publisher does not reach a living subscriber");
    }
};
Registration<IncarnationsRing> const incarnations_ring{
    "incarnations_ring", "a ring is recovered and joined again while a slow recoverer still holds its old word", 2};

/// No record is free and one is that of a dead publisher that lost a slot: newcomers adopt it, one may die doing so, and a
/// recoverer does as much at the same time. The sweep stays owed until it is done.
struct Adopt : RecoveryScenario {
    Publisher dead{in_no_thread(), only(0)};
    Recoverer recoverer{in_thread(2), only(1)};
    Publisher first{in_thread(0)};
    Publisher second{in_thread(1)};
    bool      adopted[2]{};

    Adopt() : RecoveryScenario(without_rings(3, 3))
    {
        world.lose_top_slot();
        dead.kill();
        spawn_mortal([this] {
            adopted[0] = first.attach_adopting(only(0));
            if (adopted[0]) {
                first.send();
            }
        });
        spawn([this] {
            adopted[1] = second.attach_adopting(only(0));
            if (adopted[1]) {
                second.allocate();
            }
        });
        spawn([this] { recoverer.run(); });
        at_end([this] {
            expect(!adopted[0] || !adopted[1] || !lives(0), "two living participants have adopted one record");
            audit_living();
        });
        after_audit([this] { audit_living(); });
    }
    void audit_living() const
    {
        if (adopted[0] && lives(0)) {
            first.expect_enrolled();
        }
        if (adopted[1]) {
            second.expect_enrolled();
        }
    }
};
Registration<Adopt, 0, 1> const adopt{"adopt", "newcomers adopt a dead publisher's record, one may die; one recovers",
                                      3, 1};

/// The dead one enrolls, loses a slot and dies; an adopter owes the sweep for it. A recoverer that reads of the debt must
/// see what the dead one did, though it may still see its record as free: else the sweep is noted as done, the slot gone.
struct AdoptDebt : RecoveryScenario {
    Recoverer recoverer{in_thread(2), only(1)};
    Publisher victim{in_thread(0)};
    Publisher adopter{in_thread(1)};

    AdoptDebt() : RecoveryScenario(without_rings(1, 3))
    {
        spawn_mortal([this] {
            if (victim.attach(only(0))) {
                victim.allocate();
            }
        });
        spawn([this] { adopter.attach_adopting(only(0)); });
        spawn([this] { recoverer.run(); });
    }
};
Registration<AdoptDebt> const adopt_debt{
    "adopt_debt", "a publisher enrolls, loses a slot and dies; its record is adopted; one recovers", 3, 1};

/// A publisher that finds nothing owed any more can allocate what was brought back.
struct DebtSettled : RecoveryScenario {
    Recoverer recoverer{in_thread(0), only(0)};
    Publisher publisher{in_thread(1), only(1)};

    DebtSettled() : RecoveryScenario(without_rings(1, 3))
    {
        world.lose_top_slot();
        world.owe_sweep();
        spawn([this] { recoverer.run(); });
        spawn([this] {
            LifeCheck life(world);
            if (!Recovery(world.layout, publisher.self(), life).is_needed()) {
                expect(publisher.allocate(), "the sweep is noted as done, and its slot is not there");
            }
        });
    }
};
Registration<DebtSettled> const debt_settled{"debt_settled",
                                             "a sweep is owed and done; who finds nothing owed allocates the slot", 2};

} // namespace
} // namespace kickmsg_models
