/// The sending end of a region.
#pragma once

#include "kickmsg/Duration.h"
#include "kickmsg/Export.h"
#include "kickmsg/Region.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace kickmsg {

namespace detail {
class Follower;
class PublisherState;
struct PublisherAccess;
} // namespace detail

/// Sends messages into a region.
///
/// Threads:  one thread each; any number of Publishers, in any processes, up to max_publishers. Move-only.
/// Progress: lock-free; never waits for a subscriber or for another publisher, alive or dead. A message needs no system call, but
///           for these: one for each subscriber that sleeps, to wake it, after all of them have got the message; on an empty
///           pool, recovery; beside a ring of which nothing was taken while this Publisher overwrote a lap of it, one to ask
///           whether its subscriber is alive, and if it is proven dead, recovery, which looks at every slot and allocates some
///           40 bytes for each. About one that is alive it is asked again after 1, 2, 4 ... 1024 laps. A Publisher of a Node looks for its name, too (Node).
/// Crash:    dying inside any call loses nothing that recover() does not bring back, and delays nobody
///           that is awake; one that sleeps may be woken late (Subscriber::receive()).
/// Errors:   a call that is refused changes nothing: what was allocated stays allocated. A moved-from Publisher, and one that a
///           child inherited (fork, clone), is unusable: `if (!publisher)`; it answers -EBADF, null or 0.
///
/// Sending without loss: send() and publish() overwrite what a slow subscriber has not read; the calls named try_... and ..._until
/// overwrite nothing. A message is accepted where each live ring has a free place, and delivered to all of them, or it is refused and
/// delivered to none. Where nobody sends but by these calls (allocating by try_allocate() or allocate_until()), every
/// subscriber gets every message that is accepted while it lives, the messages of each Publisher in order, and Subscriber::lost() stays 0.
/// - A dead subscriber holds nobody up: before a refusal each subscriber of a full ring is asked for its proof of life (a system
///   call for each), and the dead are recovered. One that is leaving is passed by. One that is stopped, or does not read, costs
///   the caller the time that it gives, and no more.
/// - Other Publishers may take the last place of a ring between the look and the delivery. Where that is seen before any subscriber has the message, it
///   is refused. Where some have it, it is accepted, and *pending* for the others (pending(); never with one subscriber, never with
///   one Publisher). The Publisher holds it, and delivers it before anything else that it sends, so order holds: each later try_... or
///   ..._until call that sends, and flush_until(), deliver what they can of it first, and refuse while some of it is left. send() and
///   publish() overwrite for it first, and so does the end of the Publisher: what is lost then shows at the subscriber. A Publisher does
///   not follow its name meanwhile. One that is killed takes the message along: those that it is pending for do not get it.
/// - In a region that keeps a history (Config::history) a message that is refused is in no history. There a message may be pending with one subscriber and
///   one Publisher, too: a newcomer may fill the last place with one from before. The last places of a newcomer's ring count as full while
///   it fills them.
/// - Beside Publishers that use send() or publish(), those overwrite the oldest unread message of a full ring, whoever sent it, and
///   on an empty pool they and allocate() give up unread ones: the subscriber that loses one has it counted. Order holds, and a
///   message is delivered once at most, all the same.
///
/// It may outlive its SharedRegion. A Publisher that a Node made follows its name as a Subscriber does: at the beginning of
/// a send() or allocate(), and not while something is allocated. One that was made of a SharedRegion stays (stale()).
class KICKMSG_API Publisher {
public:
    /// Joins `region` as one of its publishers.
    /// Errors: Error NoFreeRecord when max_publishers publishers are at work, InvalidHandle, System.
    explicit Publisher(SharedRegion const& region);

    /// Takes over what `other` is and holds, and leaves it unusable.
    /// @{
    Publisher(Publisher&& other) noexcept;
    Publisher& operator=(Publisher&& other) noexcept;
    /// @}
    Publisher(Publisher const&)            = delete;
    Publisher& operator=(Publisher const&) = delete;
    /// Leaves the region; what was allocated and not published goes back to the pool, and so do the slots that it kept for its
    /// next messages (RegionStats::pool_kept), each when the last subscriber has read it.
    ~Publisher();

    /// Returns: whether this handle can send: false when it was moved from, or inherited through fork().
    explicit operator bool() const noexcept;

