/// The fingerprint that every figure carries. Never a host name, never a path.
#pragma once

#include "plan.h"

#include <nlohmann/json.hpp>

namespace kickmsg {
namespace bench {

/// CPU, topology, kernel, virtualisation, compiler, flags, governor, clock.
nlohmann::ordered_json describe_machine(Placement const& placement);

/// KICKMSG_COMMIT of the environment, or what git said when the build was configured; "unknown" otherwise.
std::string commit();

} // namespace bench
} // namespace kickmsg
