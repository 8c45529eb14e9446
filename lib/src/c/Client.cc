#include "kickmsg/Client.h"

#include "ClientState.h"
#include "c/Handles.h"
#include "c/InPlace.h"

#include <cerrno>

namespace kickmsg {
namespace detail {

/// What a loan that is none does not say.
struct ClientAccess {
    static std::size_t most(Client const& client) noexcept
    {
        return client.state_->most();
    }
};

} // namespace detail
} // namespace kickmsg

using namespace kickmsg;

namespace {

constexpr char const* name = "client";

using Response = c::InPlace<kickmsg_response, Client::Response>;
using Call     = c::InPlace<kickmsg_call, Client::Call>;
using Loan     = c::InPlace<kickmsg_loan, Client::Loan>;

static_assert(KICKMSG_CALL_ANSWERED == static_cast<int>(CallStatus::Answered) &&
                  KICKMSG_CALL_WAITING == static_cast<int>(CallStatus::Waiting) &&
                  KICKMSG_CALL_TIMED_OUT == static_cast<int>(CallStatus::TimedOut) &&
                  KICKMSG_CALL_NO_SERVER == static_cast<int>(CallStatus::NoServer) &&
                  KICKMSG_CALL_NO_ROOM == static_cast<int>(CallStatus::NoRoom) &&
                  KICKMSG_CALL_UNSERVED == static_cast<int>(CallStatus::Unserved) &&
                  KICKMSG_CALL_SERVER_GONE == static_cast<int>(CallStatus::ServerGone) &&
                  KICKMSG_CALL_REFUSED == static_cast<int>(CallStatus::Refused) &&
                  KICKMSG_CALL_CANCELLED == static_cast<int>(CallStatus::Cancelled) &&
                  KICKMSG_CALL_INTERRUPTED == static_cast<int>(CallStatus::Interrupted) &&
                  KICKMSG_CALL_TOO_LONG == static_cast<int>(CallStatus::TooLong) &&
                  KICKMSG_CALL_MALFORMED == static_cast<int>(CallStatus::Malformed) &&
                  KICKMSG_CALL_UNUSABLE == static_cast<int>(CallStatus::Unusable),
              "the numbers of C are those of C++");

kickmsg_call_status of(CallStatus status) noexcept
{
    return static_cast<kickmsg_call_status>(static_cast<int>(status));
}

/// A call that was refused before it began: kickmsg_last_error() has the reason.
kickmsg_call_status unusable(kickmsg_status) noexcept
{
    return KICKMSG_CALL_UNUSABLE;
}

/// Puts the answer that `take()` gets into `response`, which holds nothing.
template <class Take>
kickmsg_call_status receive(kickmsg_response& response, Take take) noexcept
{
    CallStatus status = CallStatus::Unusable;
    Response::fill(response, take, [&status](Client::Response const& taken) {
        status = taken.status();
        return static_cast<bool>(taken);
    });
    return of(status);
}

/// Puts the call that `begin()` makes into `call`, which holds nothing.
template <class Begin>
kickmsg_call_status start(kickmsg_call& call, Begin begin) noexcept
{
    CallStatus status = CallStatus::Unusable;
    Call::fill(call, begin, [&status](Client::Call const& begun) {
        status = begun.status();
        return static_cast<bool>(begun);
    });
    return of(status);
}

} // namespace

char const* kickmsg_call_status_text(kickmsg_call_status status)
{
    bool const is_one = status >= KICKMSG_CALL_ANSWERED && status <= KICKMSG_CALL_UNUSABLE;
    return is_one ? text_of(static_cast<CallStatus>(status)) : "no status of this version";
}

kickmsg_status kickmsg_client_destroy(kickmsg_client* client)
{
    return c::end(client);
}

bool kickmsg_client_is_usable(kickmsg_client const* client)
{
    return c::is_usable(client);
}

kickmsg_call_status kickmsg_client_call(kickmsg_client* client, void const* data, size_t length, int64_t timeout_ns,
                                        kickmsg_response* response)
{
    Client* const by = c::find(client);
    if (by == nullptr || (data == nullptr && length != 0)) {
        return unusable(by == nullptr ? c::refuse_handle(name) : c::refuse_null("data"));
    }
    if (kickmsg_status const refused = Response::refuse_to_fill(response, "response")) {
        return unusable(refused);
    }
    if (!*by) {
        return unusable(c::refuse_inherited(name));
    }
    return receive(*response, [&] { return by->call(data, length, std::chrono::nanoseconds(timeout_ns)); });
}

kickmsg_call_status kickmsg_client_start(kickmsg_client* client, void const* data, size_t length, int64_t timeout_ns,
                                         kickmsg_call* call)
{
    Client* const by = c::find(client);
    if (by == nullptr || (data == nullptr && length != 0)) {
        return unusable(by == nullptr ? c::refuse_handle(name) : c::refuse_null("data"));
    }
    if (kickmsg_status const refused = Call::refuse_to_fill(call, "call")) {
        return unusable(refused);
    }
    if (!*by) {
        return unusable(c::refuse_inherited(name));
    }
    return start(*call, [&] { return by->start(data, length, std::chrono::nanoseconds(timeout_ns)); });
}

