/// Copies out of memory that other processes write to.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace kickmsg {
namespace os {

/// Copies [offset, offset + bytes) of the `size` bytes at `from`, which is a mapping: words of 8 bytes each as a whole, when `offset` is a
/// multiple of that. Returns: false when they are not all there.
inline bool copy_words(void const* from, std::size_t size, std::size_t offset, void* to, std::size_t bytes) noexcept
{
    using Word = std::atomic<uint64_t>;
    if (offset > size || bytes > size - offset) {
        return false;
    }
    auto const* const begin = static_cast<unsigned char const*>(from) + offset;
    auto* const       out   = static_cast<unsigned char*>(to);
    std::size_t       done  = 0;
    for (; offset % sizeof(Word) == 0 && bytes - done >= sizeof(Word); done += sizeof(Word)) {
        // relaxed: what is read is judged word by word
        uint64_t const word = reinterpret_cast<Word const*>(begin + done)->load(std::memory_order_relaxed);
        std::memcpy(out + done, &word, sizeof(word));
    }
    std::memcpy(out + done, begin + done, bytes - done);
    return true;
}

} // namespace os
} // namespace kickmsg
