// One participant dies at any operation, while others work and a living recoverer runs.
#include "Toll.h"

namespace kickmsg_models {
namespace {

/// Records of the scenarios with a ring; the last one is the auditor's.
enum : uint32_t { subscriber_record, victim_record, living_record, recoverer_record, records };

Shape small(uint32_t pool)
{
    Shape shape;
    shape.pool    = pool;
    shape.records = records;
    return shape;
}

/// Free stack and records alone.
Shape without_rings(uint32_t pool)
{
    Shape shape;
    shape.rings       = 0;
    shape.capacity    = 1;
    shape.pool        = pool;
    shape.subscribers = 0;
    shape.records     = 4;
    return shape;
}

/// A publisher dies anywhere, evicting or not; a living one sends, a living subscriber receives.
class DeathOfPublisher : public Scenario {
public:
    DeathOfPublisher()
    {
        reader_.attach({subscriber_record, 1});
        victim_.attach({victim_record, 1});
        living_.attach({living_record, 1});
        recoverer_.enroll({recoverer_record, 1});
        owe_sweep(world_);
        living_.send();
        living_.send(); // the ring is full: the next delivery evicts
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            toll_.mortal([this] { victim_.send_under_pressure(); });
        } else if (index == 1) {
            living_.send_under_pressure();
            reader_.receive();
            living_.send_under_pressure();
        } else {
            toll_.add(recoverer_.run());
            toll_.add(recoverer_.run());
        }
    }
    void after() override
    {
        expect(living_.send_under_pressure() == 1, "a living publisher reaches nobody");
        toll_.add(recoverer_.finish());
        world_.audit();
        reader_.finish();
        world_.audit_pool();
        toll_.check();
    }

private:
    World      world_{small(3)};
    Publisher  victim_{world_, 0, 1};
    Publisher  living_{world_, 1, 2};
    Subscriber reader_{world_, 1};
    Recoverer  recoverer_{world_, 2};
    Toll       toll_;
};

/// The same, with nobody but the victim and who recovers.
class DeathOfLender : public Scenario {
public:
    DeathOfLender()
    {
        reader_.attach({subscriber_record, 1});
        victim_.attach({victim_record, 1});
        recoverer_.enroll({recoverer_record, 1});
        owe_sweep(world_);
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            toll_.mortal([this] { victim_.send(); });
        } else {
            toll_.add(recoverer_.run());
            reader_.receive();
        }
    }
    void after() override
    {
        world_.audit();
        reader_.finish();
        world_.audit_pool();
        toll_.check();
    }

private:
    World      world_{small(2)};
    Publisher  victim_{world_, 0, 1};
    Subscriber reader_{world_, 1};
    Recoverer  recoverer_{world_, 1};
    Toll       toll_;
};

/// A subscriber dies taking, dropping or holding a view, while a publisher evicts.
class DeathOfSubscriber : public Scenario {
public:
    DeathOfSubscriber()
    {
        victim_.attach({subscriber_record, 1});
        living_.attach({living_record, 1});
        recoverer_.enroll({recoverer_record, 1});
        owe_sweep(world_);
        living_.send();
        living_.send();
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            toll_.mortal([this] {
                View const view = victim_.receive_view();
                victim_.receive();
                if (view) {
                    victim_.drop(view);
                }
                lives_ = true;
            });
        } else if (index == 1) {
            living_.send_under_pressure();
            living_.send_under_pressure();
        } else {
            toll_.add(recoverer_.run());
            toll_.add(recoverer_.run());
        }
    }
    void after() override
    {
        expect(living_.send_under_pressure() >= 0, "a dead subscriber starves a living publisher");
        world_.audit();
        if (lives_) {
            victim_.finish();
        }
        world_.audit_pool();
        toll_.check();
    }

private:
    World      world_{small(3)};
    Subscriber victim_{world_, 0};
    Publisher  living_{world_, 1, 1};
    Recoverer  recoverer_{world_, 2};
    Toll       toll_;
    bool       lives_ = false;
};

class DeathOfJoiner : public Scenario {
public:
    DeathOfJoiner()
    {
        living_.attach({living_record, 1});
        recoverer_.enroll({recoverer_record, 1});
        owe_sweep(world_);
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            toll_.mortal([this] { lives_ = victim_.attach({subscriber_record, 1}); });
        } else if (index == 1) {
            living_.send();
            living_.send();
        } else {
            toll_.add(recoverer_.run());
        }
    }
    void after() override
    {
        living_.send();
        world_.audit();
        if (lives_) {
            victim_.finish();
        }
        world_.audit_pool();
        toll_.check();
    }

private:
    World      world_{small(2)};
    Subscriber victim_{world_, 0};
    Publisher  living_{world_, 1, 1};
    Recoverer  recoverer_{world_, 2};
    Toll       toll_;
    bool       lives_ = false;
};

