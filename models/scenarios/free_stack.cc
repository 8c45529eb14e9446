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

Registration<FreeStackScenario> const registered{
    "free_stack", "publishers pop, write and push slots of a small pool: tag, links, loans", 3};

} // namespace
} // namespace kickmsg_models
