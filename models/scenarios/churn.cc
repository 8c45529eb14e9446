// Subscribers come and go on rings that publishers deliver to; nobody dies.
#include "WorldScenario.h"

namespace kickmsg_models {
namespace {

/// One seat after the other on one ring.
struct ChurnJoinLeave : WorldScenario {
    Publisher  publisher{in_thread(0), only(1)};
    Subscriber first{in_thread(1)};
    Subscriber second{in_thread(1)};

    ChurnJoinLeave() : WorldScenario({slots(4)})
    {
        spawn([this] {
            publisher.send_under_pressure();
            publisher.send_under_pressure();
            publisher.send_under_pressure();
        });
        spawn([this] {
            expect(first.attach(only(0)), "a free ring cannot be joined");
            first.receive();
            first.leave_and_free();
            expect(second.attach(only(0)), "the ring of one who left cannot be joined");
            second.receive();
        });
        at_end([this] {
            expect(publisher.send_under_pressure() == 1, "a living subscriber is deaf");
            second.expect_enrolled();
            second.finish();
            expect(second.positions() != 0, "a message sent to a living subscriber is gone");
        });
    }
};
Registration<ChurnJoinLeave> const churn_join_leave{
    "churn_join_leave", "a subscriber joins, leaves, joins again while a publisher sends and evicts", 2};

/// One seat: whoever the publisher says it reached has the message, or lost it in the ring's count; and a publisher that
/// has reached a subscriber once reaches it with every later message.
struct ChurnJoin : WorldScenario {
    Publisher  publisher{in_thread(0), only(1)};
    Subscriber reader{in_thread(1)};

    ChurnJoin() : WorldScenario({slots(3)})
    {
        spawn([this] {
            int before = 0;
            for (unsigned turn = 0; turn < 3; ++turn) {
                int const reached = publisher.send_under_pressure();
                expect(reached >= before, "a message passes by a subscriber that has got an earlier one");
                before = reached;
            }
        });
        spawn([this] {
            reader.attach(only(0));
            reader.receive();
        });
        at_end([this] { reader.finish(publisher.reached()); });
    }
};
Registration<ChurnJoin> const churn_join{"churn_join", "a subscriber joins while a publisher sends: nothing is missed",
                                         2};

/// Two subscribers that change places: on one ring nobody shares, on two each of them always finds one.
template <uint32_t Rings>
struct ChurnTwoSubscribers : WorldScenario {
    Publisher  publisher{in_thread(2), only(2)};
    Subscriber readers[2][2]{{in_thread(0), in_thread(0)}, {in_thread(1), in_thread(1)}};
    bool       seated[2]{};

    ChurnTwoSubscribers() : WorldScenario({rings(Rings), slots(Rings * 2 + 2), subscribers(2), records(4)})
    {
        for (unsigned index = 0; index < 2; ++index) {
            spawn([this, index] {
                sit(index, 0);
                seated[index] ? readers[index][0].leave_and_free() : readers[index][0].detach();
                sit(index, 1);
            });
        }
        spawn([this] {
            publisher.send_under_pressure();
            publisher.send_under_pressure();
        });
        at_end([this] {
            expect(publisher.send_under_pressure() == seated[0] + seated[1],
                   "a living subscriber is deaf, or a ring without one is live");
            for (unsigned index = 0; index < 2; ++index) {
                readers[index][1].expect_enrolled();
                if (seated[index]) {
                    readers[index][1].finish();
                }
            }
        });
    }
    void sit(unsigned index, unsigned turn)
    {
        Subscriber& reader = readers[index][turn];
        expect(reader.enroll(only(index)), "a record of one's own is not free");
        seated[index] = reader.join();
        expect(seated[index] || Rings < 2, "a ring was free at each moment, and none was found");
        if (seated[index]) {
            reader.receive();
        }
    }
};
Registration<ChurnTwoSubscribers<1>> const churn_one_ring{
    "churn_one_ring", "two subscribers compete for one ring while a publisher sends", 3};
Registration<ChurnTwoSubscribers<2>, 0, 1> const churn_two_subscribers{
    "churn_two_subscribers", "two subscribers come and go on two rings while a publisher sends", 3};

/// An evictor has emptied an entry and not yet dropped the reference when the ring changes hands; a sweep sees the
/// entry as the next seat opened it, and has to know of the evictor's claim all the same. Then the slot is lent again.
struct EvictAgainstRejoin : RecoveryScenario {
    Recoverer  sweeper{in_thread(2), only(4)};
    Publisher  publisher{in_thread(1), only(2)};
    Publisher  lender{in_thread(2), only(3)};
    Subscriber first{in_thread(0), only(0)};
    Subscriber second{in_thread(0)};

    EvictAgainstRejoin() : RecoveryScenario({slots(1), subscribers(2), records(6)})
    {
        publisher.send();
        spawn([this] {
            first.leave_and_free();
            second.attach(only(0));
        });
        spawn([this] { publisher.send_under_pressure(); });
        spawn([this] {
            sweeper.sweep();
            lender.send();
        });
        at_end([this] { second.finish(); });
    }
};
Registration<EvictAgainstRejoin, 0, 1> const evict_rejoin{
    "evict_against_rejoin", "a ring changes hands while an evictor holds one of its references and a sweep looks", 3};

} // namespace
} // namespace kickmsg_models
