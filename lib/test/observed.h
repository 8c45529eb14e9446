/// A policy that reports each atomic operation before it is made: to count them, or to let others act just there.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

namespace kickmsg_test {

/// While it lives, hears of each operation of this thread, but for those that it makes itself.
class Observer {
public:
    /// `hear(word, exchange)`: `exchange` says that it is a read-modify-write.
    using Hear = std::function<void(void const* word, bool exchange)>;

    explicit Observer(Hear hear) : hear_(std::move(hear)), before_(std::exchange(current, this)) {}
    Observer(Observer const&)            = delete;
    Observer& operator=(Observer const&) = delete;
    ~Observer()
    {
        current = before_;
    }

    static void tell(void const* word, bool exchange) noexcept
    {
        if (Observer* const told = std::exchange(current, nullptr)) {
            told->hear_(word, exchange);
            current = told;
        }
    }

private:
    static inline thread_local Observer* current = nullptr;

    Hear      hear_;
    Observer* before_;
};

template <class T>
class ObservedAtomic {
public:
    constexpr ObservedAtomic() noexcept = default;
    constexpr ObservedAtomic(T value) noexcept : value_(value) {} // NOLINT(google-explicit-constructor)

    T load(std::memory_order order) const noexcept
    {
        Observer::tell(this, false);
        return value_.load(order);
    }
    void store(T value, std::memory_order order) noexcept
    {
        Observer::tell(this, false);
        value_.store(value, order);
    }
    T exchange(T value, std::memory_order order) noexcept
    {
        Observer::tell(this, true);
        return value_.exchange(value, order);
    }
    T fetch_add(T value, std::memory_order order) noexcept
    {
        Observer::tell(this, true);
        return value_.fetch_add(value, order);
    }
    T fetch_and(T value, std::memory_order order) noexcept
    {
        Observer::tell(this, true);
        return value_.fetch_and(value, order);
    }
    T fetch_or(T value, std::memory_order order) noexcept
    {
        Observer::tell(this, true);
        return value_.fetch_or(value, order);
    }
    bool compare_exchange_strong(T& expected, T value, std::memory_order success, std::memory_order failure) noexcept
    {
        Observer::tell(this, true);
        return value_.compare_exchange_strong(expected, value, success, failure);
    }

private:
    std::atomic<T> value_{};
};

struct ObservedPolicy {
    template <class T>
    using atomic                       = ObservedAtomic<T>;
    static constexpr unsigned lap_bits = 38, generation_bits = 31, tag_bits = 40, sequence_bits = 32;
    static constexpr uint32_t patience = 8, looks = 16384;
    static void               program_order() noexcept {}
    static void               prefetch_for_write(void const*) noexcept {}
    static void               wake(ObservedAtomic<uint32_t>&, uint32_t) noexcept {}
};

} // namespace kickmsg_test
