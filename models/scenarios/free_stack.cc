// The free stack alone: the tag against ABA, the links, the loan, the slot's payload from one owner to the next.
#include "Participants.h"

namespace kickmsg_models {
namespace {

/// Three publishers take slots, write to them, and give them back: never two at one slot, none lost at the end.
class FreeStackScenario : public Scenario {
public:
    void thread(unsigned index) override
    {
        Publisher& me = *publishers_[index];
        for (unsigned turn = 0; turn < (index == 0 ? 1 : 2); ++turn) {
            if (me.allocate()) {
                me.publish(); // to nobody: the slot goes straight back
            }
        }
    }
    void after() override
    {
        world_.audit_pool();
    }

protected:
    static Shape shape()
    {
        Shape shape;
        shape.pool    = 2;
        shape.records = 4;
        return shape;
    }

    World                    world_{shape()};
    std::optional<Publisher> publishers_[3];

public:
    FreeStackScenario()
    {
        for (unsigned i = 0; i < 3; ++i) {
            publishers_[i].emplace(world_, i, i + 1);
            publishers_[i]->attach({1, 3});
        }
    }
};

/// One popper sleeps between reading the top and taking it, while the other moves the stack by four operations and holds
/// what was second: a tag of two bits is back where it was.
class LongSleep : public Scenario {
public:
    LongSleep()
    {
        sleeper_.attach({1, 1});
        for (unsigned i = 0; i < 3; ++i) {
            busy_[i].emplace(world_, 1, 2 + i);
            busy_[i]->attach({2, 3});
        }
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            sleeper_.allocate();
            return;
        }
        for (auto& publisher : busy_) {
            publisher->allocate();
        }
        busy_[0]->abandon();
    }
    void after() override
    {
        world_.audit_pool();
    }

private:
    static Shape shape()
    {
        Shape shape;
        shape.pool    = 4;
        shape.records = 6;
        return shape;
    }

    World                    world_{shape()};
    Publisher                sleeper_{world_, 0, 1};
    std::optional<Publisher> busy_[3];
};

/// Two slots change places again and again while a sweep walks down the stack: following links of different moments it
/// would go round in circles and report a corrupt stack.
class Juggler : public Scenario {
public:
    Juggler()
    {
        sweeper_.enroll({1, 1});
        for (unsigned i = 0; i < 2; ++i) {
            hands_[i].emplace(world_, 1, 1 + i);
            hands_[i]->attach({2, 2});
        }
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            sweeper_.sweep();
            return;
        }
        for (unsigned round = 0; round < 2; ++round) {
            hands_[0]->allocate();
            hands_[1]->allocate();
            hands_[0]->abandon();
            hands_[1]->abandon();
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
        shape.pool    = 2;
        shape.records = 5;
        return shape;
    }

    World                    world_{shape()};
    Recoverer                sweeper_{world_, 0};
    std::optional<Publisher> hands_[2];
};

Registration<Juggler> const juggler{"sweep_against_juggler",
                                    "two slots change places while a sweep walks down the stack", 2};

Registration<LongSleep> const long_sleep{"free_stack_long_sleep", "a popper sleeps while the stack moves under it", 2};

Registration<FreeStackScenario> const registered{
    "free_stack", "publishers pop, write and push slots of a small pool: tag, links, loans", 3};

} // namespace
} // namespace kickmsg_models
