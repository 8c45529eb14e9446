/// For C: the sending end of a region.
#pragma once

#include "kickmsg/c/Region.h"
#include "kickmsg/c/Status.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Publisher.
///
/// Threads:  one thread each; any number of them, in any processes, up to max_publishers.
/// Progress: lock-free; never waits for a subscriber or for another publisher, alive or dead: what Publisher says of system calls holds.
/// Crash:    dying inside any call loses nothing that a recovery does not bring back.
/// Errors:   a call that is refused changes nothing: what was allocated stays allocated.
typedef struct kickmsg_publisher kickmsg_publisher;

/// Publisher::Publisher(): joins `region` as one of its publishers; writes the handle to `publisher`. kickmsg_node_advertise() makes one by name.
/// Returns: KICKMSG_OK; KICKMSG_NO_FREE_RECORD, _INVALID_HANDLE, _LIMIT_REACHED, _SYSTEM, _INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_publisher_create(kickmsg_region const* region, kickmsg_publisher** publisher);
/// Publisher::~Publisher(): `publisher` leaves the region; what was allocated and not published goes back to the pool.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_publisher_destroy(kickmsg_publisher* publisher);
/// Publisher::operator bool().
/// Returns: whether `publisher` can send.
KICKMSG_API bool kickmsg_publisher_is_usable(kickmsg_publisher const* publisher);

/// Publisher::send(): `publisher` delivers a copy of the `length` bytes at `data` to every live subscriber. It overwrites what a slow one has not read.
/// Returns: KICKMSG_OK; KICKMSG_AGAIN when no slot could be had; KICKMSG_TOO_LONG, _INVALID_HANDLE, _INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_publisher_send(kickmsg_publisher* publisher, void const* data, size_t length);
/// Publisher::try_send(): `publisher` overwrites nothing: the `length` bytes at `data` are delivered to every live subscriber, or to none.
/// Returns: KICKMSG_OK; KICKMSG_AGAIN when a live ring has no free place, no slot could be had, or an earlier message is still pending;
///          KICKMSG_TOO_LONG, _INVALID_HANDLE, _INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_publisher_try_send(kickmsg_publisher* publisher, void const* data, size_t length);
/// Publisher::send_until(): as kickmsg_publisher_try_send() of the `length` bytes at `data` by `publisher`, waiting up to `timeout_ns` for room.
/// Progress: no subscriber wakes it: it sleeps 50 us, looks, then each time as long as the call has waited already, 10 ms at most.
/// Returns:  as kickmsg_publisher_try_send(); KICKMSG_AGAIN when the time was over.
KICKMSG_API kickmsg_status kickmsg_publisher_send_until(kickmsg_publisher* publisher, void const* data, size_t length,
                                                        int64_t timeout_ns);

/// Publisher::allocate(): lends a slot of `length` bytes of `publisher`, to be written in place; writes where it is to `data`. A second call abandons the
/// first one's contents. What a payload may be: Publisher::allocate().
/// Returns: KICKMSG_OK; KICKMSG_AGAIN when no slot could be had; KICKMSG_TOO_LONG, _INVALID_HANDLE, _INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_publisher_allocate(kickmsg_publisher* publisher, size_t length, void** data);
/// Publisher::try_allocate(): as kickmsg_publisher_allocate() of `length` bytes of `publisher` to `data`, but gives up no unread message for the slot.
/// Returns: as kickmsg_publisher_allocate().
KICKMSG_API kickmsg_status kickmsg_publisher_try_allocate(kickmsg_publisher* publisher, size_t length, void** data);
/// Publisher::allocate_until(): as kickmsg_publisher_try_allocate() of `length` bytes of `publisher` to `data`, waiting up to `timeout_ns` for a slot.
/// Returns: as kickmsg_publisher_allocate(); KICKMSG_AGAIN when the time was over.
KICKMSG_API kickmsg_status kickmsg_publisher_allocate_until(kickmsg_publisher* publisher, size_t length,
                                                            int64_t timeout_ns, void** data);

