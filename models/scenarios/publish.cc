// The publisher's calls in every mixture, while a subscriber comes and goes.
#include "WorldScenario.h"

namespace kickmsg_models {
namespace {

/// A slot that is abandoned, published to nobody or to a ring that closes goes back to the pool, exactly once.
struct AllocatePublishAbandon : WorldScenario {
    Publisher  one{in_thread(0), between(1, 2)};
    Publisher  other{in_thread(1), between(1, 2)};
    Subscriber subscriber{in_thread(2)};

    AllocatePublishAbandon() : WorldScenario({slots(2), records(4)})
    {
        spawn([this] {
            one.send();
            one.allocate();
            one.abandon();
        });
        spawn([this] {
            other.allocate();
            other.abandon();
            other.send();
        });
        spawn([this] {
            if (subscriber.attach(only(0))) {
                subscriber.receive();
                subscriber.leave_and_free();
            }
        });
        at_end([this] { world.expect_no_holders("a slot stayed behind"); });
    }
};
Registration<AllocatePublishAbandon> const all{
    "allocate_publish_abandon", "allocate, publish, abandon, send while a subscriber joins and leaves", 3};

/// One publisher, for wide bounds: what it publishes meets a join or a leave at any point.
struct PublishJoinLeave : WorldScenario {
    Publisher  publisher{in_thread(0), between(1, 2)};
    Subscriber subscriber{in_thread(1), only(0)};
    Subscriber next{in_thread(1)};

    PublishJoinLeave() : WorldScenario({slots(3), records(4)})
    {
        spawn([this] {
            publisher.send();
            publisher.allocate();
            publisher.abandon();
            publisher.send();
        });
        spawn([this] {
            subscriber.leave_and_free();
            next.attach(only(0));
            next.receive();
        });
        at_end([this] { next.finish(); });
    }
};
Registration<PublishJoinLeave, 0, 1> const join_leave{"publish_join_leave",
                                                      "one publisher, one subscriber after another", 2};

/// Publishers that keep slots; one leaves.
struct PublishKeeping : WorldScenario {
    Subscriber subscriber{in_thread(2), only(0)};
    Publisher  one{in_thread(0), between(1, 2)};
    Publisher  other{in_thread(1), between(1, 2)};

    PublishKeeping() : WorldScenario({slots(4), records(4)})
    {
        spawn([this] {
            one.send();
            one.leave();
        });
        spawn([this] {
            other.send();
            other.send();
        });
        spawn([this] {
            subscriber.receive();
            subscriber.receive();
        });
        at_end([this] { subscriber.finish(one.reached() + other.reached()); });
    }
};
Registration<PublishKeeping, 1, 2> const keeping{"publish_keeping", "publishers that keep slots, one leaves", 3};

} // namespace
} // namespace kickmsg_models
