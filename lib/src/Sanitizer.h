/// Bytes of a shadow that nobody may touch, though their page may be used.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#if defined(__SANITIZE_ADDRESS__)
#define KICKMSG_WITH_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KICKMSG_WITH_ASAN
#endif
#endif
#if defined(KICKMSG_WITH_ASAN)
#include <sanitizer/asan_interface.h>
#endif

namespace kickmsg {
namespace detail {

/// Under AddressSanitizer a use of them is reported where it happens; without it a write is found afterwards, by its pattern.
#if defined(KICKMSG_WITH_ASAN)

inline void poison(unsigned char* from, std::size_t bytes) noexcept
{
    __asan_poison_memory_region(from, bytes);
}
inline void unpoison(unsigned char* from, std::size_t bytes) noexcept
{
    __asan_unpoison_memory_region(from, bytes);
}
inline void                 fill_pattern(unsigned char*, std::size_t) noexcept {}
inline unsigned char const* written_in_pattern(unsigned char const*, unsigned char const*) noexcept
{
    return nullptr;
}

#else

constexpr unsigned char pattern = 0xa5;

inline void poison(unsigned char*, std::size_t) noexcept {}
inline void unpoison(unsigned char*, std::size_t) noexcept {}
inline void fill_pattern(unsigned char* from, std::size_t bytes) noexcept
{
    std::memset(from, pattern, bytes);
}
/// Returns: the first byte from `from` to `end` that is not as it was filled; null when all are.
inline unsigned char const* written_in_pattern(unsigned char const* from, unsigned char const* end) noexcept
{
    auto const* const found = std::find_if(from, end, [](unsigned char byte) { return byte != pattern; });
    return found != end ? found : nullptr;
}

#endif

} // namespace detail
} // namespace kickmsg
