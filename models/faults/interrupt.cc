// Faults of ending the sleep of a subscriber.
#include "Target.h"

namespace kickmsg_models {
namespace {

/// The request is looked at before the way to the sleep is there.
class InterruptLookedForFirst : public Fault {
public:
    bool before(Access& access) override
    {
        if (access.site.is_in("begin_sleep") && access.operation == Operation::Store && access.bits == 64) {
            way_.mine() = put_off(access);
            return false;
        }
        return true;
    }
    void after(Access& access) override
    {
        if (access.site.is_in("begin_sleep") && access.operation == Operation::Load) {
            make_up_for(way_.mine(), access.site);
        }
    }

private:
    PerThread<PutOff> way_;
};

class InterrupterNotCounted : public Fault {
public:
    bool before(Access& access) override
    {
        if (access.site.is_in("request") && access.operation == Operation::FetchAdd) {
            access.operand = 0;
        }
        return true;
    }
};

FaultTable const table{
    {"interrupt-looked-for-first", "interrupt", "a request is looked for before the way to the sleep is shown",
     plant<InterruptLookedForFirst>},
    {"interrupter-not-counted", "interrupt_move", "a subscriber leaves a region to which an interrupter is on its way",
     plant<InterrupterNotCounted>},
};

} // namespace
} // namespace kickmsg_models
