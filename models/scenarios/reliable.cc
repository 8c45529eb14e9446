// Sending that overwrites nothing: what was accepted comes to every subscriber that stays, what was refused to none.
#include "WorldScenario.h"

namespace kickmsg_models {
namespace {

enum : uint32_t { first_reader, second_reader, first_publisher, second_publisher, recoverer_record, all_records };

/// Two rings of one place: whoever has sent finds both full until both subscribers have read.
struct TwoSmallRings : RecoveryScenario {
    Subscriber one{in_thread(2), only(first_reader)};
    Subscriber other{in_thread(2), only(second_reader)};

    TwoSmallRings()
        : RecoveryScenario({rings(2), capacity(1), slots(4 + kept_slots()), subscribers(2), records(all_records + 1)})
    {
    }

protected:
    /// Of a subscriber: it has got all that was accepted, and lost nothing.
    static void expect_all(Subscriber& subscriber, uint32_t accepted)
    {
        subscriber.finish();
        expect(subscriber.lost() == 0, "a message was lost though nobody overwrites");
        expect(subscriber.received() == accepted, "a subscriber has not got just what was accepted");
    }
    void read_both()
    {
        one.receive();
        other.receive();
    }
    /// What is still pending of the living is delivered where the subscribers read.
    void settle(Publisher& publisher)
    {
        for (unsigned turn = 0; turn < 4 && !publisher.settle(); ++turn) {
            read_both();
        }
        expect(publisher.settle(), "what is pending stays so, though all was read");
    }
};

/// One publisher: what it sees of room is there when it delivers.
struct ReliableOne : WorldScenario {
    Subscriber one{in_thread(1), only(first_reader)};
    Subscriber other{in_thread(1), only(second_reader)};
    Publisher  publisher{in_thread(0), only(first_publisher)};

    ReliableOne() : WorldScenario({rings(2), capacity(1), slots(3), subscribers(2), records(first_publisher + 2)})
    {
        publisher.try_send();
        spawn([this] {
            for (unsigned turn = 0; turn < 3; ++turn) {
                publisher.try_send();
                expect(publisher.pending() == 0, "a message is pending though nobody else sends");
            }
        });
        spawn([this] {
            one.receive();
            other.receive();
            one.receive();
            other.receive();
        });
        at_end([this] {
            one.finish();
            other.finish();
            expect(publisher.try_send() == 2, "a message was refused though there is room");
            one.finish();
            other.finish();
            expect(one.lost() + other.lost() == 0, "a message was lost though nobody overwrites");
            expect(one.received() == publisher.accepted() && other.received() == publisher.accepted(),
                   "a subscriber has not got just what was accepted");
        });
        after_audit([this] { publisher.leave(); });
    }
};
Registration<ReliableOne, 0, 1, 2> const alone{"reliable_one",
                                               "a publisher that overwrites nothing, two subscribers: all or none", 2};

/// Two publishers take each other's places between look and delivery, beside a sweep that must find nothing.
struct ReliableTwo : TwoSmallRings {
    Publisher publishers[2]{{in_thread(0), only(first_publisher)}, {in_thread(1), only(second_publisher)}};
    Recoverer recoverer{in_thread(2), only(recoverer_record)};

    ReliableTwo()
    {
        world.owe_sweep();
        for (Publisher& publisher : publishers) {
            spawn([&publisher] {
                publisher.try_send();
                publisher.try_send();
            });
        }
        spawn([this] {
            recoverer.run();
            read_both();
        });
        at_end([this] {
            settle(publishers[0]);
            settle(publishers[1]);
            uint32_t const accepted = publishers[0].accepted() + publishers[1].accepted();
            expect_all(one, accepted);
            expect_all(other, accepted);
        });
        after_audit([this] {
            for (Publisher& publisher : publishers) {
                publisher.expect_kept();
                publisher.leave();
            }
        });
    }
};
Registration<ReliableTwo, 0, 1, 2> const two{
    "reliable_two", "two publishers that overwrite nothing, two subscribers, a sweep that must find nothing", 3};

/// The same with one ring, where a publisher that finds its place taken takes its message back, and offers the slot again.
struct ReliableAgain : RecoveryScenario {
    Subscriber reader{in_thread(1), only(0)};
    Publisher  publisher{in_thread(0), only(1)};
    Publisher  other{in_thread(1), only(2)};
    Recoverer  recoverer{in_thread(2), only(3)};

