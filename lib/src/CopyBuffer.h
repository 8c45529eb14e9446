/// Where a subscriber copies messages to.
#pragma once

#include "kickmsg/core/Structures.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

namespace kickmsg {
namespace detail {

/// Memory of a fixed alignment that grows to the longest message copied, and not before the first.
class CopyBuffer {
public:
    CopyBuffer(std::size_t most, std::size_t alignment) noexcept
        : most_(most), memory_(nullptr, Free{std::align_val_t{std::max(alignment, sizeof(void*))}})
    {
    }

    /// Returns: at least `length` bytes, `length` being at most `most`; null when there is no memory for them. The bytes of the
    /// call before are gone when it was longer than all before; they stay where null is returned.
    void* room(std::size_t length) noexcept
    {
        return length < reach_ || grow(length) ? memory_.get() : nullptr;
    }

private:
    /// Up to this the whole of it is taken at once: no later message has to wait for memory.
    static constexpr std::size_t small = 65536;

    struct Free {
        std::align_val_t alignment;
        void             operator()(void* memory) const noexcept
        {
            ::operator delete(memory, alignment);
        }
    };

    /// By doubling, so that few messages wait for it; exactly, where there is no room for that.
    KICKMSG_COLD bool grow(std::size_t length) noexcept
    {
        std::size_t const ample = std::min(most_, std::max({length, small, 2 * reach_}));
        return take(ample) || take(length);
    }

    bool take(std::size_t size) noexcept
    {
        void* const fresh =
            ::      operator new(std::max<std::size_t>(size, 1), memory_.get_deleter().alignment, std::nothrow);
        if (fresh != nullptr) {
            memory_.reset(fresh);
            reach_ = size + 1;
        }
        return fresh != nullptr;
    }

    std::size_t                 most_;
    std::size_t                 reach_ = 0; ///< what is shorter fits
    std::unique_ptr<void, Free> memory_;
};

} // namespace detail
} // namespace kickmsg
