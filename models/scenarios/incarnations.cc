// Records and rings of the dead are freed and used by newcomers, while a slow recoverer acts on what it read before.
#include "Toll.h"

namespace kickmsg_models {
namespace {

/// The dead publisher's record, with a loan; recoverer A is slow, B is fast, a newcomer enrolls in that very record.
class IncarnationsRecord : public Scenario {
public:
    IncarnationsRecord()
    {
        dead_.attach({0, 1});
        dead_.allocate();
        slow_.enroll({1, 1});
        fast_.enroll({2, 1});
        owe_sweep(world_);
        kill(dead_);
        toll_.begin_with(1);
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            toll_.add(slow_.run());
        } else {
            toll_.add(fast_.run());
            enrolled_ = newcomer_.attach({0, 1});
            if (enrolled_) {
                newcomer_.send();
                lends_ = newcomer_.allocate();
            }
        }
    }
    void after() override
    {
        if (enrolled_) {
            newcomer_.expect_enrolled();
        }
        world_.audit();
        if (enrolled_) {
            newcomer_.expect_enrolled();
            expect(!lends_ || newcomer_.publish() == 0, "nobody listens");
            newcomer_.leave();
        }
        world_.audit_pool();
        toll_.check();
    }

private:
    static Shape shape()
    {
        Shape shape;
        shape.rings       = 0;
        shape.pool        = 2;
        shape.subscribers = 0;
        shape.records     = 4;
        return shape;
    }

    World     world_{shape()};
    Publisher dead_{world_, 3, 1};
    Recoverer slow_{world_, 0};
    Recoverer fast_{world_, 1};
    Publisher newcomer_{world_, 1, 2};
    Toll      toll_;
    bool      enrolled_ = false;
    bool      lends_    = false;
};

/// The dead subscriber's ring and record: the newcomer takes both, receives and holds a view.
class IncarnationsRing : public Scenario {
public:
    IncarnationsRing()
    {
        dead_.attach({0, 1});
        publisher_.attach({1, 1});
        publisher_.send();
        slow_.enroll({2, 1});
        fast_.enroll({3, 1});
        owe_sweep(world_);
        kill(dead_);
        toll_.begin_with(1);
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            toll_.add(slow_.run());
        } else {
            toll_.add(fast_.run());
            enrolled_ = newcomer_.enroll({0, 1});
            joined_   = enrolled_ && newcomer_.join();
            if (joined_) {
                expect(publisher_.send() == 1, "a living publisher does not reach a living subscriber");
                view_ = newcomer_.receive_view();
                expect(static_cast<bool>(view_), "a message for the newcomer is gone");
                publisher_.send();
            }
        }
    }
    void after() override
    {
        world_.audit();
        if (enrolled_) {
            newcomer_.expect_enrolled();
        }
        if (joined_) {
            newcomer_.drop(view_);
            expect(publisher_.send() == 1, "a living publisher does not reach a living subscriber");
            newcomer_.finish();
            newcomer_.leave_and_free();
        }
        world_.audit_pool();
        toll_.check();
    }

private:
    static Shape shape()
    {
        Shape shape;
        shape.pool    = 4;
        shape.records = 5;
        return shape;
    }

    World      world_{shape()};
    Subscriber dead_{world_, 3};
    Publisher  publisher_{world_, 1, 1};
    Recoverer  slow_{world_, 0};
    Recoverer  fast_{world_, 1};
    Subscriber newcomer_{world_, 1};
    Toll       toll_;
    bool       enrolled_ = false;
    bool       joined_   = false;
    View       view_;
};

