// Nobody dies under a sweep: what is lost was lost before, and the stack moves while the sweep walks down.
#include "WorldScenario.h"

namespace kickmsg_models {
namespace {

/// A slot is lost from the beginning: small enough for wide bounds.
struct SweepAgainstPopper : WorldScenario {
    Publisher living{in_thread(0), only(1)};
    Recoverer recoverer{in_thread(1), only(2)};

    SweepAgainstPopper() : WorldScenario(without_rings(2, 4))
    {
        world.lose_top_slot();
        spawn([this] {
            living.allocate();
            living.abandon();
            living.allocate();
        });
        spawn([this] { recoverer.sweep(); });
        at_end([this] { recoverer.sweep(); });
    }
};
Registration<SweepAgainstPopper> const sweep_against_popper{
    "sweep_against_popper", "free stack: a slot is lost, one pops and pushes, one sweeps", 2};

/// Nothing is lost, and nothing may be taken for lost: a slot is popped and pushed again on top of another one that a
/// third thread has pushed, while the sweep walks down. A link of after the walk's head would lead past the bottom slot.
struct WalkAgainstPushers : WorldScenario {
    Publisher pusher{in_thread(2), only(0)};
    Publisher popper{in_thread(1), only(1)};
    Recoverer recoverer{in_thread(0), only(2)};

    WalkAgainstPushers() : WorldScenario(without_rings(3, 4))
    {
        pusher.allocate();
        spawn([this] { recoverer.sweep(); });
        spawn([this] {
            popper.allocate();
            popper.abandon();
        });
        spawn([this] { pusher.abandon(); });
    }
};
Registration<WalkAgainstPushers> const walk_against_pushers{
    "walk_against_pushers", "free stack: nothing is lost; a slot is popped and pushed on another while one sweeps", 3};

/// Two slots change places again and again while a sweep walks down the stack: following links of different moments it
/// would go round in circles and report a corrupt stack.
struct Juggler : RecoveryScenario {
    Recoverer sweeper{in_thread(0), only(1)};
    Publisher left{in_thread(1), between(2, 3)};
    Publisher right{in_thread(1), between(2, 3)};

    Juggler() : RecoveryScenario({slots(2), records(5)})
    {
        spawn([this] { sweeper.sweep(); });
        spawn([this] {
            for (unsigned round = 0; round < 2; ++round) {
                left.allocate();
                right.allocate();
                left.abandon();
                right.abandon();
            }
        });
    }
};
Registration<Juggler> const juggler{"sweep_against_juggler",
                                    "two slots change places while a sweep walks down the stack", 2};

/// Both find the same lost slot.
struct TwoSweepers : RecoveryScenario {
    Recoverer first{in_thread(0), only(0)};
    Recoverer second{in_thread(1), only(1)};

    TwoSweepers() : RecoveryScenario(without_rings(2, 3))
    {
        world.lose_top_slot();
        spawn([this] { first.sweep(); });
        spawn([this] { second.sweep(); });
        at_end([this] { world.audit_pool(); }); // two living sweepers leave nothing behind
    }
};
Registration<TwoSweepers> const two_sweepers{"two_sweepers", "free stack: two sweepers find the same lost slot", 2};

} // namespace
} // namespace kickmsg_models
