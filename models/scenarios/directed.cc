// Messages to one subscriber: it has them, or nobody does.
#include "WorldScenario.h"

namespace kickmsg_models {
namespace {

using core::Posted;

/// The ring's subscriber leaves, and another one takes the ring: what was for the first never comes to the second.
struct DirectedNewcomer : WorldScenario {
    Subscriber first{in_thread(1), only(0)};
    Subscriber second{in_thread(1)};
    Publisher  publisher{in_thread(0), only(2)};

    DirectedNewcomer() : WorldScenario({capacity(1), slots(3), subscribers(2), records(3)})
    {
        spawn([this] {
            core::Address const to = first.address();
            publisher.post(to);
            publisher.post(to);
        });
        spawn([this] {
            first.receive();
            first.leave_and_free();
            expect(second.attach(only(1)), "the ring of one who left cannot be joined");
            expect(second.receive() == 0, "a message came to another subscriber than it was for");
        });
        at_end([this] {
            expect(second.receive() == 0 && second.lost() == 0,
                   "a message lies with another subscriber than it was for");
            expect(publisher.post(second.address()) == Posted::Delivered && second.receive() != 0,
                   "a living subscriber is deaf");
        });
        after_audit([this] { publisher.leave(); });
    }
};
Registration<DirectedNewcomer, 0, 1, 2> const newcomer{
    "directed_newcomer", "messages for a subscriber that leaves, while another one takes its ring", 2};

/// As above, but for whoever has the ring by the words that publishers have at hand, looked up anew for each message.
struct DirectedChosen : WorldScenario {
    Subscriber     first{in_thread(1), only(0)};
    Subscriber     second{in_thread(1)};
    Publisher      publisher{in_thread(0), only(2)};
    uint64_t const before    = first.address().owner;
    uint32_t       for_first = 0, for_second = 0, read_by_first = 0;

    DirectedChosen() : WorldScenario({capacity(2), slots(4), subscribers(2), records(3)})
    {
        spawn([this] {
            post_to_whoever_is_there();
            post_to_whoever_is_there();
        });
        spawn([this] {
            read_by_first += first.receive() != 0 ? 1 : 0;
            first.leave_and_free();
            expect(second.attach(only(1)), "the ring of one who left cannot be joined");
            second.receive();
        });
        at_end([this] {
            second.finish();
            expect(second.received() == for_second && second.lost() == 0, "it has not got just what was for it");
            expect(read_by_first <= for_first, "it has got what was not for it");
        });
        after_audit([this] { publisher.leave(); });
    }

    void post_to_whoever_is_there()
    {
        core::Address const to = Sender::last_in(world.layout, 0);
        if (to && Sender::seems_there(world.layout, to) && publisher.post(to) == Posted::Delivered) {
            ++(to.owner == before ? for_first : for_second);
        }
    }
};
Registration<DirectedChosen, 0, 1, 2> const chosen{
    "directed_chosen", "messages for whoever has a ring, looked up for each, while it changes hands", 2};

/// Two publishers, two rings, a sweep that must find nothing: each has what was for it, and nothing else.
struct DirectedTwo : RecoveryScenario {
    Subscriber one{in_thread(2), only(0)};
    Subscriber other{in_thread(2), only(1)};
    Publisher  publishers[2]{{in_thread(0), only(2)}, {in_thread(1), only(3)}};
    Recoverer  recoverer{in_thread(2), only(4)};