    ReliableAgain() : RecoveryScenario({capacity(1), slots(4), records(5)})
    {
        world.owe_sweep();
        spawn([this] {
            publisher.try_send();
            publisher.try_send();
        });
        spawn([this] {
            other.try_send();
            reader.receive();
        });
        spawn([this] { recoverer.run(); });
        at_end([this] {
            expect(publisher.pending() == 0 && other.pending() == 0, "a message to one ring is pending");
            reader.finish();
            expect(reader.lost() == 0 && reader.received() == publisher.accepted() + other.accepted(),
                   "a subscriber has not got just what was accepted");
        });
        after_audit([this] {
            publisher.leave();
            other.leave();
        });
    }
};
Registration<ReliableAgain, 0, 1, 2> const again{
    "reliable_again", "a message that was taken back is offered again, beside a sweep that must find nothing", 3};

/// A plain publisher overwrites: then received + lost are all positions, and order holds.
struct ReliableBesidePlain : TwoSmallRings {
    Publisher reliable{in_thread(0), only(first_publisher)};
    Publisher plain{in_thread(1), only(second_publisher)};

    ReliableBesidePlain()
    {
        spawn([this] {
            reliable.try_send();
            reliable.try_send();
        });
        spawn([this] {
            plain.send();
            plain.send();
        });
        spawn([this] { read_both(); });
        at_end([this] {
            settle(reliable);
            one.finish();
            other.finish();
            expect(one.positions() + other.positions() == reliable.reached() + plain.reached(),
                   "received + lost are not what the publishers delivered");
        });
        after_audit([this] {
            reliable.leave();
            plain.leave();
        });
    }
};
Registration<ReliableBesidePlain, 0, 1, 2> const beside{"reliable_beside_plain",
                                                        "a publisher that overwrites nothing beside one that does", 3};

/// One subscriber leaves: the other one misses nothing, and nobody waits for the one that left.
struct ReliableLeaving : TwoSmallRings {
    Publisher publishers[2]{{in_thread(0), only(first_publisher)}, {in_thread(1), only(second_publisher)}};

    ReliableLeaving()
    {
        publishers[0].try_send();
        for (Publisher& publisher : publishers) {
            spawn([&publisher] {
                publisher.try_send();
                publisher.try_send();
            });
        }
        spawn([this] {
            other.receive();
            one.leave_and_free();
            other.receive();
        });
        at_end([this] {
            for (unsigned turn = 0; turn < 4; ++turn) {
                publishers[0].settle();
                publishers[1].settle();
                other.receive();
            }
            expect(publishers[0].pending() == 0 && publishers[1].pending() == 0,
                   "a message is pending in a ring that nobody has");
            expect_all(other, publishers[0].accepted() + publishers[1].accepted());
        });
        after_audit([this] {
            publishers[0].leave();
            publishers[1].leave();
        });
    }
};
Registration<ReliableLeaving, 0, 1, 2> const leaving{
    "reliable_leaving", "two publishers that overwrite nothing, one of two subscribers leaves", 3};

/// One subscriber leaves, and another one takes its ring: what was accepted before that one came is not for it.
struct ReliableRejoin : WorldScenario {
    Subscriber one{in_thread(1), only(first_reader)};
    Subscriber other{in_thread(2), only(second_reader)};
    Subscriber next{in_thread(2)};
    Publisher  publishers[2]{{in_thread(0), only(first_publisher)}, {in_thread(1), only(second_publisher)}};

    ReliableRejoin() : WorldScenario({rings(2), slots(4 + kept_slots()), subscribers(2), records(all_records + 1)})
    {
        publishers[1].try_send();
        one.receive(); // from now on the ring of `other` has one place, which both publishers see
        for (Publisher& publisher : publishers) {
            spawn([&publisher] {
                publisher.try_send();
                publisher.settle();
            });
        }
        spawn([this] {
            other.leave_and_free();
            join_and_read();
        });
        at_end([this] {
            for (unsigned turn = 0; turn < 4; ++turn) {
                publishers[0].settle();
                publishers[1].settle();
                read_next();
            }
            expect(publishers[0].pending() == 0 && publishers[1].pending() == 0,
                   "a message is pending in a ring whose subscriber has left");
            one.finish();
        });
        after_audit([this] {
            publishers[0].leave();
            publishers[1].leave();
        });
    }

private:
    void join_and_read()
    {
        before_[0] = publishers[0].last_accepted();
        before_[1] = publishers[1].last_accepted();
        expect(next.attach(only(second_reader)), "the ring of one who left cannot be joined");
        read_next();
    }
    void read_next()
    {
        uint32_t const value = next.receive();
        for (unsigned i = 0; value != 0 && i < 2; ++i) {
            expect(!publishers[i].is_mine(value) || number_of(value) > before_[i],
                   "a subscriber has got what was accepted before it came");
        }
    }

    uint32_t before_[2]{}; ///< of each publisher, the last message that was accepted before `next` came
};
Registration<ReliableRejoin, 0, 1, 2> const rejoin{
    "reliable_rejoin", "a subscriber takes the ring of another one for which messages are pending", 3};

/// A message that is in its ring is seen to be there, though its publisher has not come to say so at the tail.
struct ReliableTailLags : WorldScenario {
    Subscriber reader{in_thread(1), only(first_reader)};
    Publisher  other{in_thread(0), only(first_reader + 1)};
    Publisher  publisher{in_thread(1), only(first_reader + 2)};