/// Publisher::publish(): `publisher` delivers what is allocated, with the length that was asked for, to every live subscriber; writes to `reached` (may be
/// NULL) how many rings it reached. 0 is not an error: nobody listens.
/// Returns: KICKMSG_OK; KICKMSG_NOTHING_TO_PUBLISH, _INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_publisher_publish(kickmsg_publisher* publisher, size_t* reached);
/// Publisher::publish(length): the same of `publisher` with a smaller `length` than allocated, and `reached` (may be NULL).
/// Returns: as kickmsg_publisher_publish(); KICKMSG_TOO_LONG for a greater one, which keeps the slot.
KICKMSG_API kickmsg_status kickmsg_publisher_publish_length(kickmsg_publisher* publisher, size_t length,
                                                            size_t* reached);
/// Publisher::try_publish(): as kickmsg_publisher_publish() of `publisher`, but overwrites nothing; writes to `reached` (may be NULL) how many rings it
/// reached, those included that it is pending for.
/// Returns: KICKMSG_OK; KICKMSG_AGAIN: the slot stays allocated; KICKMSG_NOTHING_TO_PUBLISH, _INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_publisher_try_publish(kickmsg_publisher* publisher, size_t* reached);
/// Publisher::try_publish(length): the same of `publisher` with a smaller `length` than allocated, and `reached` (may be NULL).
/// Returns: as kickmsg_publisher_try_publish(); KICKMSG_TOO_LONG for a greater one, which keeps the slot.
KICKMSG_API kickmsg_status kickmsg_publisher_try_publish_length(kickmsg_publisher* publisher, size_t length,
                                                                size_t* reached);
/// Publisher::publish_until(): as kickmsg_publisher_try_publish() of `publisher`, waiting up to `timeout_ns` for room, with `reached` (may be NULL).
/// Returns: as kickmsg_publisher_try_publish(); KICKMSG_AGAIN when the time was over.
KICKMSG_API kickmsg_status kickmsg_publisher_publish_until(kickmsg_publisher* publisher, int64_t timeout_ns,
                                                           size_t* reached);
/// Publisher::publish_until(length): the same of `publisher` with a smaller `length` than allocated, `timeout_ns` and `reached` (may be NULL).
/// Returns: as kickmsg_publisher_publish_until() and kickmsg_publisher_try_publish_length().
KICKMSG_API kickmsg_status kickmsg_publisher_publish_length_until(kickmsg_publisher* publisher, size_t length,
                                                                  int64_t timeout_ns, size_t* reached);
/// Publisher::abandon(): `publisher` gives up what it has allocated; nothing is delivered. Without effect when nothing is allocated.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_publisher_abandon(kickmsg_publisher* publisher);
/// Publisher::flush_until(): `publisher` delivers what is pending, waiting up to `timeout_ns` for room.
/// Returns: KICKMSG_OK when nothing is pending any more, KICKMSG_AGAIN when the time was over, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_publisher_flush_until(kickmsg_publisher* publisher, int64_t timeout_ns);

/// Publisher::pending(): writes to `count` how many subscribers the last message that `publisher` had accepted is still pending for.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE, KICKMSG_INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_publisher_pending(kickmsg_publisher const* publisher, size_t* count);
/// Publisher::dropped(): writes to `count` how many sends and allocates of `publisher` were refused for want of a slot.
/// Returns: as kickmsg_publisher_pending().
KICKMSG_API kickmsg_status kickmsg_publisher_dropped(kickmsg_publisher const* publisher, uint64_t* count);
/// Publisher::sent(): writes to `count` how many messages `publisher` has sent or published.
/// Returns: as kickmsg_publisher_pending().
KICKMSG_API kickmsg_status kickmsg_publisher_sent(kickmsg_publisher const* publisher, uint64_t* count);
/// Publisher::incarnation(): writes to `incarnation` the number by which the messages of `publisher` name it.
/// Returns: as kickmsg_publisher_pending().
KICKMSG_API kickmsg_status kickmsg_publisher_incarnation(kickmsg_publisher const* publisher, uint64_t* incarnation);
/// Publisher::stale(): writes to `stale` whether the name no longer leads to the region of `publisher`.
/// Returns: as kickmsg_publisher_pending().
KICKMSG_API kickmsg_status kickmsg_publisher_stale(kickmsg_publisher const* publisher, bool* stale);
/// Publisher::moves(): writes to `count` how often `publisher` has moved to another region of its name.
/// Returns: as kickmsg_publisher_pending().
KICKMSG_API kickmsg_status kickmsg_publisher_moves(kickmsg_publisher const* publisher, uint64_t* count);

#ifdef __cplusplus
}
#endif
