/// The word of a wait set: what its wait reads before it looks, and sleeps on with the words of its subscribers. In the process, not in shared
/// memory.
///
///   wait                                     add, remove, wake, a lookout
///   r1 = bell            (acquire)           entries, or woken = 1
///   r2 = entries, woken                      bell + 1            (release), wake
///   sleep while bell == r1
///
/// Forbidden: r2 without the change, and asleep. If r1 is the value after the change, r2 is after it by acquire; if it is one before, the sleep does not
/// begin, or is ended.
///
/// Threads: ring() and wake() by any, and by handlers of signals; all else by one at a time, under the lock of the set.
/// Proof: lib/test/WaitSet_test.cc, lib/test/WaitSetBoards_test.cc, lib/test/NativeHandle_test.cc; models set_message, set_board, set_wake, set_add, set_remove, set_far, set_far_two, set_handle, set_handle_wake, set_handle_far; sweep none (in no shared memory); budget none (not on the path of a message)
#pragma once

#include "kickmsg/core/Structures.h"

namespace kickmsg {
namespace core {

template <class P>
class SetBell {
public:
    using Word = typename P::template atomic<uint32_t>;

    /// Something has been changed that a wait has to notice.
    void ring() noexcept
    {
        // edge SET (release) -> SetBell::begin_look: what was changed before
        bell_.fetch_add(1, std::memory_order_release);
        P::wake(bell_, 1U);
    }

    void wake() noexcept
    {
        // relaxed: ring() releases it
        woken_.store(1, std::memory_order_relaxed);
        ring();
    }

    /// Before a look. Returns: whether wake() was called since the last one that said so.
    bool begin_look() noexcept
    {
        // edge SET (acquire) <- SetBell::ring: see above
        rung_ = bell_.load(std::memory_order_acquire);
        // relaxed: ordered by the bell. What is set after it was read rings after it was read
        bool const woken = woken_.load(std::memory_order_relaxed) != 0;
        // relaxed: as above
        return woken && woken_.exchange(0, std::memory_order_relaxed) != 0;
    }

    Word& word() noexcept
    {
        return bell_;
    }
    /// As it was before the last look.
    uint32_t rung() const noexcept
    {
        return rung_;
    }

private:
    Word     bell_{0};
    Word     woken_{0};
    uint32_t rung_ = 0;
};

} // namespace core
} // namespace kickmsg
