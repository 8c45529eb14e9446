/// The receiving end of a region.
#pragma once

#include "kickmsg/Duration.h"
#include "kickmsg/Export.h"
#include "kickmsg/Region.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace kickmsg {

namespace detail {
class Follower;
class Interruption;
class SubscriberState;
struct ServiceAccess;
struct ViewAccess;
} // namespace detail

/// Where a message comes from, as it says itself.
struct SampleInfo {
    /// Publisher::incarnation() of who sent it, never reused in the region: SharedRegion::participant() leads to its process and its record.
    uint64_t publisher = 0;
    /// Which message of that publisher in this region it is: 1, 2, 3 … for all that it has sent or published, without gaps. So of what it
    /// has sent since the first one that was received here, what is missing between two numbers is what was lost, exactly
    /// (SequenceTracker). Subscriber::lost() is the sum over all publishers, known at once; this is known with the next message.
    uint64_t sequence = 0;
    /// monotonic_ns() of its publisher just before the first delivery; nullopt in a region without channel::Config::send_time.
    std::optional<uint64_t> sent_ns;
};

/// Receives every message that is published into a region while it lives, through a ring of its own.
///
/// Threads:  one thread each; up to max_subscribers. Move-only. A SampleView may be dropped from any thread.
/// Progress: lock-free; a receive never waits for a publisher, alive or dead. Only the calls with a time-out sleep.
/// Crash:    dying inside any call loses nothing that recover() does not bring back, and delays nobody.
/// Errors:   a subscriber that is too slow loses its own oldest messages, has them counted (lost()), and costs nobody else.
///
/// It may outlive its SharedRegion.
///
/// In a region that keeps a history (channel::Config::history, N messages) it gets some from before it came. There is one point in the region's order
/// of messages. The subscriber gets, each once: first the last n <= N messages before that point, none left out between them, and then all from
/// there on; each publisher's in its order, with no gap but what is counted as lost, and but the last message of a publisher that died inside
/// its send. A send that has ended before the subscriber was made lies before the point, one that begins after it was made does not. n is less than N
/// where fewer were sent; where others were overwritten or given up before the subscriber had them; and where a publisher stands still inside a
/// send, or waits for room, in the ring that this subscriber has got. Between publishers the order is that of the history within the history,
/// and that of the ring after it. Those from before are unread messages as any others: they are overwritten first, and then counted as lost.
///
/// A moved-from Subscriber, and one that a child inherited (fork, clone), is unusable: `if (!subscriber)`. A receive on it answers
/// nullopt after its time-out, so that a loop over it does not spin. One without end answers after 100 ms: it must not spin, and
/// it must not hang, since no message can ever come. A usable one answers nullopt to it for want of memory, or when it was
/// interrupted: a nullopt of receive(nanoseconds::max()) is a reason to ask `if (!subscriber)`.
///
/// A Subscriber that a Node made follows its name: when the name no longer leads to its region and another region of that name
/// fits, it moves there, once it has read all that it found here (moves(), Node::follow()). One that was made of a
/// SharedRegion stays (stale()).
class KICKMSG_API Subscriber {
public:
    /// A received message, copied into the subscriber's own buffer: valid until its next receive call. Its data() has the
    /// configured payload_alignment, as that of a view.
    class SampleRef {
    public:
        /// Returns: the payload. What it may be: Publisher::allocate().
        void const* data() const noexcept
        {
            return data_;
        }
        /// Returns: the length of the payload, in bytes.
        std::size_t len() const noexcept
        {
            return length_;
        }
        /// Returns: the message's position in this subscriber's ring. Rises by one a message; a gap is a loss. Begins anew when the
        /// subscriber moves to another region (moves()).
        uint64_t ring_pos() const noexcept
        {
            return position_;
        }

    private:
        friend struct detail::ViewAccess;
        SampleRef(void const* data, std::size_t length, uint64_t position) noexcept
            : data_(data), length_(length), position_(position)
        {
        }
        void const* data_;
        std::size_t length_;
        uint64_t    position_;
    };

