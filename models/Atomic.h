/// A look-alike of std::atomic over Relacy's: takes its place in the source from the call, and lets the laboratory see and
/// change every operation.
#pragma once

#include "Lab.h"

namespace kickmsg_models {

/// What needs to know how many threads the engine runs.
struct EngineHooks {
    /// C++20: a plain store ends the release sequence that its own thread began (Relacy has the rule of C++11).
    void (*begin_release_sequence)(rl::atomic_data* word, bool release);
    /// What an acquire load of the newest value would synchronise with.
    void (*acquire_newest)(rl::atomic_data* word);
};
EngineHooks& engine_hooks() noexcept;

namespace detail {

/// Reaches generic_atomic's private implementation pointer, by the rule that explicit instantiations ignore access.
template <class Tag, typename Tag::type Member>
struct Reach {
    friend typename Tag::type member(Tag)
    {
        return Member;
    }
};
template <class T>
struct Implementation {
    using type = rl::atomic_data* rl::generic_atomic<T, false>::*;
};
template struct Reach<Implementation<uint64_t>, &rl::generic_atomic<uint64_t, false>::impl_>;
template struct Reach<Implementation<uint32_t>, &rl::generic_atomic<uint32_t, false>::impl_>;
template struct Reach<Implementation<int64_t>, &rl::generic_atomic<int64_t, false>::impl_>;
Implementation<uint64_t>::type member(Implementation<uint64_t>);
Implementation<uint32_t>::type member(Implementation<uint32_t>);
Implementation<int64_t>::type  member(Implementation<int64_t>);

constexpr rl::memory_order relacy_order(std::memory_order order) noexcept
{
    switch (order) {
    case std::memory_order_relaxed:
        return rl::mo_relaxed;
    case std::memory_order_consume:
    case std::memory_order_acquire:
        return rl::mo_acquire;
    case std::memory_order_release:
        return rl::mo_release;
    case std::memory_order_acq_rel:
        return rl::mo_acq_rel;
    case std::memory_order_seq_cst:
        break;
    }
    return rl::mo_seq_cst;
}

constexpr bool is_release(std::memory_order order) noexcept
{
    return order == std::memory_order_release || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
}
constexpr bool is_acquire(std::memory_order order) noexcept
{
    return order == std::memory_order_acquire || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
}

} // namespace detail

/// Where threads sleep on many words at once, in the scenarios that have one.
class Dormitory {
public:
    Dormitory() noexcept
    {
        running() = this;
    }
    Dormitory(Dormitory const&)            = delete;
    Dormitory& operator=(Dormitory const&) = delete;
    ~Dormitory()
    {
        running() = nullptr;
    }

    static Dormitory*& running() noexcept
    {
        static Dormitory* here = nullptr;
        return here;
    }

    /// Sleeps if each of `count` words is what is expected of it, until one of them is woken under the number of its sleeper.
    template <class Awaited>
    void wait(Awaited const* words, std::size_t count, Site site = Site::here())
    {
        auto& context = rl::ctx();
        context.sched();
        for (std::size_t i = 0; i < count; ++i) { // compared and queued in one step
            if (words[i].word->newest() != words[i].expected) {
                return;
            }
        }
        for (std::size_t i = 0; i < count; ++i) {
            words[i].word->lie_down(words[i].sleeper);
        }
        lab().note("%-28s sleeps on %u words", site.function, static_cast<unsigned>(count));
        while (!is_any_called(words, count)) {
            beds_.wait(context, false, false, rl::debug_info(site.function, site.file, site.line));
        }
        lab().note("%-28s wakes up", site.function);
    }

    /// All look whether it was for them.
    void call(rl::context& context)
    {
        beds_.wake(context, static_cast<rl::thread_id_t>(Lab::threads_limit), rl::debug_info("call", "", 0));
    }

private:
    template <class Awaited>
    static bool is_any_called(Awaited const* words, std::size_t count) noexcept
    {
        bool called = false;
        for (std::size_t i = 0; i < count; ++i) {
            called = called || words[i].word->is_called(words[i].sleeper);
        }
        return called;
    }

    rl::atomic<uint32_t> beds_;
};

template <class T>
class Atomic {
public:
    Atomic() : Atomic(T{}) {}
    explicit Atomic(T value)
    {
        word_.store(value, rl::mo_relaxed, rl::debug_info("", "", 0));
    }
    Atomic(Atomic const&)            = delete;
    Atomic& operator=(Atomic const&) = delete;

    T load(std::memory_order order, Site site = Site::here()) const
    {
        Access access = make(Operation::Load, order, 0, site);
        if (lab().before(access)) {
            access.result = wide(word_.load(detail::relacy_order(access.order), info(site)));
        }
        return finish(access);
    }

    void store(T value, std::memory_order order, Site site = Site::here())
    {
        Access access = make(Operation::Store, order, wide(value), site);
        if (lab().before(access)) {
            plain_store(static_cast<T>(access.operand), access.order, site);
        }
        lab().after(access);
    }

    T exchange(T value, std::memory_order order, Site site = Site::here())
    {
        return change(Operation::Exchange, &rl::atomic<T>::exchange, value, order, site);
    }
    T fetch_add(T value, std::memory_order order, Site site = Site::here())
    {
        return change(Operation::FetchAdd, &rl::atomic<T>::fetch_add, value, order, site);
    }
    T fetch_sub(T value, std::memory_order order, Site site = Site::here())
    {
        return fetch_add(static_cast<T>(T{} - value), order, site);
    }
    T fetch_and(T value, std::memory_order order, Site site = Site::here())
    {
        return change(Operation::FetchAnd, &rl::atomic<T>::fetch_and, value, order, site);
    }
    T fetch_or(T value, std::memory_order order, Site site = Site::here())
    {
        return change(Operation::FetchOr, &rl::atomic<T>::fetch_or, value, order, site);
    }

