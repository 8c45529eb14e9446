/// For C: the asking end of a service.
#pragma once

#include "kickmsg/c/Config.h"
#include "kickmsg/c/Status.h"

#ifdef __cplusplus
extern "C" {
#endif

/// CallStatus: what became of a call. The numbers are those of C++.
typedef enum kickmsg_call_status {
    KICKMSG_CALL_ANSWERED    = 0, ///< here is the answer
    KICKMSG_CALL_WAITING     = 1, ///< not answered yet; its server lives
    KICKMSG_CALL_TIMED_OUT   = 2, ///< not answered in time. Its server lives, and may still be at it
    KICKMSG_CALL_NO_SERVER   = 3, ///< nobody serves this name: the request went nowhere
    KICKMSG_CALL_NO_ROOM     = 4, ///< the request went nowhere: too many calls are out or wait, or no slot was free
    KICKMSG_CALL_UNSERVED    = 5, ///< its server died or left before it took the request: nobody has served it, or will
    KICKMSG_CALL_SERVER_GONE = 6, ///< its server died or left, and had taken the request, or may have
    KICKMSG_CALL_REFUSED     = 7, ///< its server let go of it without an answer
    KICKMSG_CALL_CANCELLED   = 8, ///< by this client
    KICKMSG_CALL_INTERRUPTED = 9, ///< the wait was ended by kickmsg_client_interrupt() or a signal
    KICKMSG_CALL_TOO_LONG    = 10, ///< more bytes than the service has room for: the request went nowhere
    KICKMSG_CALL_MALFORMED   = 11, ///< the answer is not of the type that was expected
    KICKMSG_CALL_UNUSABLE    = 12, ///< there is no such client, call or loan: kickmsg_last_error() says why
    KICKMSG_CALL_STATUS_MIN_ENUM = -0x7fffffff - 1 ///< no status: with it every int may be passed
} kickmsg_call_status;

/// Client. kickmsg_node_client() makes it.
///
/// Threads:  one thread each, with its calls and loans. A kickmsg_response may be dropped from any thread, kickmsg_client_interrupt() called from any.
/// Progress: as Client: a server that dies or leaves is reported within 20 ms, whatever the time-out.
/// Crash:    dying anywhere leaves nothing that a recovery does not bring back.
/// Errors:   values, as kickmsg_call_status says; what is not answered was served once at most.
typedef struct kickmsg_client kickmsg_client;

/// Client::Response: an answer, read in place. It keeps its slot until it is dropped, and may outlive its client. It holds nothing at
/// another address than that where it was received.
typedef struct kickmsg_response {
    uint64_t opaque[12]; ///< the library's
} kickmsg_response;

/// Client::Call: a call that is out. It may outlive its client, which cancels it. It holds nothing at another address than that where it was started.
typedef struct kickmsg_call {
    uint64_t opaque[8]; ///< the library's
} kickmsg_call;

/// Client::Loan: a slot for a request, to be written in place. It holds nothing at another address than that where it was lent.
typedef struct kickmsg_loan {
    uint64_t opaque[10]; ///< the library's
} kickmsg_loan;

/// text_of(CallStatus).
/// Threads: pure function.
/// Returns: `status` in words. Never NULL.
KICKMSG_API char const* kickmsg_call_status_text(kickmsg_call_status status);

/// Client::~Client(): cancels the calls of `client` that are out, and leaves the service. Responses stay valid.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_client_destroy(kickmsg_client* client);
/// Client::operator bool().
/// Returns: whether `client` can ask.
KICKMSG_API bool kickmsg_client_is_usable(kickmsg_client const* client);

/// Client::call(): `client` asks with a copy of the `length` bytes at `data`, and sleeps up to `timeout_ns` for the answer, which is in `response` then: that
/// holds none yet.
/// Returns: KICKMSG_CALL_ANSWERED, and `response` is held; otherwise what became of the call. KICKMSG_CALL_UNUSABLE also for a pointer that is NULL or a
///          `response` that is held.
KICKMSG_API kickmsg_call_status kickmsg_client_call(kickmsg_client* client, void const* data, size_t length,
                                                    int64_t timeout_ns, kickmsg_response* response);
/// Client::start(): `client` sends a request with a copy of the `length` bytes at `data`, waiting up to `timeout_ns` for room, and does not wait for its
/// answer. The call is `call`, which holds none yet.
/// Returns: KICKMSG_CALL_WAITING, and `call` is held; otherwise why not.
KICKMSG_API kickmsg_call_status kickmsg_client_start(kickmsg_client* client, void const* data, size_t length,
                                                     int64_t timeout_ns, kickmsg_call* call);
/// Client::loan(): `client` lends a slot for a request of `length` bytes; the loan is `loan`, which holds none yet. Several may be out at once.
/// Returns: KICKMSG_OK; KICKMSG_AGAIN when no slot could be had; KICKMSG_TOO_LONG, KICKMSG_INVALID_HANDLE, _INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_client_loan(kickmsg_client* client, size_t length, kickmsg_loan* loan);

/// Client::has_server(): writes to `is_there` whether a living server takes the requests of `client`.
/// Cost:    a system call for each server.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE, KICKMSG_INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_client_has_server(kickmsg_client* client, bool* is_there);
/// Client::wait_for_server(): `client` waits for one, at most `timeout_ns`.
/// Progress: it looks again and again, and sleeps in between, 10 ms at most.
/// Returns:  KICKMSG_OK when there is one; KICKMSG_TIMED_OUT; KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_client_wait_for_server(kickmsg_client* client, int64_t timeout_ns);
/// Client::outstanding(): writes to `count` how many calls of `client` count towards max_calls.
/// Returns: as kickmsg_client_has_server().
KICKMSG_API kickmsg_status kickmsg_client_outstanding(kickmsg_client const* client, size_t* count);
/// Client::interrupt(): ends the present wait of `client` for an answer, or the next one.
/// Threads: any, and handlers of signals; not while the client is destroyed.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_client_interrupt(kickmsg_client* client);
/// Client::stale(): writes to `stale` whether the name of the service no longer leads to `client`.
/// Returns: as kickmsg_client_has_server().
KICKMSG_API kickmsg_status kickmsg_client_stale(kickmsg_client const* client, bool* stale);

/// Client::Call::poll(): takes the answer of `call`, if it is there, to `response`, which holds none yet.
/// Returns: KICKMSG_CALL_ANSWERED, and `response` is held; KICKMSG_CALL_WAITING while it is still out; otherwise how it ended. What is not
///          out any more is no longer held by `call`.
KICKMSG_API kickmsg_call_status kickmsg_call_poll(kickmsg_call* call, kickmsg_response* response);
/// Client::Call::wait(): as kickmsg_call_poll() of `call` to `response`, sleeping up to `timeout_ns` for the answer.
/// Returns: as kickmsg_call_poll(); KICKMSG_CALL_TIMED_OUT or KICKMSG_CALL_INTERRUPTED: it is still out then.
KICKMSG_API kickmsg_call_status kickmsg_call_wait(kickmsg_call* call, int64_t timeout_ns, kickmsg_response* response);
/// Client::Call::cancel(): ends `call`; writes to `taken_back` (may be NULL) whether the request was taken back, and is never served.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_call_cancel(kickmsg_call* call, bool* taken_back);

/// Client::Loan::data().
/// Returns: the bytes of `loan`, at a multiple of payload_alignment; NULL without a slot, and in a child of fork().
KICKMSG_API void* kickmsg_loan_data(kickmsg_loan const* loan);
/// Client::Loan::size().
/// Returns: the number of bytes that were asked for in `loan`; 0 without a slot.
KICKMSG_API size_t kickmsg_loan_size(kickmsg_loan const* loan);
/// Client::Loan::start(): sends the request that is in `loan`, as kickmsg_client_start() with `timeout_ns` and `call`, and ends the loan where that succeeds;
/// otherwise it may be tried again.
/// Returns: as kickmsg_client_start().
KICKMSG_API kickmsg_call_status kickmsg_loan_start(kickmsg_loan* loan, int64_t timeout_ns, kickmsg_call* call);
/// Client::Loan::~Loan(): gives the slot of `loan` back.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_loan_drop(kickmsg_loan* loan);

/// Client::Response::data().
/// Returns: the answer in `response`; NULL where it holds none, and in a child of fork().
KICKMSG_API void const* kickmsg_response_data(kickmsg_response const* response);
/// Client::Response::len().
/// Returns: the length of the answer in `response`, in bytes; 0 where it holds none.
KICKMSG_API size_t kickmsg_response_size(kickmsg_response const* response);
/// Client::Response::~Response(): drops `response`: its slot goes back.
/// Threads: any.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_response_drop(kickmsg_response* response);

#ifdef __cplusplus
}
#endif
