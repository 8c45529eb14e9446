// Waiting: a subscriber that sleeps is woken. Nothing but a wake ends a sleep here: a lost one is a deadlock.
#include "Participants.h"

namespace kickmsg_models {
namespace {

Shape shape_of(uint32_t publishers)
{
    Shape shape;
    shape.pool    = publishers == 1 ? 4 : 5;
    shape.records = publishers + 2;
    return shape;
}

/// `Messages` of each publisher, no more than the ring holds: the subscriber waits for every one of them.
template <unsigned Publishers, unsigned Messages>
class Wake : public Scenario {
public:
    Wake()
    {
        subscriber_.attach({0, 1});
        for (unsigned i = 0; i < Publishers; ++i) {
            publishers_[i].attach({1, Publishers});
        }
    }
    void thread(unsigned index) override
    {
        if (index < Publishers) {
            for (unsigned turn = 0; turn < Messages; ++turn) {
                publishers_[index].send();
            }
            return;
        }
        for (unsigned turn = 0; turn < Publishers * Messages; ++turn) {
            subscriber_.wait_and_receive();
        }
    }
    void after() override
    {
        subscriber_.finish();
        expect(subscriber_.received() == Publishers * Messages, "a message was lost though the ring has room for all");
        world_.audit_pool();
    }

private:
    World      world_{shape_of(Publishers)};
    Publisher  publishers_[2]{{world_, 0, 1}, {world_, 1, 2}};
    Subscriber subscriber_{world_, Publishers};
};

/// A wait that ends by its time, then one that must be woken: the mark of the first is taken, or taken back.
class GivenUp : public Scenario {
public:
    GivenUp()
    {
        subscriber_.attach({0, 1});
        publisher_.attach({1, 1});
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            publisher_.send();
            publisher_.send();
            return;
        }
        subscriber_.wait_in_vain();
        subscriber_.wait_and_receive();
        subscriber_.wait_and_receive();
    }
    void after() override
    {
        subscriber_.finish();
        world_.audit_pool();
    }

private:
    World      world_{shape_of(1)};
    Publisher  publisher_{world_, 0, 1};
    Subscriber subscriber_{world_, 1};
};

Registration<Wake<1, 2>> const wake{"wait_wake", "a subscriber that sleeps is woken for every message", 2};
Registration<Wake<1, 1>> const wake_one{"wait_wake_one", "the same with one message, for full search", 2};
Registration<Wake<2, 1>> const two{"wait_two_publishers", "two publishers ring for one sleeper", 3};
Registration<GivenUp> const    given_up{"wait_given_up", "a wait that was given up, then one that sleeps", 2};

} // namespace
} // namespace kickmsg_models
