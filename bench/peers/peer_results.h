/// What the rows and the context tell of peers.
#pragma once

#include "../runner.h"

#include <nlohmann/json.hpp>

namespace kickmsg {
namespace bench {

/// Class, transport, settings, promises, messages sent and delivered; nothing for a row of no peer.
void add_peer_fields(nlohmann::ordered_json& row, Record const& record);

/// [{name, version, state: measured | absent | failed | not run, reason}, ...] of every peer of the list.
nlohmann::ordered_json peers_json(Run const& run);

} // namespace bench
} // namespace kickmsg
