// One participant dies at any operation, while others work and a living recoverer runs.
#include "WorldScenario.h"

namespace kickmsg_models {
namespace {

/// Records of the scenarios with a ring; at the end the auditor works in the last one, too.
enum : uint32_t { subscriber_record, victim_record, living_record, recoverer_record, all_records };

/// A publisher dies anywhere, evicting or not; a living one sends, a living subscriber receives.
struct DeathOfPublisher : RecoveryScenario {
    Subscriber reader{in_thread(1), only(subscriber_record)};
    Publisher  victim{in_thread(0), only(victim_record)};
    Publisher  living{in_thread(1), only(living_record)};
    Recoverer  recoverer{in_thread(2), only(recoverer_record)};

    DeathOfPublisher() : RecoveryScenario({slots(3), records(all_records)})
    {
        world.owe_sweep();
        living.send();
        living.send(); // the ring is full: the next delivery evicts
        spawn_mortal([this] { victim.send_under_pressure(); });
        spawn([this] {
            living.send_under_pressure();
            reader.receive();
            living.send_under_pressure();
        });
        spawn([this] {
            recoverer.run();
            recoverer.run();
        });
        at_end([this] {
            expect(living.send_under_pressure() == 1, "a living publisher reaches nobody");
            recoverer.finish();
        });
        after_audit([this] { reader.finish(); });
    }
};
Registration<DeathOfPublisher, 0, 1, 2> const death_of_publisher{
    "death_of_publisher", "a publisher dies anywhere in an evicting send, others send and receive, one recovers", 3, 1};

/// The same, with nobody but the victim and the recoverer.
struct DeathOfLender : RecoveryScenario {
    Subscriber reader{in_thread(1), only(subscriber_record)};
    Publisher  victim{in_thread(0), only(victim_record)};
    Recoverer  recoverer{in_thread(1), only(recoverer_record)};

    DeathOfLender() : RecoveryScenario({slots(2), records(all_records)})
    {
        world.owe_sweep();
        spawn_mortal([this] { victim.send(); });
        spawn([this] {
            recoverer.run();
            reader.receive();
        });
        after_audit([this] { reader.finish(); });
    }
};
Registration<DeathOfLender> const death_of_lender{"death_of_lender",
                                                  "a publisher dies anywhere in a send, one recovers", 2, 1};

/// A subscriber dies taking, dropping or holding a view, while a publisher evicts.
struct DeathOfSubscriber : RecoveryScenario {
    Subscriber victim{in_thread(0), only(subscriber_record)};
    Publisher  living{in_thread(1), only(living_record)};
    Recoverer  recoverer{in_thread(2), only(recoverer_record)};

    DeathOfSubscriber() : RecoveryScenario({slots(3), records(all_records)})
    {
        world.owe_sweep();
        living.send();
        living.send();
        spawn_mortal([this] { victim.receive_beside_a_view(); });
        spawn([this] {
            living.send_under_pressure();
            living.send_under_pressure();
        });
        spawn([this] {
            recoverer.run();
            recoverer.run();
        });
        at_end([this] { expect(living.send_under_pressure() >= 0, "a dead subscriber starves a living publisher"); });
        after_audit([this] {
            if (lives(0)) {
                victim.finish();
            }
        });
    }
};
Registration<DeathOfSubscriber, 0, 2> const death_of_subscriber{
    "death_of_subscriber", "a subscriber dies taking, holding, dropping, while a publisher evicts and one recovers", 3,
    1};

struct DeathOfJoiner : RecoveryScenario {
    Subscriber victim{in_thread(0)};
    Publisher  living{in_thread(1), only(living_record)};
    Recoverer  recoverer{in_thread(2), only(recoverer_record)};
    bool       joined = false;

    DeathOfJoiner() : RecoveryScenario({slots(2), records(all_records)})
    {
        world.owe_sweep();
        spawn_mortal([this] { joined = victim.attach(only(subscriber_record)); });
        spawn([this] {
            living.send();
            living.send();
        });
        spawn([this] { recoverer.run(); });
        at_end([this] { living.send(); });
        after_audit([this] {
            if (joined) {
                victim.finish();
            }
        });
    }
};
Registration<DeathOfJoiner> const death_of_joiner{
    "death_of_joiner", "a subscriber dies joining a ring, while a publisher sends and one recovers", 3, 1};

/// Dies anywhere in closing its ring, while a publisher delivers to it.
struct DeathOfLeaver : RecoveryScenario {
    Subscriber victim{in_thread(0), only(subscriber_record)};
    Publisher  living{in_thread(1), only(living_record)};
    Recoverer  recoverer{in_thread(2), only(recoverer_record)};
    Subscriber next{in_thread(1)};

    DeathOfLeaver() : RecoveryScenario({slots(3), records(all_records)})
    {
        world.owe_sweep();
        living.send();
        spawn_mortal([this] { victim.leave_and_free(); });
        spawn([this] { living.send(); });
        spawn([this] { recoverer.run(); });
        at_end([this] { living.send(); });
        after_audit([this] {
            expect(next.attach(only(subscriber_record)), "the record and the ring of one who left are not free");
            living.send();
            next.finish();
        });
    }
};
Registration<DeathOfLeaver, 0, 1> const death_of_leaver{
    "death_of_leaver", "a subscriber dies leaving its ring, while a publisher sends and one recovers", 3, 1};

/// The free stack alone: one dies in pop or push, one lives and pops, one sweeps. The walk must see an exact snapshot.
struct DeathOfPopper : RecoveryScenario {
    Publisher victim{in_thread(0), only(0)};
    Publisher living{in_thread(1), only(1)};
    Recoverer recoverer{in_thread(2), only(2)};

    DeathOfPopper() : RecoveryScenario(without_rings(2, 4))
    {
        spawn_mortal([this] {
            victim.allocate();
            victim.abandon();
        });
        spawn([this] {
            living.allocate();
            living.abandon();
            living.allocate();
        });
        spawn([this] {
            recoverer.sweep();
            recoverer.sweep();
        });
    }
};
Registration<DeathOfPopper> const death_of_popper{
    "death_of_popper", "free stack: one dies in pop or push, one lives and pops, one sweeps", 3, 1};

/// Of two that pop the last slot one dies before it lends it: the loser's note of it must not last. A note that stays covers
/// the slot for as long as its owner lives: no recovery brings it back.
struct DeathOfFasterPopper : RecoveryScenario {
    Publisher victim{in_thread(0), only(0)};
    Publisher loser{in_thread(1), only(1)};
    Recoverer recoverer{in_thread(2), only(2)};

    DeathOfFasterPopper() : RecoveryScenario(without_rings(1, 4))
    {
        world.owe_sweep();
        spawn_mortal([this] { victim.allocate(); });
        spawn([this] { loser.allocate(); });
        spawn([this] { recoverer.run(); });
        after_audit([this] { expect(lives(0) || loser.allocate(), "the last slot did not come back from the dead"); });
    }
};
Registration<DeathOfFasterPopper> const death_of_faster_popper{
    "death_of_faster_popper", "free stack: of two who pop the last slot one dies before it lends it, one recovers", 3,
    1};

} // namespace
} // namespace kickmsg_models