/// Dies anywhere in closing its ring, while a publisher delivers to it.
class DeathOfLeaver : public Scenario {
public:
    DeathOfLeaver()
    {
        victim_.attach({subscriber_record, 1});
        living_.attach({living_record, 1});
        recoverer_.enroll({recoverer_record, 1});
        owe_sweep(world_);
        living_.send();
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            toll_.mortal([this] { victim_.leave_and_free(); });
        } else if (index == 1) {
            living_.send();
        } else {
            toll_.add(recoverer_.run());
        }
    }
    void after() override
    {
        living_.send();
        world_.audit();
        toll_.check();
        Subscriber next(world_, 1);
        expect(next.attach({subscriber_record, 1}), "the record and the ring of one who left are not free");
        living_.send();
        next.finish();
        world_.audit_pool();
    }

private:
    World      world_{small(3)};
    Subscriber victim_{world_, 0};
    Publisher  living_{world_, 1, 1};
    Recoverer  recoverer_{world_, 2};
    Toll       toll_;
};

/// The free stack alone: one dies in pop or push, one lives and pops, one sweeps. The walk must see an exact snapshot.
class DeathOfPopper : public Scenario {
public:
    DeathOfPopper()
    {
        victim_.attach({0, 1});
        living_.attach({1, 1});
        recoverer_.enroll({2, 1});
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            toll_.mortal([this] {
                victim_.allocate();
                victim_.abandon();
            });
        } else if (index == 1) {
            living_.allocate();
            living_.abandon();
            living_.allocate();
        } else {
            recoverer_.sweep();
            recoverer_.sweep();
        }
    }
    void after() override
    {
        world_.audit();
    }

private:
    World     world_{without_rings(2)};
    Publisher victim_{world_, 0, 1};
    Publisher living_{world_, 1, 2};
    Recoverer recoverer_{world_, 2};
    Toll      toll_;
};

/// The same where the slot is lost from the beginning: small enough for wide bounds.
class SweepAgainstPopper : public Scenario {
public:
    SweepAgainstPopper()
    {
        living_.attach({1, 1});
        recoverer_.enroll({2, 1});
        lose_top_slot(world_);
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            living_.allocate();
            living_.abandon();
            living_.allocate();
        } else {
            recoverer_.sweep();
        }
    }
    void after() override
    {
        recoverer_.sweep();
        world_.audit_pool();
    }

private:
    World     world_{without_rings(2)};
    Publisher living_{world_, 0, 1};
    Recoverer recoverer_{world_, 1};
};

/// Nothing is lost, and nothing may be taken for lost: a slot is popped and pushed again on top of another one that a
/// third thread has pushed, while the sweep walks down. A link of after the walk's head would lead past the bottom slot.
class WalkAgainstPushers : public Scenario {
public:
    WalkAgainstPushers()
    {
        pusher_.attach({0, 1});
        pusher_.allocate();
        popper_.attach({1, 1});
        recoverer_.enroll({2, 1});
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            recoverer_.sweep();
        } else if (index == 1) {
            popper_.allocate();
            popper_.abandon();
        } else {
            pusher_.abandon();
        }
    }
    void after() override
    {
        world_.audit_pool();
    }

private:
    World     world_{without_rings(3)};
    Publisher pusher_{world_, 2, 1};
    Publisher popper_{world_, 1, 2};
    Recoverer recoverer_{world_, 0};
};

Registration<WalkAgainstPushers> const walk_against_pushers{
    "walk_against_pushers", "free stack: nothing is lost; a slot is popped and pushed on another while one sweeps", 3};
Registration<DeathOfPublisher> const death_of_publisher{
    "death_of_publisher", "a publisher dies anywhere in an evicting send, others send and receive, one recovers", 3, 1};
Registration<DeathOfLender> const     death_of_lender{"death_of_lender",
                                                  "a publisher dies anywhere in a send, one recovers", 2, 1};
Registration<DeathOfSubscriber> const death_of_subscriber{
    "death_of_subscriber", "a subscriber dies taking, holding, dropping, while a publisher evicts and one recovers", 3,
    1};
Registration<DeathOfJoiner> const death_of_joiner{
    "death_of_joiner", "a subscriber dies joining a ring, while a publisher sends and one recovers", 3, 1};
Registration<DeathOfLeaver> const death_of_leaver{
    "death_of_leaver", "a subscriber dies leaving its ring, while a publisher sends and one recovers", 3, 1};
Registration<DeathOfPopper> const death_of_popper{
    "death_of_popper", "free stack: one dies in pop or push, one lives and pops, one sweeps", 3, 1};
Registration<SweepAgainstPopper> const sweep_against_popper{
    "sweep_against_popper", "free stack: a slot is lost, one pops and pushes, one sweeps", 2};

} // namespace
} // namespace kickmsg_models
