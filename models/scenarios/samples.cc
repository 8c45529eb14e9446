// What each message says of itself: its publisher and its number, under reuse, eviction, death and recovery; and the counts.
#include "WorldScenario.h"

namespace kickmsg_models {
namespace {

enum : uint32_t { reader_record, publisher_record, other_record, recoverer_record, all_records };

/// A publisher comes round to its slots, and its numbers outgrow their word; a subscriber takes.
struct SampleReuse : WorldScenario {
    Subscriber reader{in_thread(1), only(reader_record)};
    Publisher  publisher{in_thread(0), only(publisher_record)};

    SampleReuse() : WorldScenario({capacity(1), slots(3), records(publisher_record + 2)})
    {
        reader.check_samples();
        publisher.send();
        spawn([this] {
            publisher.send();
            publisher.send();
            publisher.send();
        });
        spawn([this] {
            reader.receive();
            reader.receive_beside_a_view();
        });
        at_end([this] {
            reader.finish(publisher.reached());
            publisher.expect_counted();
        });
        after_audit([this] { publisher.leave(); });
    }
};
Registration<SampleReuse, 0, 1, 2> const reuse{
    "sample_reuse", "a publisher comes round to its slots, its messages say which they are", 2};

/// Two publishers use each other's slots, under pressure.
struct SampleTwoPublishers : WorldScenario {
    Subscriber reader{in_thread(1), only(reader_record)};
    Publisher  one{in_thread(0), only(publisher_record), 0U};
    Publisher  other{in_thread(1), only(other_record), 0U};

    SampleTwoPublishers() : WorldScenario({capacity(2), slots(2), records(other_record + 2)})
    {
        reader.check_samples();
        one.send();
        other.send();
        spawn([this] {
            one.send_under_pressure();
            one.send_under_pressure();
        });
        spawn([this] {
            reader.receive();
            other.send_under_pressure();
            reader.receive();
        });
        at_end([this] {
            reader.finish(one.reached() + other.reached());
            one.expect_counted();
            other.expect_counted();
        });
    }
};
Registration<SampleTwoPublishers> const two_publishers{
    "sample_two_publishers", "two publishers use each other's slots, under pressure, one reads", 2};

/// One publisher dies, another one makes room by giving up what it sent, and recovers.
struct SampleTraffic : RecoveryScenario {
    Subscriber reader{in_thread(1), only(reader_record)};
    Publisher  mortal{in_thread(0), only(publisher_record)};
    Publisher  living{in_thread(2), only(other_record), 0U};
    Recoverer  recoverer{in_thread(2), only(recoverer_record)};

    SampleTraffic() : RecoveryScenario({capacity(2), slots(2 + kept_slots()), records(all_records)})
    {
        reader.check_samples();
        mortal.send();
        spawn_mortal([this] {
            mortal.send_under_pressure();
            mortal.send_under_pressure();
        });
        spawn([this] { reader.receive_beside_a_view(); });
        spawn([this] {
            recoverer.run();
            living.send_under_pressure();
            living.send_under_pressure();
        });
        after_audit([this] {
            reader.finish();
            living.expect_counted();
            uint64_t const count = world.layout.record(publisher_record).sent.newest();
            expect(lives(0) ? count == mortal.number() : count == mortal.number() || count + 1 == mortal.number(),
                   "the count of a dead publisher is not what it has sent");
            if (lives(0)) {
                mortal.expect_counted();
                mortal.leave();
            }
        });
    }
};
Registration<SampleTraffic, 0, 1> const traffic{
    "sample_traffic", "a publisher dies, another evicts and recovers, one reads what each message says of itself", 3,
    1};

/// Two publishers that overwrite nothing take each other's places: what is taken back has no number.
struct SampleTakenBack : WorldScenario {
    Subscriber reader{in_thread(1), only(reader_record)};
    Publisher  publisher{in_thread(0), only(publisher_record)};
    Publisher  other{in_thread(1), only(other_record)};

    SampleTakenBack() : WorldScenario({capacity(1), slots(4), records(other_record + 2)})
    {
        reader.check_samples();
        spawn([this] {
            publisher.try_send();
            publisher.try_send();
        });
        spawn([this] {
            other.try_send();
            reader.receive();
            reader.receive();
        });
        at_end([this] {
            reader.finish();
            publisher.expect_counted();
            other.expect_counted();
            expect(reader.received() == publisher.number() + other.number(), "not what was accepted has a number");
        });
        after_audit([this] {
            publisher.leave();
            other.leave();
        });
    }
};
Registration<SampleTakenBack, 0, 1> const taken_back{
    "sample_taken_back", "two publishers that overwrite nothing: a message that is taken back has no number", 2};

/// A record goes from one publisher to the next while somebody reads its counts: neither has the other's, none falls.
struct SentHandover : WorldScenario {
    Publisher first{in_thread(0), only(0)};
    Publisher second{in_thread(0)};
    uint64_t  last = 0; ///< that was read of the first

    SentHandover() : WorldScenario(without_rings(2, 2))
    {
        first.send();
        spawn([this] {
            first.send();
            first.leave();
            second.attach(only(0));
            second.send();
        });
        spawn([this] {
            look();
            look();
        });
        at_end([this] {
            expect(world.layout.record(0).sent.newest() == first.number() + second.number(), "the sum is another one");
            second.expect_counted();
        });
        after_audit([this] { second.leave(); });
    }

private:
    /// As SharedRegion::stats() does.
    void look()
    {
        auto&           record = world.layout.record(0);
        SentCount const count(record);
        uint64_t const  word = core::Ownership<Policy>(record.owner).read();
        uint64_t const  own  = count.own(core::OwnerWord::incarnation(word));
        if (core::OwnerWord::state(word) == core::OwnerWord::Free ||
            core::Ownership<Policy>(record.owner).read() != word) {
            return;
        }
        if (core::OwnerWord::incarnation(word) == first.self().incarnation) {
            expect(own >= last, "a count fell while its publisher left");
            last = own;
        } else {
            expect(own <= second.number(), "a publisher has what the one before has sent");
        }
    }
};
Registration<SentHandover> const handover{"sent_handover",
                                          "a record goes from one publisher to the next, its counts are read", 2};

/// A publisher dies while it sends, and another one adopts its record: the sum has all that was sent.
struct SentDeath : RecoveryScenario {
    Publisher victim{in_thread(0), only(0)};
    Publisher heir{in_thread(1)};
    Recoverer recoverer{in_thread(1), only(1)};
    bool      adopted = false;

    SentDeath() : RecoveryScenario(without_rings(3, 3))
    {
        spawn_mortal([this] {
            victim.send();
            victim.send();
            victim.send();
        });
        spawn([this] {
            recoverer.run();
            adopted = heir.attach_adopting(only(0));
            if (adopted) {
                heir.send();
            }
        });
        after_audit([this] {
            uint64_t const count = world.layout.record(0).sent.newest() - heir.number();
            expect(count == victim.number() || (!lives(0) && count + 1 == victim.number()),
                   "what the dead one has sent does not count any more");
            if (adopted) {
                heir.expect_counted();
                heir.leave();
            }
        });
    }
};
Registration<SentDeath> const death{"sent_death", "a publisher dies while it sends, another adopts its record", 2, 1};

} // namespace
} // namespace kickmsg_models
