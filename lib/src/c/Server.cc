#include "kickmsg/Server.h"

#include "ServerState.h"
#include "c/Handles.h"
#include "c/InPlace.h"

#include <cerrno>

namespace kickmsg {
namespace detail {

/// What a null of a Request does not say.
struct RequestAccess {
    static ServerState const* state(Server::Request const& request) noexcept
    {
        return request.state_;
    }
};

} // namespace detail
} // namespace kickmsg

using namespace kickmsg;

namespace {

constexpr char const* name = "server";

using Request = c::InPlace<kickmsg_request, std::optional<Server::Request>>;

Server::Request* in(kickmsg_request const* request) noexcept
{
    auto* const held = Request::in(request);
    return held != nullptr ? &**held : nullptr;
}

kickmsg_status refuse_unusable() noexcept
{
    return c::refuse(
        {KICKMSG_INVALID_HANDLE, "request", "its server has ended, or it was inherited through fork()", "drop it"});
}

/// Of a slot of `length` bytes.
kickmsg_status why_not_lent(Server::Request const& request, size_t length) noexcept
{
    detail::ServerState const* const state = detail::RequestAccess::state(request);
    if (state == nullptr) {
        return c::refuse_code(-EINVAL, "request");
    }
    if (!request || state->has_left()) {
        return refuse_unusable();
    }
    return length > state->most() ? c::refuse_code(-EMSGSIZE, "request") : KICKMSG_AGAIN;
}

/// What `answer(request)` says: bytes, or minus an errno.
template <class Answer>
kickmsg_status answered(kickmsg_request const* request, Answer answer) noexcept
{
    Server::Request* const held = in(request);
    if (held == nullptr) {
        return c::refuse_handle("request");
    }
    int32_t const sent = answer(*held);
    return sent >= 0 ? KICKMSG_OK : sent == -EBADF ? refuse_unusable() : c::refuse_code(sent, "request");
}

template <class Take>
bool hold(kickmsg_request& request, Take take) noexcept
{
    return Request::fill(request, take, [](auto const& taken) { return taken.has_value(); });
}

} // namespace

kickmsg_status kickmsg_server_destroy(kickmsg_server* server)
{
    return c::end(server);
}

bool kickmsg_server_is_usable(kickmsg_server const* server)
{
    return c::is_usable(server);
}

kickmsg_status kickmsg_server_try_receive(kickmsg_server* server, kickmsg_request* request)
{
    return kickmsg_server_receive(server, 0, request);
}

kickmsg_status kickmsg_server_receive(kickmsg_server* server, int64_t timeout_ns, kickmsg_request* request)
{
    Server* const by = c::find(server);
    if (by == nullptr) {
        return c::refuse_handle(name);
    }
    if (kickmsg_status const refused = Request::refuse_to_fill(request, "request")) {
        return refused;
    }
    if (hold(*request, [=] { return by->receive(std::chrono::nanoseconds(timeout_ns)); })) {
        return KICKMSG_OK;
    }
    if (!*by) {
        return c::refuse_inherited(name);
    }
    return timeout_ns <= 0 ? KICKMSG_AGAIN : errno == EINTR ? KICKMSG_INTERRUPTED : KICKMSG_TIMED_OUT;
}

kickmsg_status kickmsg_server_interrupt(kickmsg_server* server)
{
    return c::with_usable(server, [](Server& by) { by.interrupt(); });
}

kickmsg_status kickmsg_server_malformed(kickmsg_server const* server, uint64_t* count)
{
    return c::read_for(server, count, [](Server const& of) { return of.malformed(); });
}

kickmsg_status kickmsg_server_stale(kickmsg_server const* server, bool* stale)
{
    return c::read_for(server, stale, [](Server const& of) { return of.stale(); });
}

void const* kickmsg_request_data(kickmsg_request const* request)
{
    Server::Request const* const held = in(request);
    return held != nullptr ? held->data() : nullptr;
}

size_t kickmsg_request_size(kickmsg_request const* request)
{
    Server::Request const* const held = in(request);
    return held != nullptr ? held->len() : 0;
}

bool kickmsg_request_is_open(kickmsg_request const* request)
{
    Server::Request const* const held = in(request);
    return held != nullptr && *held;
}

kickmsg_status kickmsg_request_wanted(kickmsg_request const* request, bool* wanted)
{
    Server::Request const* const held = in(request);
    return held != nullptr ? c::give(wanted, held->wanted(), "wanted") : c::refuse_handle("request");
}

kickmsg_status kickmsg_request_answer(kickmsg_request* request, void const* data, size_t length)
{
    if (data == nullptr && length != 0) {
        return c::refuse_null("data");
    }
    return answered(request, [&](Server::Request& held) { return held.answer(data, length); });
}

kickmsg_status kickmsg_request_allocate(kickmsg_request* request, size_t length, void** data)
{
    Server::Request* const held = in(request);
    if (held == nullptr || data == nullptr) {
        return held == nullptr ? c::refuse_handle("request") : c::refuse_null("data");
    }
    if (void* const room = held->allocate(length)) {
        *data = room;
        return KICKMSG_OK;
    }
    return why_not_lent(*held, length);
}

kickmsg_status kickmsg_request_publish(kickmsg_request* request)
{
    return answered(request, [](Server::Request& held) { return held.publish(); });
}

kickmsg_status kickmsg_request_publish_length(kickmsg_request* request, size_t length)
{
    return answered(request, [&](Server::Request& held) { return held.publish(length); });
}

kickmsg_status kickmsg_request_drop(kickmsg_request* request)
{
    return Request::drop(request, "request");
}
