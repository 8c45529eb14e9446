/// Runs a scenario under Relacy: scenarios, searches, outcomes.
#pragma once

#include "Lab.h"

#include <chrono>

namespace kickmsg_models {

/// A small concurrent program over the shipped headers. Made anew for every execution, in fixed memory.
class Scenario {
public:
    virtual ~Scenario() = default;
    /// Runs in one of the threads; by Relacy's own leave they may all begin before any ends.
    virtual void thread(unsigned index) = 0;
    /// The oracles, when all threads have ended. No final clean-up comes before it.
    virtual void after() = 0;
};

/// What a scenario is, for the list, the report and the engine.
struct Description {
    char const* name;
    char const* what; ///< one line of words, for the list and the report
    unsigned    threads;
    Scenario* (*make)(void* memory);
    std::size_t size;
    unsigned    deaths; ///< at most, in one execution
};

std::vector<Description>& descriptions();

/// Returns: "name@kept"; it lives for ever.
char const* name_at(char const* name, unsigned kept);

/// How many slots the publishers of the running scenario keep (core::Sender).
unsigned& kept_slots() noexcept;

/// Registers a scenario class: Registration<MyScenario> const registered{"name", "what", threads, deaths}. An execution
/// constructs it as MyScenario(), with scheduling, deaths and faults off. With Registration<MyScenario, 0, 2> it is two scenarios:
/// "name", whose publishers keep no slot, and "name@2", whose publishers keep 2.
template <class S, unsigned First = 0, unsigned... More>
struct Registration {
    Registration(char const* name, char const* what, unsigned threads, unsigned deaths = 0)
    {
        descriptions().push_back({name, what, threads, make<First>, sizeof(S), deaths});
        (descriptions().push_back({name_at(name, More), what, threads, make<More>, sizeof(S), deaths}), ...);
    }

private:
    template <unsigned Kept>
    static Scenario* make(void* memory)
    {
        kept_slots() = Kept;
        return ::new (memory) S();
    }
};

enum class Strategy { Random, Bounded, Full };

struct Search {
    Strategy strategy    = Strategy::Random;
    unsigned preemptions = 0; ///< Bounded
    unsigned stale       = 0; ///< Bounded: loads that return an older value
    uint64_t executions  = ~uint64_t{0};
    double   seconds     = 1;
    uint64_t seed        = 1;
};

struct Outcome {
    bool        failed     = false;
    bool        complete   = false; ///< the search has seen all there is within its bounds
    uint64_t    executions = 0;
    double      seconds    = 0;
    std::string verdict; ///< what failed
    std::string history; ///< of the failing execution, readable
};

/// What the scheduler and the suite of the running experiment refer to.
struct Experiment {
    Description const*                    description = nullptr;
    Search                                search;
    std::chrono::steady_clock::time_point deadline;
    uint64_t                              executions = 0;
    bool                                  complete   = false;
};
Experiment& experiment() noexcept;

/// The scenario's failure, or what the search has seen. Deterministic for (scenario, search without its seconds, lab).
Outcome run(Description const& description, Search const& search);

/// One simulation with N threads; Suite.cc is compiled for each N.
template <unsigned N>
Outcome simulate();

} // namespace kickmsg_models
