/// Runs a driver: under GenMC its threads once, in every execution that the memory model allows; elsewhere as plain threads, again and again.
///
/// A driver is a struct in zeroed memory, whose members need no code to begin with: GenMC runs none before main(), and where there is some it takes
/// other memory for the driver's. It has
///   NobodyDies, OneDies<steps>   its base
///   threads                      how many
///   set_up()  check()            before and after the threads, alone
///   run(thread)                  what each does
/// and stands in a file of its own, which ends with KICKMSG_DRIVER(Type, "name of the file").
#pragma once

#include "Memory.h"

namespace kickmsg_genmc {

constexpr unsigned nobody     = ~0U;
constexpr unsigned at_the_end = ~0U; ///< no step has that number

struct NobodyDies {
    static constexpr unsigned mortal = nobody, steps = 0;
};

/// Thread 0 dies before one of `most` atomic operations, all that it makes, or after the last, or it lives.
template <unsigned most>
struct OneDies {
    static constexpr unsigned mortal = 0, steps = most;

    Proof proof;
};

/// What one thread is given.
template <class Driver>
struct Start {
    Driver*  driver;
    unsigned thread;
    unsigned death;
#ifndef KICKMSG_GENMC
    uint64_t  chance;
    unsigned* waiting; ///< threads that have not started yet
    unsigned  steps;   ///< that it has made
#endif
};

template <class Driver>
void live(Start<Driver>& start)
{
    if constexpr (Driver::mortal != nobody) {
        own_death = start.thread == Driver::mortal ? start.death : 0;
        own_proof = start.driver->proof.word();
    }
    start.driver->run(start.thread);
    if (own_death != 0) {
        die();
    }
}

#ifdef KICKMSG_GENMC

#ifndef KICKMSG_DEATH
#define KICKMSG_DEATH 0
#endif

template <class Driver>
void* enter(void* start)
{
    live(*static_cast<Start<Driver>*>(start));
    return nullptr;
}

template <class Driver>
int run_once(Driver& driver, Start<Driver>* starts)
{
    driver.set_up();
    pthread_t threads[Driver::threads];
    for (unsigned i = 0; i < Driver::threads; ++i) {
        starts[i].driver = &driver;
        starts[i].thread = i;
        starts[i].death  = KICKMSG_DEATH;
        pthread_create(&threads[i], nullptr, enter<Driver>, &starts[i]);
    }
    for (unsigned i = 0; i < Driver::threads; ++i) {
        pthread_join(threads[i], nullptr);
    }
    driver.check();
    return 0;
}

#define KICKMSG_DRIVER(Type, name)                                                                                     \
    static Type                       driver_;                                                                         \
    static kickmsg_genmc::Start<Type> starts_[Type::threads];                                                          \
    int                               main()                                                                           \
    {                                                                                                                  \
        return kickmsg_genmc::run_once(driver_, starts_);                                                              \
    }

#else

/// A driver of the program, as plain threads.
struct Entry {
    char const* name;
    unsigned    steps; ///< deaths are before one of them, or after the last. 0: nobody dies
    unsigned (*run)(unsigned death, uint64_t seed);
    Entry* next;
};
extern Entry* drivers;

struct Registration : Entry {
    explicit Registration(Entry const& entry) : Entry(entry)
    {
        next    = drivers;
        drivers = this;
    }
};

template <class Driver>
void* enter(void* argument)
{
    auto& start = *static_cast<Start<Driver>*>(argument);
    own_chance  = start.chance;
    __atomic_fetch_sub(start.waiting, 1, __ATOMIC_RELAXED);
    while (__atomic_load_n(start.waiting, __ATOMIC_RELAXED) != 0) {
        sched_yield();
    }
    if (setjmp(own_grave) == 0) {
        live(start);
    }
    start.steps = own_steps;
    return nullptr;
}

/// Returns: how many operations the mortal one made.
template <class Driver>
unsigned run_threads(unsigned death, uint64_t seed)
{
    static Driver driver;
    driver = Driver();
    driver.set_up();
    Start<Driver> starts[Driver::threads];
    pthread_t     threads[Driver::threads];
    unsigned      waiting = Driver::threads;
    for (unsigned i = 0; i < Driver::threads; ++i) {
        starts[i] = {&driver, i, death, (seed + i) * 0x9e3779b97f4a7c15U, &waiting, 0};
        if (pthread_create(&threads[i], nullptr, enter<Driver>, &starts[i]) != 0) {
            fail(__FILE__, __LINE__, "no thread");
        }
    }
    unsigned most = 0;
    for (unsigned i = 0; i < Driver::threads; ++i) {
        pthread_join(threads[i], nullptr);
        most = i == Driver::mortal ? starts[i].steps : most;
    }
    driver.check();
    return most;
}

#define KICKMSG_DRIVER(Type, name)                                                                                     \
    static kickmsg_genmc::Registration const registration_##Type(                                                      \
        {name, Type::steps, kickmsg_genmc::run_threads<Type>, nullptr});

#endif

} // namespace kickmsg_genmc