    DirectedTwo() : RecoveryScenario({rings(2), capacity(1), slots(4 + kept_slots()), subscribers(2), records(6)})
    {
        world.owe_sweep();
        for (Publisher& publisher : publishers) {
            spawn([this, &publisher] {
                publisher.post(one.address());
                publisher.post(one.address());
            });
        }
        spawn([this] {
            recoverer.run();
            one.receive();
        });
        at_end([this] {
            one.finish();
            other.finish();
            expect(one.lost() == 0 && one.received() == publishers[0].accepted() + publishers[1].accepted(),
                   "a subscriber has not got just what was delivered to it");
            expect(other.positions() == 0, "a message came to another subscriber than it was for");
        });
        after_audit([this] {
            for (Publisher& publisher : publishers) {
                publisher.expect_kept();
                publisher.leave();
            }
        });
    }
};
Registration<DirectedTwo, 0, 1, 2> const two{
    "directed_two", "two publishers deliver to one of two subscribers, a sweep that must find nothing", 3};

/// A message is withdrawn while its subscriber reads: one of the two has it, never both, never none.
struct DirectedWithdrawn : RecoveryScenario {
    Subscriber reader{in_thread(1), only(0)};
    Publisher  publisher{in_thread(0), only(1)};
    Recoverer  recoverer{in_thread(2), only(2)};

    DirectedWithdrawn() : RecoveryScenario({capacity(1), slots(4), records(4)})
    {
        world.owe_sweep();
        spawn([this] {
            publisher.post(reader.address());
            publisher.withdraw();
            publisher.post(reader.address());
        });
        spawn([this] {
            reader.receive();
            reader.receive_beside_a_view();
        });
        spawn([this] { recoverer.run(); });
        at_end([this] {
            reader.finish();
            expect(reader.received() + publisher.withdrawn() == publisher.accepted(),
                   "a message that was withdrawn was read, too, or one is gone");
            expect(reader.lost() == publisher.withdrawn(), "what was lost is not what was withdrawn");
        });
        after_audit([this] {
            publisher.expect_kept();
            publisher.leave();
        });
    }
};
Registration<DirectedWithdrawn, 0, 1, 2> const withdrawn{
    "directed_withdrawn", "a message is withdrawn while its subscriber reads, beside a sweep that must find nothing",
    3};

/// A publisher dies anywhere; what it delivered is there, what it did not is nobody's.
struct DirectedDeathOfPublisher : RecoveryScenario {
    Subscriber reader{in_thread(1), only(0)};
    Publisher  victim{in_thread(0), only(1)};
    Publisher  living{in_thread(1), only(2)};
    Recoverer  recoverer{in_thread(2), only(3)};

    DirectedDeathOfPublisher() : RecoveryScenario({capacity(1), slots(4), records(5)})
    {
        world.owe_sweep();
        spawn_mortal([this] {
            victim.post(reader.address());
            victim.withdraw();
            victim.post(reader.address());
        });
        spawn([this] {
            reader.receive();
            living.post(reader.address());
            reader.receive();
        });
        spawn([this] { recoverer.run(); });
        after_audit([this] {
            reader.finish();
            living.expect_kept();
            living.leave();
        });
    }
};
Registration<DirectedDeathOfPublisher, 0, 1, 2> const death_of_publisher{
    "directed_death_of_publisher", "a publisher that delivers to one subscriber dies, another one lives, one recovers",
    3, 1};

/// A subscriber dies, its ring is recovered and taken by another one, which gets nothing that was for the dead.
struct DirectedDeathOfSubscriber : RecoveryScenario {
    Subscriber victim{in_thread(0), only(0)};
    Subscriber newcomer{in_thread(1)};
    Publisher  publisher{in_thread(2), only(2)};
    Recoverer  recoverer{in_thread(1), only(3)};

    DirectedDeathOfSubscriber() : RecoveryScenario({capacity(1), slots(4), subscribers(2), records(5)})
    {
        spawn_mortal([this] {
            victim.receive();
            victim.receive();
        });
        spawn([this] {
            recoverer.run();
            if (newcomer.attach(only(1))) {
                expect(newcomer.receive() == 0, "a message came to another subscriber than it was for");
            }
        });
        spawn([this] {
            core::Address const to = victim.address();
            publisher.post(to);
            publisher.post(to);
        });
        after_audit([this] { publisher.leave(); });
    }
};
Registration<DirectedDeathOfSubscriber, 0, 1, 2> const death_of_subscriber{
    "directed_death_of_subscriber", "messages for a subscriber that dies, while its ring is recovered and taken", 3, 1};

} // namespace
} // namespace kickmsg_models
