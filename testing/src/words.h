/// Words that several checks use.
#pragma once

#include "kickmsg/testing/Account.h"

#include <cstdint>
#include <string>

namespace kickmsg {
namespace testing {

/// What leftovers() expects where it finds a new region.
constexpr char const* regions_of_before = "the regions that were there before";

/// Returns: "1 view", "2 views".
inline std::string count(uint64_t number, std::string const& what)
{
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

/// Returns: "publisher of pid 12, incarnation 7, alive".
inline std::string name_of(Holder const& holder)
{
    return holder.kind + " of pid " + std::to_string(holder.pid) + ", incarnation " +
           std::to_string(holder.incarnation) + ", " + (holder.alive ? "alive" : "dead");
}

} // namespace testing
} // namespace kickmsg
