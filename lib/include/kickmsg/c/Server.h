/// For C: the serving end of a service.
#pragma once

#include "kickmsg/c/Config.h"
#include "kickmsg/c/Status.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Server. kickmsg_node_serve() makes it.
///
/// Threads:  one thread each, its requests included; kickmsg_server_interrupt() from any.
/// Progress: it waits for no client, alive or dead.
/// Crash:    dying anywhere loses nothing that a recovery does not bring back; its clients see it within 20 ms.
typedef struct kickmsg_server kickmsg_server;

/// Server::Request: a request, read in place, and the right to answer it once. It may be kept, and answered in any order. It holds nothing at another
/// address than that where it was received.
///
/// Threads: that of its server.
typedef struct kickmsg_request {
    uint64_t opaque[20]; ///< the library's
} kickmsg_request;

/// Server::~Server(): `server` leaves the service. Requests that are out cannot be answered any more.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_server_destroy(kickmsg_server* server);
/// Server::operator bool().
/// Returns: whether `server` can serve.
KICKMSG_API bool kickmsg_server_is_usable(kickmsg_server const* server);
/// Server::try_receive(): `server` takes the next request, in `request`, which holds none yet.
/// Returns: KICKMSG_OK; KICKMSG_AGAIN when there is none; KICKMSG_INVALID_HANDLE; KICKMSG_INVALID_ARGUMENT, also where `request` is held.
KICKMSG_API kickmsg_status kickmsg_server_try_receive(kickmsg_server* server, kickmsg_request* request);
/// Server::receive(): as kickmsg_server_try_receive() of `server` to `request`, sleeping up to `timeout_ns`.
/// Progress: as kickmsg_subscriber_receive().
/// Returns:  as kickmsg_server_try_receive(); KICKMSG_TIMED_OUT; KICKMSG_INTERRUPTED.
KICKMSG_API kickmsg_status kickmsg_server_receive(kickmsg_server* server, int64_t timeout_ns, kickmsg_request* request);
/// Server::interrupt(): ends the present receive of `server`, or the next one.
/// Threads: any, and handlers of signals; not while the server is destroyed.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_server_interrupt(kickmsg_server* server);
/// Server::malformed(): writes to `count` how many messages `server` passed over because they were no requests.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE, KICKMSG_INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_server_malformed(kickmsg_server const* server, uint64_t* count);
/// Server::stale(): writes to `stale` whether the name of the service no longer leads to `server`.
/// Returns: as kickmsg_server_malformed().
KICKMSG_API kickmsg_status kickmsg_server_stale(kickmsg_server const* server, bool* stale);

/// Server::Request::data().
/// Returns: what `request` asks; NULL where it holds none, and in a child of fork(). It stays readable after the answer.
KICKMSG_API void const* kickmsg_request_data(kickmsg_request const* request);
/// Server::Request::len().
/// Returns: the length of `request`, in bytes; 0 where it holds none.
KICKMSG_API size_t kickmsg_request_size(kickmsg_request const* request);
/// Server::Request::operator bool().
/// Returns: whether `request` is to be answered.
KICKMSG_API bool kickmsg_request_is_open(kickmsg_request const* request);
/// Server::Request::wanted(): writes to `wanted` whether the client of `request` lives and still waits for this answer.
/// Cost:    one system call.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE, KICKMSG_INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_request_wanted(kickmsg_request const* request, bool* wanted);
/// Server::Request::answer(): answers `request` with a copy of the `length` bytes at `data`. It is still to be dropped.
/// Returns: KICKMSG_OK; KICKMSG_CLIENT_GONE or KICKMSG_NOT_WANTED: the answer is dropped, and the request done with; KICKMSG_AGAIN when no slot could be
///          had: it is still to be answered; KICKMSG_TOO_LONG; KICKMSG_NOTHING_TO_PUBLISH when it was answered before; KICKMSG_INVALID_HANDLE, also when its
///          server has ended; KICKMSG_INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_request_answer(kickmsg_request* request, void const* data, size_t length);
/// Server::Request::allocate(): lends a slot for an answer of `length` bytes to `request`, to be written in place; writes where it is to `data`.
/// Returns: KICKMSG_OK; KICKMSG_AGAIN when no slot could be had; KICKMSG_TOO_LONG; KICKMSG_NOTHING_TO_PUBLISH when it was answered before;
///          KICKMSG_INVALID_HANDLE, also when its server has ended; KICKMSG_INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_request_allocate(kickmsg_request* request, size_t length, void** data);
/// Server::Request::publish(): answers `request` with what was allocated.
/// Returns: as kickmsg_request_answer(); KICKMSG_NOTHING_TO_PUBLISH also when nothing is allocated.
KICKMSG_API kickmsg_status kickmsg_request_publish(kickmsg_request* request);
/// Server::Request::publish(length): answers `request` with the first `length` bytes of what was allocated.
/// Returns: as kickmsg_request_publish().
KICKMSG_API kickmsg_status kickmsg_request_publish_length(kickmsg_request* request, size_t length);
/// Server::Request::~Request(): drops `request`. Where it was not answered, its client gets KICKMSG_CALL_REFUSED.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_request_drop(kickmsg_request* request);

#ifdef __cplusplus
}
#endif
