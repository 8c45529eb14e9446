/// What KICKMSG_DEBUG_MEMORY hands out in place of a slot.
#pragma once

#include "DebugMemory.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

#if defined(KICKMSG_DEBUG_MEMORY)

namespace kickmsg {
namespace detail {

/// A word of a shadow: whoever explains an address may read it at any time.
template <class T>
class Noted {
public:
    Noted() noexcept = default;
    Noted& operator=(T value) noexcept
    {
        // relaxed: published by the state, where it has to be
        word_.store(value, std::memory_order_relaxed);
        return *this;
    }
    operator T() const noexcept // NOLINT(google-explicit-constructor)
    {
        // relaxed: ordered by the state, where it has to be
        return word_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<T> word_{T{}};
};

/// Pages of this process alone with the bytes of a message at their end, and a forbidden page before and behind. Ended, it keeps its addresses, forbidden,
/// until `kept` others have ended. What of its pages lies beside the bytes has a pattern; under AddressSanitizer it is poisoned.
///
/// Threads: those of one shadow are as those of its loan or view. find() by any, in handlers of signals, too.
class Shadow {
public:
    static constexpr uint32_t    limit      = 4096; ///< in use and kept: no more than three mappings each
    static constexpr uint32_t    kept       = 1024; ///< of those that have ended
    static constexpr std::size_t name_limit = 256;

    enum class State : uint32_t { Free, Taken, Loan, View, Published, GivenBack, Dropped };

    /// Returns: one with the bytes of a slot's `memory`, Taken; null where the system gives no pages, and where `limit` are out.
    static Shadow* make(Mapping& region, uint32_t slot, void const* memory, std::size_t length) noexcept;
    /// Returns: one that is handed out, or has ended, for which `is(shadow, its state)`.
    template <class Is>
    static Shadow* find(Is is) noexcept
    {
        uint32_t const count = used.load(std::memory_order_acquire);
        for (uint32_t i = 0; i < count; ++i) {
            State const state = all[i].state.load(std::memory_order_acquire);
            if (state != State::Free && state != State::Taken && is(all[i], state)) {
                return &all[i];
            }
        }
        return nullptr;
    }

    /// It is handed out. A View can only be read from then on.
    void hand_out(State as) noexcept;
    void retire(State how) noexcept;
    /// Ends the program where something beside the bytes was written.
    void look_beside() const noexcept;

    std::atomic<State>    state{State::Free}; ///< stored last: what follows is as it says
    Noted<uint32_t>       slot;
    Noted<void const*>    memory;    ///< of the slot
    Noted<unsigned char*> pages;     ///< the forbidden ones included
    Noted<std::size_t>    bytes;     ///< of the pages
    Noted<unsigned char*> data;      ///< what is handed out
    Noted<std::size_t>    length;    ///< of the message
    Noted<uint64_t>       publisher; ///< incarnation
    Noted<uint64_t>       sequence;  ///< 0: not known
    Noted<char>           region[name_limit];

private:
    static Shadow* claim() noexcept;
    bool           map(std::size_t size, std::size_t alignment) noexcept;
    void           guard_beside() noexcept;
    void           let_go() noexcept;
    /// The pages that are not forbidden: the message lies in them, at their end as far as its alignment allows.
    /// @{
    unsigned char* room() const noexcept;
    unsigned char* room_end() const noexcept;
    std::size_t    room_size() const noexcept;
    /// @}
    unsigned char* data_end() const noexcept;

    static Shadow                all[limit];
    static std::atomic<uint32_t> used; ///< none from here on has ever been taken
    static std::atomic<Shadow*>  ended[kept];
    static std::atomic<uint32_t> turn;
};

} // namespace detail
} // namespace kickmsg

#endif
