/// One scheduler for Relacy with three strategies, so that a suite is compiled once:
///   Random   bursts: a thread continues with a probability chosen for each execution, and one may sleep through a long
///            stretch of the others'; values come from SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, "Fast splittable
///            pseudorandom number generators", 2014) seeded by (seed, execution), so shards never repeat each other
///   Bounded  every schedule with at most so many preemptions (M. Musuvathi, S. Qadeer, "Iterative context bounding",
///            2007) and at most so many loads that return a value older than the newest
///   Full     every schedule and every value that Relacy can show
#pragma once

#include "Engine.h"

#include <chrono>

namespace kickmsg_models {

class SplitMix64 {
public:
    explicit SplitMix64(uint64_t seed) noexcept : state_(seed) {}

    uint64_t next() noexcept
    {
        state_ += 0x9e3779b97f4a7c15U;
        uint64_t word = state_;
        word          = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9U;
        word          = (word ^ (word >> 27)) * 0x94d049bb133111ebU;
        return word ^ (word >> 31);
    }
    unsigned below(unsigned limit) noexcept
    {
        return static_cast<unsigned>(((next() >> 32) * limit) >> 32);
    }

private:
    uint64_t state_;
};

template <rl::thread_id_t N>
class Scheduler : public rl::tree_search_scheduler<Scheduler<N>, rl::tree_search_scheduler_thread_info<N>, N> {
public:
    using Base             = rl::tree_search_scheduler<Scheduler<N>, rl::tree_search_scheduler_thread_info<N>, N>;
    using thread_info_t    = typename Base::thread_info_t;
    using shared_context_t = typename Base::shared_context_t;

    Scheduler(rl::test_params& params, shared_context_t& context, rl::thread_id_t dynamic_threads)
        : Base(params, context, dynamic_threads), search_(experiment().search)
    {
    }

    rl::thread_id_t iteration_begin_impl()
    {
        preemptions_left_ = search_.preemptions;
        stale_left_       = search_.stale;
        if (search_.strategy != Strategy::Random) {
            return Base::iteration_begin_impl();
        }
        begin_random();
        return this->running_threads[random_.below(this->running_threads_count)];
    }

    bool iteration_end_impl()
    {
        experiment().executions = this->iter_;
        if (search_.strategy != Strategy::Random && Base::iteration_end_impl()) {
            experiment().complete = true;
            return true;
        }
        return this->iter_ >= search_.executions || (this->iter_ % 64 == 0 && is_late());
    }

    rl::thread_id_t schedule_impl(rl::unpark_reason& reason, unsigned yield)
    {
        if (search_.strategy != Strategy::Random) {
            return Base::schedule_impl(reason, yield);
        }
        reason = rl::unpark_reason_normal;
        ++step_;
        thread_info_t& current = *this->thread_;
        bool const     goes_on =
            current.state_ == rl::thread_state_running && !sleeps(current.index_) && random_.below(switch_one_in_) != 0;
        return goes_on ? current.index_ : any_awake();
    }

    unsigned rand_impl(unsigned limit, rl::sched_type type)
    {
        if (type == rl::sched_type_mem_realloc) {
            return limit - 1; // when memory is freed is not part of any experiment
        }
        if (search_.strategy == Strategy::Random) {
            return type == rl::sched_type_atomic_load ? (random_.below(stale_one_in_) == 0 ? 1 : 0)
                                                      : random_.below(limit);
        }
        if (type != rl::sched_type_atomic_load || search_.strategy == Strategy::Full) {
            return Base::rand_impl(limit, type);
        }
        if (stale_left_ == 0) {
            return 0;
        }
        unsigned const older = Base::rand_impl(limit, type);
        stale_left_ -= older != 0 ? 1 : 0;
        return older;
    }

    bool can_switch(thread_info_t& /*thread*/)
    {
        return search_.strategy == Strategy::Full || preemptions_left_ != 0;
    }
    void on_switch(thread_info_t& thread)
    {
        if (search_.strategy == Strategy::Bounded && thread.state_ == rl::thread_state_running) {
            --preemptions_left_;
        }
    }
    double iteration_count_approx()
    {
        return 1e18;
    }
    void get_state_impl(std::ostream& state)
    {
        if (search_.strategy != Strategy::Random) {
            Base::get_state_impl(state);
        }
    }
    void set_state_impl(std::istream& state)
    {
        if (search_.strategy != Strategy::Random) {
            Base::set_state_impl(state);
        }
    }

private:
    void begin_random()
    {
        static constexpr unsigned switches[] = {1, 2, 4, 8, 16, 48};
        static constexpr unsigned stales[]   = {2, 2, 4, 16};
        random_                              = SplitMix64(SplitMix64(search_.seed).next() + this->iter_);
        switch_one_in_                       = switches[random_.below(6)];
        stale_one_in_                        = stales[random_.below(4)];
        step_                                = 0;
        sleeper_                             = random_.below(2 * N); // N and beyond: nobody
        sleep_from_                          = random_.below(100);
        sleep_until_                         = sleep_from_ + 20 + random_.below(300);
    }
    bool sleeps(rl::thread_id_t thread) const
    {
        return thread == sleeper_ && step_ >= sleep_from_ && step_<sleep_until_&& this->running_threads_count> 1;
    }
    rl::thread_id_t any_awake()
    {
        rl::thread_id_t thread = this->running_threads[random_.below(this->running_threads_count)];
        while (sleeps(thread)) {
            thread = this->running_threads[random_.below(this->running_threads_count)];
        }
        return thread;
    }
    bool is_late() const
    {
        return std::chrono::steady_clock::now() >= experiment().deadline;
    }

    Search const& search_;
    SplitMix64    random_{0};
    unsigned      preemptions_left_ = 0;
    unsigned      stale_left_       = 0;
    unsigned      switch_one_in_    = 1;
    unsigned      stale_one_in_     = 2;
    unsigned      step_             = 0;
    unsigned      sleeper_          = 0;
    unsigned      sleep_from_       = 0;
    unsigned      sleep_until_      = 0;
};

} // namespace kickmsg_models