    /// Copies `length` bytes at `data` into a slot and delivers it to every live subscriber. Zero length is a message; abandons
    /// what allocate() gave out. What a payload may be: allocate().
    /// Returns: the bytes sent; -EMSGSIZE above max_payload_size; -EAGAIN when no slot could be had, though the oldest
    ///          unread messages were given up and the dead recovered (views and other publishers hold all of them);
    ///          -EBADF for an unusable handle. Losses show at the subscriber: Subscriber::lost().
    /// Cost:    no system call where nobody sleeps and somebody reads each ring; otherwise as the class says under Progress.
    [[nodiscard]] int32_t send(void const* data, std::size_t length) noexcept;

    /// Lends a slot of the pool to be written in place; a second call abandons the first one's contents.
    /// Payload: bytes that mean the same in every process. A trivially copyable type: no constructor or destructor runs at the
    ///          other end. No pointer, no reference, no virtual function. No handle of this process, such as a descriptor or a
    ///          thread. Sender and receiver are built with the same layout of the type: size, alignment, byte order, padding.
    ///          It lies at a multiple of Config::payload_alignment, at both ends: choose no less than alignof(type).
    ///          Its bytes are those of the slot's last message until they are written: write padding, too, if it must not leak.
    ///          It is yours until publish(), abandon(), the next send() or allocate(), or the end of the Publisher. Do not write to it
    ///          afterwards: subscribers may be reading it.
    /// Returns: at least `length` writable bytes at the configured alignment, or null (too long, or no slot).
    [[nodiscard]] void* allocate(std::size_t length) noexcept;

    /// Delivers the allocated slot, with the length given to allocate(), to every live subscriber.
    /// Returns: rings reached. 0 is not an error: nobody listens, or nothing was allocated.
    /// Cost:    as send().
    std::size_t publish() noexcept;
    /// The same with a smaller `length` than allocated.
    /// Returns: rings reached. A greater length delivers nothing, returns 0, and keeps the slot.
    /// Cost:    as send().
    [[nodiscard]] std::size_t publish(std::size_t length) noexcept;

    /// Gives up what allocate() lent; nothing is delivered. The slot goes back to the pool, or this Publisher writes its next
    /// message to it, where it may keep slots (RegionStats::pool_kept). Without effect when nothing is allocated.
    void abandon() noexcept;

    /// As send(), but overwrites and gives up nothing: delivers the `length` bytes at `data` to every live subscriber, or to none ("Sending
    /// without loss" above).
    /// It may abandon what allocate() gave out, also where it is refused.
    /// Returns: the bytes sent, also where nobody listens; -EAGAIN when a live ring has no free place, no slot could be had, or
    ///          an earlier message is still pending; -EMSGSIZE, -EBADF as send().
    /// Cost:    as send(), and a look at each ring. A refusal: a system call for each full ring, or for each participant where there is no slot.
    [[nodiscard]] int32_t try_send(void const* data, std::size_t length) noexcept;
    /// The same for the `length` bytes at `data`, waiting up to `timeout` for room: zero or less is try_send(), nanoseconds::max() waits for as long as it takes. Where
    /// the message is accepted and pending, it waits for that, too, with the time that is left.
    /// Returns:  as try_send(); -EAGAIN when the time was over. The bytes sent once it is accepted, pending or not.
    /// Progress: it does not spin, and no subscriber wakes it: it sleeps 50 us, looks, then each time as long as the call has waited already,
    ///           10 ms at most. So room is found late by no more than the call has waited before, and 10 ms (and what the system adds).
    [[nodiscard]] int32_t send_until(void const* data, std::size_t length, std::chrono::nanoseconds timeout) noexcept;
    /// The same for `length` bytes at `data` and a `timeout` of any unit: saturated(). milliseconds::max() or an infinite double waits for as
    /// long as it takes.
    /// Returns: as send_until().
    template <class Rep, class Period>
    [[nodiscard]] int32_t send_until(void const* data, std::size_t length,
                                     std::chrono::duration<Rep, Period> timeout) noexcept
    {
        return send_until(data, length, saturated(timeout));
    }

