/// For C: topics, broadcasts, mailboxes and services by name.
#pragma once

#include "kickmsg/c/Client.h"
#include "kickmsg/c/Config.h"
#include "kickmsg/c/Discovery.h"
#include "kickmsg/c/Publisher.h"
#include "kickmsg/c/Server.h"
#include "kickmsg/c/Subscriber.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Node.
///
/// Threads:  any, kickmsg_node_follow() and kickmsg_node_destroy() apart. The handles that it makes outlive it, and follow their name (Node).
/// Progress: as the calls of SharedRegion that it makes.
/// Crash:    a node itself holds nothing that is shared.
/// Errors:   what fails leaves no region behind that it made. Where a `schema` is given the region has to carry it: KICKMSG_SCHEMA_MISMATCH.
typedef struct kickmsg_node kickmsg_node;

/// Node::Node(): writes to `node` a node called `name`, whose region names begin with `prefix`; where that is NULL, with the environment variable
/// KICKMSG_PREFIX, or with "kickmsg".
/// Returns: KICKMSG_OK, KICKMSG_INVALID_NAME, KICKMSG_INVALID_ARGUMENT, KICKMSG_LIMIT_REACHED.
KICKMSG_API kickmsg_status kickmsg_node_create(char const* name, char const* prefix, kickmsg_node** node);
/// Node::~Node(): ends `node`.
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_node_destroy(kickmsg_node* node);
/// Node::name() and prefix().
/// Returns: the text of `node`, valid as long as it is; NULL for an invalid handle.
/// @{
KICKMSG_API char const* kickmsg_node_name(kickmsg_node const* node);
KICKMSG_API char const* kickmsg_node_prefix(kickmsg_node const* node);
/// @}
/// Node::follow(): whether the handles that `node` makes from now on follow their names (`enabled`, the default).
/// Returns: KICKMSG_OK, KICKMSG_INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_node_follow(kickmsg_node* node, bool enabled);

/// Node::advertise(): publishes on `topic` as `node`, with `config` (NULL: the default one) and `schema` (NULL: none is asked for); writes the handle to
/// `publisher`.
/// Returns: as kickmsg_region_create_or_open(); KICKMSG_NAME_COLLISION, _SCHEMA_MISMATCH, _INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_node_advertise(kickmsg_node const* node, char const* topic,
                                                  kickmsg_config const* config, kickmsg_schema const* schema,
                                                  kickmsg_publisher** publisher);
/// Node::subscribe(): subscribes to a `topic` that exists as `node`, with `schema` (NULL: none is asked for); writes the handle to `subscriber`.
/// Returns: as kickmsg_region_open(); KICKMSG_NO_FREE_RING, _SCHEMA_MISMATCH, _INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_node_subscribe(kickmsg_node const* node, char const* topic,
                                                  kickmsg_schema const* schema, kickmsg_subscriber** subscriber);
/// Node::advertise_or_join(): publishes on `topic` as `node`, in either order with its subscribers, with `config` (NULL: the default one) and `schema`
/// (NULL: none is asked for); writes the handle to `publisher`.
/// Returns: as kickmsg_node_advertise().
KICKMSG_API kickmsg_status kickmsg_node_advertise_or_join(kickmsg_node const* node, char const* topic,
                                                          kickmsg_config const* config, kickmsg_schema const* schema,
                                                          kickmsg_publisher** publisher);
/// Node::subscribe_or_create(): subscribes to `topic` as `node`, in either order with its publishers, and insists on `config`; where that is NULL it leaves
/// the geometry to them, with `schema` (NULL: none is asked for). Writes the handle to `subscriber`.
/// Returns: as kickmsg_node_advertise(); KICKMSG_NO_FREE_RING.
KICKMSG_API kickmsg_status kickmsg_node_subscribe_or_create(kickmsg_node const* node, char const* topic,
                                                            kickmsg_config const* config, kickmsg_schema const* schema,
                                                            kickmsg_subscriber** subscriber);
