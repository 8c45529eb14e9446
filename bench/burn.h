/// A cost planted into each check of a payload, for the acceptance of scripts/compare.sh.
#pragma once

#include <cstdint>

namespace kickmsg {
namespace bench {

/// Turns of an empty loop beside each check_payload(); plant_burn() sets it. In payload.cc, which a program in another
/// language links, too: so nothing there may need the C++ library.
extern uint64_t burn_turns;

} // namespace bench
} // namespace kickmsg
