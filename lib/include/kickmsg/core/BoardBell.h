/// Waiting for another version of a key, or of one of several: each handle sleeps on a word of its own, and a word of each key says
/// which handles wait for it. A write costs one load more when nobody waits.
///
///   handle h                                writer
///   r0 = bell[h]           (relaxed)        head = v                (seq_cst)
///   watchers |= h          (seq_cst)        r2 = watchers           (seq_cst)
///   r1 = head              (seq_cst)        where h is in r2: taken, bell[h] + 1, wake
///   sleep while bell[h] == r0
///
/// Forbidden: r1 is the version before, and h not in r2: a handle asleep with a change that nobody rings for. Weaker orders allow it
/// (each store may pass the load below it), so all four are seq_cst. And a ring for v that r0 counts already, while r1 is the version before:
/// then the mark above is one that the writer takes, and its ring comes after r0.
///
/// A mark stays until a writer takes it: handles share bits, and one of them must not take back another's. So a wait that has ended, or
/// whose process has died, costs one writer one wake for nothing.
/// Proof: lib/test/BoardSteps_test.cc, lib/test/BlackboardProcesses_test.cc, lib/test/WaitSetBoards_test.cc, crash/board_test.cc; models board_wait, board_wait_twice, board_wait_two_keys, board_wait_shared_bit, set_board; sweep none (crash/board_test.cc: of its own); budget none (counted in lib/test/BoardSteps_test.cc)
#pragma once

#include "kickmsg/core/Board.h"

namespace kickmsg {
namespace core {

template <class P, class B>
class BoardBell {
public:
    explicit BoardBell(B& board) noexcept : board_(board) {}

    /// By the writer of `key`, after a write.
    void ring(uint32_t key) noexcept
    {
        // edge WATCH (seq_cst): the handle's mark, or the handle sees the version
        if (board_.key(key).watchers.load(std::memory_order_seq_cst) != 0) {
            wake(key);
        }
    }

    /// By `handle`, before it watches. Returns: the value to sleep on.
    uint32_t begin(uint32_t handle) noexcept
    {
        // relaxed: edge WATCH orders it, see above
        return board_.bell(handle).load(std::memory_order_relaxed);
    }

    /// By `handle`, after begin(): it is about to sleep until `key` has another version. Returns: the version that it has.
    uint64_t watch(uint32_t handle, uint32_t key) noexcept
    {
        // edge WATCH (seq_cst): the writer sees the mark, or this handle sees its version
        board_.key(key).watchers.fetch_or(bit(handle), std::memory_order_seq_cst);
        // edge WATCH (seq_cst): as above
        return board_.key(key).head.load(std::memory_order_seq_cst);
    }

private:
    static uint64_t bit(uint32_t handle) noexcept
    {
        return uint64_t{1} << (handle % B::watcher_bits);
    }

    /// Only the writer that takes the marks pays for the system calls.
    KICKMSG_COLD void wake(uint32_t key) noexcept
    {
        // edge WATCH (acquire): the handle's mark, so that its look at the bell comes before this ring, and does not count it
        uint64_t const taken = board_.key(key).watchers.exchange(0, std::memory_order_acquire);
        for (uint32_t handle = 0; handle < board_.handle_count(); ++handle) {
            if ((taken & bit(handle)) != 0) {
                // relaxed: as in begin()
                board_.bell(handle).fetch_add(1, std::memory_order_relaxed);
                P::wake(board_.bell(handle), 1U);
            }
        }
    }

    B& board_;
};

} // namespace core
} // namespace kickmsg
