/// The policy of the core for GenMC: atomic operations as the compiler's built-ins, which is what GenMC reads, and a thread that dies before
/// a chosen one of them. Without GenMC the same operations are made by plain threads, which now and then let others run in between.
#pragma once

#include <assert.h>
#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#ifdef KICKMSG_GENMC
#undef __x86_64__ // core/Structures.h has a line of assembler for it, which GenMC does not read. The system's headers, above, need it
/// An oracle: what holds in every execution.
#define REQUIRE(holds, words) assert((holds) && (words))
#else
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <sched.h>
#define REQUIRE(holds, words) ((holds) ? static_cast<void>(0) : kickmsg_genmc::fail(__FILE__, __LINE__, words))
#endif

namespace kickmsg_genmc {

// What a thread knows of itself; one variable each, for of those that a thread has for itself GenMC knows numbers only.
inline thread_local unsigned  own_death = 0;       ///< before which of its atomic operations it dies. 0: it lives
inline thread_local unsigned  own_steps = 0;       ///< that it has made
inline thread_local uint32_t* own_proof = nullptr; ///< of its life
#ifndef KICKMSG_GENMC
inline thread_local uint64_t own_chance = 0;
inline thread_local jmp_buf  own_grave;

/// Where in the shipped code an operation stands, by default arguments; of interest to --sites only.
#define KICKMSG_PLACE , char const *file = __builtin_FILE(), int line = __builtin_LINE()
#define KICKMSG_HERE file, line

inline void (*met_site)(char const* file, int line) = nullptr;

[[noreturn]] inline void fail(char const* file, int line, char const* words)
{
    std::fprintf(stderr, "%s:%d: %s\n", file, line, words);
    std::_Exit(1);
}
#else
#define KICKMSG_PLACE
#define KICKMSG_HERE
#endif

/// The running thread does nothing any more. Who asks for its proof of life sees all that it wrote, and nobody else learns anything by it.
[[noreturn]] inline void die() noexcept
{
    __atomic_store_n(own_proof, 0, __ATOMIC_RELEASE);
#ifdef KICKMSG_GENMC
    pthread_exit(nullptr);
#else
    std::longjmp(own_grave, 1);
#endif
}

/// Before each atomic operation.
inline void step() noexcept
{
    if (own_death != 0 && ++own_steps == own_death) {
        die();
    }
}
#ifndef KICKMSG_GENMC
inline void step(char const* file, int line) noexcept
{
    if (met_site != nullptr) {
        met_site(file, line);
    }
    step();
    own_chance = own_chance * 6364136223846793005U + 1442695040888963407U;
    if (own_chance >> 61 == 0) {
        sched_yield();
    }
}
#endif

/// A look-alike of std::atomic.
template <class T>
class Atomic {
public:
    Atomic() = default;
    constexpr Atomic(T value) noexcept : value_(value) {}

#define KICKMSG_BUILT_IN __attribute__((always_inline))

    KICKMSG_BUILT_IN T load(std::memory_order order KICKMSG_PLACE) const noexcept
    {
        step(KICKMSG_HERE);
        return __atomic_load_n(at(), static_cast<int>(order));
    }
    KICKMSG_BUILT_IN void store(T value, std::memory_order order KICKMSG_PLACE) noexcept
    {
        step(KICKMSG_HERE);
        __atomic_store_n(at(), value, static_cast<int>(order));
    }
    KICKMSG_BUILT_IN T exchange(T value, std::memory_order order KICKMSG_PLACE) noexcept
    {
        step(KICKMSG_HERE);
        return __atomic_exchange_n(at(), value, static_cast<int>(order));
    }
    KICKMSG_BUILT_IN T fetch_add(T value, std::memory_order order KICKMSG_PLACE) noexcept
    {
        step(KICKMSG_HERE);
        return __atomic_fetch_add(at(), value, static_cast<int>(order));
    }
    KICKMSG_BUILT_IN T fetch_or(T value, std::memory_order order KICKMSG_PLACE) noexcept
    {
        step(KICKMSG_HERE);
        return __atomic_fetch_or(at(), value, static_cast<int>(order));
    }
    KICKMSG_BUILT_IN T fetch_and(T value, std::memory_order order KICKMSG_PLACE) noexcept
    {
        step(KICKMSG_HERE);
        return __atomic_fetch_and(at(), value, static_cast<int>(order));
    }
    KICKMSG_BUILT_IN bool compare_exchange_strong(T& expected, T value, std::memory_order order,
                                                  std::memory_order failure KICKMSG_PLACE) noexcept
    {
        step(KICKMSG_HERE);
        bool const done = __atomic_compare_exchange_n(at(), &expected, value, false, static_cast<int>(order),
                                                      static_cast<int>(failure));
#ifdef KICKMSG_GENMC
        // GenMC 0.11 reads with the order of success where an exchange fails: an acquire that only the failure has is given by a fence
        if (!done && failure == std::memory_order_acquire) {
            __atomic_thread_fence(__ATOMIC_ACQUIRE);
        }
#endif
        return done;
    }

#undef KICKMSG_BUILT_IN

    /// For set-ups and oracles, while no thread runs.
    T& plain() noexcept
    {
        return value_;
    }

private:
    /// Aligned as a T is, which a packed structure would not say (GenMC's runs are packed: scripts/harness/genmc.py).
    T* at() noexcept
    {
        return &value_;
    }
    T const* at() const noexcept
    {
        return &value_;
    }

    T value_;
};

struct Policy {
    template <class T>
    using atomic = Atomic<T>;

    static constexpr unsigned lap_bits        = 38;
    static constexpr unsigned generation_bits = 31;
    static constexpr unsigned tag_bits        = 40;
    static constexpr unsigned sequence_bits   = 32;

    static constexpr uint32_t patience = 2;
    static constexpr uint32_t looks    = 2;

    static void program_order() noexcept {} // a death is between two operations, in the order that they are written in
    static void prefetch_for_write(void const* /*address*/) noexcept {}

    /// A sleep is judged when all threads have ended: asleep on a word that nobody has changed.
    static void wake(Atomic<uint32_t>& /*word*/, uint32_t /*sleepers*/) noexcept {}
};

} // namespace kickmsg_genmc
