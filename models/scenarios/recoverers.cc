// Recoverers that die, that meet one another, and traffic that goes on meanwhile.
#include "Toll.h"

namespace kickmsg_models {
namespace {

/// Two subscribers' records and the publishers' after them; the last one is the auditor's.
enum : uint32_t { dead_reader, living_reader, dead_writer, living_writer, first_recoverer, second_recoverer, records };

Shape shape_of(uint32_t rings, uint32_t pool)
{
    Shape shape;
    shape.rings       = rings;
    shape.pool        = pool;
    shape.subscribers = 2;
    shape.records     = records;
    return shape;
}

/// A publisher dies in an evicting send, one recoverer may die in mid-recovery, and the next one as well.
class DeathOfRecoverer : public Scenario {
public:
    DeathOfRecoverer()
    {
        reader_.attach({living_reader, 1});
        victim_.attach({dead_writer, 1});
        first_.enroll({first_recoverer, 1});
        second_.enroll({second_recoverer, 1});
        victim_.send();
        victim_.send();
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            toll_.mortal([this] { victim_.send(); });
        } else if (index == 1) {
            toll_.mortal([this] { toll_.add(first_.run()); });
        } else {
            toll_.mortal([this] { toll_.add(second_.run()); });
        }
    }
    void after() override
    {
        world_.audit();
        toll_.check();
    }

private:
    World      world_{shape_of(1, 3)};
    Subscriber reader_{world_, 3};
    Publisher  victim_{world_, 0, 1};
    Recoverer  first_{world_, 1};
    Recoverer  second_{world_, 2};
    Toll       toll_;
};

/// The same from a slot that is lost already, for wide bounds: only the recoverers run.
class DeathInRecovery : public Scenario {
public:
    DeathInRecovery()
    {
        dead_.attach({0, 1});
        first_.enroll({1, 1});
        second_.enroll({2, 1});
        lose_top_slot(world_);
        kill(dead_);
        toll_.begin_with(1);
    }
    void thread(unsigned index) override
    {
        toll_.mortal([this, index] { toll_.add(index == 0 ? first_.run() : second_.run()); });
    }
    void after() override
    {
        world_.audit();
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
    Recoverer first_{world_, 0};
    Recoverer second_{world_, 1};
    Toll      toll_;
};

/// What a dead publisher (a loan) and a dead subscriber (a ring, a view, an unread message) leave, as a beginning.
class TheDead {
public:
    explicit TheDead(World& world) : reader_(world, 4), writer_(world, 4, 1)
    {
        reader_.attach({dead_reader, 1});
        writer_.attach({dead_writer, 1});
        writer_.send();
        writer_.send();
        reader_.receive_view();
        writer_.allocate();
        kill(reader_);
        kill(writer_);
    }

private:
    Subscriber reader_;
    Publisher  writer_;
};

/// Both live and recover the same dead; a newcomer takes their ring as soon as it is free, and a publisher sends.
class TwoRecoverers : public Scenario {
public:
    TwoRecoverers()
    {
        living_.attach({living_writer, 1});
        first_.enroll({first_recoverer, 1});
        second_.enroll({second_recoverer, 1});
        toll_.begin_with(2);
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            living_.allocate();
            joined_ = reader_.attach({living_reader, 1});
            living_.send();
            living_.send_under_pressure();
            if (joined_) {
                reader_.receive();
            }
        } else {
            toll_.add(index == 1 ? first_.run() : second_.run());
        }
    }
    void after() override
    {
        if (joined_) {
            reader_.expect_enrolled();
            expect(living_.send_under_pressure() == 1, "a living publisher reaches nobody");
        }
        living_.expect_enrolled();
        first_.expect_enrolled();
        second_.expect_enrolled();
        world_.audit();
        if (joined_) {
            reader_.finish();
        }
        toll_.check();
    }

private:
    World      world_{shape_of(1, 4)};
    TheDead    dead_{world_};
    Publisher  living_{world_, 0, 2};
    Subscriber reader_{world_, 0};
    Recoverer  first_{world_, 1};
    Recoverer  second_{world_, 2};
    Toll       toll_;
    bool       joined_ = false;
};

/// The free stack alone: both find the same lost slot.
class TwoSweepers : public Scenario {
public:
    TwoSweepers()
    {
        first_.enroll({0, 1});
        second_.enroll({1, 1});
        lose_top_slot(world_);
    }
    void thread(unsigned index) override
    {
        (index == 0 ? first_ : second_).sweep();
    }
    void after() override
    {
        world_.audit_pool(); // two living sweepers leave nothing behind
        world_.audit();
    }

private:
    static Shape shape()
    {
        Shape shape;
        shape.rings       = 0;
        shape.pool        = 2;
        shape.subscribers = 0;
        shape.records     = 3;
        return shape;
    }

