// The publisher's calls in every mixture, while a subscriber comes and goes.
#include "Participants.h"

namespace kickmsg_models {
namespace {

/// A slot that is abandoned, published to nobody or to a ring that closes goes back to the pool, exactly once.
class AllocatePublishAbandon : public Scenario {
public:
    AllocatePublishAbandon()
    {
        publishers_[0].attach({1, 2});
        publishers_[1].attach({1, 2});
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            if (publishers_[0].allocate()) {
                publishers_[0].publish();
            }
            publishers_[0].allocate();
            publishers_[0].abandon();
        } else if (index == 1) {
            publishers_[1].allocate();
            publishers_[1].abandon();
            publishers_[1].send();
        } else if (subscriber_.attach({0, 1})) {
            subscriber_.receive();
            subscriber_.leave_and_free();
        }
    }
    void after() override
    {
        for (SlotIndex slot = 0; slot < world_.layout.pool_size(); ++slot) {
            expect(Slots::holders(world_.layout.slot(slot).references.newest()) == 0, "a slot stayed behind");
        }
        world_.audit_pool();
    }

private:
    static Shape shape()
    {
        Shape shape;
        shape.pool    = 2;
        shape.records = 4;
        return shape;
    }

    World      world_{shape()};
    Publisher  publishers_[2]{{world_, 0, 1}, {world_, 1, 2}};
    Subscriber subscriber_{world_, 2};
};

/// One publisher, for wide bounds: what it publishes meets a join or a leave at any point.
class PublishJoinLeave : public Scenario {
public:
    PublishJoinLeave()
    {
        publisher_.attach({1, 2});
        subscriber_.attach({0, 1});
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            publisher_.send();
            publisher_.allocate();
            publisher_.abandon();
            publisher_.send();
        } else {
            subscriber_.leave_and_free();
            next_.attach({0, 1});
            next_.receive();
        }
    }
    void after() override
    {
        next_.finish();
        world_.audit_pool();
    }

private:
    static Shape shape()
    {
        Shape shape;
        shape.pool        = 3;
        shape.subscribers = 1;
        shape.records     = 4;
        return shape;
    }

    World      world_{shape()};
    Publisher  publisher_{world_, 0, 1};
    Subscriber subscriber_{world_, 1};
    Subscriber next_{world_, 1};
};

Registration<AllocatePublishAbandon> const all{
    "allocate_publish_abandon", "allocate, publish, abandon, send while a subscriber joins and leaves", 3};
Registration<PublishJoinLeave> const join_leave{"publish_join_leave", "one publisher, one subscriber after another", 2};

} // namespace
} // namespace kickmsg_models
