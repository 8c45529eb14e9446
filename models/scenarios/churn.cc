// Subscribers come and go on rings that publishers deliver to; nobody dies.
#include "Toll.h"

namespace kickmsg_models {
namespace {

/// One seat after the other on one ring.
class ChurnJoinLeave : public Scenario {
public:
    ChurnJoinLeave()
    {
        publisher_.attach({1, 1});
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            publisher_.send_under_pressure();
            publisher_.send_under_pressure();
            publisher_.send_under_pressure();
        } else {
            expect(first_.attach({0, 1}), "a free ring cannot be joined");
            first_.receive();
            first_.leave_and_free();
            expect(second_.attach({0, 1}), "the ring of one who left cannot be joined");
            second_.receive();
        }
    }
    void after() override
    {
        expect(publisher_.send_under_pressure() == 1, "a living subscriber is deaf");
        second_.expect_enrolled();
        second_.finish();
        expect(second_.received() + second_.lost() != 0, "a message sent to a living subscriber is gone");
        world_.audit_pool();
    }

private:
    static Shape shape()
    {
        Shape shape;
        shape.pool    = 4;
        shape.records = 3;
        return shape;
    }

    World      world_{shape()};
    Publisher  publisher_{world_, 0, 1};
    Subscriber first_{world_, 1};
    Subscriber second_{world_, 1};
};

/// One seat: whoever the publisher says it reached has the message, or lost it in the ring's count; and a publisher that
/// has reached a subscriber once reaches it with every later message.
class ChurnJoin : public Scenario {
public:
    ChurnJoin()
    {
        publisher_.attach({1, 1});
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            int before = 0;
            for (unsigned turn = 0; turn < 3; ++turn) {
                int const reached = publisher_.send_under_pressure();
                expect(reached >= before, "a message passes by a subscriber that has got an earlier one");
                before = reached;
            }
        } else {
            reader_.attach({0, 1});
            reader_.receive();
        }
    }
    void after() override
    {
        reader_.finish();
        expect(reader_.received() + reader_.lost() == publisher_.reached(),
               "a message that reached a subscriber is neither received nor lost");
        world_.audit_pool();
    }

private:
    static Shape shape()
    {
        Shape shape;
        shape.pool    = 3;
        shape.records = 3;
        return shape;
    }

    World      world_{shape()};
    Publisher  publisher_{world_, 0, 1};
    Subscriber reader_{world_, 1};
};

/// Two subscribers, who change places: on one ring nobody shares, on two each of them always finds one.
template <uint32_t Rings>
class ChurnTwoSubscribers : public Scenario {
public:
    ChurnTwoSubscribers()
    {
        publisher_.attach({2, 1});
    }
    void thread(unsigned index) override
    {
        if (index == 2) {
            publisher_.send_under_pressure();
            publisher_.send_under_pressure();
            return;
        }
        for (unsigned turn = 0; turn < 2; ++turn) {
            auto& reader = readers_[2 * index + turn];
            reader.emplace(world_, index);
            expect(reader->enroll({index, 1}), "a record of one's own is not free");
            seated_[index] = reader->join();
            expect(seated_[index] || Rings < 2, "a ring was free at each moment, and none was found");
            if (seated_[index]) {
                reader->receive();
            }
            if (turn == 0) {
                seated_[index] ? reader->leave_and_free() : reader->detach();
            }
        }
    }
    void after() override
    {
        int const seated = (seated_[0] ? 1 : 0) + (seated_[1] ? 1 : 0);
        expect(publisher_.send_under_pressure() == seated,
               "a living subscriber is deaf, or a ring without one is live");
        for (unsigned index = 0; index < 2; ++index) {
            readers_[2 * index + 1]->expect_enrolled();
            if (seated_[index]) {
                readers_[2 * index + 1]->finish();
            }
        }
        world_.audit_pool();
    }

private:
    static Shape shape()
    {
        Shape shape;
        shape.rings       = Rings;
        shape.pool        = Rings * 2 + 2;
        shape.subscribers = 2;
        shape.records     = 4;
        return shape;
    }

    World                     world_{shape()};
    Publisher                 publisher_{world_, 2, 1};
    std::optional<Subscriber> readers_[4];
    bool                      seated_[2]{};
};

/// An evictor has emptied an entry and not yet dropped the reference when the ring changes hands; who sweeps sees the
/// entry as the next seat opened it, and has to know of the evictor's claim all the same. Then the slot is lent again.
class EvictAgainstRejoin : public Scenario {
public:
    EvictAgainstRejoin()
    {
        sweeper_.enroll({4, 1});
        publisher_.attach({2, 1});
        lender_.attach({3, 1});
        first_.attach({0, 1});
        publisher_.send();
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            first_.leave_and_free();
            second_.attach({0, 1});
        } else if (index == 1) {
            publisher_.send_under_pressure();
        } else {
            sweeper_.sweep();
            lender_.send();
        }
    }
    void after() override
    {
        second_.finish();
        world_.audit();
    }

private:
    static Shape shape()
    {
        Shape shape;
        shape.pool        = 1;
        shape.subscribers = 2;
        shape.records     = 6;
        return shape;
    }

    World      world_{shape()};
    Subscriber first_{world_, 0};
    Subscriber second_{world_, 0};
    Publisher  publisher_{world_, 1, 1};
    Publisher  lender_{world_, 2, 2};
    Recoverer  sweeper_{world_, 2};
};

Registration<ChurnJoinLeave> const churn_join_leave{
    "churn_join_leave", "a subscriber joins, leaves, joins again while a publisher sends and evicts", 2};
Registration<ChurnJoin> const churn_join{"churn_join", "a subscriber joins while a publisher sends: nothing is missed",
                                         2};
Registration<ChurnTwoSubscribers<1>> const churn_one_ring{
    "churn_one_ring", "two subscribers compete for one ring while a publisher sends", 3};
Registration<ChurnTwoSubscribers<2>> const churn_two_subscribers{
    "churn_two_subscribers", "two subscribers come and go on two rings while a publisher sends", 3};
Registration<EvictAgainstRejoin> const evict_rejoin{
    "evict_against_rejoin", "a ring changes hands while an evictor holds one of its references and a sweep looks", 3};

} // namespace
} // namespace kickmsg_models