    /// A received message, read in place. It keeps its slot out of the pool until it is dropped, from whatever thread,
    /// and may outlive its Subscriber and its SharedRegion. In a forked child it is not valid() and inert.
    class KICKMSG_API SampleView {
    public:
        /// Takes over what `other` shows, and leaves it not valid().
        /// @{
        SampleView(SampleView&& other) noexcept;
        SampleView& operator=(SampleView&& other) noexcept;
        /// @}
        SampleView(SampleView const&)            = delete;
        SampleView& operator=(SampleView const&) = delete;
        /// Drops the view: its slot goes back to the pool when nobody else needs it.
        ~SampleView();

        /// Returns: the payload; null when not valid(). Nobody writes to it while the view is held.
        void const* data() const noexcept;
        /// Returns: the length of the payload, in bytes; 0 when not valid().
        std::size_t len() const noexcept;
        /// Returns: as SampleRef::ring_pos().
        uint64_t ring_pos() const noexcept
        {
            return position_;
        }
        /// Returns: where the message comes from; all zero when not valid().
        SampleInfo info() const noexcept;
        /// Returns: whether there is a message to read: false for a moved-from view and in a forked child.
        bool valid() const noexcept;
        /// Returns: valid().
        explicit operator bool() const noexcept
        {
            return valid();
        }

    private:
        friend struct detail::ViewAccess;
        SampleView() noexcept = default;
        KICKMSG_HIDDEN void drop() noexcept;

        detail::SubscriberState* state_    = nullptr;
        void const*              data_     = nullptr;
        uint64_t                 position_ = 0;
        uint32_t                 length_   = 0;
        uint32_t                 slot_     = 0;
        uint32_t                 mark_     = 0;
    };

    /// Joins `region`: messages published from now on are delivered here. Memory for copies is taken at the first copy, not here.
    /// Errors: Error NoFreeRing or NoFreeRecord (with the limit, after recovering the dead), InvalidHandle, System.
    explicit Subscriber(SharedRegion const& region);

    /// Takes over what `other` is and holds, and leaves it unusable.
    /// @{
    Subscriber(Subscriber&& other) noexcept;
    Subscriber& operator=(Subscriber&& other) noexcept;
    /// @}
    Subscriber(Subscriber const&)            = delete;
    Subscriber& operator=(Subscriber const&) = delete;
    /// Leaves the region; views that are out stay valid.
    ~Subscriber();

    /// Returns: whether this handle can receive: false when it was moved from, or inherited through fork().
    explicit operator bool() const noexcept;

    /// Returns: the next message, copied; nullopt when there is none. Also nullopt, at once and with errno ENOMEM, when there is
    ///          no memory for the copy: the message stays the next one, and try_receive_view() reads it in place.
    /// Cost:     the first copies take memory, at most max_payload_size bytes; a copy no longer than those before takes none.
    std::optional<SampleRef> try_receive() noexcept;
    /// The same, with where the message comes from in `info`, which stays as it is where there is none.
    /// Returns: as try_receive().
    std::optional<SampleRef> try_receive(SampleInfo& info) noexcept;
    /// The same, sleeping up to `timeout`: zero or less is try_receive(), nanoseconds::max() waits for ever.
    /// Returns:  as try_receive(); nullopt when the time was over, with errno ETIMEDOUT, or when it was interrupted (interrupt(),
    ///           return_on_signals()), with errno EINTR.
    /// Progress: a message wakes it. It also looks by itself, 20 ms after it began to sleep, then after 40, 80, 160 and 320 ms more,
    ///           and every 320 ms from then on. So a message is found late where a publisher was killed or stopped between a
    ///           delivery and the wakes that follow the last one, by that much at most: 20 ms and what the call had slept before, and by 320 ms however
    ///           long it had. The same holds for a name that leads elsewhere (Node).
    std::optional<SampleRef> receive(std::chrono::nanoseconds timeout) noexcept;
    /// The same with a `timeout`, and with where the message comes from in `info`, as try_receive().
    /// Returns: as receive().
    std::optional<SampleRef> receive(std::chrono::nanoseconds timeout, SampleInfo& info) noexcept;
    /// The same for a `timeout` of any unit: saturated(). milliseconds::max() or an infinite double waits for ever, too.
    /// Returns: as receive().
    template <class Rep, class Period>
    std::optional<SampleRef> receive(std::chrono::duration<Rep, Period> timeout) noexcept
    {
        return receive(saturated(timeout));
    }
    /// The same with `info`, as try_receive(), and a `timeout` of any unit.
    /// Returns: as receive().
    template <class Rep, class Period>
    std::optional<SampleRef> receive(std::chrono::duration<Rep, Period> timeout, SampleInfo& info) noexcept
    {
        return receive(saturated(timeout), info);
    }