    World     world_{shape()};
    Recoverer first_{world_, 0};
    Recoverer second_{world_, 1};
};

/// Everybody dies somewhere: publisher, subscriber, recoverer, second recoverer.
class FourDeaths : public Scenario {
public:
    FourDeaths()
    {
        reader_.attach({dead_reader, 1});
        writer_.attach({dead_writer, 1});
        first_.enroll({first_recoverer, 1});
        second_.enroll({second_recoverer, 1});
        writer_.send();
        writer_.send();
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            toll_.mortal([this] {
                writer_.send_under_pressure();
                writer_.send_under_pressure();
            });
        } else if (index == 1) {
            toll_.mortal([this] { read(); });
        } else if (index == 2) {
            toll_.mortal([this] { toll_.add(first_.run()); });
        } else {
            toll_.mortal([this] {
                toll_.add(second_.run());
                toll_.add(second_.run());
            });
        }
    }
    void after() override
    {
        world_.audit();
        toll_.check();
    }

private:
    void read()
    {
        View const view = reader_.receive_view();
        reader_.receive();
        if (view) {
            reader_.drop(view);
        }
        reader_.leave_and_free();
    }

    World      world_{shape_of(1, 3)};
    Subscriber reader_{world_, 1};
    Publisher  writer_{world_, 0, 1};
    Recoverer  first_{world_, 2};
    Recoverer  second_{world_, 3};
    Toll       toll_;
};

/// The parts of recovery that are calls of their own: the sweep, then the rings.
class ReclaimAlone : public Scenario {
public:
    ReclaimAlone()
    {
        reader_.attach({dead_reader, 1});
        living_.attach({living_writer, 1});
        first_.enroll({first_recoverer, 1});
        living_.send();
        living_.send();
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            toll_.mortal([this] {
                View const view = reader_.receive_view();
                if (view) {
                    reader_.drop(view);
                }
                reader_.leave_and_free();
            });
        } else if (index == 1) {
            living_.send_under_pressure();
            living_.send_under_pressure();
        } else {
            first_.sweep();
            first_.close_rings(core::DeadRings::HalfWay);
            first_.close_rings(core::DeadRings::All);
            first_.sweep();
        }
    }
    void after() override
    {
        expect(living_.send_under_pressure() >= 0, "a dead subscriber starves a living publisher");
        world_.audit();
    }

private:
    World      world_{shape_of(1, 3)};
    Subscriber reader_{world_, 0};
    Publisher  living_{world_, 1, 1};
    Recoverer  first_{world_, 2};
    Toll       toll_;
};

/// A publisher and a subscriber die under evictions, held views, joins, and a recovery that goes on.
class DeadlyTraffic : public Scenario {
public:
    DeadlyTraffic()
    {
        victim_reader_.attach({dead_reader, 1});
        victim_writer_.attach({dead_writer, 1});
        living_.attach({living_writer, 1});
        first_.enroll({first_recoverer, 1});
        living_.send();
        living_.send();
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            toll_.mortal([this] {
                victim_writer_.send_under_pressure();
                victim_writer_.send_under_pressure();
            });
        } else if (index == 1) {
            toll_.mortal([this] {
                View const view = victim_reader_.receive_view();
                victim_reader_.receive();
                if (view) {
                    victim_reader_.drop(view);
                }
            });
        } else if (index == 2) {
            live();
        } else {
            toll_.add(first_.run());
            first_.sweep();
            toll_.add(first_.run());
        }
    }
    void after() override
    {
        expect(living_.send_under_pressure() >= 1, "a living publisher does not reach a living subscriber");
        reader_.expect_enrolled();
        living_.expect_enrolled();
        world_.audit();
        reader_.drop(view_);
        reader_.finish();
        world_.audit_pool();
        toll_.check();
    }

private:
    void live()
    {
        expect(reader_.attach({living_reader, 1}), "there is a ring for each subscriber");
        while (!view_) {
            living_.send_under_pressure();
            view_ = reader_.receive_view();
        }
        living_.send_under_pressure();
        reader_.receive();
    }

    World      world_{shape_of(2, 6)};
    Subscriber victim_reader_{world_, 1};
    Publisher  victim_writer_{world_, 0, 1};
    Publisher  living_{world_, 2, 2};
    Subscriber reader_{world_, 2};
    Recoverer  first_{world_, 3};
    Toll       toll_;
    View       view_;
};

Registration<DeathOfRecoverer> const death_of_recoverer{
    "death_of_recoverer", "a publisher dies, then perhaps a recoverer, then perhaps the next one", 3, 3};
Registration<DeathInRecovery> const death_in_recovery{
    "death_in_recovery", "free stack: a slot of the dead, two recoverers, both may die", 2, 2};
Registration<TwoRecoverers> const two_recoverers{
    "two_recoverers", "two recover the same dead publisher and subscriber; a newcomer joins, a publisher sends", 3};
Registration<TwoSweepers> const  two_sweepers{"two_sweepers", "free stack: two sweepers find the same lost slot", 2};
Registration<FourDeaths> const   four_deaths{"four_deaths", "a publisher, a subscriber and two recoverers, all may die",
                                           4, 4};
Registration<ReclaimAlone> const reclaim_alone{
    "reclaim_alone", "a subscriber dies; the sweep alone and the closing of rings alone, under evictions", 3, 1};
Registration<DeadlyTraffic> const deadly_traffic{"deadly_traffic",
                                                 "evictions, views and a join, two may die, one recovers", 4, 2};

} // namespace
} // namespace kickmsg_models
