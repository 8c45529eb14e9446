// A pop that loses the last slot to another one that dies before it lends it: the loser's note of it must not last.
#include "Toll.h"

namespace kickmsg_models {
namespace {

enum : uint32_t { victim_record, loser_record, recoverer_record, records = recoverer_record + 2 };

/// The free stack alone, with one slot: who loses it finds the stack empty, and has nothing else to note. A note that stays
/// covers the slot for as long as its owner lives: no recovery brings it back.
class DeathOfFasterPopper : public Scenario {
public:
    DeathOfFasterPopper()
    {
        victim_.attach({victim_record, 1});
        loser_.attach({loser_record, 1});
        recoverer_.enroll({recoverer_record, 1});
        owe_sweep(world_);
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            toll_.mortal([this] {
                victim_.allocate();
                lives_ = true;
            });
        } else if (index == 1) {
            loser_.allocate();
        } else {
            toll_.add(recoverer_.run());
        }
    }
    void after() override
    {
        world_.audit();
        expect(lives_ || loser_.allocate(), "the last slot did not come back from the dead");
        world_.audit_pool();
        toll_.check();
    }

private:
    static Shape shape()
    {
        Shape shape;
        shape.rings       = 0;
        shape.capacity    = 1;
        shape.pool        = 1;
        shape.subscribers = 0;
        shape.records     = records;
        return shape;
    }

    World     world_{shape()};
    Publisher victim_{world_, 0, 1};
    Publisher loser_{world_, 1, 2};
    Recoverer recoverer_{world_, 2};
    Toll      toll_;
    bool      lives_ = false;
};

Registration<DeathOfFasterPopper> const death_of_faster_popper{
    "death_of_faster_popper", "free stack: of two who pop the last slot one dies before it lends it, one recovers", 3,
    1};

} // namespace
} // namespace kickmsg_models
