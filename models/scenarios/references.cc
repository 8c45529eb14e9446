// References: the thread that drops the last one gives the slot back, exactly one of them, and nothing is lost uncounted.
#include "Participants.h"

namespace kickmsg_models {
namespace {

Shape shape_of(uint32_t subscribers, uint32_t publishers, uint32_t capacity, uint32_t pool)
{
    Shape shape;
    shape.rings       = subscribers;
    shape.capacity    = capacity;
    shape.pool        = pool;
    shape.subscribers = subscribers;
    shape.records     = subscribers + publishers + 1;
    return shape;
}

/// One slot, delivered to two rings: two subscribers and the publisher drop it together; another publisher takes it as
/// soon as it is free, and must keep it.
class TwoRings : public Scenario {
public:
    TwoRings()
    {
        subscribers_[0].attach({0, 2});
        subscribers_[1].attach({0, 2});
        publisher_.attach({2, 2});
        next_.attach({2, 2});
        publisher_.send();
    }
    void thread(unsigned index) override
    {
        if (index == 2) {
            publisher_.send();
            return;
        }
        subscribers_[index].receive();
        subscribers_[index].receive();
        if (index == 1) {
            next_.allocate();
        }
    }
    void after() override
    {
        uint64_t counted = 0;
        for (Subscriber& subscriber : subscribers_) {
            subscriber.finish();
            counted += subscriber.received() + subscriber.lost();
        }
        expect(counted == publisher_.reached(), "received + lost are not what the publisher delivered");
        world_.audit_pool();
        next_.abandon();
        world_.audit_pool();
    }

private:
    World      world_{shape_of(2, 2, 2, 2)};
    Subscriber subscribers_[2]{{world_, 0}, {world_, 1}};
    Publisher  next_{world_, 1, 2};
    Publisher  publisher_{world_, 2, 1};
};

/// A ring of one place: the publisher overwrites what the subscriber takes.
class EvictTake : public Scenario {
public:
    EvictTake()
    {
        subscriber_.attach({0, 1});
        publisher_.attach({1, 1});
        publisher_.send();
    }
    void thread(unsigned index) override
    {
        for (unsigned turn = 0; turn < 2; ++turn) {
            if (index == 0) {
                publisher_.send();
            } else {
                subscriber_.receive();
            }
        }
    }
    void after() override
    {
        subscriber_.finish();
        expect(subscriber_.received() + subscriber_.lost() == publisher_.reached(),
               "received + lost are not what the publisher delivered");
        world_.audit_pool();
    }

private:
    World      world_{shape_of(1, 1, 1, 3)};
    Publisher  publisher_{world_, 0, 1};
    Subscriber subscriber_{world_, 1};
};

/// All slots are unread messages: two publishers make room for themselves while the subscriber receives.
class Pressure : public Scenario {
public:
    Pressure()
    {
        subscriber_.attach({0, 1});
        publishers_[0].attach({1, 2});
        publishers_[1].attach({1, 2});
        publishers_[0].send();
        publishers_[1].send();
        expect(publishers_[0].send() == -1, "the pool is not empty");
    }
    void thread(unsigned index) override
    {
        if (index == 2) {
            subscriber_.receive();
            subscriber_.receive();
        } else {
            publishers_[index].send_under_pressure();
        }
    }
    void after() override
    {
        subscriber_.finish();
        expect(subscriber_.received() + subscriber_.lost() == publishers_[0].reached() + publishers_[1].reached(),
               "received + lost are not what the publishers delivered");
        world_.audit_pool();
    }

private:
    World      world_{shape_of(1, 2, 2, 2)};
    Publisher  publishers_[2]{{world_, 0, 1}, {world_, 1, 2}};
    Subscriber subscriber_{world_, 2};
};

/// One publisher makes room, and nobody else publishes: it must succeed, whatever the subscriber does.
class PressureAlone : public Scenario {
public:
    PressureAlone()
    {
        subscriber_.attach({0, 1});
        publisher_.attach({1, 1});
        publisher_.send();
        publisher_.send();
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            expect(publisher_.send_under_pressure() >= 0 || subscriber_holds_, "no room though a message was unread");
        } else {
            subscriber_holds_ = true; // from here on a slot may be in its hands
            subscriber_.receive();
            subscriber_.receive();
        }
    }
    void after() override
    {
        subscriber_.finish();
        expect(subscriber_.received() + subscriber_.lost() == publisher_.reached(),
               "received + lost are not what the publisher delivered");
        world_.audit_pool();
    }

private:
    World      world_{shape_of(1, 1, 2, 2)};
    Publisher  publisher_{world_, 0, 1};
    Subscriber subscriber_{world_, 1};
    bool       subscriber_holds_ = false;
};

/// Publishers that keep the next slot popped; one leaves.
class Ahead : public Scenario {
public:
    Ahead()
    {
        subscriber_.attach({0, 1});
        publishers_[0].attach({1, 2}, true);
        publishers_[1].attach({1, 2}, true);
    }
    void thread(unsigned index) override
    {
        if (index == 2) {
            subscriber_.receive();
            subscriber_.receive();
            return;
        }
        publishers_[index].send();
        if (index == 0) {
            publishers_[index].leave();
        } else {
            publishers_[index].send();
        }
    }
    void after() override
    {
        subscriber_.finish();
        expect(subscriber_.received() + subscriber_.lost() == publishers_[0].reached() + publishers_[1].reached(),
               "received + lost are not what the publishers delivered");
        world_.audit_pool();
    }

private:
    World      world_{shape_of(1, 2, 2, 4)};
    Publisher  publishers_[2]{{world_, 0, 1}, {world_, 1, 2}};
    Subscriber subscriber_{world_, 2};
};

Registration<TwoRings> const  two_rings{"references_two_rings",
                                       "a slot in two rings: one dropper gives it back, nobody robs the next loan", 3};
Registration<EvictTake> const evict_take{"references_evict_take", "overwriting against taking of the same message", 2};
Registration<Pressure> const  pressure{"pressure_eviction", "an empty pool: two publishers evict, a subscriber takes",
                                      3};
Registration<PressureAlone> const pressure_alone{"pressure_eviction_one", "the same with one publisher", 2};
Registration<Ahead> const         ahead{"publish_ahead", "publishers that keep a slot popped ahead", 3};

} // namespace
} // namespace kickmsg_models
