/// The models' policy of the core algorithms: Relacy's atomics, and words so narrow that their wraps are reached.
#pragma once

#include "Atomic.h"

namespace kickmsg_models {

struct Policy {
    template <class T>
    using atomic = Atomic<T>;

    // Run-time values: planted faults narrow them.
    static inline unsigned lap_bits        = 6;
    static inline unsigned generation_bits = 6;
    static inline unsigned tag_bits        = 6;

    static constexpr unsigned sequence_bits = 1; // every second number needs the word of the owner, too

    static constexpr uint32_t patience = 2; // the least: every walk of three halves
    static constexpr uint32_t looks    = 2;

    static void program_order() noexcept {} // Relacy runs a thread's operations as written
    static void prefetch_for_write(void const* /*address*/) noexcept {}

    static void wake(Atomic<uint32_t>& word, uint32_t sleepers)
    {
        word.wake(sleepers);
    }
};

} // namespace kickmsg_models
