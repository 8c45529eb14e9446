// Wait sets: the wait of a set, its threads, and what has news for it. Nothing but a wake ends a sleep here: a lost one is a deadlock.
#include "Board.h"
#include "WaitSet.h"
#include "WorldScenario.h"

namespace kickmsg_models {
namespace {

enum : uint32_t { first_reader, second_reader, first_publisher, all_records = first_publisher + 2 };

/// A publisher, a reader of each of the rings, and a set.
struct SetScenario : WorldScenario {
    /// `waiting`: the thread that waits and receives. `words`: on which the system can sleep at once.
    explicit SetScenario(unsigned waiting, std::size_t words = ModelWaits::words_limit, uint32_t ring_count = 1)
        : WorldScenario({rings(ring_count), subscribers(ring_count), slots(4), records(ring_count + 2)}),
          reader({world, waiting}, only(first_reader)), publisher({world, 0}, only(ring_count))
    {
        ModelWaits::words = words;
    }

    Dormitory        dormitory;
    Subscriber       reader;
    Publisher        publisher;
    SubscribedMember member{reader, 1};
    WaitSet          set;

protected:
    void receive_found()
    {
        if (set.has_found(member.key())) {
            reader.receive();
        }
    }
};

/// Messages one after the other.
struct SetMessage : SetScenario {
    SetMessage() : SetScenario(1)
    {
        set.add(member);
        spawn([this] {
            publisher.send();
            publisher.send();
        });
        spawn([this] {
            while (reader.received() < 2) {
                set.wait();
                receive_found();
            }
        });
        at_end([this] { reader.finish(); });
    }
};
Registration<SetMessage> const message{"set_message", "a wait of a set is woken for every message", 2};

/// A wait that ends by its time, then one that must be woken.
struct SetGivenUp : SetScenario {
    SetGivenUp() : SetScenario(1)
    {
        set.add(member);
        spawn([this] {
            publisher.send();
            set.wake();
        });
        spawn([this] {
            bool woken = set.wait_in_vain();
            while (reader.received() < 1 || !woken) {
                woken = set.wait() || woken;
                receive_found();
            }
        });
        at_end([this] { reader.finish(); });
    }
};
Registration<SetGivenUp> const given_up{"set_given_up", "a wait of a set that was given up, then one that sleeps", 2};

struct SetWake : SetScenario {
    SetWake() : SetScenario(1)
    {
        set.add(member);
        spawn([this] { set.wake(); });
        spawn([this] {
            while (!set.wait()) {
            }
        });
    }
};
Registration<SetWake> const wake{"set_wake", "a wait of a set ends by a wake of the program's own", 2};

/// What is added has its message before it is, meanwhile, or after it.
struct SetAdd : SetScenario {
    SetAdd() : SetScenario(2)
    {
        spawn([this] { publisher.send(); });
        spawn([this] { set.add(member); });
        spawn([this] {
            while (reader.received() < 1) {
                set.wait();
                receive_found();
            }
        });
        at_end([this] { reader.finish(); });
    }
};
Registration<SetAdd> const add{"set_add", "a subscriber comes into a set while it waits", 3};

/// One of two is taken out and ends, and the program says so.
struct SetRemove : SetScenario {
    Subscriber       leaver{{world, 1}, only(second_reader)};
    SubscribedMember other{leaver, 2};
    Readable         has_left;

    SetRemove() : SetScenario(2, ModelWaits::words_limit, 2)
    {
        set.add(other);
        set.add(member);
        spawn([this] { publisher.send(); });
        spawn([this] {
            set.remove(other);
            other.end();
            leaver.leave_and_free();
            has_left.set();
            set.wake();
        });
        spawn([this] {
            bool woken = false;
            while (reader.received() < 1 || !woken) {
                woken = set.wait() || woken;
                receive_found();
                if (set.has_found(other.key())) {
                    has_left.wait();
                }
            }
        });
        at_end([this] { reader.finish(); });
    }
};
Registration<SetRemove> const removal{"set_remove", "a subscriber leaves a set while it waits, and ends", 3};

/// A thread of the set sleeps for the member, whose word has no room in the sleep of the wait.
struct SetFar : SetScenario {
    SetLookout lookout;

    SetFar() : SetScenario(2, 1)
    {
        set.provide(lookout);
        set.add(member);
        spawn([this] {
            publisher.send();
            publisher.send();
        });
        spawn([this] { lookout.run([this] { set.ring(); }); });
        spawn([this] {
            while (reader.received() < 2) {
                set.wait();
                receive_found();
            }
            lookout.end();
        });
        at_end([this] { reader.finish(); });
    }
};
Registration<SetFar> const far{"set_far", "a thread of a set sleeps for a subscriber, on one word", 3};

/// The same where the subscriber leaves meanwhile.
struct SetFarRemove : SetScenario {
    SetLookout lookout;

    SetFarRemove() : SetScenario(2, 1)
    {
        set.provide(lookout);
        set.add(member);
        spawn([this] {
            publisher.send();
            set.remove(member);
            member.end();
            set.wake();
        });
        spawn([this] { lookout.run([this] { set.ring(); }); });
        spawn([this] {
            while (!set.wait()) {
                receive_found();
            }
            lookout.end();
        });
        at_end([this] { reader.finish(); });
    }
};
Registration<SetFarRemove> const far_removal{"set_far_remove",
                                             "a subscriber that a thread of a set sleeps for leaves it", 3};

/// Two subscribers of one region, a thread for each, which sleep on its one word: to call one of them changes it for the other.
struct SetFarTwo : SetScenario {
    Subscriber       second{{world, 3}, only(second_reader)};
    SubscribedMember other{second, 2};
    SetLookout       lookouts[2];

