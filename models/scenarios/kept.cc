// Kept slots: a publisher writes again to a slot that it published before, while others take, evict and sweep.
#include "WorldScenario.h"

namespace kickmsg_models {
namespace {

enum : uint32_t { reader_record, keeper_record, evictor_record, recoverer_record, all_records };

/// A publisher comes round to its kept slots twice, a subscriber takes.
struct KeptReuse : WorldScenario {
    Subscriber reader{in_thread(1), only(reader_record)};
    Publisher  keeper{in_thread(0), only(keeper_record)};

    KeptReuse() : WorldScenario({capacity(1), slots(3), records(all_records)})
    {
        keeper.send();
        spawn([this] {
            keeper.send();
            keeper.send();
            keeper.send();
        });
        spawn([this] {
            reader.receive();
            reader.receive();
            reader.receive();
        });
        at_end([this] {
            reader.finish(keeper.reached());
            keeper.expect_kept();
        });
        after_audit([this] { keeper.leave(); });
    }
};
Registration<KeptReuse, 1, 2, 3> const reuse{"kept_reuse",
                                             "a publisher comes round to its kept slot, a subscriber takes", 2};

/// The same beside a sweep that is owed for nothing: it must find nothing.
struct KeptSweep : RecoveryScenario {
    Subscriber reader{in_thread(0), only(reader_record)};
    Publisher  keeper{in_thread(0), only(keeper_record)};
    Recoverer  recoverer{in_thread(1), only(recoverer_record)};

    KeptSweep() : RecoveryScenario({capacity(2), slots(3), records(all_records)})
    {
        world.owe_sweep();
        keeper.send();
        spawn([this] {
            keeper.send();
            reader.receive();
            keeper.send();
        });
        spawn([this] { recoverer.run(); });
        after_audit([this] {
            reader.finish();
            keeper.expect_kept();
            keeper.leave();
        });
    }
};
Registration<KeptSweep, 1, 2> const sweep{"kept_sweep", "the same beside a sweep that must find nothing", 2};

/// A ring closes while its publisher delivers, beside a sweep that must find nothing.
struct KeptClosing : RecoveryScenario {
    Subscriber leaver{in_thread(1), only(reader_record)};
    Publisher  keeper{in_thread(0), only(keeper_record)};
    Recoverer  recoverer{in_thread(2), only(recoverer_record)};

    KeptClosing() : RecoveryScenario({capacity(1), slots(3), records(all_records)})
    {
        world.owe_sweep();
        keeper.send();
        spawn([this] {
            keeper.send();
            keeper.send();
        });
        spawn([this] { leaver.leave_and_free(); });
        spawn([this] { recoverer.run(); });
        after_audit([this] {
            keeper.expect_kept();
            keeper.leave();
        });
    }
};
Registration<KeptClosing, 1, 2> const closing{"kept_closing", "a subscriber leaves beside a publisher, one sweeps", 3};

/// Two publishers come round to what they keep, each in both rings; the first of them may die, and one recovers.
struct KeptTwoKeepers : RecoveryScenario {
    enum : uint32_t { first_reader, second_reader, first_keeper, second_keeper, third_party, two_rings_records };

    Subscriber one{in_thread(2), only(first_reader)};
    Subscriber other{in_thread(2), only(second_reader)};
    Publisher  mortal{in_thread(0), only(first_keeper)};
    Publisher  keeper{in_thread(1), only(second_keeper)};
    Recoverer  recoverer{in_thread(3), only(third_party)};

