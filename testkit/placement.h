/// Where the processes of a measurement run.
#pragma once

#include <string>

namespace kickmsg_testkit {

/// The two processors of a run.
struct Placement {
    int         first          = -1; ///< the measuring process
    int         second         = -1; ///< its peer; the same as `first` when there is only one
    int         processors     = 1;  ///< that this program may use
    bool        oversubscribed = false;
    std::string text; ///< for the fingerprint: "processors 0 and 1, separate cores of one package, shared L3"
};

/// Two processors this process may use: of separate cores if there are any, of one package if possible.
Placement choose_placement();
/// Pins this process; `any_processor` lets it run on all that the program may use.
void          pin_to(int processor);
constexpr int any_processor = -1;

} // namespace kickmsg_testkit