/// Node::subscribe_or_create(channel::Guess): subscribes to `topic` as `node`, leaves the geometry to the publishers, and waits for them in a provisional region
/// of the geometry `guess` (NULL: the default one), with `schema` (NULL: none is asked for). Writes the handle to `subscriber`.
/// Returns: as kickmsg_node_subscribe_or_create(), without KICKMSG_MISMATCH for the geometry.
KICKMSG_API kickmsg_status kickmsg_node_subscribe_or_create_guess(kickmsg_node const* node, char const* topic,
                                                                  kickmsg_config const* guess,
                                                                  kickmsg_schema const* schema,
                                                                  kickmsg_subscriber**  subscriber);
/// Node::join_broadcast(): joins a `channel` on which everybody publishes and subscribes as `node`, with `config` (NULL: the default one) and `schema` (NULL:
/// none is asked for); writes both ends to `publisher` and `subscriber`.
/// Returns: as kickmsg_node_advertise(); KICKMSG_NO_FREE_RING.
KICKMSG_API kickmsg_status kickmsg_node_join_broadcast(kickmsg_node const* node, char const* channel,
                                                       kickmsg_config const* config, kickmsg_schema const* schema,
                                                       kickmsg_publisher** publisher, kickmsg_subscriber** subscriber);
/// Node::create_mailbox(): opens the own mailbox `tag` of `node`, to be read here, with `config` (NULL: the default one) and `schema` (NULL: none is asked
/// for); writes the handle to `subscriber`.
/// Returns: as kickmsg_node_advertise(); KICKMSG_NO_FREE_RING while another reader lives.
KICKMSG_API kickmsg_status kickmsg_node_create_mailbox(kickmsg_node const* node, char const* tag,
                                                       kickmsg_config const* config, kickmsg_schema const* schema,
                                                       kickmsg_subscriber** subscriber);
/// Node::open_mailbox(): writes, as `node`, to the mailbox `tag` of the node named `owner`, with `schema` (NULL: none is asked for); writes the handle to
/// `publisher`.
/// Returns: as kickmsg_region_open(); KICKMSG_SCHEMA_MISMATCH, _INVALID_HANDLE.
KICKMSG_API kickmsg_status kickmsg_node_open_mailbox(kickmsg_node const* node, char const* owner, char const* tag,
                                                     kickmsg_schema const* schema, kickmsg_publisher** publisher);
/// Node::serve(): serves `service` as `node`, in either order with its clients, with `config` (NULL: the default one); requests are of the schema
/// `request` and responses of `response`, both or neither NULL. Writes the handle to `server`.
/// Returns: as kickmsg_node_advertise(); KICKMSG_NO_FREE_RING or _NO_FREE_RECORD when max_servers are at work.
KICKMSG_API kickmsg_status kickmsg_node_serve(kickmsg_node const* node, char const* service,
                                              kickmsg_service_config const* config, kickmsg_schema const* request,
                                              kickmsg_schema const* response, kickmsg_server** server);
/// Node::client(): asks the servers of `service` as `node`, with `config` (NULL: the default one), and the schemas `request` and `response` as
/// kickmsg_node_serve(). Writes the handle to `client`.
/// Returns: as kickmsg_node_serve(), for max_clients.
KICKMSG_API kickmsg_status kickmsg_node_client(kickmsg_node const* node, char const* service,
                                               kickmsg_service_config const* config, kickmsg_schema const* request,
                                               kickmsg_schema const* response, kickmsg_client** client);

/// Node::unlink_topic() and its like: `node` removes the name of the region of a `topic`, of a broadcast `channel`, of its own mailbox `tag`, or of both regions
/// of a `service`. Existing handles stay valid. Not an error when there is none.
/// Returns: KICKMSG_OK; KICKMSG_NAME_COLLISION, _PERMISSION_DENIED, _SYSTEM, _INVALID_NAME, _INVALID_HANDLE, _INVALID_ARGUMENT.
/// @{
KICKMSG_API kickmsg_status kickmsg_node_unlink_topic(kickmsg_node const* node, char const* topic);
KICKMSG_API kickmsg_status kickmsg_node_unlink_broadcast(kickmsg_node const* node, char const* channel);
KICKMSG_API kickmsg_status kickmsg_node_unlink_mailbox(kickmsg_node const* node, char const* tag);
KICKMSG_API kickmsg_status kickmsg_node_unlink_service(kickmsg_node const* node, char const* service);
/// @}

