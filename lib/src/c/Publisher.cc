#include "kickmsg/Publisher.h"

#include "PublisherState.h"
#include "c/Handles.h"

#include <cerrno>

namespace kickmsg {
namespace detail {

/// What a null or a 0 of a Publisher does not say.
struct PublisherAccess {
    static std::size_t most(Publisher const& publisher) noexcept
    {
        return publisher.state_->most();
    }
    static std::size_t const* allocated(Publisher const& publisher) noexcept
    {
        return publisher.state_->allocated();
    }
};

} // namespace detail
} // namespace kickmsg

using namespace kickmsg;

namespace {

constexpr char const* name = "publisher";

/// What `send(publisher)` answers: bytes or rings, or minus an errno.
template <class Send>
kickmsg_status sent_by(kickmsg_publisher* handle, size_t* reached, Send send) noexcept
{
    Publisher* const publisher = c::find(handle);
    if (publisher == nullptr) {
        return c::refuse_handle(name);
    }
    int32_t const answer = send(*publisher);
    if (answer < 0) {
        return c::refuse_code(answer, name);
    }
    if (reached != nullptr) {
        *reached = static_cast<size_t>(answer);
    }
    return KICKMSG_OK;
}

template <class Send>
kickmsg_status sent_by(kickmsg_publisher* handle, void const* data, size_t length, Send send) noexcept
{
    if (data == nullptr && length != 0) {
        return c::refuse_null("data");
    }
    return sent_by(handle, nullptr, send);
}

template <class Lend>
kickmsg_status lent_by(kickmsg_publisher* handle, size_t length, void** data, Lend lend) noexcept
{
    Publisher* const publisher = c::find(handle);
    if (publisher == nullptr) {
        return c::refuse_handle(name);
    }
    if (data == nullptr) {
        return c::refuse_null("data");
    }
    if (void* const room = lend(*publisher)) {
        *data = room;
        return KICKMSG_OK;
    }
    if (!*publisher) {
        return c::refuse_inherited(name);
    }
    return length > detail::PublisherAccess::most(*publisher) ? c::refuse_code(-EMSGSIZE, name) : KICKMSG_AGAIN;
}

/// `length`: null for all that was allocated.
kickmsg_status published_by(kickmsg_publisher* handle, size_t const* length, size_t* reached) noexcept
{
    Publisher* const publisher = c::find(handle);
    if (publisher == nullptr) {
        return c::refuse_handle(name);
    }
    if (!*publisher) {
        return c::refuse_inherited(name);
    }
    std::size_t const* const allocated = detail::PublisherAccess::allocated(*publisher);
    if (allocated == nullptr) {
        return c::refuse_code(-EINVAL, name);
    }
    if (length != nullptr && *length > *allocated) {
        return c::refuse_code(-EMSGSIZE, name);
    }
    std::size_t const rings = publisher->publish(length != nullptr ? *length : *allocated);
    if (reached != nullptr) {
        *reached = rings;
    }
    return KICKMSG_OK;
}

} // namespace

kickmsg_status kickmsg_publisher_create(kickmsg_region const* region, kickmsg_publisher** publisher)
{
    return c::with(region, [&](SharedRegion& open) { return c::make_for(publisher, [&] { return Publisher(open); }); });
}

kickmsg_status kickmsg_publisher_destroy(kickmsg_publisher* publisher)
{
    return c::end(publisher);
}

bool kickmsg_publisher_is_usable(kickmsg_publisher const* publisher)
{
    return c::is_usable(publisher);
}

kickmsg_status kickmsg_publisher_send(kickmsg_publisher* publisher, void const* data, size_t length)
{
    return sent_by(publisher, data, length, [&](Publisher& by) { return by.send(data, length); });
}

kickmsg_status kickmsg_publisher_try_send(kickmsg_publisher* publisher, void const* data, size_t length)
{
    return sent_by(publisher, data, length, [&](Publisher& by) { return by.try_send(data, length); });
}

