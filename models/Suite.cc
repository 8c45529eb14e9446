// The engine for THREADS threads: the one place where Relacy's own templates are instantiated.
#include "Atomic.h"
#include "Scheduler.h"

namespace kickmsg_models {

namespace {

constexpr unsigned N = THREADS;

using Word = rl::atomic_data_impl<N>;

Word::history_record& newest_record(rl::atomic_data* word)
{
    Word& data = *static_cast<Word*>(word);
    return data.history_[data.current_index_ % Word::history_size];
}

void begin_release_sequence(rl::atomic_data* word, bool release)
{
    auto& record = newest_record(word);
    for (unsigned thread = 0; thread < N; ++thread) {
        record.acq_rel_order_[thread] = release ? rl::ctx().threadx_->acq_rel_order_[thread] : 0;
    }
}

void acquire_newest(rl::atomic_data* word)
{
    auto& record = newest_record(word);
    for (unsigned thread = 0; thread < N; ++thread) {
        auto& known = rl::ctx().threadx_->acq_rel_order_[thread];
        known       = known < record.acq_rel_order_[thread] ? record.acq_rel_order_[thread] : known;
    }
}

alignas(64) unsigned char scenario_memory[std::size_t{1} << 18];

struct Suite : rl::test_suite<Suite, N> {
    Suite()
    {
        auto const& description = *experiment().description;
        if (description.size > sizeof(scenario_memory)) {
            throw std::logic_error("the scenario is larger than the engine's memory for it");
        }
        lab().begin_execution();
        lab().set_quiet(true);
        scenario          = description.make(scenario_memory);
        lab().deaths_left = description.deaths;
    }
    ~Suite()
    {
        scenario->~Scenario();
    }
    void before()
    {
        lab().set_quiet(false);
    }
    void thread(unsigned index)
    {
        scenario->thread(index);
    }
    void after()
    {
        lab().set_quiet(true);
        lab().note("all threads have ended");
        scenario->after();
    }

    Scenario* scenario;
};

rl::test_result_e search(rl::test_params& params, bool again)
{
    rl::ostringstream failed_state;
    auto const        result = rl::run_test<Suite, Scheduler<N>>(params, failed_state, again);
    params.final_state       = failed_state.str();
    return result;
}

} // namespace

template <>
Outcome simulate<N>()
{
    engine_hooks() = {&begin_release_sequence, &acquire_newest};
    std::ostream    nowhere(nullptr);
    rl::test_params params;
    params.output_stream         = &nowhere;
    params.progress_stream       = &nowhere;
    params.execution_depth_limit = 20000;
    bool const is_random         = experiment().search.strategy == Strategy::Random;
    params.search_type           = is_random ? rl::sched_random : rl::sched_bound;

    Outcome    outcome;
    auto const result  = search(params, false);
    outcome.executions = result == rl::test_result_success ? experiment().executions : params.stop_iteration;
    outcome.complete   = experiment().complete;
    if (result != rl::test_result_success) {
        params.initial_state = params.final_state;
        lab().keeps_history  = true;
        search(params, true);
        lab().note("%s", rl::test_result_str(result));
        lab().keeps_history = false;
        outcome.failed      = true;
        outcome.verdict     = lab().failure != nullptr ? lab().failure : rl::test_result_str(result);
        outcome.history     = lab().history();
    }
    return outcome;
}

} // namespace kickmsg_models
