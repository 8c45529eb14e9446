#include "kickmsg/Service.h"

namespace kickmsg {

char const* text_of(CallStatus status) noexcept
{
    switch (status) {
    case CallStatus::Answered:
        return "answered";
    case CallStatus::Waiting:
        return "not answered yet";
    case CallStatus::TimedOut:
        return "not answered in time, though its server lives";
    case CallStatus::NoServer:
        return "nobody serves this name";
    case CallStatus::NoRoom:
        return "no room: as many calls are out, or requests waiting, as may be";
    case CallStatus::Unserved:
        return "its server died or left before it took the request";
    case CallStatus::ServerGone:
        return "its server died or left, and may have taken the request";
    case CallStatus::Refused:
        return "its server let go of it without an answer";
    case CallStatus::Cancelled:
        return "cancelled";
    case CallStatus::Interrupted:
        return "the wait was interrupted";
    case CallStatus::TooLong:
        return "the request is longer than the service has room for";
    case CallStatus::Malformed:
        return "the answer is not of the expected type";
    case CallStatus::Unusable:
        break;
    }
    return "the client or the call cannot be used";
}

} // namespace kickmsg
