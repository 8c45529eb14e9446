/// A process beside the driver that waits for its end, whatever ends it, and then removes what the peers left.
#pragma once

#include <sys/types.h>

namespace kickmsg {
namespace bench {

/// Made before anything else is started: removes what earlier drivers left whose guardian was killed, too, then forks the
/// guardian. It works when this object goes, when a signal ends the driver, and when the driver is killed.
///
/// Removed are names that begin with this run's prefix (region_name()), and, when they came with this run and no living
/// process uses them, the names that iox-roudi and Fast DDS give themselves.
/// Errors: std::runtime_error when there is no place for its file in the folder for temporary files.
class Guardian {
public:
    Guardian();
    Guardian(Guardian const&)            = delete;
    Guardian& operator=(Guardian const&) = delete;
    ~Guardian();
};

/// The daemon that must be gone before its files are removed; 0 when it has ended. Async-signal-safe.
void tell_guardian_of_daemon(pid_t pid);

/// Lets the guardian work and waits up to 10 s for its end; nothing when there is none. Async-signal-safe.
void dismiss_guardian();

} // namespace bench
} // namespace kickmsg
