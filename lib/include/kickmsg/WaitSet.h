/// One wait for many: subscribers, and readers of blackboards.
#pragma once

#include "kickmsg/Duration.h"
#include "kickmsg/Export.h"
#include "kickmsg/Subscriber.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace kickmsg {

class BlackboardReader;

namespace detail {
class SetSource;
class WaitSetState;
} // namespace detail

/// Waits for messages of any number of subscribers, for values of any number of readers of blackboards, of any regions, and for a wake of the
/// program's own. It says which subscribers and readers are ready; receiving and reading is theirs.
///
/// Threads:  wait() and native_handle() by one thread at a time; add(), remove() and wake() by any, also while another one waits. A wait uses the
///           subscribers of the set: no other thread receives from one of them meanwhile, or reads from a reader. Destroying and moving one, and the
///           interrupt() of a subscriber, are allowed at any time; the set itself outlives its waits. wake() may be called by a handler of a signal.
/// Progress: a wait never waits for a publisher, alive or dead. Calls of several threads take turns for as long as a look at all
///           subscribers takes.
/// Crash:    a process that dies in a wait leaves nothing behind but marks that cost its publishers one wake each.
/// Cost:     publishers and writers pay nothing while nobody waits. One system call a sleep, whatever the number of subscribers, up to 127 on Linux from
///           5.16 on and 63 on Windows; all readers of one Blackboard count as one, and each costs an exchange a sleep. Each further 127 or 63 cost a thread of the set, which sleeps with all signals blocked; on older
///           kernels, on macOS, and in containers that refuse futex_waitv, each subscriber costs one. They are started by add().
///
/// A Subscriber or BlackboardReader may be moved while it is in a set: it stays. One that is destroyed, or assigned to, leaves its set. When
/// the set is destroyed its subscribers are in none. A child that inherited a set (fork, clone) has one that is unusable: `if (!set)`; its
/// subscribers are unusable, too. What was moved from is unusable as well.
class KICKMSG_API WaitSet {
public:
    /// What a wait found; valid until the next one of its set.
    class Ready {
    public:
        /// Returns: the keys of the subscribers and readers that are ready, each once.
        /// @{
        uint64_t const* begin() const noexcept
        {
            return keys_;
        }
        uint64_t const* end() const noexcept
        {
            return keys_ + size_;
        }
        /// @}
        /// Returns: how many are ready.
        std::size_t size() const noexcept
        {
            return size_;
        }
        /// Returns: whether wake() was called since the last wait that said so.
        bool woken() const noexcept
        {
            return woken_;
        }
        /// Returns: whether there is anything: a subscriber or a reader that is ready, or a wake.
        explicit operator bool() const noexcept
        {
            return size_ != 0 || woken_;
        }

    private:
        friend class detail::WaitSetState;
        uint64_t const* keys_  = nullptr;
        std::size_t     size_  = 0;
        bool            woken_ = false;
    };

#if defined(_WIN32)
    /// What other libraries can wait for: an event.
    using NativeHandle = void*;
#else
    /// What other libraries can wait for: a descriptor.
    using NativeHandle = int;
#endif

    /// An empty set.
    /// Errors: Error LimitReached (no memory), System.
    WaitSet();
    /// Takes over what `other` is and holds, and leaves it unusable. Not while another thread uses either.
    /// @{
    WaitSet(WaitSet&& other) noexcept;
    WaitSet& operator=(WaitSet&& other) noexcept;
    /// @}
    WaitSet(WaitSet const&)            = delete;
    WaitSet& operator=(WaitSet const&) = delete;
    /// Ends the threads of the set and closes its handle. Its subscribers are in no set from then on.
    ~WaitSet();

    /// Returns: whether this set can wait: false when it was moved from, or inherited through fork().
    explicit operator bool() const noexcept;

    /// Puts `subscriber` into the set, under `key`: whatever the program knows it by, an index or a pointer; several may have the same.
    /// A present wait notices it at once.
    /// Errors: Error InUse when it is in a set already, InvalidHandle when it or the set is unusable, LimitReached (memory, threads), System.
    void add(Subscriber& subscriber, uint64_t key);
    /// The same for `reader`, under `key`: it is ready while there is another version than it has read last. A version that was followed by others is
    /// passed over. Nobody waits through a reader of its Blackboard elsewhere meanwhile.
    /// Errors: as above; Error InUse also when another reader of its Blackboard is in another set.
    void add(BlackboardReader& reader, uint64_t key);
    /// Takes `subscriber` out of the set; nothing happens when it is not in it. A wait of another thread does not touch it any more when
    /// this returns; what it has found already it still reports.
    void remove(Subscriber const& subscriber) noexcept;
    /// The same for `reader`.
    void remove(BlackboardReader const& reader) noexcept;
    /// Returns: how many subscribers and readers are in the set.
    std::size_t size() const noexcept;

    /// Sleeps until a subscriber or a reader is ready, wake() is called, or `timeout` is over: zero or less only looks, nanoseconds::max() waits for
    /// ever. A subscriber is ready when a message waits for it, or when its name leads to another region and its next receive
    /// moves there (Node). It is a hint: try_receive() may still find none. A subscriber is reported by each wait until it has been read empty, a
    /// reader until it has read the last version.
    /// At its limit of views a subscriber with messages is ready: copy them, drop a view, or remove() it until one is dropped.
    /// Returns:  all that are ready, beginning with another one each time, so that none is served last for ever; empty when the time was over.
    ///           On an unusable set empty after `timeout`, at most 100 ms.
    /// Progress: a message and a value wake it. It also looks by itself after 20, 40, 80, 160 and 320 ms, then every 320 ms, as Subscriber::receive() does.
    Ready wait(std::chrono::nanoseconds timeout) noexcept;
    /// The same for a `timeout` of any unit: saturated().
    /// Returns: as wait().
    template <class Rep, class Period>
    Ready wait(std::chrono::duration<Rep, Period> timeout) noexcept
    {
        return wait(saturated(timeout));
    }

    /// Ends the present wait, or else the next one at once, which says woken(). Wakes that come before that are one.
    /// Threads: any, and handlers of signals.
    /// Cost:    one system call.
    void wake() noexcept;

    /// For epoll, poll, asio, Qt, asyncio and their like: a descriptor that is readable when wait(0) has something to say. On Windows an event
    /// that is signalled then. At first it is readable. It stays so until a wait finds nothing: so call wait(0) whenever it is
    /// readable, and receive from what it reports; only a wait that comes back empty arms it anew. It may be readable for nothing.
    /// Do not read it, write it or close it; a program forgets it before the set is destroyed. A child inherits the descriptor (not
    /// through exec), and never makes it readable.
    /// Returns: the same handle each time. -1 or null on an unusable set.
    /// Errors:  Error LimitReached (descriptors, threads, memory), System.
    /// Cost:    the first call starts a thread of the set, which sleeps on all its subscribers with all signals blocked.
    NativeHandle native_handle();

private:
    KICKMSG_HIDDEN void add(detail::SetSource* source, char const* what, uint64_t key);
    KICKMSG_HIDDEN void remove(detail::SetSource const& source) noexcept;

    std::shared_ptr<detail::WaitSetState> state_;
};

} // namespace kickmsg