/// Node::topic_schema(): writes the schema of `topic` of `node` to `schema`.
/// Returns: KICKMSG_OK; KICKMSG_AGAIN where none is set; KICKMSG_NOT_FOUND, and as kickmsg_region_open().
KICKMSG_API kickmsg_status kickmsg_node_topic_schema(kickmsg_node const* node, char const* topic,
                                                     kickmsg_schema* schema);
/// Node::try_claim_topic_schema(): sets the schema of an existing `topic` of `node` that has none to `schema`; writes to `claimed` whether it was this
/// call that set it.
/// Returns: KICKMSG_OK; KICKMSG_NOT_FOUND, and as kickmsg_region_open().
KICKMSG_API kickmsg_status kickmsg_node_try_claim_topic_schema(kickmsg_node const* node, char const* topic,
                                                               kickmsg_schema const* schema, bool* claimed);

/// Node::topics(): writes to `names` the handle of the topics of the prefix of `node` that somebody alive takes part in, sorted.
/// Returns: KICKMSG_OK; KICKMSG_PERMISSION_DENIED, _LIMIT_REACHED, _SYSTEM, _INVALID_NAME, _INVALID_HANDLE, _INVALID_ARGUMENT.
KICKMSG_API kickmsg_status kickmsg_node_topics(kickmsg_node const* node, kickmsg_names** names);
/// Node::has_publisher() and has_subscriber(): write to `is_there` whether a living one has `topic` of `node` open; false also when there is no such
/// topic.
/// Returns: KICKMSG_OK; KICKMSG_PERMISSION_DENIED, _CORRUPT, _WRONG_VERSION, _NAME_COLLISION, _MISMATCH, _LIMIT_REACHED, _SYSTEM, _INVALID_HANDLE,
///          _INVALID_ARGUMENT.
/// @{
KICKMSG_API kickmsg_status kickmsg_node_has_publisher(kickmsg_node const* node, char const* topic, bool* is_there);
KICKMSG_API kickmsg_status kickmsg_node_has_subscriber(kickmsg_node const* node, char const* topic, bool* is_there);
/// @}
/// Node::wait_for_publisher() and wait_for_subscriber(): wait for one of `topic` of `node`, at most `timeout_ns`.
/// Progress: they look again and again, and sleep in between, 20 ms at most.
/// Returns:  KICKMSG_OK when there is one; KICKMSG_TIMED_OUT; otherwise as kickmsg_node_has_publisher().
/// @{
KICKMSG_API kickmsg_status kickmsg_node_wait_for_publisher(kickmsg_node const* node, char const* topic,
                                                           int64_t timeout_ns);
KICKMSG_API kickmsg_status kickmsg_node_wait_for_subscriber(kickmsg_node const* node, char const* topic,
                                                            int64_t timeout_ns);
/// @}

/// Node::topic_region() and its like: write to `region`, which has room for `size` bytes, the name of the region of a `topic`, of a broadcast `channel`, of the
/// mailbox `tag` of the node `owner`, or of the requests or responses of a `service`, as `node` has it, and a zero behind it.
/// Returns: KICKMSG_OK; KICKMSG_TOO_LONG, with what had room; KICKMSG_INVALID_NAME, _INVALID_HANDLE, _INVALID_ARGUMENT.
/// @{
KICKMSG_API kickmsg_status kickmsg_node_topic_region(kickmsg_node const* node, char const* topic, char* region,
                                                     size_t size);
KICKMSG_API kickmsg_status kickmsg_node_broadcast_region(kickmsg_node const* node, char const* channel, char* region,
                                                         size_t size);
KICKMSG_API kickmsg_status kickmsg_node_mailbox_region(kickmsg_node const* node, char const* owner, char const* tag,
                                                       char* region, size_t size);
KICKMSG_API kickmsg_status kickmsg_node_request_region(kickmsg_node const* node, char const* service, char* region,
                                                       size_t size);
KICKMSG_API kickmsg_status kickmsg_node_response_region(kickmsg_node const* node, char const* service, char* region,
                                                        size_t size);
/// @}

#ifdef __cplusplus
}
#endif
