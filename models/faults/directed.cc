// Faults of messages to one subscriber: whom they are for, and who has them in the end.
#include "Target.h"

namespace kickmsg_models {
namespace {

/// A publisher believes for ever whose seat a ring was at first.
class AddresseeAskedOnce : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("is_seat_of")) {
            known_.mine() = known_.mine() == 0 ? access.result : known_.mine();
            access.result = known_.mine();
        }
    }

private:
    PerThread<uint64_t> known_;
};

/// A message that its subscriber has taken already counts as withdrawn.
class WithdrawnThoughTaken : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("remove") && target_of(access).word == Word::Entry) {
            access.done = true;
        }
    }
};

FaultTable const table{
    {"addressee-asked-once", "directed_newcomer", "whose seat a ring is, is not looked at after the entry was read",
     plant<AddresseeAskedOnce>},
    {"withdrawn-though-taken", "directed_withdrawn", "a message is withdrawn whether or not its subscriber was faster",
     plant<WithdrawnThoughTaken>},
};

} // namespace
} // namespace kickmsg_models
