#include "payload.h"

#include "burn.h"

#include <cstring>

namespace kickmsg {
namespace bench {

uint64_t burn_turns = 0;

extern "C" __attribute__((noinline)) void write_payload(void* to, std::size_t size, uint64_t sequence)
{
    auto* out = static_cast<unsigned char*>(to);
    for (std::size_t i = 0; i < size / 8; ++i) {
        uint64_t const word = sequence + i;
        std::memcpy(out + 8 * i, &word, sizeof(word));
    }
}

extern "C" __attribute__((noinline)) bool check_payload(void const* from, std::size_t size, uint64_t sequence)
{
    auto const*       in    = static_cast<unsigned char const*>(from);
    std::size_t const words = size / 8;
    uint64_t          sum   = 0;
    uint64_t          first = 0;
    std::memcpy(&first, in, sizeof(first));
    for (uint64_t turn = 0; turn < burn_turns; ++turn) {
        asm volatile("");
    }
    for (std::size_t i = 0; i < words; ++i) {
        uint64_t word;
        std::memcpy(&word, in + 8 * i, sizeof(word));
        sum += word;
    }
    // sequence + (sequence + 1) + … modulo 2^64
    return first == sequence && sum == words * sequence + (words * (words - 1)) / 2;
}

} // namespace bench
} // namespace kickmsg
