// References: the one that drops the last gives the slot back, exactly one of them, and nothing is lost uncounted.
#include "WorldScenario.h"

namespace kickmsg_models {
namespace {

/// One slot, delivered to two rings: two subscribers and the publisher drop it together; another publisher takes it as
/// soon as it is free, and must keep it.
struct TwoRings : WorldScenario {
    Subscriber one{in_thread(0), between(0, 1)};
    Subscriber other{in_thread(1), between(0, 1)};
    Publisher  publisher{in_thread(2), between(2, 3)};
    Publisher  next{in_thread(1), between(2, 3)};

    TwoRings() : WorldScenario({rings(2), slots(2), subscribers(2), records(5)})
    {
        publisher.send();
        spawn([this] {
            one.receive();
            one.receive();
        });
        spawn([this] {
            other.receive();
            other.receive();
            next.allocate();
        });
        spawn([this] { publisher.send(); });
        at_end([this] {
            one.finish();
            other.finish();
            expect(one.positions() + other.positions() == publisher.reached(),
                   "received + lost are not what the publisher delivered");
        });
        after_audit([this] { next.abandon(); });
    }
};
Registration<TwoRings, 0, 1, 2> const two_rings{
    "references_two_rings", "a slot in two rings: one dropper gives it back, nobody robs the next loan", 3};

/// A ring of one place: the publisher overwrites what the subscriber takes.
struct EvictTake : WorldScenario {
    Subscriber subscriber{in_thread(1), only(0)};
    Publisher  publisher{in_thread(0), only(1)};

    EvictTake() : WorldScenario({capacity(1), slots(3), records(3)})
    {
        publisher.send();
        spawn([this] {
            publisher.send();
            publisher.send();
        });
        spawn([this] {
            subscriber.receive();
            subscriber.receive();
        });
        at_end([this] { subscriber.finish(publisher.reached()); });
    }
};
Registration<EvictTake, 0, 2> const evict_take{"references_evict_take",
                                               "overwriting against taking of the same message", 2};

/// All slots are unread messages: two publishers make room for themselves while the subscriber receives.
struct Pressure : WorldScenario {
    Subscriber subscriber{in_thread(2), only(0)};
    Publisher  one{in_thread(0), between(1, 2)};
    Publisher  other{in_thread(1), between(1, 2)};

    Pressure() : WorldScenario({slots(2), records(4)})
    {
        one.send();
        other.send();
        expect(one.send() == -1, "the pool is not empty");
        spawn([this] { one.send_under_pressure(); });
        spawn([this] { other.send_under_pressure(); });
        spawn([this] {
            subscriber.receive();
            subscriber.receive();
        });
        at_end([this] { subscriber.finish(one.reached() + other.reached()); });
    }
};
Registration<Pressure, 0, 1> const pressure{"pressure_eviction",
                                            "an empty pool: two publishers evict, a subscriber takes", 3};

/// One publisher makes room, and nobody else publishes: it must succeed, whatever the subscriber does.
struct PressureAlone : WorldScenario {
    Subscriber subscriber{in_thread(1), only(0)};
    Publisher  publisher{in_thread(0), only(1)};
    bool       subscriber_holds = false;

    PressureAlone() : WorldScenario({slots(2), records(3)})
    {
        publisher.send();
        publisher.send();
        spawn([this] {
            expect(publisher.send_under_pressure() >= 0 || subscriber_holds, "no room though a message was unread");
        });
        spawn([this] {
            subscriber_holds = true; // from here on a slot may be in its hands
            subscriber.receive();
            subscriber.receive();
        });
        at_end([this] { subscriber.finish(publisher.reached()); });
    }
};
Registration<PressureAlone> const pressure_alone{"pressure_eviction_one", "the same with one publisher", 2};

} // namespace
} // namespace kickmsg_models
