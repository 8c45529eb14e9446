/// The sending end of a region.
#pragma once

#include "kickmsg/Export.h"
#include "kickmsg/Region.h"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace kickmsg {

namespace detail {
class Follower;
class PublisherState;
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

    /// Returns: how many sends and allocates were refused for want of a slot. That is no loss of a delivered message.
    uint64_t dropped() const noexcept;

    /// Returns: whether the name no longer leads to this region: new users cannot find it. False for an unusable handle.
    /// Cost:     one system call.
    bool stale() const noexcept;

    /// Returns: how often this publisher has moved to another region of its name.
    uint64_t moves() const noexcept;

private:
    friend class Node;
    KICKMSG_HIDDEN Publisher(SharedRegion const& region, std::unique_ptr<detail::Follower> follower);
    KICKMSG_HIDDEN detail::PublisherState* usable() const noexcept;

    std::unique_ptr<detail::PublisherState> state_;
};

} // namespace kickmsg
