/// CallStatus.
#include "kickmsg/Service.h"

#include "binding.h"

namespace kickmsg {
namespace python {

void bind_service(nb::module_& module)
{
    nb::enum_<CallStatus>(module, "CallStatus",
                          "What became of a call. One that is not ANSWERED was served once at most.")
        .value("ANSWERED", CallStatus::Answered, "Here is the answer.")
        .value("WAITING", CallStatus::Waiting, "Not answered yet; its server lives.")
        .value("TIMED_OUT", CallStatus::TimedOut, "Not answered in time.")
        .value("NO_SERVER", CallStatus::NoServer, "Nobody serves this name: the request went nowhere.")
        .value("NO_ROOM", CallStatus::NoRoom, "The request went nowhere: as many are out as may be.")
        .value("UNSERVED", CallStatus::Unserved, "Its server died or left before it took the request.")
        .value("SERVER_GONE", CallStatus::ServerGone, "Its server died or left, and may have taken the request.")
        .value("REFUSED", CallStatus::Refused, "Its server let go of it without an answer.")
        .value("CANCELLED", CallStatus::Cancelled, "By this client.")
        .value("INTERRUPTED", CallStatus::Interrupted, "The wait was ended by interrupt().")
        .value("TOO_LONG", CallStatus::TooLong, "More bytes than the service has room for.")
        .value("MALFORMED", CallStatus::Malformed, "The answer is not of the type that was expected.")
        .value("UNUSABLE", CallStatus::Unusable, "The client was closed or inherited, or there is no such call.");
}

} // namespace python
} // namespace kickmsg
