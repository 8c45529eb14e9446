/// Structures of a region, copied word by word.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace kickmsg {
namespace detail {

template <class Structure>
class Copies {
public:
    explicit Copies(uint32_t count) : words_(std::size_t{count} * size) {}

    void* data() noexcept
    {
        return words_.data();
    }
    std::size_t bytes() const noexcept
    {
        return words_.size() * sizeof(uint64_t);
    }
    /// The word of structure `index` that lies `offset` bytes behind its beginning.
    uint64_t word(uint32_t index, std::size_t offset) const noexcept
    {
        return words_[index * size + offset / sizeof(uint64_t)];
    }
    /// The half of a word that lies there.
    uint32_t half(uint32_t index, std::size_t offset) const noexcept
    {
        uint32_t value = 0;
        std::memcpy(&value, reinterpret_cast<unsigned char const*>(&words_[index * size]) + offset, sizeof(value));
        return value;
    }

private:
    static constexpr std::size_t size = sizeof(Structure) / sizeof(uint64_t);
    static_assert(sizeof(Structure) % sizeof(uint64_t) == 0, "of whole words");

    std::vector<uint64_t> words_;
};

} // namespace detail
} // namespace kickmsg
