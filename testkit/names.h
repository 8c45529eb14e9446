/// The beginning of every region name that a run may use: what begins with it, and only that, is removed after the run.
#pragma once

#include <cstdlib>
#include <string>

namespace kickmsg_testkit {

/// KICKMSG_TEST_PREFIX, or `otherwise`.
inline std::string prefix_or(std::string const& otherwise)
{
    char const* const given = std::getenv("KICKMSG_TEST_PREFIX");
    return given != nullptr && *given != '\0' ? given : otherwise;
}

} // namespace kickmsg_testkit
