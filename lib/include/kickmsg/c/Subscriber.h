/// For C: the receiving end of a region.
#pragma once

#include "kickmsg/c/Region.h"
#include "kickmsg/c/Status.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Subscriber.
///
/// Threads:  one thread each; up to max_subscribers. A kickmsg_view may be dropped from any thread.
/// Progress: lock-free; a receive never waits for a publisher, alive or dead. Only the calls with a time-out sleep.
/// Crash:    dying inside any call loses nothing that a recovery does not bring back, and delays nobody.
/// Errors:   a subscriber that is too slow loses its own oldest messages, has them counted, and costs nobody else.
typedef struct kickmsg_subscriber kickmsg_subscriber;

/// Subscriber::SampleRef: a message that was copied into the subscriber's own buffer; valid until its next receive call.
typedef struct kickmsg_sample {
    void const* data;     ///< the payload, at a multiple of payload_alignment
    size_t      length;   ///< in bytes
    uint64_t    ring_pos; ///< its position in this subscriber's ring: rises by one a message
} kickmsg_sample;

/// SampleInfo: where a message comes from.
typedef struct kickmsg_sample_info {
    uint64_t publisher;   ///< kickmsg_publisher_incarnation() of who sent it
    uint64_t sequence;    ///< which message of that publisher in this region it is: 1, 2, 3 …
    uint64_t sent_ns;     ///< kickmsg_monotonic_ns() of its publisher just before the first delivery
    bool     has_sent_ns; ///< whether the region carries that (kickmsg_config::send_time); else sent_ns is 0
} kickmsg_sample_info;

/// Subscriber::SampleView: a message, read in place. It keeps its slot out of the pool until it is dropped, from whatever thread, and may outlive its
/// subscriber and its region. It holds nothing at another address than that where it was received.
typedef struct kickmsg_view {
    uint64_t opaque[8]; ///< the library's
} kickmsg_view;

/// Subscriber::Subscriber(): joins `region`: messages published from now on are delivered here; writes the handle to `subscriber`.
/// kickmsg_node_subscribe() makes one by name.
/// Returns: KICKMSG_OK; KICKMSG_NO_FREE_RING, _NO_FREE_RECORD, _INVALID_HANDLE, _LIMIT_REACHED, _SYSTEM, _INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_subscriber_create(kickmsg_region const* region, kickmsg_subscriber** subscriber);
/// Subscriber::~Subscriber(): `subscriber` leaves the region, and its WaitSet; views that are out stay valid.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_subscriber_destroy(kickmsg_subscriber* subscriber);
/// Subscriber::operator bool().
/// Returns: whether `subscriber` can receive.
KICKMSG_API bool kickmsg_subscriber_is_usable(kickmsg_subscriber const* subscriber);

/// Subscriber::try_receive(): writes the next message of `subscriber`, copied, to `sample`, and where it comes from to `info` (may be NULL).
/// Returns: KICKMSG_OK; KICKMSG_AGAIN when there is none; KICKMSG_LIMIT_REACHED when there is no memory for the copy: the message stays the next
///          one; KICKMSG_INVALID_HANDLE, _INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_subscriber_try_receive(kickmsg_subscriber* subscriber, kickmsg_sample* sample,
                                                          kickmsg_sample_info* info);
/// Subscriber::receive(): as kickmsg_subscriber_try_receive() of `subscriber` to `sample` and `info` (may be NULL), sleeping up to `timeout_ns`.
/// Progress: a message wakes it. It also looks by itself, as Subscriber::receive().
/// Returns:  as kickmsg_subscriber_try_receive(); KICKMSG_TIMED_OUT; KICKMSG_INTERRUPTED. In a child of fork() KICKMSG_INVALID_HANDLE after the time, or
///           after 100 ms where it has no end.
KICKMSG_API kickmsg_status kickmsg_subscriber_receive(kickmsg_subscriber* subscriber, int64_t timeout_ns,
                                                      kickmsg_sample* sample, kickmsg_sample_info* info);
/// Subscriber::try_receive_view(): the next message of `subscriber` in place, without a copy, in `view`, which holds none yet.
/// Returns: KICKMSG_OK; KICKMSG_AGAIN when there is none, or as many views are held as may be; KICKMSG_INVALID_HANDLE; KICKMSG_INVALID_ARGUMENT, also where
///          `view` is held.
KICKMSG_API kickmsg_status kickmsg_subscriber_try_receive_view(kickmsg_subscriber* subscriber, kickmsg_view* view);
/// Subscriber::receive_view(): as kickmsg_subscriber_try_receive_view() of `subscriber` to `view`, sleeping up to `timeout_ns`.
/// Returns: as kickmsg_subscriber_try_receive_view(); KICKMSG_TIMED_OUT; KICKMSG_INTERRUPTED.
KICKMSG_API kickmsg_status kickmsg_subscriber_receive_view(kickmsg_subscriber* subscriber, int64_t timeout_ns,
                                                           kickmsg_view* view);

/// Subscriber::SampleView::data().
/// Threads: one at a time, with the calls below; any.
/// Returns: the payload of `view`; NULL where it holds none, and in a child of fork(). Nobody writes to it while the view is held.
KICKMSG_API void const* kickmsg_view_data(kickmsg_view const* view);
/// Subscriber::SampleView::len().
/// Returns: the length of the payload of `view`, in bytes; 0 where it holds none.
KICKMSG_API size_t kickmsg_view_size(kickmsg_view const* view);
/// Subscriber::SampleView::ring_pos(): writes it, for `view`, to `ring_pos`.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE, KICKMSG_INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_view_ring_pos(kickmsg_view const* view, uint64_t* ring_pos);
/// Subscriber::SampleView::info(): writes where the message of `view` comes from to `info`.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE, KICKMSG_INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_view_info(kickmsg_view const* view, kickmsg_sample_info* info);
/// Subscriber::SampleView::~SampleView(): drops `view`: its slot goes back to the pool when nobody else needs it.
/// Threads: any.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_view_drop(kickmsg_view* view);

/// Subscriber::interrupt(): ends the present receive of `subscriber` that sleeps, or else the next one: KICKMSG_INTERRUPTED.
/// Threads: any, and handlers of signals; not while the subscriber is destroyed.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_subscriber_interrupt(kickmsg_subscriber* subscriber);
/// Subscriber::return_on_signals(): with `on`, a signal whose handler ran during a sleep of `subscriber` ends the call as
/// kickmsg_subscriber_interrupt() does.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_subscriber_return_on_signals(kickmsg_subscriber* subscriber, bool on);

/// Subscriber::capacity(): writes to `count` how many messages can wait at `subscriber` unread.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE, KICKMSG_INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_subscriber_capacity(kickmsg_subscriber const* subscriber, uint32_t* count);
/// Subscriber::lost(): writes to `count` how many messages `subscriber` has lost so far.
/// Returns: as kickmsg_subscriber_capacity().
KICKMSG_API kickmsg_status kickmsg_subscriber_lost(kickmsg_subscriber const* subscriber, uint64_t* count);
/// Subscriber::stale(): writes to `stale` whether the name no longer leads to the region of `subscriber`.
/// Returns: as kickmsg_subscriber_capacity().
KICKMSG_API kickmsg_status kickmsg_subscriber_stale(kickmsg_subscriber const* subscriber, bool* stale);
/// Subscriber::moves(): writes to `count` how often `subscriber` has moved to another region of its name.
/// Returns: as kickmsg_subscriber_capacity().
KICKMSG_API kickmsg_status kickmsg_subscriber_moves(kickmsg_subscriber const* subscriber, uint64_t* count);

#ifdef __cplusplus
}
#endif
