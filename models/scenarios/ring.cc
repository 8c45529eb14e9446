// A ring: deliveries of several publishers against a subscriber that is overtaken, that leaves, that comes again.
#include "WorldScenario.h"

namespace kickmsg_models {
namespace {

struct TwoPublishers : WorldScenario {
    Subscriber subscriber{in_thread(2), only(0)};
    Publisher  publishers[2]{{in_thread(0), between(1, 2)}, {in_thread(1), between(1, 2)}};

    explicit TwoPublishers(uint32_t pool) : WorldScenario({slots(pool), records(4)}) {}

    void expect_all_counted()
    {
        subscriber.finish(publishers[0].reached() + publishers[1].reached());
    }
};

/// Two publishers send together twice what the ring holds.
struct Deliver : TwoPublishers {
    Deliver() : TwoPublishers(6)
    {
        for (Publisher& publisher : publishers) {
            spawn([&publisher] {
                publisher.send();
                publisher.send();
            });
        }
        spawn([this] {
            subscriber.receive();
            subscriber.receive();
        });
        at_end([this] { expect_all_counted(); });
    }
};
Registration<Deliver> const deliver{"ring_deliver", "two publishers overwrite a ring while its subscriber receives", 3};

/// The same with one message each, for wide bounds: two deliveries compete for one place.
struct DeliverOne : TwoPublishers {
    DeliverOne() : TwoPublishers(5)
    {
        publishers[0].send();
        spawn([this] { publishers[0].send(); });
        spawn([this] { publishers[1].send(); });
        spawn([this] { subscriber.receive(); });
        at_end([this] { expect_all_counted(); });
    }
};
Registration<DeliverOne> const deliver_one{"ring_deliver_one", "two deliveries and a take, for wide bounds", 3};

/// A full ring is overwritten twice over while its subscriber receives.
struct Overtaken : WorldScenario {
    Subscriber subscriber{in_thread(1), only(0)};
    Publisher  publisher{in_thread(0), only(1)};

    Overtaken() : WorldScenario({slots(4), records(3)})
    {
        publisher.send();
        publisher.send();
        spawn([this] {
            for (unsigned turn = 0; turn < 4; ++turn) {
                publisher.send();
            }
        });
        spawn([this] {
            subscriber.receive();
            subscriber.receive();
        });
        at_end([this] { subscriber.finish(publisher.reached()); });
    }
};
Registration<Overtaken> const overtaken{"ring_overtaken", "a publisher laps a slow subscriber twice", 2};

/// The subscriber leaves a ring with an unread message while two publishers deliver to it.
struct Seal : TwoPublishers {
    uint64_t left[2]{};

    Seal() : TwoPublishers(4)
    {
        publishers[0].send();
        spawn([this] { publishers[0].send(); });
        spawn([this] { publishers[1].send(); });
        spawn([this] {
            subscriber.leave();
            for (uint32_t i = 0; i < 2; ++i) {
                left[i] = world.layout.entry(0, i).newest();
            }
            subscriber.free();
        });
        at_end([this] {
            for (uint32_t i = 0; i < 2; ++i) {
                expect(world.layout.entry(0, i).newest() == left[i], "a closed ring took a delivery");
                expect(!Entry::is_full(left[i]) && Entry::is_sealed(left[i]), "a ring was left open or not drained");
            }
            world.expect_no_holders("a closed ring holds a slot");
        });
    }
};
Registration<Seal> const seal{"ring_seal", "a subscriber leaves while two publishers deliver", 3};

/// A ring changes hands while a publisher is in the middle of its delivery to the subscriber before.
template <unsigned Slow>
struct Reopen : WorldScenario {
    Subscriber before{in_thread(Slow), between(0, 1)};
    Publisher  quick{in_thread(Slow), between(2, Slow + 2)};
    Publisher  slow[2]{in_thread(0), in_thread(1)};
    Subscriber next{in_thread(Slow)};
    unsigned   sent[2]{}; ///< calls of the slow ones that have returned

    Reopen() : WorldScenario({slots(5), subscribers(2), records(Slow + 4)})
    {
        quick.send();
        for (unsigned i = 0; i < Slow; ++i) {
            slow[i].attach(between(2, Slow + 2));
            spawn([this, i] {
                slow[i].send();
                ++sent[i];
            });
        }
        spawn([this] { change_hands(); });
        at_end([this] { next.finish(); });
    }
    void change_hands()
    {
        before.leave_and_free();
        uint64_t const last           = last_lap();
        unsigned const sent_before[2] = {sent[0], sent[1]};
        expect(next.attach(between(0, 1)), "a ring that was freed cannot be joined");
        expect(last_lap() > last, "a ring's laps went back");
        quick.send();
        for (unsigned turn = 0; turn < 2; ++turn) {
            uint32_t const value = next.receive();
            expect(!quick.is_mine(value) || number_of(value) > 1, to_another);
            for (unsigned i = 0; i < Slow; ++i) {
                expect(!slow[i].is_mine(value) || number_of(value) > sent_before[i], to_another);
            }
        }
    }
    /// Of all entries, sealed or not; too few laps are used here for a wrap.
    uint64_t last_lap()
    {
        uint64_t last = 0;
        for (uint32_t i = 0; i < 2; ++i) {
            last = std::max(last, world.layout.entry(0, i).newest() >> Entry::lap_shift);
        }
        return last;
    }
    static constexpr char const* to_another = "a message to the subscriber before came to the next one";
};
Registration<Reopen<1>> const reopen{"ring_reopen", "a ring changes hands under a publisher in deliver()", 2};
Registration<Reopen<2>> const reopen_two{"ring_reopen_two", "the same under two publishers", 3};

} // namespace
} // namespace kickmsg_models