    SetFarTwo() : SetScenario(3, 1, 2)
    {
        for (SetLookout& lookout : lookouts) {
            set.provide(lookout);
        }
        set.add(member);
        set.add(other);
        spawn([this] { publisher.send(); });
        for (SetLookout& lookout : lookouts) {
            spawn([this, &lookout] { lookout.run([this] { set.ring(); }); });
        }
        spawn([this] {
            while (reader.received() + second.received() < 2) {
                set.wait();
                receive_found();
                if (set.has_found(other.key())) {
                    second.receive();
                }
            }
            lookouts[0].end();
            lookouts[1].end();
        });
        at_end([this] {
            reader.finish();
            second.finish();
        });
    }
};
Registration<SetFarTwo> const far_two{"set_far_two", "two threads of a set sleep on the word of one region", 4};

/// A program that polls the descriptor of a set, in thread `Polling`; the thread of the handle is the one before it.
template <unsigned Polling>
struct SetHandleScenario : SetScenario {
    SetHandle handle;

    explicit SetHandleScenario(std::size_t words = ModelWaits::words_limit) : SetScenario(Polling, words)
    {
        set.give_handle(handle);
    }

protected:
    void spawn_handle()
    {
        spawn([this] { handle.lookout.run([this] { handle.set(); }); });
    }
    /// Until so many messages have come, and a wake.
    void poll_until(uint32_t messages, bool woken)
    {
        for (bool was = !woken; reader.received() < messages || !was;) {
            was = set.poll_and_look() || was;
            receive_found();
        }
        handle.lookout.end();
    }
};

struct SetHandleMessage : SetHandleScenario<2> {
    SetHandleMessage()
    {
        set.add(member);
        spawn([this] {
            publisher.send();
            publisher.send();
        });
        spawn_handle();
        spawn([this] { poll_until(2, false); });
        at_end([this] { reader.finish(); });
    }
};
Registration<SetHandleMessage> const handle{"set_handle", "the descriptor of a set is readable for every message", 3};

struct SetHandleWake : SetHandleScenario<2> {
    SetHandleWake()
    {
        set.add(member);
        spawn([this] { set.wake(); });
        spawn_handle();
        spawn([this] { poll_until(0, true); });
    }
};
Registration<SetHandleWake> const handle_wake{"set_handle_wake", "the descriptor of a set is readable after a wake", 3};

struct SetHandleAdd : SetHandleScenario<3> {
    SetHandleAdd()
    {
        spawn([this] { publisher.send(); });
        spawn([this] { set.add(member); });
        spawn_handle();
        spawn([this] { poll_until(1, false); });
        at_end([this] { reader.finish(); });
    }
};
Registration<SetHandleAdd> const handle_add{"set_handle_add",
                                            "a subscriber comes into a set whose descriptor is polled", 4};

struct SetHandleRemove : SetHandleScenario<2> {
    SetHandleRemove()
    {
        set.add(member);
        spawn([this] {
            publisher.send();
            set.remove(member);
            member.end();
            set.wake();
        });
        spawn_handle();
        spawn([this] { poll_until(0, true); });
        at_end([this] { reader.finish(); });
    }
};
Registration<SetHandleRemove> const handle_removal{"set_handle_remove",
                                                   "a subscriber leaves a set whose descriptor is polled", 3};

/// Both threads: that of the handle sleeps on the bell alone, which that of the member rings.
struct SetHandleFar : SetHandleScenario<3> {
    SetLookout lookout;

    SetHandleFar() : SetHandleScenario(1)
    {
        set.provide(lookout);
        set.add(member);
        spawn([this] { publisher.send(); });
        spawn([this] { lookout.run([this] { set.ring(); }); });
        spawn_handle();
        spawn([this] {
            poll_until(1, false);
            lookout.end();
        });
        at_end([this] { reader.finish(); });
    }
};
Registration<SetHandleFar> const handle_far{"set_handle_far",
                                            "the descriptor of a set, where the system sleeps on one word only", 4};

/// Two readers of one handle, which sleep on its one word, each with a writer of its own.
struct SetBoard : WorldScenario {
    enum : uint32_t { first_value, second_value };
    using Memory = BoardMemory<>;
    using Handle = BoardHandle<Memory>;

    Dormitory             dormitory;
    Memory                memory{2, 4};
    Handle                one{in_thread(0), only(0), memory};
    Handle                two{in_thread(1), only(1), memory};
    Handle                readers{in_thread(2), only(2), memory};
    SetSeat               seat;
    ReadingMember<Handle> first{readers, first_value, seat, 1};
    ReadingMember<Handle> second{readers, second_value, seat, 2};
    WaitSet               set;

    SetBoard() : WorldScenario(without_rings(1, 4))
    {
        ModelWaits::words = ModelWaits::words_limit;
        one.claim(first_value);
        two.claim(second_value);
        set.add(first);
        set.add(second);
        spawn([this] { one.write(first_value); });
        spawn([this] { two.write(second_value); });
        spawn([this] {
            while (readers.seen(first_value) + readers.seen(second_value) < 2) {
                set.wait();
                for (ReadingMember<Handle> const* member : {&first, &second}) {
                    if (set.has_found(member->key())) {
                        readers.read(member == &first ? first_value : second_value);
                    }
                }
            }
        });
    }
};
Registration<SetBoard> const board{"set_board", "two values of one blackboard in a set are written", 3};

} // namespace
} // namespace kickmsg_models
