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

/// Publisher: sends messages into a region.
///
/// Threads:  one thread each; any number of Publishers, in any processes, up to max_publishers. Move-only.
/// Progress: lock-free; never waits for a subscriber or for another publisher, alive or dead.
/// Crash:    dying inside any call loses nothing that recover() does not bring back, and delays nobody.
/// A call that is refused changes nothing: what was allocated stays allocated.
/// A moved-from Publisher, and one that a child inherited (fork, clone), is unusable: `if (!publisher)`; it answers -EBADF, null or 0.
/// It may outlive its SharedRegion.
///
/// A Publisher that a Node made follows its name as a Subscriber does: at the beginning of a send() or allocate(), and
/// not while something is allocated. One that was made of a SharedRegion stays (stale()).
class KICKMSG_API Publisher {
public:
    /// Errors: Error NoFreeRecord when max_publishers publishers are at work, InvalidHandle, System.
    explicit Publisher(SharedRegion const& region);

    Publisher(Publisher&& other) noexcept;
    Publisher& operator=(Publisher&& other) noexcept;
    Publisher(Publisher const&)            = delete;
    Publisher& operator=(Publisher const&) = delete;
    ~Publisher();

    /// Whether this handle can send: false when it was moved from, or inherited through fork().
    explicit operator bool() const noexcept;

    /// Copies `length` bytes into a slot and delivers it to every live subscriber. Zero length is a message; abandons
    /// what allocate() gave out.
    /// Returns: the bytes sent; -EMSGSIZE above max_payload_size; -EAGAIN when no slot could be had, though the oldest
    ///          unread messages were given up and the dead recovered (views and other publishers hold all of them);
    ///          -EBADF for an unusable handle. Losses show at the subscriber: Subscriber::lost().
    int32_t send(void const* data, std::size_t length) noexcept;

    /// Lends a slot of the pool to be written in place; a second call abandons the first one's contents.
    /// Returns: at least `length` writable bytes at the configured alignment, or null (too long, or no slot).
    void* allocate(std::size_t length) noexcept;

    /// Delivers the allocated slot, with the length given to allocate(), to every live subscriber.
    /// Returns: rings reached. 0 is not an error: nobody listens, or nothing was allocated.
    std::size_t publish() noexcept;
    /// The same with a smaller length than allocated. A greater one delivers nothing, returns 0, and keeps the slot.
    std::size_t publish(std::size_t length) noexcept;

    /// Returns: how many sends and allocates were refused for want of a slot.
    uint64_t dropped() const noexcept;

    /// Returns: whether the name no longer leads to this region: nobody new finds it. False for an unusable handle.
    /// Cost:     one system call.
    bool stale() const noexcept;

    /// Returns: how often this publisher has gone on in another region of its name.
    uint64_t moves() const noexcept;

private:
    friend class Node;
    KICKMSG_HIDDEN Publisher(SharedRegion const& region, std::unique_ptr<detail::Follower> follower);
    KICKMSG_HIDDEN detail::PublisherState* usable() const noexcept;

    std::unique_ptr<detail::PublisherState> state_;
};

} // namespace kickmsg