kickmsg_status kickmsg_publisher_send_until(kickmsg_publisher* publisher, void const* data, size_t length,
                                            int64_t timeout_ns)
{
    return sent_by(publisher, data, length,
                   [&](Publisher& by) { return by.send_until(data, length, std::chrono::nanoseconds(timeout_ns)); });
}

kickmsg_status kickmsg_publisher_allocate(kickmsg_publisher* publisher, size_t length, void** data)
{
    return lent_by(publisher, length, data, [&](Publisher& by) { return by.allocate(length); });
}

kickmsg_status kickmsg_publisher_try_allocate(kickmsg_publisher* publisher, size_t length, void** data)
{
    return lent_by(publisher, length, data, [&](Publisher& by) { return by.try_allocate(length); });
}

kickmsg_status kickmsg_publisher_allocate_until(kickmsg_publisher* publisher, size_t length, int64_t timeout_ns,
                                                void** data)
{
    return lent_by(publisher, length, data,
                   [&](Publisher& by) { return by.allocate_until(length, std::chrono::nanoseconds(timeout_ns)); });
}

kickmsg_status kickmsg_publisher_publish(kickmsg_publisher* publisher, size_t* reached)
{
    return published_by(publisher, nullptr, reached);
}

kickmsg_status kickmsg_publisher_publish_length(kickmsg_publisher* publisher, size_t length, size_t* reached)
{
    return published_by(publisher, &length, reached);
}

kickmsg_status kickmsg_publisher_try_publish(kickmsg_publisher* publisher, size_t* reached)
{
    return sent_by(publisher, reached, [](Publisher& by) { return by.try_publish(); });
}

kickmsg_status kickmsg_publisher_try_publish_length(kickmsg_publisher* publisher, size_t length, size_t* reached)
{
    return sent_by(publisher, reached, [&](Publisher& by) { return by.try_publish(length); });
}

kickmsg_status kickmsg_publisher_publish_until(kickmsg_publisher* publisher, int64_t timeout_ns, size_t* reached)
{
    return sent_by(publisher, reached,
                   [&](Publisher& by) { return by.publish_until(std::chrono::nanoseconds(timeout_ns)); });
}

kickmsg_status kickmsg_publisher_publish_length_until(kickmsg_publisher* publisher, size_t length, int64_t timeout_ns,
                                                      size_t* reached)
{
    return sent_by(publisher, reached,
                   [&](Publisher& by) { return by.publish_until(length, std::chrono::nanoseconds(timeout_ns)); });
}

kickmsg_status kickmsg_publisher_abandon(kickmsg_publisher* publisher)
{
    return c::with_usable(publisher, [](Publisher& by) { by.abandon(); });
}

kickmsg_status kickmsg_publisher_flush_until(kickmsg_publisher* publisher, int64_t timeout_ns)
{
    return sent_by(publisher, nullptr,
                   [&](Publisher& by) { return by.flush_until(std::chrono::nanoseconds(timeout_ns)); });
}

kickmsg_status kickmsg_publisher_pending(kickmsg_publisher const* publisher, size_t* count)
{
    return c::read_for(publisher, count, [](Publisher const& of) { return of.pending(); });
}

kickmsg_status kickmsg_publisher_dropped(kickmsg_publisher const* publisher, uint64_t* count)
{
    return c::read_for(publisher, count, [](Publisher const& of) { return of.dropped(); });
}

kickmsg_status kickmsg_publisher_sent(kickmsg_publisher const* publisher, uint64_t* count)
{
    return c::read_for(publisher, count, [](Publisher const& of) { return of.sent(); });
}

kickmsg_status kickmsg_publisher_incarnation(kickmsg_publisher const* publisher, uint64_t* incarnation)
{
    return c::read_for(publisher, incarnation, [](Publisher const& of) { return of.incarnation(); });
}

kickmsg_status kickmsg_publisher_stale(kickmsg_publisher const* publisher, bool* stale)
{
    return c::read_for(publisher, stale, [](Publisher const& of) { return of.stale(); });
}

kickmsg_status kickmsg_publisher_moves(kickmsg_publisher const* publisher, uint64_t* count)
{
    return c::read_for(publisher, count, [](Publisher const& of) { return of.moves(); });
}
