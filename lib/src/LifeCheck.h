/// What the core algorithms ask of the living.
#pragma once

#include "kickmsg/os/Liveness.h"
#include "kickmsg/os/SharedMemory.h"

#include <cstddef>
#include <cstdint>

namespace kickmsg {
namespace detail {

/// Asks the kernel which participants live, once for each incarnation: an old "dead" stays true, an old "alive" is merely cautious.
class LifeCheck {
public:
    explicit LifeCheck(SharedMemory const& memory) noexcept : memory_(memory) {}

    bool is_alive(uint64_t incarnation) noexcept
    {
        Answer& known = known_[incarnation % answers];
        if (known.incarnation != incarnation || incarnation == 0) {
            known = Answer{incarnation, os::is_alive(memory_, os::Role::Participant, incarnation)};
        }
        return known.alive;
    }

private:
    static constexpr std::size_t answers = 128;
    struct Answer {
        uint64_t incarnation = 0;
        bool     alive       = false;
    };

    SharedMemory const& memory_;
    Answer              known_[answers];
};

} // namespace detail
} // namespace kickmsg