    /// Returns: the next message in place, without a copy; nullopt when there is none, or when as many views of this subscriber
    ///          are held as may be (channel::Config::max_views): the message then stays the next one, and try_receive() copies it.
    std::optional<SampleView> try_receive_view() noexcept;
    /// The same, sleeping up to `timeout`, as receive() does. At the limit of views it sleeps until one is dropped, which only
    /// another thread can do meanwhile: a thread that holds them all itself gets nullopt when the time is over, and never
    /// returns from a wait without end.
    /// Returns: as try_receive_view(); nullopt when the time was over or it was interrupted, with errno as of receive().
    std::optional<SampleView> receive_view(std::chrono::nanoseconds timeout) noexcept;
    /// The same for a `timeout` of any unit: saturated().
    /// Returns: as receive_view().
    template <class Rep, class Period>
    std::optional<SampleView> receive_view(std::chrono::duration<Rep, Period> timeout) noexcept
    {
        return receive_view(saturated(timeout));
    }

    /// Returns: how many messages can wait here unread (channel::Config::sub_ring_capacity); 0 for an unusable handle.
    uint32_t capacity() const noexcept;

    /// Ends the present call of receive() or receive_view() that may sleep, or else the next one: it answers nullopt at once, with errno
    /// EINTR, also where messages wait, which stay. Requests that come before that answer are one. Calls with a time-out of zero or less take no
    /// notice. A wait of a WaitSet is ended by WaitSet::wake().
    /// Threads: any, and handlers of signals; not while the subscriber is moved or destroyed.
    /// Crash:   a process that dies inside leaves nothing behind.
    /// Cost:    one system call where it sleeps; subscribers that sleep on the same word may wake for nothing.
    void interrupt() noexcept;
    /// With `on`, a signal whose handler ran during a sleep of receive() or receive_view() ends the call as interrupt() does; without, as at
    /// first, it sleeps on. SA_RESTART makes no difference. A handler that runs just before the sleep ends nothing: where that matters it calls interrupt(). On
    /// Windows there are no such signals.
    void return_on_signals(bool on) noexcept;

    /// Returns: messages lost so far: overwritten or evicted unread, or found corrupt. The sum continues over moves(); what was
    ///          sent into a region before the subscriber came, or after it left, is not in it.
    uint64_t lost() const noexcept;

    /// Returns: whether the name no longer leads to this region: it was unlinked, removed by hand, or another region has it.
    ///          Publishers that look for the name do not find this subscriber. False for an unusable handle.
    /// Cost:     one system call.
    bool stale() const noexcept;

    /// Returns: how often this subscriber has moved to another region of its name. Messages that were sent there before it
    ///          came were not delivered to it, and are in no count.
    uint64_t moves() const noexcept;

private:
    friend class Node;
    friend class WaitSet;
    friend class detail::SubscriberState;
    friend struct detail::ServiceAccess;
    KICKMSG_HIDDEN Subscriber(SharedRegion const& region, std::unique_ptr<detail::Follower> follower);

    struct Leave {
        KICKMSG_HIDDEN void operator()(detail::SubscriberState* state) const noexcept;
    };
    std::unique_ptr<detail::SubscriberState, Leave> state_;
    std::unique_ptr<detail::Interruption> interruption_; ///< stays where it is when the subscriber is moved or moves on
};

} // namespace kickmsg
