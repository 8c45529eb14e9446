// Recoverers that die, that meet one another, and traffic that continues meanwhile.
#include "WorldScenario.h"

namespace kickmsg_models {
namespace {

/// Two subscribers' records and the publishers' after them; at the end the auditor works in the last one, too.
enum : uint32_t {
    dead_reader,
    living_reader,
    dead_writer,
    living_writer,
    first_recoverer,
    second_recoverer,
    all_records
};

/// Shapes of these records.
struct RecovererScenario : RecoveryScenario {
    RecovererScenario(uint32_t pool, uint32_t ring_count = 1)
        : RecoveryScenario({rings(ring_count), slots(pool), subscribers(2), records(all_records)})
    {
    }
};

/// A publisher dies in an evicting send, one recoverer may die in mid-recovery, and the next one as well.
struct DeathOfRecoverer : RecovererScenario {
    Subscriber reader{in_no_thread(), only(living_reader)};
    Publisher  victim{in_thread(0), only(dead_writer)};
    Recoverer  first{in_thread(1), only(first_recoverer)};
    Recoverer  second{in_thread(2), only(second_recoverer)};

    DeathOfRecoverer() : RecovererScenario(3)
    {
        victim.send();
        victim.send();
        spawn_mortal([this] { victim.send(); });
        spawn_mortal([this] { first.run(); });
        spawn_mortal([this] { second.run(); });
    }
};
Registration<DeathOfRecoverer, 0, 1> const death_of_recoverer{
    "death_of_recoverer", "a publisher dies, then perhaps a recoverer, then perhaps the next one", 3, 3};

/// The same from a slot that is lost already, for wide bounds: only the recoverers run.
struct DeathInRecovery : RecoveryScenario {
    Publisher dead{in_no_thread(), only(0)};
    Recoverer first{in_thread(0), only(1)};
    Recoverer second{in_thread(1), only(2)};

    DeathInRecovery() : RecoveryScenario(without_rings(2, 4))
    {
        world.lose_top_slot();
        dead.kill();
        spawn_mortal([this] { first.run(); });
        spawn_mortal([this] { second.run(); });
    }
};
Registration<DeathInRecovery, 0, 1> const death_in_recovery{
    "death_in_recovery", "free stack: a slot of the dead, two recoverers, both may die", 2, 2};

/// A publisher died with a loan, a subscriber with a ring, a view and an unread message. Two live and recover them; a
/// newcomer takes their ring as soon as it is free, and a publisher sends.
struct TwoRecoverers : RecovererScenario {
    Subscriber dead_subscriber{in_no_thread(), only(dead_reader)};
    Publisher  dead_publisher{in_no_thread(), only(dead_writer)};
    Publisher  living{in_thread(0), only(living_writer)};
    Recoverer  first{in_thread(1), only(first_recoverer)};
    Recoverer  second{in_thread(2), only(second_recoverer)};
    Subscriber reader{in_thread(0)};
    bool       joined = false;

    TwoRecoverers() : RecovererScenario(4)
    {
        dead_publisher.send();
        dead_publisher.send();
        dead_subscriber.receive_view();
        dead_publisher.allocate();
        dead_subscriber.kill();
        dead_publisher.kill();
        spawn([this] {
            living.allocate();
            joined = reader.attach(only(living_reader));
            living.send();
            living.send_under_pressure();
            if (joined) {
                reader.receive();
            }
        });
        spawn([this] { first.run(); });
        spawn([this] { second.run(); });
        at_end([this] { check_the_living(); });
        after_audit([this] {
            if (joined) {
                reader.finish();
            }
        });
    }
    void check_the_living()
    {
        if (joined) {
            reader.expect_enrolled();
            expect(living.send_under_pressure() == 1, "a living publisher reaches nobody");
        }
        living.expect_enrolled();
        first.expect_enrolled();
        second.expect_enrolled();
    }
};
Registration<TwoRecoverers, 0, 1, 2> const two_recoverers{
    "two_recoverers", "two recover the same dead publisher and subscriber; a newcomer joins, a publisher sends", 3};

/// Everybody dies somewhere: publisher, subscriber, recoverer, second recoverer.
struct FourDeaths : RecovererScenario {
    Subscriber reader{in_thread(1), only(dead_reader)};
    Publisher  writer{in_thread(0), only(dead_writer)};
    Recoverer  first{in_thread(2), only(first_recoverer)};
    Recoverer  second{in_thread(3), only(second_recoverer)};

