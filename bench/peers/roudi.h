/// iox-roudi, the daemon of iceoryx: started for a round, waited for until it is ready, stopped with the object.
#pragma once

#include "peer.h"

#include <string>

#include <sys/types.h>

namespace kickmsg {
namespace bench {

/// Where iox-roudi is; empty when PATH has none.
std::string find_roudi();

/// The daemon, in its own process group, with memory pools for payloads of one size. It gets SIGTERM when this object goes,
/// when a signal ends the driver, and when the driver dies of anything else; SIGKILL when it does not end within two
/// seconds. What it leaves then goes with the run's own folders (enclosure.h).
class RouDi {
public:
    static constexpr int chunks = 32;

    /// Errors: std::runtime_error when it is not ready within 5 s, with what it said (another one may be running).
    explicit RouDi(std::size_t size);
    RouDi(RouDi const&)            = delete;
    RouDi& operator=(RouDi const&) = delete;
    ~RouDi();

private:
    void start(std::string const& program, std::size_t size);
    void wait_until_ready();

    pid_t pid_;
    int   output_;
};

} // namespace bench
} // namespace kickmsg