    /// As allocate() of `length` bytes, but gives up no unread message for the slot.
    /// Returns: as allocate(); null also when no slot is free.
    [[nodiscard]] void* try_allocate(std::size_t length) noexcept;
    /// The same, waiting up to `timeout` for a slot, as send_until() does. At once for a `length` above max_payload_size.
    /// Returns: as try_allocate(); null when the time was over.
    [[nodiscard]] void* allocate_until(std::size_t length, std::chrono::nanoseconds timeout) noexcept;
    /// The same for a `length` and a `timeout` of any unit: saturated().
    /// Returns: as allocate_until().
    template <class Rep, class Period>
    [[nodiscard]] void* allocate_until(std::size_t length, std::chrono::duration<Rep, Period> timeout) noexcept
    {
        return allocate_until(length, saturated(timeout));
    }

    /// As publish(), but overwrites nothing: the allocated slot is delivered to every live subscriber, or to none.
    /// Returns: rings reached, those included that it is pending for. -EAGAIN as try_send(): the slot stays allocated, with what was written;
    ///          -EINVAL when nothing is allocated; -EBADF for an unusable handle.
    /// Cost:    as try_send().
    [[nodiscard]] int32_t try_publish() noexcept;
    /// The same with a smaller `length` than allocated.
    /// Returns: as try_publish(); -EMSGSIZE for a greater length, which keeps the slot.
    [[nodiscard]] int32_t try_publish(std::size_t length) noexcept;
    /// The same, with a smaller `length` or all that was allocated, waiting up to `timeout` for room, as send_until() does.
    /// Returns: as try_publish(); -EAGAIN when the time was over.
    /// @{
    [[nodiscard]] int32_t publish_until(std::chrono::nanoseconds timeout) noexcept;
    [[nodiscard]] int32_t publish_until(std::size_t length, std::chrono::nanoseconds timeout) noexcept;
    /// @}
    /// The same for a `timeout` of any unit: saturated(); with the `length` as try_publish().
    /// Returns: as publish_until().
    /// @{
    template <class Rep, class Period>
    [[nodiscard]] int32_t publish_until(std::chrono::duration<Rep, Period> timeout) noexcept
    {
        return publish_until(saturated(timeout));
    }
    template <class Rep, class Period>
    [[nodiscard]] int32_t publish_until(std::size_t length, std::chrono::duration<Rep, Period> timeout) noexcept
    {
        return publish_until(length, saturated(timeout));
    }
    /// @}

    /// Delivers what is pending, waiting up to `timeout` for room, as send_until() does; zero or less looks once.
    /// Returns: 0 when nothing is pending any more, -EAGAIN when the time was over, -EBADF for an unusable handle.
    [[nodiscard]] int32_t flush_until(std::chrono::nanoseconds timeout) noexcept;
    /// The same for a `timeout` of any unit: saturated().
    /// Returns: as flush_until().
    template <class Rep, class Period>
    [[nodiscard]] int32_t flush_until(std::chrono::duration<Rep, Period> timeout) noexcept
    {
        return flush_until(saturated(timeout));
    }

    /// Returns: how many subscribers the last message that was accepted is still pending for.
    std::size_t pending() const noexcept;

    /// Returns: how many sends and allocates were refused for want of a slot, those named try_... and ..._until not counted. That is no loss of a delivered
    ///          message.
    uint64_t dropped() const noexcept;

    /// Returns: how many messages were sent or published, those to nobody included, and those that were refused not. Of the present region
    ///          it is the number of the last one (SampleInfo::sequence); the sum continues over moves().
    uint64_t sent() const noexcept;
    /// Returns: the number of this attachment to its region, by which its messages name it (SampleInfo::publisher) and stats() lists it; another
    ///          one in each region that it moves to (moves()). 0 for an unusable handle.
    uint64_t incarnation() const noexcept;

    /// Returns: whether the name no longer leads to this region: new users cannot find it. False for an unusable handle.
    /// Cost:     one system call.
    bool stale() const noexcept;

    /// Returns: how often this publisher has moved to another region of its name.
    uint64_t moves() const noexcept;

private:
    friend class Node;
    friend struct detail::PublisherAccess;
    KICKMSG_HIDDEN Publisher(SharedRegion const& region, std::unique_ptr<detail::Follower> follower);
    KICKMSG_HIDDEN detail::PublisherState* usable() const noexcept;

    std::unique_ptr<detail::PublisherState> state_;
};

} // namespace kickmsg
