/// The list of peers, and what their files share.
#pragma once

#include "peer.h"

#include <initializer_list>
#include <string>

namespace kickmsg {
namespace bench {

/// The names region_name(suffix + each), unlinked when the round ends and when a signal ends the driver.
std::function<std::shared_ptr<void>(PeerCase const&)> hold_names(std::initializer_list<char const*> endings);

/// Throws std::runtime_error of `what` and errno when it does not hold.
void need(bool holds, char const* what);

/// Has the process of an end run its exit handlers: for a library that keeps its handles in objects with static storage.
void end_by_exit(Peer& peer);

FlowEnds kickmsg_flow();
Round    kickmsg_service(Placement const& placement, Budget const& budget);
Round    kickmsg_board(Placement const& placement, Budget const& budget, bool writes);
FlowEnds boost_flow();

// One for each file of this folder; declared here, defined where compiled.
Peer peer_kickmsg();
Peer peer_iceoryx();
Peer peer_iceoryx2();
Peer peer_aeron();
Peer peer_boost_spsc();
Peer peer_boost_mq();
Peer peer_posix_mq();
Peer peer_unix_socket();
Peer peer_pipe();
Peer peer_eventfd_shm();
Peer peer_zeromq();
Peer peer_nng();
Peer peer_cyclonedds();
Peer peer_cyclonedds_shm();
Peer peer_fastdds();
Peer peer_zenoh();
Peer peer_zenoh_shm();

} // namespace bench
} // namespace kickmsg