    ReliableTailLags() : WorldScenario({capacity(1), slots(4), records(4)})
    {
        spawn([this] {
            other.try_send();
            other.try_send();
        });
        spawn([this] {
            expect_full_where_seen();
            reader.receive();
            expect_full_where_seen();
        });
        at_end([this] {
            reader.finish();
            expect(publisher.full_rings() == 0, "a ring that was read is full");
        });
    }

private:
    void expect_full_where_seen()
    {
        uint32_t bell = 0;
        if (!reader.arm(bell)) {
            expect(publisher.full_rings() == 1, "a ring whose only place is taken is said to have room");
        }
        reader.disarm();
    }
};
Registration<ReliableTailLags, 0, 1> const tail_lags{
    "reliable_tail_lags", "a look for room beside a publisher that is stopped between delivery and tail", 2};

/// A publisher leaves with a message pending: it overwrites, and the loss is known.
struct ReliableGivenUp : TwoSmallRings {
    Publisher publishers[2]{{in_thread(0), only(first_publisher)}, {in_thread(1), only(second_publisher)}};

    ReliableGivenUp()
    {
        for (Publisher& publisher : publishers) {
            spawn([&publisher] {
                publisher.try_send();
                publisher.leave();
            });
        }
        spawn([this] { read_both(); });
        at_end([this] {
            one.finish();
            other.finish();
            uint32_t const accepted = publishers[0].accepted() + publishers[1].accepted();
            expect(one.positions() == accepted && other.positions() == accepted,
                   "received + lost are not what was accepted");
        });
    }
};
Registration<ReliableGivenUp, 0, 2> const given_up{
    "reliable_given_up", "two publishers that overwrite nothing leave, with a message pending or not", 3};

/// One of two publishers that overwrite nothing dies anywhere, pending or not; thread 3 recovers.
struct ReliableDeathOfPublisher : TwoSmallRings {
    Publisher victim{in_thread(0), only(first_publisher)};
    Publisher living{in_thread(1), only(second_publisher)};
    Recoverer recoverer{in_thread(2), only(recoverer_record)};

    ReliableDeathOfPublisher()
    {
        world.owe_sweep();
        spawn_mortal([this] {
            victim.try_send();
            victim.try_send();
        });
        spawn([this] {
            living.try_send();
            living.try_send();
        });
        spawn([this] {
            recoverer.run();
            read_both();
        });
        at_end([this] {
            settle(living);
            if (lives(0)) {
                settle(victim);
            }
        });
        after_audit([this] {
            one.finish();
            other.finish();
            expect(one.lost() + other.lost() == 0, "a message was lost though nobody overwrites");
            living.expect_kept();
            living.leave();
        });
    }
};
Registration<ReliableDeathOfPublisher, 0, 1, 2> const death_of_publisher{
    "reliable_death_of_publisher", "a publisher that overwrites nothing dies beside another, one recovers", 3, 1};

/// A subscriber dies: its ring is recovered, the other one misses nothing.
struct ReliableDeathOfSubscriber : RecoveryScenario {
    Subscriber living{in_thread(1), only(first_reader)};
    Subscriber victim{in_thread(0), only(second_reader)};
    Publisher  publishers[2]{{in_thread(1), only(first_publisher)}, {in_thread(2), only(second_publisher)}};
    Recoverer  recoverer{in_thread(1), only(recoverer_record)};

    ReliableDeathOfSubscriber()
        : RecoveryScenario({rings(2), capacity(1), slots(4 + kept_slots()), subscribers(2), records(all_records + 1)})
    {
        publishers[0].try_send();
        spawn_mortal([this] {
            victim.receive_beside_a_view();
            victim.receive();
        });
        spawn([this] {
            living.receive();
            publishers[0].try_send();
            recoverer.run();
            living.receive();
            publishers[0].try_send();
        });
        spawn([this] {
            publishers[1].try_send();
            publishers[1].try_send();
        });
        at_end([this] {
            recoverer.run();
            for (unsigned turn = 0; turn < 4; ++turn) {
                publishers[0].settle();
                publishers[1].settle();
                living.receive();
                receive_if_alive();
            }
            expect(publishers[0].pending() == 0 && publishers[1].pending() == 0,
                   "a message is pending in a ring of the dead");
            recoverer.finish();
            living.finish();
            expect(living.lost() == 0 && living.received() == publishers[0].accepted() + publishers[1].accepted(),
                   "a living subscriber has not got just what was accepted");
        });
        after_audit([this] {
            publishers[0].leave();
            publishers[1].leave();
        });
    }

private:
    void receive_if_alive()
    {
        if (lives(0)) {
            victim.receive();
        }
    }
};
Registration<ReliableDeathOfSubscriber, 0, 1, 2> const death_of_subscriber{
    "reliable_death_of_subscriber", "a subscriber dies before two publishers that overwrite nothing, one recovers", 3,
    1};

} // namespace
} // namespace kickmsg_models