    FourDeaths() : RecovererScenario(3)
    {
        writer.send();
        writer.send();
        spawn_mortal([this] {
            writer.send_under_pressure();
            writer.send_under_pressure();
        });
        spawn_mortal([this] {
            reader.receive_beside_a_view();
            reader.leave_and_free();
        });
        spawn_mortal([this] { first.run(); });
        spawn_mortal([this] {
            second.run();
            second.run();
        });
    }
};
Registration<FourDeaths, 0, 1> const four_deaths{"four_deaths",
                                                 "a publisher, a subscriber and two recoverers, all may die", 4, 4};

/// The parts of recovery that are calls of their own: the sweep, then the rings.
struct ReclaimAlone : RecovererScenario {
    Subscriber reader{in_thread(0), only(dead_reader)};
    Publisher  living{in_thread(1), only(living_writer)};
    Recoverer  recoverer{in_thread(2), only(first_recoverer)};

    ReclaimAlone() : RecovererScenario(3)
    {
        living.send();
        living.send();
        spawn_mortal([this] {
            View const view = reader.receive_view();
            if (view) {
                reader.drop(view);
            }
            reader.leave_and_free();
        });
        spawn([this] {
            living.send_under_pressure();
            living.send_under_pressure();
        });
        spawn([this] {
            recoverer.sweep();
            recoverer.close_rings(core::DeadRings::HalfWay);
            recoverer.close_rings(core::DeadRings::All);
            recoverer.sweep();
        });
        at_end([this] { expect(living.send_under_pressure() >= 0, "a dead subscriber starves a living publisher"); });
    }
};
Registration<ReclaimAlone> const reclaim_alone{
    "reclaim_alone", "a subscriber dies; the sweep alone and the closing of rings alone, under evictions", 3, 1};

/// A publisher and a subscriber die under evictions, held views, joins, and a recovery that continues.
struct DeadlyTraffic : RecovererScenario {
    Subscriber victim_reader{in_thread(1), only(dead_reader)};
    Publisher  victim_writer{in_thread(0), only(dead_writer)};
    Publisher  living{in_thread(2), only(living_writer)};
    Recoverer  recoverer{in_thread(3), only(first_recoverer)};
    Subscriber reader{in_thread(2)};
    View       view;

    DeadlyTraffic() : RecovererScenario(6, 2)
    {
        living.send();
        living.send();
        spawn_mortal([this] {
            victim_writer.send_under_pressure();
            victim_writer.send_under_pressure();
        });
        spawn_mortal([this] { victim_reader.receive_beside_a_view(); });
        spawn([this] { live(); });
        spawn([this] {
            recoverer.run();
            recoverer.sweep();
            recoverer.run();
        });
        at_end([this] {
            expect(living.send_under_pressure() >= 1, "a living publisher does not reach a living subscriber");
            reader.expect_enrolled();
            living.expect_enrolled();
        });
        after_audit([this] {
            reader.drop(view);
            reader.finish();
        });
    }
    void live()
    {
        expect(reader.attach(only(living_reader)), "there is a ring for each subscriber");
        while (!view) {
            living.send_under_pressure();
            view = reader.receive_view();
        }
        living.send_under_pressure();
        reader.receive();
    }
};
Registration<DeadlyTraffic, 0, 1> const deadly_traffic{"deadly_traffic",
                                                       "evictions, views and a join, two may die, one recovers", 4, 2};

} // namespace
} // namespace kickmsg_models
