/// Victims that count their own operations: a state is a point of CountingPolicy.h, before an atomic operation or after a change.
#pragma once

#include "CountedVictim.h"
#include "KillSweep.h"

namespace kickmsg_crash {

class Counting : public CountedVictim {
public:
    static constexpr char const* state = "point";
    static constexpr uint64_t    first = 1;

    Counting(Arena& arena, Operation const& operation, uint64_t point, Fate fate)
        : CountedVictim(arena, operation, Strike{fate == Fate::Stopped, point}, meanwhile(operation, arena))
    {
    }

    bool reached() const noexcept
    {
        return !completed();
    }
    uint64_t states() const noexcept
    {
        return points();
    }
    static uint64_t steps() noexcept
    {
        return 0;
    }

    static void kill_after(Arena& arena, Operation const& operation, unsigned changes)
    {
        Strike strike;
        strike.after = changes;
        CountedVictim const victim(arena, operation, strike);
    }

private:
    static std::function<void()> meanwhile(Operation const& operation, Arena& arena)
    {
        if (operation.meanwhile == nullptr) {
            return {};
        }
        return [&operation, &arena] { operation.meanwhile(arena, 0); };
    }
};

using CountedSweep = KillSweep<Counting>;

} // namespace kickmsg_crash
