// A ring: deliveries of several publishers against a subscriber that is overtaken, that leaves, that comes again.
#include "Participants.h"

namespace kickmsg_models {
namespace {

Shape shape_of(uint32_t subscribers, uint32_t publishers, uint32_t pool)
{
    Shape shape;
    shape.pool        = pool;
    shape.subscribers = subscribers;
    shape.records     = subscribers + publishers + 1;
    return shape;
}

/// Every delivery that a publisher counted is a position of the ring: received or lost.
void expect_all_counted(Subscriber& subscriber, uint32_t reached)
{
    subscriber.finish();
    expect(subscriber.received() + subscriber.lost() == reached,
           "received + lost are not what the publishers delivered");
}

/// Two publishers send together twice what the ring holds.
class Deliver : public Scenario {
public:
    Deliver()
    {
        subscriber_.attach({0, 1});
        publishers_[0].attach({1, 2});
        publishers_[1].attach({1, 2});
    }
    void thread(unsigned index) override
    {
        for (unsigned turn = 0; turn < 2; ++turn) {
            if (index == 2) {
                subscriber_.receive();
            } else {
                publishers_[index].send();
            }
        }
    }
    void after() override
    {
        expect_all_counted(subscriber_, publishers_[0].reached() + publishers_[1].reached());
        world_.audit_pool();
    }

private:
    World      world_{shape_of(1, 2, 6)};
    Publisher  publishers_[2]{{world_, 0, 1}, {world_, 1, 2}};
    Subscriber subscriber_{world_, 2};
};

/// The same with one message each, for wide bounds: two deliveries compete for one place.
class DeliverOne : public Scenario {
public:
    DeliverOne()
    {
        subscriber_.attach({0, 1});
        publishers_[0].attach({1, 2});
        publishers_[1].attach({1, 2});
        publishers_[0].send();
    }
    void thread(unsigned index) override
    {
        if (index == 2) {
            subscriber_.receive();
        } else {
            publishers_[index].send();
        }
    }
    void after() override
    {
        expect_all_counted(subscriber_, publishers_[0].reached() + publishers_[1].reached());
        world_.audit_pool();
    }

private:
    World      world_{shape_of(1, 2, 5)};
    Publisher  publishers_[2]{{world_, 0, 1}, {world_, 1, 2}};
    Subscriber subscriber_{world_, 2};
};

/// A full ring is overwritten twice over while its subscriber receives.
class Overtaken : public Scenario {
public:
    Overtaken()
    {
        subscriber_.attach({0, 1});
        publisher_.attach({1, 1});
        publisher_.send();
        publisher_.send();
    }
    void thread(unsigned index) override
    {
        for (unsigned turn = 0; turn < (index == 0 ? 4 : 2); ++turn) {
            if (index == 0) {
                publisher_.send();
            } else {
                subscriber_.receive();
            }
        }
    }
    void after() override
    {
        expect_all_counted(subscriber_, publisher_.reached());
        world_.audit_pool();
    }

private:
    World      world_{shape_of(1, 1, 4)};
    Publisher  publisher_{world_, 0, 1};
    Subscriber subscriber_{world_, 1};
};

/// The subscriber leaves a ring with an unread message while two publishers deliver to it.
class Seal : public Scenario {
public:
    Seal()
    {
        subscriber_.attach({0, 1});
        publishers_[0].attach({1, 2});
        publishers_[1].attach({1, 2});
        publishers_[0].send();
    }
    void thread(unsigned index) override
    {
        if (index == 2) {
            subscriber_.leave();
            for (uint32_t i = 0; i < 2; ++i) {
                left_[i] = world_.layout.entry(0, i).newest();
            }
            subscriber_.free();
        } else {
            publishers_[index].send();
        }
    }
    void after() override
    {
        for (uint32_t i = 0; i < 2; ++i) {
            expect(world_.layout.entry(0, i).newest() == left_[i], "a closed ring took a delivery");
            expect(!Entry::is_full(left_[i]) && Entry::is_sealed(left_[i]), "a ring was left open or not drained");
        }
        for (SlotIndex slot = 0; slot < world_.layout.pool_size(); ++slot) {
            expect(Slots::holders(world_.layout.slot(slot).references.newest()) == 0, "a closed ring holds a slot");
        }
        world_.audit_pool();
    }

private:
    World      world_{shape_of(1, 2, 4)};
    Publisher  publishers_[2]{{world_, 0, 1}, {world_, 1, 2}};
    Subscriber subscriber_{world_, 2};
    uint64_t   left_[2]{};
};

/// A ring changes hands while a publisher is in the middle of its delivery to the subscriber before.
template <unsigned Slow>
class Reopen : public Scenario {
public:
    Reopen()
    {
        before_.attach({0, 2});
        quick_.attach({2, Slow + 1});
        quick_.send();
        for (unsigned i = 0; i < Slow; ++i) {
            slow_[i].attach({2, Slow + 1});
        }
    }
    void thread(unsigned index) override
    {
        if (index < Slow) {
            slow_[index].send();
            ++sent_[index + 2];
            return;
        }
        before_.leave_and_free();
        uint64_t const last = last_lap();
        unsigned       sent_before[4];
        std::memcpy(sent_before, sent_, sizeof(sent_));
        if (!after_.attach({0, 2})) {
            expect(false, "a ring that was freed cannot be joined");
        }
        expect(last_lap() > last, "a ring's laps went back");
        quick_.send();
        for (unsigned turn = 0; turn < 2; ++turn) {
            uint32_t const value = after_.receive();
            expect(value == 0 || (value >> 8) == 1 || (value & 0xffU) > sent_before[value >> 8],
                   "a message to the subscriber before came to the next one");
            expect((value >> 8) != 1 || (value & 0xffU) > 1, "a message to the subscriber before came to the next one");
        }
    }
    void after() override
    {
        after_.finish();
        world_.audit_pool();
    }

private:
    /// Of all entries, sealed or not; too few laps are used here for a wrap.
    uint64_t last_lap()
    {
        uint64_t last = 0;
        for (uint32_t i = 0; i < 2; ++i) {
            uint64_t const lap = world_.layout.entry(0, i).newest() >> Entry::lap_shift;
            last               = lap > last ? lap : last;
        }
        return last;
    }

    World      world_{shape_of(2, Slow + 1, 5)};
    Publisher  slow_[2]{{world_, 0, 2}, {world_, 1, 3}};
    Publisher  quick_{world_, Slow, 1};
    Subscriber before_{world_, Slow};
    Subscriber after_{world_, Slow};
    unsigned   sent_[4]{}; ///< calls that have returned, by publisher
};

Registration<Deliver> const deliver{"ring_deliver", "two publishers overwrite a ring while its subscriber receives", 3};
Registration<DeliverOne> const deliver_one{"ring_deliver_one", "two deliveries and a take, for wide bounds", 3};
Registration<Overtaken> const  overtaken{"ring_overtaken", "a publisher laps a slow subscriber twice", 2};
Registration<Seal> const       seal{"ring_seal", "a subscriber leaves while two publishers deliver", 3};
Registration<Reopen<1>> const  reopen{"ring_reopen", "a ring changes hands under a publisher in deliver()", 2};
Registration<Reopen<2>> const  reopen_two{"ring_reopen_two", "the same under two publishers", 3};

} // namespace
} // namespace kickmsg_models
