/// The generator of every random choice: a run is repeated by its seed.
#pragma once

#include <cstdint>
#include <random>

namespace kickmsg_testkit {

using Random = std::mt19937_64;

inline uint64_t below(Random& random, uint64_t limit)
{
    return random() % limit;
}

} // namespace kickmsg_testkit
