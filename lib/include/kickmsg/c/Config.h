/// For C: the geometry of a channel and of a service.
///
/// A structure whose first member is `struct_size` may grow: a program sets it to sizeof, and a library of a later version takes
/// for what it does not have the defaults. One of an earlier version refuses what it does not know, unless it is zero.
#pragma once

#include "kickmsg/c/Schema.h"
#include "kickmsg/c/Status.h"

#ifdef __cplusplus
extern "C" {
#endif

/// channel::Type.
typedef enum kickmsg_channel_type {
    KICKMSG_PUB_SUB               = 1,              ///< channel::PubSub
    KICKMSG_BROADCAST             = 2,              ///< channel::Broadcast
    KICKMSG_CHANNEL_TYPE_MIN_ENUM = -0x7fffffff - 1 ///< no type: with it every int may be passed
} kickmsg_channel_type;

/// channel::Config, which says what each means and how a pool is sized. Begin with KICKMSG_CONFIG_INIT.
typedef struct kickmsg_config {
    size_t                struct_size;       ///< sizeof(kickmsg_config)
    uint32_t              max_subscribers;   ///< 1 … 32; 31 with a history
    uint32_t              sub_ring_capacity; ///< unread messages per subscriber; a power of two, 2 … 2^20
    uint32_t              pool_size;         ///< slots, 1 … 2^24 - 2
    uint32_t              max_publishers;    ///< 1 … 1024
    uint64_t              max_payload_size;  ///< bytes, 1 … 2^31 - 1
    uint32_t              payload_alignment; ///< bytes, a power of two, 1 … 4096
    uint32_t              mode;              ///< of the region's file, 0600 at least
    uint32_t              max_views;         ///< views that one subscriber may hold at once; 0: an even share
    uint32_t              send_time;         ///< not 0: each message carries the time at which it was sent
    kickmsg_schema const* schema;            ///< stored by the call that creates the region; may be NULL
    uint32_t history;  ///< messages kept for subscribers that come late: less than sub_ring_capacity; 0: none
    uint32_t reserved; ///< zero
} kickmsg_config;

/// A kickmsg_config with the defaults of channel::Config.
#define KICKMSG_CONFIG_INIT                                                                                            \
    {                                                                                                                  \
        sizeof(kickmsg_config), 16, 64, 256, 16, 4096, 32, 0600, 0, 0, NULL, 0, 0                                      \
    }

/// ServiceConfig, which says what each means. Begin with KICKMSG_SERVICE_CONFIG_INIT.
typedef struct kickmsg_service_config {
    size_t   struct_size;       ///< sizeof(kickmsg_service_config)
    uint32_t max_clients;       ///< 1 … 32
    uint32_t max_servers;       ///< 1 … 32
    uint32_t max_calls;         ///< calls that one client may have out at once: 1 … 64
    uint32_t max_waiting;       ///< requests that may wait at one server; 0: as many as all clients may have out
    uint64_t max_request_size;  ///< bytes, 1 … 2^30
    uint64_t max_response_size; ///< bytes, 1 … 2^30
    uint32_t payload_alignment; ///< bytes, a power of two, 8 … 4096
    uint32_t mode;              ///< of both files
} kickmsg_service_config;

/// A kickmsg_service_config with the defaults of ServiceConfig.
#define KICKMSG_SERVICE_CONFIG_INIT                                                                                    \
    {                                                                                                                  \
        sizeof(kickmsg_service_config), 16, 4, 8, 0, 4096, 4096, 32, 0600                                              \
    }

/// channel::footprint(): writes to `bytes` what shared memory a region of the geometry `config` (NULL: the default one) takes.
/// Threads: pure function.
/// Returns: KICKMSG_OK; KICKMSG_INVALID_CONFIG, whose text names the field; KICKMSG_INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_footprint(kickmsg_config const* config, uint64_t* bytes);

#ifdef __cplusplus
}
#endif
