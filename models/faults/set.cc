// Faults of wait sets: the bell, the descriptor, the threads.
#include "Target.h"

namespace kickmsg_models {
namespace {

bool is_of_the_bell(Access const& access)
{
    return std::strcmp(access.site.file_name(), "SetBell.h") == 0;
}

/// The bell is rung, and then what it announces is done.
class RungBeforeTheWake : public Fault {
public:
    bool before(Access& access) override
    {
        if (is_of_the_bell(access) && access.operation == Operation::Store) {
            woken_.mine() = put_off(access);
            return false;
        }
        return true;
    }
    void after(Access& access) override
    {
        if (is_of_the_bell(access) && access.operation == Operation::FetchAdd) {
            make_up_for(woken_.mine(), access.site);
        }
    }

private:
    PerThread<PutOff> woken_;
};

/// What changes a word leaves it as it was: a sleeper is woken, one that is about to sleep is not stopped.
class NotCounted : public Fault {
public:
    explicit NotCounted(char const* function) : function_(function) {}
    bool before(Access& access) override
    {
        if (access.site.is_in(function_) && access.operation == Operation::FetchAdd && access.bits == 32) {
            access.operand = 0;
        }
        return true;
    }

private:
    char const* function_;
};

struct BellNotCounted : NotCounted {
    BellNotCounted() : NotCounted("ring") {}
};
struct CallNotCounted : NotCounted {
    CallNotCounted() : NotCounted("change") {}
};

FaultTable const table{
    {"set-rung-before-the-wake", "set_wake", "the bell of a set is rung before the wake is noted",
     plant<RungBeforeTheWake>},
    {"set-bell-not-counted", "set_add", "the bell of a set is rung and not counted", plant<BellNotCounted>},
    {"set-sleeps-on-what-it-finds", "set_message", "a set reads the words that it sleeps on after its look",
     plant<Fault>},
    {"set-handle-emptied-last", "set_handle_wake",
     "the descriptor of a set is emptied when its thread has been posted already", plant<Fault>},
    {"set-lookout-not-called", "set_handle", "a thread of a set that is about to sleep is not called to its new words",
     plant<CallNotCounted>},
    {"set-board-bell-read-again", "set_board",
     "a set reads the word of a blackboard again for the second of its readers", plant<Fault>},
};

} // namespace
} // namespace kickmsg_models
