/// The switch of the mutants that a file holds (schema.py): a process plays one, or none. Included before all else.
#pragma once

namespace kickmsg_mutants {

extern unsigned       played;  ///< by its number; 0: none
extern unsigned char* reached; ///< a byte for each, which is set where a process comes to it; null: nobody asks

inline bool is_played(unsigned number) noexcept
{
    if (reached != nullptr) {
        __atomic_store_n(reached + number, static_cast<unsigned char>(1), __ATOMIC_RELAXED);
    }
    return number == played;
}

/// What the compiler computes is as it was.
constexpr bool on(unsigned number) noexcept
{
    return __builtin_is_constant_evaluated() ? false : is_played(number);
}

} // namespace kickmsg_mutants
