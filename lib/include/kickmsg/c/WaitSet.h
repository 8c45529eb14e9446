/// For C: one wait for many subscribers, servers and clients.
#pragma once

#include "kickmsg/c/Client.h"
#include "kickmsg/c/Server.h"
#include "kickmsg/c/Status.h"
#include "kickmsg/c/Subscriber.h"

#ifdef __cplusplus
extern "C" {
#endif

/// WaitSet.
///
/// Threads:  a wait, and kickmsg_wait_set_native_handle(), by one thread at a time; the others by any, also while another one waits.
/// Progress: a wait never waits for a publisher, alive or dead.
/// Crash:    a process that dies in a wait leaves nothing behind but marks that cost its publishers one wake each.
typedef struct kickmsg_wait_set kickmsg_wait_set;

/// WaitSet::Ready: what a wait found; valid until the next one of its set.
typedef struct kickmsg_ready {
    uint64_t const* keys;  ///< of those that are ready, each once
    size_t          count; ///< how many are ready
    bool            woken; ///< whether kickmsg_wait_set_wake() was called since the last wait that said so
} kickmsg_ready;

/// WaitSet::NativeHandle: what other libraries can wait for: an event on Windows, else a descriptor.
#if defined(_WIN32)
typedef void* kickmsg_native_handle;
#else
typedef int kickmsg_native_handle;
#endif

/// WaitSet::WaitSet(): writes the handle of an empty set to `set`.
/// Returns: KICKMSG_OK, KICKMSG_LIMIT_REACHED, KICKMSG_SYSTEM, KICKMSG_INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_wait_set_create(kickmsg_wait_set** set);
/// WaitSet::~WaitSet(): ends `set`; what is in it is in no set from then on.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_wait_set_destroy(kickmsg_wait_set* set);
/// WaitSet::operator bool().
/// Returns: whether `set` can wait.
KICKMSG_API bool kickmsg_wait_set_is_usable(kickmsg_wait_set const* set);

/// WaitSet::add(), Server::add_to() and Client::add_to(): put a `subscriber`, a `server` or a `client` into `set`, under `key`: whatever the program knows it
/// by. One that is destroyed leaves its set.
/// Returns: KICKMSG_OK; KICKMSG_IN_USE when it is in a set already; KICKMSG_INVALID_HANDLE, _LIMIT_REACHED, _SYSTEM.
/// @{
KICKMSG_API kickmsg_status kickmsg_wait_set_add(kickmsg_wait_set* set, kickmsg_subscriber* subscriber, uint64_t key);
KICKMSG_API kickmsg_status kickmsg_wait_set_add_server(kickmsg_wait_set* set, kickmsg_server* server, uint64_t key);
KICKMSG_API kickmsg_status kickmsg_wait_set_add_client(kickmsg_wait_set* set, kickmsg_client* client, uint64_t key);
/// @}
/// WaitSet::remove(), Server::remove_from() and Client::remove_from(): take a `subscriber`, a `server` or a `client` out of `set`; nothing happens when it is
/// not in it.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
/// @{
KICKMSG_API kickmsg_status kickmsg_wait_set_remove(kickmsg_wait_set* set, kickmsg_subscriber const* subscriber);
KICKMSG_API kickmsg_status kickmsg_wait_set_remove_server(kickmsg_wait_set* set, kickmsg_server* server);
KICKMSG_API kickmsg_status kickmsg_wait_set_remove_client(kickmsg_wait_set* set, kickmsg_client* client);
/// @}
/// WaitSet::size(): writes to `count` how many are in `set`.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE, KICKMSG_INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_wait_set_size(kickmsg_wait_set const* set, size_t* count);

/// WaitSet::wait(): sleeps until something in `set` is ready, kickmsg_wait_set_wake() is called, or `timeout_ns` is over; writes what it found to `ready`.
/// Progress: a message wakes it. It also looks by itself, as WaitSet::wait().
/// Returns:  KICKMSG_OK when there is anything; KICKMSG_TIMED_OUT, with nothing in `ready`; KICKMSG_INVALID_HANDLE, _INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_wait_set_wait(kickmsg_wait_set* set, int64_t timeout_ns, kickmsg_ready* ready);
/// WaitSet::wake(): ends the present wait of `set`, or else the next one at once.
/// Threads: any, and handlers of signals.
/// Cost:    one system call.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_wait_set_wake(kickmsg_wait_set* set);
/// WaitSet::native_handle(): writes to `handle` what epoll, poll and their like can wait for: readable when a wait of `set` without a time-out has something to
/// say. Wait so whenever it is readable: only a wait that comes back empty arms it anew. Do not read it, write it or close it.
/// Returns: KICKMSG_OK; KICKMSG_LIMIT_REACHED, _SYSTEM, _INVALID_HANDLE, _INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_wait_set_native_handle(kickmsg_wait_set* set, kickmsg_native_handle* handle);

#ifdef __cplusplus
}
#endif
