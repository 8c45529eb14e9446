// Waiting: a subscriber that sleeps is woken. Nothing but a wake ends a sleep here: a lost one is a deadlock.
#include "WorldScenario.h"

namespace kickmsg_models {
namespace {

/// `Messages` of each publisher, no more than the ring holds: the subscriber waits for every one of them.
template <unsigned Publishers, unsigned Messages>
struct Wake : WorldScenario {
    Subscriber subscriber{in_thread(Publishers), only(0)};
    Publisher  publishers[2]{in_thread(0), in_thread(1)};

    Wake() : WorldScenario({slots(Publishers + 3), records(Publishers + 2)})
    {
        for (unsigned i = 0; i < Publishers; ++i) {
            publishers[i].attach(between(1, Publishers));
            spawn([this, i] {
                for (unsigned turn = 0; turn < Messages; ++turn) {
                    publishers[i].send();
                }
            });
        }
        spawn([this] {
            for (unsigned turn = 0; turn < Publishers * Messages; ++turn) {
                subscriber.wait_and_receive();
            }
        });
        at_end([this] {
            subscriber.finish();
            expect(subscriber.received() == Publishers * Messages,
                   "a message was lost though the ring has room for all");
        });
    }
};
Registration<Wake<1, 2>> const wake{"wait_wake", "a subscriber that sleeps is woken for every message", 2};
Registration<Wake<1, 1>> const wake_one{"wait_wake_one", "the same with one message, for full search", 2};
Registration<Wake<2, 1>> const two{"wait_two_publishers", "two publishers ring for one sleeper", 3};

/// The subscribers of two rings sleep on one word: a message to both wakes both, whoever takes the marks.
template <unsigned Publishers>
struct TwoSleepers : WorldScenario {
    Subscriber sleepers[2]{{in_thread(Publishers), only(0)}, {in_thread(Publishers + 1), only(1)}};
    Publisher  publishers[2]{in_thread(0), in_thread(1)};

    TwoSleepers() : WorldScenario({slots(Publishers + 3), rings(2), subscribers(2), records(Publishers + 3)})
    {
        for (unsigned i = 0; i < Publishers; ++i) {
            publishers[i].attach(between(2, Publishers + 1));
            spawn([this, i] { publishers[i].send(); });
        }
        for (Subscriber& sleeper : sleepers) {
            spawn([&sleeper] {
                for (unsigned turn = 0; turn < Publishers; ++turn) {
                    sleeper.wait_and_receive();
                }
            });
        }
        at_end([this] {
            for (Subscriber& sleeper : sleepers) {
                sleeper.finish();
                expect(sleeper.received() == Publishers, "a message was lost though the ring has room for all");
            }
        });
    }
};
Registration<TwoSleepers<1>> const two_sleepers{"wait_two_sleepers", "a publisher wakes the sleepers of two rings", 3};
Registration<TwoSleepers<2>> const two_each{"wait_two_each", "two publishers, and the sleepers of two rings", 4};

/// A wait that ends by its time, then one that must be woken: the mark of the first is taken, or taken back.
struct GivenUp : WorldScenario {
    Subscriber subscriber{in_thread(1), only(0)};
    Publisher  publisher{in_thread(0), only(1)};

    GivenUp() : WorldScenario({slots(4), records(3)})
    {
        spawn([this] {
            publisher.send();
            publisher.send();
        });
        spawn([this] {
            subscriber.wait_in_vain();
            subscriber.wait_and_receive();
            subscriber.wait_and_receive();
        });
        at_end([this] { subscriber.finish(); });
    }
};
Registration<GivenUp> const given_up{"wait_given_up", "a wait that was given up, then one that sleeps", 2};

/// Another region has been put in the place of this one: who sleeps is woken, to follow.
struct CalledAway : WorldScenario {
    Subscriber       subscriber{in_thread(1), only(0)};
    Atomic<uint64_t> news{};

    CalledAway() : WorldScenario({slots(3), records(3)})
    {
        spawn([this] { core::Doorbell<Policy, Layout>(world.layout).call_away(news); });
        spawn([this] { subscriber.wait_to_be_called_away(news); });
        at_end([this] { subscriber.finish(); });
    }
};
Registration<CalledAway> const called_away{"wait_called_away", "a subscriber that sleeps is called away", 2};

} // namespace
} // namespace kickmsg_models