    KeptTwoKeepers()
        : RecoveryScenario({rings(2), capacity(1), slots(6), subscribers(2), records(two_rings_records + 1)})
    {
        world.owe_sweep();
        spawn_mortal([this] { send_round(mortal); });
        spawn([this] { send_round(keeper); });
        spawn([this] {
            one.receive();
            other.receive();
            one.receive_beside_a_view();
            other.receive();
        });
        spawn([this] {
            recoverer.run();
            recoverer.run();
        });
        after_audit([this] {
            one.finish();
            other.finish();
            keeper.expect_kept();
            keeper.leave();
            if (lives(0)) {
                mortal.expect_kept();
                mortal.leave();
            }
        });
    }

private:
    static void send_round(Publisher& publisher)
    {
        publisher.send_under_pressure();
        publisher.send_under_pressure();
        publisher.send_under_pressure();
    }
};
Registration<KeptTwoKeepers, 1, 2> const two_keepers{
    "kept_two_keepers", "two publishers come round to what they keep in two rings; one dies, one recovers", 4, 1};

/// A keeper (two laps over its kept slot), a subscriber, a second publisher that evicts and a recoverer; thread `Victim` dies.
template <unsigned Victim>
struct KeptTraffic : RecoveryScenario {
    Subscriber reader{in_thread(1), only(reader_record)};
    Publisher  keeper{in_thread(0), only(keeper_record)};
    Publisher  evictor{in_thread(2), only(evictor_record), 0U};
    Recoverer  recoverer{in_thread(3), only(recoverer_record)};

    KeptTraffic() : RecoveryScenario({capacity(1), slots(3 + kept_slots()), records(all_records)})
    {
        world.owe_sweep();
        keeper.send();
        begin(0, [this] {
            keeper.send();
            keeper.send();
            keeper.send();
        });
        begin(1, [this] { reader.receive_beside_a_view(); });
        begin(2, [this] {
            evictor.send_under_pressure();
            evictor.send_under_pressure();
        });
        spawn([this] {
            recoverer.run();
            recoverer.run();
        });
        after_audit([this] {
            Publisher& living = Victim == 2 && !lives(2) ? keeper : evictor;
            expect(living.send_under_pressure() >= 0, "a living publisher finds no slot");
            if (Victim != 1 || lives(1)) {
                reader.finish();
            }
            if (Victim != 0 || lives(0)) {
                keeper.expect_kept();
                keeper.leave();
            }
        });
    }

private:
    template <class Body>
    void begin(unsigned thread, Body body)
    {
        thread == Victim ? spawn_mortal(body) : spawn(body);
    }
};
Registration<KeptTraffic<0>, 1, 2> const death_of_keeper{
    "kept_death_of_keeper", "a kept slot comes round twice, one takes, one evicts, one recovers; the keeper dies", 4,
    1};
Registration<KeptTraffic<1>, 1, 2> const death_of_reader{
    "kept_death_of_reader", "a kept slot comes round twice, one takes, one evicts, one recovers; the subscriber dies",
    4, 1};
Registration<KeptTraffic<2>, 1, 2> const death_of_evictor{
    "kept_death_of_evictor", "a kept slot comes round twice, one takes, one evicts, one recovers; the evictor dies", 4,
    1};

/// A keeper dies in a send of two laps; one recoverer has taken its record and may be slow or die, another one sweeps at
/// the same time: neither robs the subscriber.
struct KeptTwoSweepers : RecoveryScenario {
    Subscriber reader{in_thread(1), only(reader_record)};
    Publisher  keeper{in_thread(0), only(keeper_record)};
    Recoverer  first{in_thread(1), only(evictor_record)};
    Recoverer  second{in_thread(2), only(recoverer_record)};

    KeptTwoSweepers() : RecoveryScenario({capacity(2), slots(3), records(all_records)})
    {
        world.owe_sweep();
        spawn_mortal([this] {
            keeper.send();
            keeper.send();
        });
        spawn([this] {
            first.run();
            reader.receive();
        });
        spawn([this] { second.run(); });
        after_audit([this] { reader.finish(); });
    }
};
Registration<KeptTwoSweepers, 1, 2> const two_sweepers{
    "kept_two_sweepers", "a keeper dies, two recover at once, a subscriber receives", 3, 1};

} // namespace
} // namespace kickmsg_models