kickmsg_status kickmsg_client_loan(kickmsg_client* client, size_t length, kickmsg_loan* loan)
{
    Client* const by = c::find(client);
    if (by == nullptr) {
        return c::refuse_handle(name);
    }
    if (kickmsg_status const refused = Loan::refuse_to_fill(loan, "loan")) {
        return refused;
    }
    if (!*by) {
        return c::refuse_inherited(name);
    }
    bool const held = Loan::fill(
        *loan, [&] { return by->loan(length); }, [](Client::Loan const& lent) { return static_cast<bool>(lent); });
    if (held) {
        return KICKMSG_OK;
    }
    return length > detail::ClientAccess::most(*by) ? c::refuse_code(-EMSGSIZE, name) : KICKMSG_AGAIN;
}

kickmsg_status kickmsg_client_has_server(kickmsg_client* client, bool* is_there)
{
    return c::read_for(client, is_there, [](Client& by) { return by.has_server(); });
}

kickmsg_status kickmsg_client_wait_for_server(kickmsg_client* client, int64_t timeout_ns)
{
    return c::with_usable(client, [&](Client& by) {
        return by.wait_for_server(std::chrono::nanoseconds(timeout_ns)) ? KICKMSG_OK : KICKMSG_TIMED_OUT;
    });
}

kickmsg_status kickmsg_client_outstanding(kickmsg_client const* client, size_t* count)
{
    return c::read_for(client, count, [](Client const& of) { return of.outstanding(); });
}

kickmsg_status kickmsg_client_interrupt(kickmsg_client* client)
{
    return c::with_usable(client, [](Client& by) { by.interrupt(); });
}

kickmsg_status kickmsg_client_stale(kickmsg_client const* client, bool* stale)
{
    return c::read_for(client, stale, [](Client const& of) { return of.stale(); });
}

kickmsg_call_status kickmsg_call_poll(kickmsg_call* call, kickmsg_response* response)
{
    return kickmsg_call_wait(call, 0, response);
}

kickmsg_call_status kickmsg_call_wait(kickmsg_call* call, int64_t timeout_ns, kickmsg_response* response)
{
    Client::Call* const held = Call::in(call);
    if (held == nullptr) {
        return unusable(c::refuse_handle("call"));
    }
    if (kickmsg_status const refused = Response::refuse_to_fill(response, "response")) {
        return unusable(refused);
    }
    kickmsg_call_status const status =
        receive(*response, [&] { return held->wait(std::chrono::nanoseconds(timeout_ns)); });
    if (status == KICKMSG_CALL_UNUSABLE) {
        c::refuse({KICKMSG_INVALID_HANDLE, "call", "its client has ended, or it was inherited through fork()",
                   "start another one"});
    }
    if (!*held) {
        Call::drop(call, "call");
    }
    return status;
}

kickmsg_status kickmsg_call_cancel(kickmsg_call* call, bool* taken_back)
{
    Client::Call* const held = Call::in(call);
    if (held == nullptr) {
        return c::refuse_handle("call");
    }
    bool const was = held->cancel();
    if (taken_back != nullptr) {
        *taken_back = was;
    }
    return Call::drop(call, "call");
}

void* kickmsg_loan_data(kickmsg_loan const* loan)
{
    auto const* const held = Loan::in(loan);
    return held != nullptr ? held->data() : nullptr;
}

size_t kickmsg_loan_size(kickmsg_loan const* loan)
{
    auto const* const held = Loan::in(loan);
    return held != nullptr ? held->size() : 0;
}

kickmsg_call_status kickmsg_loan_start(kickmsg_loan* loan, int64_t timeout_ns, kickmsg_call* call)
{
    Client::Loan* const held = Loan::in(loan);
    if (held == nullptr) {
        return unusable(c::refuse_handle("loan"));
    }
    if (kickmsg_status const refused = Call::refuse_to_fill(call, "call")) {
        return unusable(refused);
    }
    kickmsg_call_status const status = start(*call, [&] { return held->start(std::chrono::nanoseconds(timeout_ns)); });
    if (status == KICKMSG_CALL_UNUSABLE) {
        c::refuse({KICKMSG_INVALID_HANDLE, "loan", "its client has ended, or it was inherited through fork()",
                   "make another client"});
    }
    if (status == KICKMSG_CALL_WAITING) {
        Loan::drop(loan, "loan");
    }
    return status;
}

kickmsg_status kickmsg_loan_drop(kickmsg_loan* loan)
{
    return Loan::drop(loan, "loan");
}

void const* kickmsg_response_data(kickmsg_response const* response)
{
    auto const* const held = Response::in(response);
    return held != nullptr ? held->data() : nullptr;
}

size_t kickmsg_response_size(kickmsg_response const* response)
{
    auto const* const held = Response::in(response);
    return held != nullptr && held->data() != nullptr ? held->len() : 0;
}

kickmsg_status kickmsg_response_drop(kickmsg_response* response)
{
    return Response::drop(response, "response");
}
