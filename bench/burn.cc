#include "burn.h"

#include "payload.h"

#include <cstdlib>
#include <string>

namespace kickmsg {
namespace bench {

void plant_burn(std::string const& row)
{
    char const* const asked = std::getenv("KICKMSG_BENCH_BURN");
    std::string const all   = asked != nullptr ? ";" + std::string(asked) : "";
    auto const        found = all.find(";" + row + "=");
    burn_turns = found == std::string::npos ? 0 : std::strtoull(all.c_str() + found + row.size() + 2, nullptr, 10);
}

} // namespace bench
} // namespace kickmsg