/// No record is free and one is a dead publisher's, who lost a slot: newcomers adopt it, one may die doing so, and a
/// recoverer does as much at the same time. The sweep stays owed until it is done.
class Adopt : public Scenario {
public:
    Adopt()
    {
        dead_.attach({0, 1});
        recoverer_.enroll({1, 1});
        lose_top_slot(world_);
        kill(dead_);
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            lab().run_mortal([this] {
                adopted_[0] = first_.attach_adopting({0, 1});
                if (adopted_[0]) {
                    first_.send();
                }
                lives_ = true;
            });
        } else if (index == 1) {
            adopted_[1] = second_.attach_adopting({0, 1});
            if (adopted_[1]) {
                second_.allocate();
            }
        } else {
            recoverer_.run();
        }
    }
    void after() override
    {
        expect(!adopted_[0] || !adopted_[1] || !lives_, "two living participants have adopted one record");
        audit_living();
        world_.audit();
        audit_living();
    }

private:
    void audit_living()
    {
        if (adopted_[0] && lives_) {
            first_.expect_enrolled();
        }
        if (adopted_[1]) {
            second_.expect_enrolled();
        }
    }
    static Shape shape()
    {
        Shape shape;
        shape.rings       = 0;
        shape.pool        = 3;
        shape.subscribers = 0;
        shape.records     = 3;
        return shape;
    }

    World     world_{shape()};
    Publisher dead_{world_, 3, 1};
    Publisher first_{world_, 0, 2};
    Publisher second_{world_, 1, 3};
    Recoverer recoverer_{world_, 2};
    bool      adopted_[2]{};
    bool      lives_ = false;
};

/// The dead one enrolls, loses a slot and dies; an adopter owes the sweep for it. Who reads of the debt must see what the
/// dead one did, though it may still see its record as free: else the sweep is noted as done and the slot is gone.
class AdoptDebt : public Scenario {
public:
    AdoptDebt()
    {
        recoverer_.enroll({1, 1});
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            lab().run_mortal([this] {
                if (victim_.attach({0, 1})) {
                    victim_.allocate();
                }
            });
        } else if (index == 1) {
            adopter_.attach_adopting({0, 1});
        } else {
            recoverer_.run();
        }
    }
    void after() override
    {
        world_.audit();
    }

private:
    static Shape shape()
    {
        Shape shape;
        shape.rings       = 0;
        shape.pool        = 1;
        shape.subscribers = 0;
        shape.records     = 3;
        return shape;
    }

    World     world_{shape()};
    Publisher victim_{world_, 0, 1};
    Publisher adopter_{world_, 1, 2};
    Recoverer recoverer_{world_, 2};
};

/// Who finds nothing owed any more can allocate what was brought back.
class DebtSettled : public Scenario {
public:
    DebtSettled()
    {
        recoverer_.enroll({0, 1});
        publisher_.attach({1, 1});
        lose_top_slot(world_);
        owe_sweep(world_);
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            recoverer_.run();
            return;
        }
        LifeCheck life(world_);
        if (!Recovery(world_.layout, publisher_.self(), life).is_needed()) {
            expect(publisher_.allocate(), "the sweep is noted as done, and its slot is not there");
        }
    }
    void after() override
    {
        world_.audit();
    }

private:
    static Shape shape()
    {
        Shape shape;
        shape.rings       = 0;
        shape.pool        = 1;
        shape.subscribers = 0;
        shape.records     = 3;
        return shape;
    }

    World     world_{shape()};
    Recoverer recoverer_{world_, 0};
    Publisher publisher_{world_, 1, 1};
};

Registration<AdoptDebt> const adopt_debt{
    "adopt_debt", "a publisher enrolls, loses a slot and dies; its record is adopted; one recovers", 3, 1};
Registration<DebtSettled> const        debt_settled{"debt_settled",
                                             "a sweep is owed and done; who finds nothing owed allocates the slot", 2};
Registration<IncarnationsRecord> const incarnations_record{
    "incarnations_record", "a record is recovered and used again while a slow recoverer still holds its old word", 2};
Registration<IncarnationsRing> const incarnations_ring{
    "incarnations_ring", "a ring is recovered and joined again while a slow recoverer still holds its old word", 2};
Registration<Adopt> const adopt{"adopt", "newcomers adopt a dead publisher's record, one may die; one recovers", 3, 1};

} // namespace
} // namespace kickmsg_models
