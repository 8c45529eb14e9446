/// Victims that are stepped by a tracer: a state is a number of changes of shared memory. State 0 is before the first.
#pragma once

#include "KillSweep.h"
#include "Victim.h"

namespace kickmsg_crash {

/// Victim and tracer share one processor as long as it exists.
class Stepping : private Bound, public Victim {
public:
    static constexpr char const* state = "state";
    static constexpr uint64_t    first = 0;

    Stepping(Arena& arena, Operation const& operation, uint64_t changes, Fate fate)
        : Bound(processor()), Victim(operation.body(arena), processor()),
          reached_(run_to_change(static_cast<unsigned>(changes), arena.watched(), meanwhile(operation, arena)))
    {
        if (fate == Fate::Killed) {
            kill();
        }
    }

    bool reached() const noexcept
    {
        return reached_;
    }
    uint64_t states() const noexcept
    {
        return changes().size();
    }

    static void kill_after(Arena& arena, Operation const& operation, unsigned changes)
    {
        Victim victim(operation.body(arena), -1);
        victim.run_to_change(changes, arena.watched());
        victim.kill();
    }

private:
    static std::function<void(unsigned)> meanwhile(Operation const& operation, Arena& arena)
    {
        if (operation.meanwhile == nullptr) {
            return {};
        }
        return [&operation, &arena](unsigned change) { operation.meanwhile(arena, change); };
    }

    bool reached_;
};

using SteppedSweep = KillSweep<Stepping>;

} // namespace kickmsg_crash
