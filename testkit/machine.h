/// The fingerprint that every figure carries. Never a host name, never a path.
#pragma once

#include "placement.h"

#include <nlohmann/json.hpp>

#include <string>

namespace kickmsg_testkit {

/// CPU, topology, kernel, virtualisation, compiler, flags, governor, clock.
nlohmann::ordered_json describe_machine(Placement const& placement);

/// What emulates the processor ("qemu"), or "" on a real one: the times of an emulator are its own, and no ratio of them is reported.
std::string emulator();

/// KICKMSG_COMMIT of the environment, or what git said when the build was configured; "unknown" otherwise.
std::string commit();

} // namespace kickmsg_testkit