    bool compare_exchange_strong(T& expected, T desired, std::memory_order order, std::memory_order failure,
                                 Site site = Site::here())
    {
        Access access   = make(Operation::CompareExchange, order, wide(desired), site);
        access.failure  = failure;
        access.expected = wide(expected);
        if (lab().before(access)) {
            compare_exchange(access, site);
        }
        lab().after(access);
        if (!access.done) {
            expected = static_cast<T>(access.result);
        }
        return access.done;
    }

    /// The newest value, for oracles: no operation of the program.
    T newest() const noexcept
    {
        return word_.debug_value();
    }

    /// Stores by a fault, outside the program's own operations.
    void plain_store(T value, std::memory_order order, Site site)
    {
        word_.store(value, detail::relacy_order(order), info(site));
        engine_hooks().begin_release_sequence(implementation(), detail::is_release(order));
    }

    /// For a sleep on many words (Dormitory).
    /// @{
    void lie_down(uint32_t sleeper) noexcept
    {
        called_ &= ~(1U << sleeper);
    }
    bool is_called(uint32_t sleeper) const noexcept
    {
        return (called_ >> sleeper & 1U) != 0;
    }
    /// @}

    /// Futex with numbered sleepers: sleeps if the word is still `expected`. Only a wake of its number ends it: a lost one is a deadlock.
    void wait(T expected, uint32_t sleeper, Site site = Site::here())
    {
        auto& context = rl::ctx();
        context.sched();
        if (newest() == expected) { // compared and queued in one step, as the kernel does
            lab().note("%-28s sleeps", site.function);
            lie_down(sleeper);
            while (!is_called(sleeper)) { // the engine wakes all of them
                word_.wait(context, false, false, info(site));
            }
            lab().note("%-28s wakes up", site.function);
        }
    }
    void wake(uint32_t sleepers, Site site = Site::here())
    {
        auto& context = rl::ctx();
        context.sched();
        lab().note("%-28s wakes the sleepers %x", site.function, sleepers);
        called_ |= sleepers;
        word_.wake(context, static_cast<rl::thread_id_t>(Lab::threads_limit), info(site));
        if (Dormitory::running() != nullptr) {
            Dormitory::running()->call(context);
        }
    }

private:
    static uint64_t wide(T value) noexcept
    {
        return static_cast<uint64_t>(value);
    }
    static rl::debug_info info(Site const& site) noexcept
    {
        return rl::debug_info(site.function, site.file, site.line);
    }
    Access make(Operation operation, std::memory_order order, uint64_t operand, Site const& site) const noexcept
    {
        return Access{
            site, operation, const_cast<Atomic*>(this), sizeof(T) * 8, order, std::memory_order_relaxed, operand, 0,
            0,    false};
    }
    T finish(Access& access) const
    {
        lab().after(access);
        return static_cast<T>(access.result);
    }
    /// A read-modify-write other than a compare-and-swap: `act` is Relacy's.
    template <class Act>
    T change(Operation operation, Act act, T value, std::memory_order order, Site const& site)
    {
        Access access = make(operation, order, wide(value), site);
        if (lab().before(access)) {
            access.result =
                wide((word_.*act)(static_cast<T>(access.operand), detail::relacy_order(access.order), info(site)));
        }
        return finish(access);
    }
    rl::atomic_data* implementation() noexcept
    {
        return word_.*member(detail::Implementation<T>{});
    }

    /// Relacy refuses a failure order that the success order does not contain; C++17 does not: made up for afterwards.
    void compare_exchange(Access& access, Site const& site)
    {
        bool const acquires = detail::is_acquire(access.failure);
        bool const contained =
            !acquires || (detail::is_acquire(access.order) &&
                          (access.failure != std::memory_order_seq_cst || access.order == std::memory_order_seq_cst));
        auto const failure = contained ? detail::relacy_order(access.failure) : rl::mo_relaxed;
        T          value   = static_cast<T>(access.expected);
        access.done        = word_.compare_exchange_strong(
                   value, static_cast<T>(access.operand), detail::relacy_order(access.order), info(site), failure, info(site));
        access.result = access.done ? access.expected : wide(value);
        if (!access.done && acquires && !contained) {
            engine_hooks().acquire_newest(implementation());
        }
    }

    mutable rl::atomic<T> word_;
    uint32_t              called_ = 0; ///< sleepers that have been woken since they fell asleep, a bit each
};

/// A pointer, as the word that it is.
template <class T>
class Atomic<T*> {
public:
    explicit Atomic(T* value) : word_(wide(value)) {}

    T* load(std::memory_order order, Site site = Site::here()) const
    {
        return reinterpret_cast<T*>(static_cast<uintptr_t>(word_.load(order, site)));
    }
    void store(T* value, std::memory_order order, Site site = Site::here())
    {
        word_.store(wide(value), order, site);
    }

private:
    static uint64_t wide(T* value) noexcept
    {
        return reinterpret_cast<uintptr_t>(value);
    }

    Atomic<uint64_t> word_;
};

} // namespace kickmsg_models
