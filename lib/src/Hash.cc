#include "kickmsg/Hash.h"

namespace kickmsg {
namespace hash {

uint64_t fnv1a(void const* data, std::size_t length, uint64_t seed) noexcept
{
    return fnv1a_64(std::string_view(static_cast<char const*>(data), length), seed);
}

std::array<uint8_t, 64> identity_from_fnv1a(std::string_view text) noexcept
{
    std::array<uint8_t, 64> identity{};
    uint64_t                digest = fnv1a_64_offset;
    for (std::size_t word = 0; word < 8; ++word) {
        char const place = static_cast<char>(word);
        digest           = fnv1a_64(std::string_view(&place, 1), fnv1a_64(text, digest));
        for (std::size_t byte = 0; byte < 8; ++byte) {
            identity[8 * word + byte] = static_cast<uint8_t>(digest >> (8 * byte));
        }
    }
    return identity;
}

} // namespace hash
} // namespace kickmsg
