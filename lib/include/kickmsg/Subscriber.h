/// Subscriber: receives every message that is published into a region while it lives, through a ring of its own.
///
/// Threads:  one thread each; up to max_subscribers. Move-only. A SampleView may be dropped from any thread.
/// Progress: lock-free; a receive never waits for a publisher, alive or dead. Only the calls with a time-out sleep.
/// Crash:    dying inside any call loses nothing that recover() does not bring back, and delays nobody.
/// A subscriber that is too slow loses its own oldest messages, is told how many (lost()), and costs nobody else.
/// A moved-from Subscriber, or one that a child inherited (fork, clone), answers nullopt. It may outlive its SharedRegion.
#pragma once

#include "kickmsg/Export.h"
#include "kickmsg/Region.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace kickmsg {

namespace detail {
class SubscriberState;
struct ViewAccess;
} // namespace detail

class KICKMSG_API Subscriber {
public:
    /// A received message, copied into the subscriber's own buffer: valid until its next receive call.
    class SampleRef {
    public:
        void const* data() const noexcept
        {
            return data_;
        }
        /// bytes
        std::size_t len() const noexcept
        {
            return length_;
        }
        /// The message's position in this subscriber's ring. Rises by one a message; a gap is a loss.
        uint64_t ring_pos() const noexcept
        {
            return position_;
        }

    private:
        friend class Subscriber;
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
        SampleView(SampleView&& other) noexcept;
        SampleView& operator=(SampleView&& other) noexcept;
        SampleView(SampleView const&)            = delete;
        SampleView& operator=(SampleView const&) = delete;
        ~SampleView();

        /// Null when not valid().
        void const* data() const noexcept;
        /// bytes; 0 when not valid()
        std::size_t len() const noexcept;
        uint64_t    ring_pos() const noexcept
        {
            return position_;
        }
        /// False for a moved-from view and in a forked child.
        bool valid() const noexcept;

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

    /// Joins: messages published from now on are delivered here.
    /// Errors: Error NoFreeRing or NoFreeRecord (with the limit, after recovering the dead), InvalidHandle.
    explicit Subscriber(SharedRegion const& region);

    Subscriber(Subscriber&& other) noexcept;
    Subscriber& operator=(Subscriber&& other) noexcept;
    Subscriber(Subscriber const&)            = delete;
    Subscriber& operator=(Subscriber const&) = delete;
    ~Subscriber();

    /// Returns: the next message, copied; nullopt when there is none.
    std::optional<SampleRef> try_receive() noexcept;
    /// The same, sleeping up to `timeout`: zero or less is try_receive(), nanoseconds::max() waits for ever.
    std::optional<SampleRef> receive(std::chrono::nanoseconds timeout) noexcept;

    /// Returns: the next message in place, without a copy; nullopt when there is none.
    std::optional<SampleView> try_receive_view() noexcept;
    /// The same, sleeping up to `timeout`.
    std::optional<SampleView> receive_view(std::chrono::nanoseconds timeout) noexcept;

    /// Returns: messages lost so far: overwritten or evicted unread, or found corrupt.
    uint64_t lost() const noexcept;

private:
    KICKMSG_HIDDEN detail::SubscriberState* usable() const noexcept;

    struct Leave {
        KICKMSG_HIDDEN void operator()(detail::SubscriberState* state) const noexcept;
    };
    std::unique_ptr<detail::SubscriberState, Leave> state_;
};

} // namespace kickmsg
