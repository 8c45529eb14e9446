/// What both ends of a service share: its sizes, and what can become of a call.
#pragma once

#include "kickmsg/Export.h"

#include <cstddef>
#include <cstdint>

namespace kickmsg {

/// The sizes of a service. They are fixed by the first of its ends, and all others have to say the same.
///
/// A service has two regions, one for requests and one for responses, whatever the number of its clients. The pools have room for all
/// calls that the clients may have out at once, and for what the ends keep to write to:
/// max_clients * (max_calls + 10) + max_servers + 8 requests, max_clients * (max_calls + 1) + 10 * max_servers + 8 responses.
struct ServiceConfig {
    uint32_t max_clients = 16; ///< 1 … 32
    uint32_t max_servers = 4;  ///< 1 … 32
    /// Calls that one client may have out at once, answers that it holds included: 1 … 64.
    uint32_t max_calls = 8;
    /// Requests that may wait at one server: a power of two, 2 … 2^20. 0: as many as all clients may have out.
    uint32_t    max_waiting       = 0;
    std::size_t max_request_size  = 4096; ///< bytes, 1 … 2^30
    std::size_t max_response_size = 4096; ///< bytes, 1 … 2^30
    uint32_t    payload_alignment = 32;   ///< bytes, a power of two, 8 … 4096
    uint32_t    mode              = 0600; ///< of both files, as channel::Config::mode
};

/// What became of a call. A call that is not Answered was served once at most; what is said of it is all that is known.
enum class CallStatus : uint8_t {
    Answered, ///< here is the answer
    Waiting,  ///< not answered yet; its server lives
    TimedOut, ///< not answered in time. Its server lives, and may still be at it
    NoServer, ///< nobody serves this name: the request went nowhere
    NoRoom, ///< the request went nowhere: as many calls are out as may be, each server has as many waiting, or no slot was free
    Unserved,    ///< its server died or left before it took the request: nobody has served it, or will
    ServerGone,  ///< its server died or left, and had taken the request, or may have: how far it came is not known
    Refused,     ///< its server let go of it without an answer
    Cancelled,   ///< by this client
    Interrupted, ///< the wait was ended by Client::interrupt() or a signal. Client::call() has cancelled the call, a Client::Call is still out
    TooLong,     ///< more bytes than the service has room for: the request went nowhere
    Malformed,   ///< the answer is not of the type that was expected
    Unusable,    ///< the client was moved from, is inherited through fork(), or has ended; or there is no such call
};

/// Returns: `status` in words: "its server died or left before it took the request".
/// Threads: any.
KICKMSG_API char const* text_of(CallStatus status) noexcept;

} // namespace kickmsg
